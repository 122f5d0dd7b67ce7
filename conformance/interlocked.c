/* The Interlocked functions: which of them give the old value and which the new one, and that none is lost. */
#include "waitables.h"

static void of_32_bits(void) {
    LONG value = 5;
    say("increment: %d", (int)InterlockedIncrement(&value));
    say("decrement: %d", (int)InterlockedDecrement(&value));
    say("exchange: %d", (int)InterlockedExchange(&value, 9));
    say("exchange add: %d", (int)InterlockedExchangeAdd(&value, -4));
    say("compare exchange, other: %d", (int)InterlockedCompareExchange(&value, 1, 2));
    say("compare exchange, equal: %d", (int)InterlockedCompareExchange(&value, 12, 5));
    say("and: %d", (int)InterlockedAnd(&value, 10));
    say("or: %d", (int)InterlockedOr(&value, 6));
    say("xor: %d", (int)InterlockedXor(&value, 15));
    say("at last: %d", (int)value);
    value = 0x7fffffff;
    say("increment wraps: %d", (int)InterlockedIncrement(&value));
    say("decrement wraps: %d", (int)InterlockedDecrement(&value));
}

static void of_64_bits(void) {
    LONGLONG value = 0x500000000;
    say("increment: %#llx", (unsigned long long)InterlockedIncrement64(&value));
    say("decrement: %#llx", (unsigned long long)InterlockedDecrement64(&value));
    say("exchange: %#llx", (unsigned long long)InterlockedExchange64(&value, 0x900000000));
    say("exchange add: %#llx", (unsigned long long)InterlockedExchangeAdd64(&value, 0x100000000));
    say("compare exchange, other: %#llx", (unsigned long long)InterlockedCompareExchange64(&value, 1, 2));
    say("compare exchange, equal: %#llx",
        (unsigned long long)InterlockedCompareExchange64(&value, 0xc00000003, 0xa00000000));
    say("and: %#llx", (unsigned long long)InterlockedAnd64(&value, 0x800000001));
    say("or: %#llx", (unsigned long long)InterlockedOr64(&value, 0x600000000));
    say("xor: %#llx", (unsigned long long)InterlockedXor64(&value, 0xf00000000));
    say("at last: %#llx", (unsigned long long)value);
}

static void of_pointers(void) {
    int things[2];
    void *value = &things[0];
    say("exchange gives the old one: %s", yes(InterlockedExchangePointer(&value, &things[1]) == &things[0]));
    say("compare exchange, other: %s", yes(InterlockedCompareExchangePointer(&value, NULL, &things[0]) == &things[1]));
    say("unchanged: %s", yes(value == &things[1]));
    say("compare exchange, equal: %s", yes(InterlockedCompareExchangePointer(&value, NULL, &things[1]) == &things[1]));
    say("changed: %s", yes(value == NULL));
}

static void of_bits(void) {
    volatile LONG words[2] = {0, 0};
    say("set: %u, then %u", InterlockedBitTestAndSet(words, 0), InterlockedBitTestAndSet(words, 31));
    say("set again: %u", InterlockedBitTestAndSet(words, 31));
    say("%#x %#x", (unsigned)words[0], (unsigned)words[1]);
    say("in the next word: %u", InterlockedBitTestAndSet(words, 33));
    say("%#x %#x", (unsigned)words[0], (unsigned)words[1]);
    say("reset: %u, one that is not set: %u", InterlockedBitTestAndReset(words, 31),
        InterlockedBitTestAndReset(words, 30));
    say("reset again: %u", InterlockedBitTestAndReset(words, 31));
    say("in the next word: %u", InterlockedBitTestAndReset(words, 33));
    say("%#x %#x", (unsigned)words[0], (unsigned)words[1]);
}

static struct {
    volatile LONG increments, sum, swaps, bits;
    volatile LONGLONG wide;
    volatile LONG lock, plain;
} shared;

static DWORD WINAPI work(void *argument) {
    LONG number = (LONG)(ULONG_PTR)argument;
    for (int i = 0; i < 10000; i++) {
        InterlockedIncrement(&shared.increments);
        InterlockedExchangeAdd(&shared.sum, number);
        InterlockedExchangeAdd64(&shared.wide, 0x10000001);
        LONG seen;
        do {
            seen = shared.swaps;
        } while (InterlockedCompareExchange(&shared.swaps, seen + 2, seen) != seen);
        while (InterlockedExchange(&shared.lock, 1) != 0) {
            YieldProcessor();
            SwitchToThread();
        }
        shared.plain++;
        InterlockedExchange(&shared.lock, 0);
    }
    InterlockedOr(&shared.bits, 1 << number);
    MemoryBarrier();
    return 0;
}

NO_ROLES

void body(void) {
    of_32_bits();
    of_64_bits();
    of_pointers();
    of_bits();
    HANDLE threads[3];
    for (int i = 0; i < 3; i++) {
        threads[i] = in_background(work, (void *)(ULONG_PTR)(i + 1));
    }
    TRY_WAIT(WaitForMultipleObjects(3, threads, TRUE, PATIENCE));
    say("three threads: %d, %d, %#llx, %d, %d, bits %#x", (int)shared.increments, (int)shared.sum,
        (unsigned long long)shared.wide, (int)shared.swaps, (int)shared.plain, (unsigned)shared.bits);
    for (int i = 0; i < 3; i++) {
        CloseHandle(threads[i]);
    }
}

/* Critical sections: owned several times by one thread, refused to others, and keeping a count right. */
#include "waitables.h"

static CRITICAL_SECTION section;

static DWORD WINAPI try_to_enter(void *argument) {
    (void)argument;
    if (!TryEnterCriticalSection(&section)) {
        return 0;
    }
    LeaveCriticalSection(&section);
    return 1;
}

static const char *elsewhere(void) { return in_thread(try_to_enter, NULL) ? "entered" : "refused"; }

static void ownership(void) {
    say("free, another thread: %s", elsewhere());
    EnterCriticalSection(&section);
    say("entered, another thread: %s", elsewhere());
    EnterCriticalSection(&section);
    say("entered again, and tried: %s", yes(TryEnterCriticalSection(&section)));
    for (int left = 1; left <= 3; left++) {
        say("another thread: %s", elsewhere());
        LeaveCriticalSection(&section);
        say("left %d times, another thread: %s", left, elsewhere());
    }
    say("tried: %s", yes(TryEnterCriticalSection(&section)));
    say("another thread: %s", elsewhere());
    LeaveCriticalSection(&section);
}

struct counter {
    volatile LONG value;
    HANDLE entered;
};

static DWORD WINAPI count(void *argument) {
    struct counter *counter = argument;
    for (int i = 0; i < 5000; i++) {
        EnterCriticalSection(&section);
        LONG value = counter->value;
        if (i % 1000 == 0) {
            SwitchToThread();
        }
        counter->value = value + 1;
        LeaveCriticalSection(&section);
    }
    return 0;
}

static DWORD WINAPI enter_late(void *argument) {
    struct counter *counter = argument;
    EnterCriticalSection(&section);
    SetEvent(counter->entered);
    LeaveCriticalSection(&section);
    return 0;
}

static void contention(void) {
    struct counter counter = {0, CreateEventA(NULL, FALSE, FALSE, NULL)};
    HANDLE threads[4];
    for (int i = 0; i < 4; i++) {
        threads[i] = in_background(count, &counter);
    }
    TRY_WAIT(WaitForMultipleObjects(4, threads, TRUE, PATIENCE));
    say("four threads count to 5000: %d", (int)counter.value);
    for (int i = 0; i < 4; i++) {
        CloseHandle(threads[i]);
    }
    EnterCriticalSection(&section);
    HANDLE thread = in_background(enter_late, &counter);
    TRY_WAIT(WaitForSingleObject(counter.entered, A_MOMENT));
    LeaveCriticalSection(&section);
    TRY_WAIT(WaitForSingleObject(counter.entered, PATIENCE));
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    CloseHandle(thread);
    CloseHandle(counter.entered);
}

NO_ROLES

void body(void) {
    InitializeCriticalSection(&section);
    ownership();
    contention();
    DeleteCriticalSection(&section);
    TRY(InitializeCriticalSectionAndSpinCount(&section, 4000));
    ownership();
    SetCriticalSectionSpinCount(&section, 10);
    contention();
    DeleteCriticalSection(&section);
    TRY(InitializeCriticalSectionEx(&section, 100, CRITICAL_SECTION_NO_DEBUG_INFO));
    ownership();
    contention();
    DeleteCriticalSection(&section);
}

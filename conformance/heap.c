/* Memory of the process's heap, and local and global memory, which is not moved: what it begins with, what stays
 * when it is resized, and sizes that nobody has. */
#include "report.h"

/* So much that no process can have it. */
#define TOO_MUCH ((SIZE_T)-1 / 2 - 0xffff)

/* How many of the first bytes are as they should be. */
static unsigned count_bytes(const unsigned char *block, unsigned length, unsigned char byte) {
    unsigned count = 0;
    for (unsigned i = 0; i < length; i++) {
        count += block[i] == byte;
    }
    return count;
}

static int is_aligned(const void *block) { return (uintptr_t)block % (2 * sizeof(void *)) == 0; }

static void one_heap(HANDLE heap) {
    FRESH();
    int same = heap != NULL && GetProcessHeap() == heap;
    const char *error = err();
    say("the process's heap is one: %s, %s", yes(same), error);
    TRY(HeapFree(heap, 0, NULL));
    TRY(HeapFree(NULL, 0, NULL));
}

static void sizes(HANDLE heap) {
    static const unsigned some[] = {0, 1, 2, 7, 8, 15, 16, 17, 24, 100, 4095, 4096, 4097, 65536, 0x100000, 0x1000001};
    unsigned count = sizeof some / sizeof *some, aligned = 0, zeroed = 0, kept = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned char *block = HeapAlloc(heap, HEAP_ZERO_MEMORY, some[i]);
        aligned += block != NULL && is_aligned(block);
        zeroed += count_bytes(block, some[i], 0) == some[i];
        memset(block, 5, some[i]);
        kept += count_bytes(block, some[i], 5) == some[i];
        HeapFree(heap, 0, block);
    }
    say("of %u sizes: aligned %u, zeroed %u, written %u", count, aligned, zeroed, kept);
    unsigned char *empty = TRY_VIEW(HeapAlloc(heap, 0, 0)), *other = HeapAlloc(heap, 0, 0);
    say("two of no size are two: %s", yes(empty != other));
    TRY(HeapFree(heap, 0, empty));
    TRY(HeapFree(heap, HEAP_NO_SERIALIZE, other));
    unsigned char *sure = TRY_VIEW(HeapAlloc(heap, HEAP_GENERATE_EXCEPTIONS | HEAP_ZERO_MEMORY, 10));
    TRY(HeapFree(heap, 0, sure));
    TRY(HeapAlloc(heap, 0, TOO_MUCH));
    TRY(HeapAlloc(heap, HEAP_ZERO_MEMORY, TOO_MUCH));
    TRY(HeapAlloc(heap, 0, (SIZE_T)-1));
    TRY(HeapAlloc(heap, HEAP_ZERO_MEMORY, (SIZE_T)-1));
    TRY(HeapAlloc(heap, 0, (SIZE_T)-8));
}

static void resized(HANDLE heap) {
    unsigned char *block = HeapAlloc(heap, 0, 100);
    memset(block, 7, 100);
    FRESH();
    block = HeapReAlloc(heap, 0, block, 100000);
    const char *error = err();
    say("grown: %s, kept %u, %s", yes(block != NULL), count_bytes(block, 100, 7), error);
    memset(block, 8, 100000);
    block = HeapReAlloc(heap, 0, block, 50);
    say("shrunk: %s, kept %u", yes(block != NULL), count_bytes(block, 50, 8));
    TRY(HeapReAlloc(heap, 0, block, TOO_MUCH));
    TRY(HeapReAlloc(heap, HEAP_ZERO_MEMORY, block, TOO_MUCH));
    TRY(HeapReAlloc(heap, 0, block, (SIZE_T)-1));
    TRY(HeapReAlloc(heap, 0, block, (SIZE_T)-8));
    say("what could not grow stays: %u", count_bytes(block, 50, 8));
    unsigned char *empty = TRY_VIEW(HeapReAlloc(heap, 0, block, 0));
    TRY(HeapFree(heap, 0, empty));
    const char *why = "Wine leaves the last error";
    TRY_WINDOWS(why, "null, 0", HeapReAlloc(heap, 0, NULL, 1));
    TRY_WINDOWS(why, "null, 0", HeapReAlloc(heap, HEAP_ZERO_MEMORY, NULL, 0));
}

/* What is behind the end is zero when it comes to belong to the block, whatever was there. */
static void grown_with_zeros(HANDLE heap) {
    static const unsigned some[] = {0, 1, 16, 24, 100, 4096, 5000, 100000, 1000000};
    unsigned count = sizeof some / sizeof *some, right = 0;
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = i; j < count; j++) {
            unsigned char *block = HeapAlloc(heap, 0, some[j]);
            memset(block, 9, some[j]);
            block = HeapReAlloc(heap, 0, block, some[i]);
            block = HeapReAlloc(heap, HEAP_ZERO_MEMORY, block, some[j]);
            unsigned beyond = some[j] - some[i];
            right += count_bytes(block, some[i], 9) == some[i] && count_bytes(block + some[i], beyond, 0) == beyond;
            HeapFree(heap, 0, block);
        }
    }
    say("shrunk and grown again, of %u: %u", count * (count + 1) / 2, right);
}

static DWORD WINAPI free_block(void *block) { return (DWORD)HeapFree(GetProcessHeap(), 0, block); }

static void of_another_thread(HANDLE heap) {
    DWORD code = 0;
    HANDLE thread = CreateThread(NULL, 0, free_block, HeapAlloc(heap, 0, 1000), 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &code);
    CloseHandle(thread);
    say("freed by another thread: %u", (unsigned)code);
}

static void local_memory(void) {
    unsigned char *block = TRY_VIEW(LocalAlloc(LPTR, 1000));
    say("zeroed: %u, aligned: %s", count_bytes(block, 1000, 0), yes(is_aligned(block)));
    memset(block, 3, 1000);
    TRY(LocalFree(block) == NULL);
    block = TRY_VIEW(LocalAlloc(LMEM_FIXED, 10));
    memset(block, 3, 10);
    TRY(LocalFree(block) == NULL);
    block = TRY_VIEW(LocalAlloc(LMEM_FIXED, 0));
    TRY(LocalFree(block) == NULL);
    /* Flags that only 16-bit Windows looked at. */
    block = TRY_VIEW(LocalAlloc(LMEM_ZEROINIT | 0x0f30, 4));
    TRY(LocalFree(block) == NULL);
    TRY(LocalFree(NULL) == NULL);
    TRY(LocalAlloc(LMEM_FIXED, TOO_MUCH));
    TRY(LocalAlloc(LPTR, TOO_MUCH));
    TRY(LocalAlloc(LMEM_FIXED, (SIZE_T)-1));
}

static void global_memory(void) {
    unsigned char *block = TRY_VIEW(GlobalAlloc(GPTR, 100000));
    say("zeroed: %u, aligned: %s", count_bytes(block, 100000, 0), yes(is_aligned(block)));
    memset(block, 3, 100000);
    TRY(GlobalFree(block) == NULL);
    block = TRY_VIEW(GlobalAlloc(GMEM_FIXED, 0));
    TRY(GlobalFree(block) == NULL);
    block = TRY_VIEW(GlobalAlloc(GMEM_FIXED | 0x7000, 1));
    TRY(GlobalFree(block) == NULL);
    TRY(GlobalFree(NULL) == NULL);
    TRY(GlobalAlloc(GMEM_FIXED, TOO_MUCH));
    TRY(GlobalAlloc(GPTR, (SIZE_T)-1));
    /* Both are blocks of the process's heap. */
    TRY(LocalFree(GlobalAlloc(GPTR, 10)) == NULL);
    TRY(GlobalFree(LocalAlloc(LPTR, 10)) == NULL);
    TRY(HeapFree(GetProcessHeap(), 0, LocalAlloc(LMEM_FIXED, 10)));
}

void body(void) {
    HANDLE heap = GetProcessHeap();
    one_heap(heap);
    sizes(heap);
    resized(heap);
    grown_with_zeros(heap);
    of_another_thread(heap);
    local_memory();
    global_memory();
}

NO_ROLES

/* Threads that create, use, duplicate and close the handles of one table, as fast as they can, while others use the same
 * ones: every answer must be one that some order of the calls explains, and nothing may be left. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS 16
#define THREADS 4
#define TURNS 15000

static HANDLE slots[SLOTS];

static void check(int condition, const char *what) {
    if (!condition) {
        printf("%s: error %u\n", what, (unsigned)GetLastError());
        fflush(stdout);
        abort();
    }
}

static unsigned next(unsigned *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static HANDLE make(unsigned choice) {
    static const char *const names[] = {NULL, "storm-event", "storm-semaphore", "storm-mutex", NULL, "storm-section", NULL};
    const char *name = names[choice % 7];
    HANDLE made = NULL;
    switch (choice % 7) {
    case 0: case 1: made = CreateEventA(NULL, (choice / 7) % 2, TRUE, name); break;
    case 2: made = CreateSemaphoreA(NULL, 1, 3, name); break;
    case 3: made = CreateMutexA(NULL, FALSE, name); break;
    case 4: case 5: made = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name); break;
    default: made = CreateWaitableTimerA(NULL, TRUE, NULL); break;
    }
    check(made != NULL, "create");
    check(((ULONG_PTR)made & 3) == 0, "a multiple of 4");
    return made;
}

/* Closed meanwhile (6), or something else by now (6, 5, 288, 298, 87 twice in a wait for all). */
static void check_failure(const char *what) {
    DWORD error = GetLastError();
    check(error == 6 || error == 5 || error == 288 || error == 298 || error == 87 || error == 1656, what);
}

static void use(unsigned choice, unsigned other) {
    HANDLE handle = InterlockedCompareExchangePointer(&slots[choice % SLOTS], NULL, NULL);
    HANDLE several[4], duplicate;
    DWORD waited, flags;
    if (handle == NULL) {
        return;
    }
    switch (other % 9) {
    case 0:
        waited = WaitForSingleObject(handle, other % 2);
        if (waited == WAIT_OBJECT_0 || waited == WAIT_ABANDONED) {
            ReleaseMutex(handle);
        } else if (waited == WAIT_FAILED) {
            check_failure("wait");
        } else {
            check(waited == WAIT_TIMEOUT, "wait");
        }
        break;
    case 1: if (!SetEvent(handle)) check_failure("set"); break;
    case 2: if (!ReleaseSemaphore(handle, 1, NULL)) check_failure("release"); break;
    case 3: if (!ResetEvent(handle)) check_failure("reset"); break;
    case 4:
        if (DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(), &duplicate, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
            if (!CompareObjectHandles(handle, duplicate)) check_failure("compare");
            check(CloseHandle(duplicate), "close what was duplicated");
        } else {
            check_failure("duplicate");
        }
        break;
    case 5: if (!GetHandleInformation(handle, &flags)) check_failure("information"); break;
    case 6: {
        char *view = MapViewOfFile(handle, FILE_MAP_WRITE, 0, 0, 0);
        if (view == NULL) {
            check_failure("map");
        } else {
            view[choice % 4096] = 1;
            check(UnmapViewOfFile(view), "unmap");
        }
        break;
    }
    default:
        for (int i = 0; i < 4; i++) {
            several[i] = InterlockedCompareExchangePointer(&slots[(choice + (unsigned)i * other) % SLOTS], NULL, NULL);
            if (several[i] == NULL) {
                return;
            }
        }
        waited = WaitForMultipleObjects(4, several, other % 2, other % 3);
        if (waited == WAIT_FAILED) {
            check_failure("wait for several");
        } else {
            for (int i = 0; i < 4; i++) {
                ReleaseMutex(several[i]);
            }
        }
        break;
    }
}

static DWORD WINAPI work(void *number) {
    unsigned seed = 12345u + (unsigned)(ULONG_PTR)number;
    for (int turn = 0; turn < TURNS; turn++) {
        unsigned choice = next(&seed), other = next(&seed);
        if (other % 5 == 0) {
            /* Whoever takes a handle out of the table is the one who closes it. */
            HANDLE old = InterlockedExchangePointer(&slots[choice % SLOTS], make(other / 5));
            check(old == NULL || CloseHandle(old), "close");
        } else {
            use(choice, other / 5);
        }
    }
    return 0;
}

int main(void) {
    HANDLE threads[THREADS];
    for (ULONG_PTR i = 0; i < THREADS; i++) {
        threads[i] = CreateThread(NULL, 0, work, (void *)i, 0, NULL);
        check(threads[i] != NULL, "thread");
    }
    check(WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE) == WAIT_OBJECT_0, "wait for all threads");
    for (int i = 0; i < THREADS; i++) {
        check(CloseHandle(threads[i]), "close a thread");
    }
    for (int i = 0; i < SLOTS; i++) {
        check(slots[i] == NULL || CloseHandle(slots[i]), "close at the end");
    }
    check(OpenEventA(SYNCHRONIZE, FALSE, "storm-event") == NULL && GetLastError() == 2, "the event is gone");
    check(OpenMutexA(SYNCHRONIZE, FALSE, "storm-mutex") == NULL && GetLastError() == 2, "the mutex is gone");
    check(OpenFileMappingA(FILE_MAP_READ, FALSE, "storm-section") == NULL && GetLastError() == 2, "the section is gone");
    puts("done");
    return 0;
}

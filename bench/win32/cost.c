/* What the operations cost that programs make most: the same source under Wine, and with Commonhold. Each line has a name
 * and nanoseconds, the median of batches. `run` compares. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long long frequency;
static HANDLE mutex, event, set[64], ping, pong, held;
static int rounds;

static long long now(void) {
    LARGE_INTEGER counter;
    QueryPerformanceCounter(&counter);
    return counter.QuadPart;
}

static void check(int condition, const char *what) {
    if (!condition) {
        fprintf(stderr, "%s: error %u\n", what, (unsigned)GetLastError());
        exit(1);
    }
}

static void lock_and_unlock(int count) {
    for (int i = 0; i < count; i++) {
        WaitForSingleObject(mutex, INFINITE);
        ReleaseMutex(mutex);
    }
}

static void set_and_wait(int count) {
    for (int i = 0; i < count; i++) {
        SetEvent(event);
        WaitForSingleObject(event, INFINITE);
    }
}

static void set_and_wait_for_any(int count) {
    for (int i = 0; i < count; i++) {
        SetEvent(set[63]);
        check(WaitForMultipleObjects(64, set, FALSE, INFINITE) == 63, "wait for any of 64");
    }
}

/* Creates a section of the name, or opens it, and touches a view of it. */
static void use_section(const char *name, DWORD expected) {
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 65536, name);
    check(section != NULL && GetLastError() == expected, "create");
    volatile char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    check(view != NULL, "map");
    view[0] = 1;
    UnmapViewOfFile((void *)view);
    CloseHandle(section);
}

static void create_section(int count) {
    for (int i = 0; i < count; i++) {
        use_section("commonhold-cost-new", 0);
    }
}

static void open_section(int count) {
    for (int i = 0; i < count; i++) {
        use_section("commonhold-cost-held", ERROR_ALREADY_EXISTS);
    }
}

static DWORD WINAPI answer(void *unused) {
    (void)unused;
    while (WaitForSingleObject(ping, INFINITE) == WAIT_OBJECT_0 && rounds > 0) {
        SetEvent(pong);
    }
    return 0;
}

static void ping_pong(int count) {
    for (int i = 0; i < count; i++) {
        SetEvent(ping);
        WaitForSingleObject(pong, INFINITE);
    }
}

static int ascending(const void *one, const void *other) {
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

/* Batches of about a hundredth of a second. */
static void measure(const char *name, void (*operation)(int)) {
    enum { BATCHES = 31 };
    double nanoseconds[BATCHES];
    int count = 1;
    for (;;) {
        long long start = now();
        operation(count);
        if (now() - start > frequency / 100 || count > 1 << 22) {
            break;
        }
        count *= 2;
    }
    for (int batch = 0; batch < BATCHES; batch++) {
        long long start = now();
        operation(count);
        nanoseconds[batch] = (double)(now() - start) * 1e9 / (double)frequency / count;
    }
    qsort(nanoseconds, BATCHES, sizeof *nanoseconds, ascending);
    printf("%s %.1f\n", name, nanoseconds[BATCHES / 2]);
    fflush(stdout);
}

int main(void) {
    LARGE_INTEGER per_second;
    QueryPerformanceFrequency(&per_second);
    frequency = per_second.QuadPart;
    mutex = CreateMutexA(NULL, FALSE, "commonhold-cost-mutex");
    event = CreateEventA(NULL, FALSE, FALSE, NULL);
    ping = CreateEventA(NULL, FALSE, FALSE, NULL);
    pong = CreateEventA(NULL, FALSE, FALSE, NULL);
    held = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 65536, "commonhold-cost-held");
    check(mutex && event && ping && pong && held, "create");
    for (int i = 0; i < 64; i++) {
        set[i] = CreateEventA(NULL, FALSE, FALSE, NULL);
        check(set[i] != NULL, "create");
    }
    measure("lock-unlock", lock_and_unlock);
    measure("set-wait", set_and_wait);
    measure("set-wait-any-64", set_and_wait_for_any);
    measure("create-map-close", create_section);
    measure("open-map-close", open_section);
    rounds = 1;
    HANDLE thread = CreateThread(NULL, 0, answer, NULL, 0, NULL);
    check(thread != NULL, "thread");
    measure("ping-pong", ping_pong);
    rounds = 0;
    SetEvent(ping);
    WaitForSingleObject(thread, INFINITE);
    return 0;
}

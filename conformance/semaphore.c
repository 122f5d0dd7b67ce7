/* Semaphores: their counts, what a release may do, and the same one twice in a wait. */
#include "waitables.h"

/* How many units can be taken. */
static int drain(HANDLE semaphore) {
    int units = 0;
    while (units < 1000 && WaitForSingleObject(semaphore, 0) == WAIT_OBJECT_0) {
        units++;
    }
    return units;
}

static void creating(void) {
    static const struct {
        LONG initial, maximum;
    } rows[] = {{0, 1}, {1, 1}, {2, 2}, {0, 0x7fffffff}, {0x7fffffff, 0x7fffffff}, {2, 1}, {0, 0}, {1, 0},
                {-1, 1}, {0, -1}, {-1, -1}, {-2, -1}, {0x7fffffff, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        FRESH();
        HANDLE semaphore = CreateSemaphoreA(NULL, rows[i].initial, rows[i].maximum, NULL);
        const char *error = err();
        FRESH();
        HANDLE ex = CreateSemaphoreExW(NULL, rows[i].initial, rows[i].maximum, NULL, 0, SEMAPHORE_ALL_ACCESS);
        say("%d of %d: %s, %s; by the Ex form: %s, %s", (int)rows[i].initial, (int)rows[i].maximum,
            semaphore != NULL ? "ok" : "null", error, ex != NULL ? "ok" : "null", err());
        CloseHandle(semaphore);
        CloseHandle(ex);
    }
    const char *name = lasting("arguments");
    HANDLE first = TRY_HANDLE(CreateSemaphoreA(NULL, 1, 2, name));
    HANDLE second = TRY_HANDLE(CreateSemaphoreA(NULL, 5, 9, name));
    TRY(ReleaseSemaphore(second, 2, NULL));
    TRY(ReleaseSemaphore(second, 1, NULL));
    say("units, 1 of 2 and one released: %d", drain(first));
    CloseHandle(first);
    CloseHandle(second);
}

static void release(const char *what, HANDLE semaphore, LONG count) {
    LONG previous = 77;
    FRESH();
    BOOL done = ReleaseSemaphore(semaphore, count, &previous);
    say("%s, release %d: %s, %s, previous %d", what, (int)count, done ? "ok" : "false", err(), (int)previous);
}

static void release_too_little(HANDLE semaphore, LONG count) {
    LONG previous = 77;
    char line[80];
    FRESH();
    BOOL done = ReleaseSemaphore(semaphore, count, &previous);
    const char *error = err();
    snprintf(line, sizeof line, "release %d: false, 87, previous 77", (int)count);
    differs("Wine takes the count as unsigned, and 0 as nothing to do", line, "release %d: %s, %s, previous %d",
            (int)count, done ? "ok" : "false", error, (int)previous);
}

static void releasing(void) {
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 5, NULL);
    TRY_WAIT(WaitForSingleObject(semaphore, 0));
    release("0 of 5", semaphore, 1);
    release("1 of 5", semaphore, 2);
    release("3 of 5", semaphore, 3);
    release("3 of 5", semaphore, 0x7fffffff);
    release_too_little(semaphore, 0);
    release_too_little(semaphore, -1);
    release_too_little(semaphore, (LONG)0x80000000);
    TRY_WAIT(WaitForSingleObject(semaphore, 0));
    release("2 of 5", semaphore, 3);
    release("5 of 5", semaphore, 1);
    TRY(ReleaseSemaphore(semaphore, 1, NULL));
    say("units: %d", drain(semaphore));
    TRY(ReleaseSemaphore(semaphore, 1, NULL));
    TRY(CloseHandle(semaphore));
    semaphore = CreateSemaphoreA(NULL, 0x7fffffff, 0x7fffffff, NULL);
    release("2147483647 of 2147483647", semaphore, 1);
    release("2147483647 of 2147483647", semaphore, 0x7fffffff);
    TRY_WAIT(WaitForSingleObject(semaphore, 0));
    release("2147483646 of 2147483647", semaphore, 1);
    CloseHandle(semaphore);

    const char *name = lasting("rights");
    semaphore = CreateSemaphoreA(NULL, 0, 5, name);
    HANDLE waits_only = OpenSemaphoreA(SYNCHRONIZE, FALSE, name);
    HANDLE releases_only = OpenSemaphoreA(SEMAPHORE_MODIFY_STATE, FALSE, name);
    release("without SEMAPHORE_MODIFY_STATE", waits_only, 1);
    release("without SYNCHRONIZE", releases_only, 1);
    TRY_WAIT(WaitForSingleObject(releases_only, 0));
    TRY_WAIT(WaitForSingleObject(waits_only, 0));
    CloseHandle(semaphore);
    CloseHandle(waits_only);
    CloseHandle(releases_only);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    release("an event", event, 1);
    release("NULL", NULL, 1);
    CloseHandle(event);
}

static void twice_in_a_wait(void) {
    const char *once = "Wine takes an object as often as it is named; Windows refuses";
    HANDLE semaphore = CreateSemaphoreA(NULL, 2, 2, NULL), other;
    DuplicateHandle(GetCurrentProcess(), semaphore, GetCurrentProcess(), &other, 0, FALSE, DUPLICATE_SAME_ACCESS);
    HANDLE same[] = {semaphore, semaphore}, two[] = {semaphore, other};
    TRY_WAIT(WaitForMultipleObjects(2, same, FALSE, 0));
    say("units: %d", drain(semaphore));
    ReleaseSemaphore(semaphore, 2, NULL);
    TRY_WAIT(WaitForMultipleObjects(2, two, FALSE, 0));
    say("units: %d", drain(semaphore));
    ReleaseSemaphore(semaphore, 2, NULL);
    TRY_WAIT_WINDOWS(once, "failed, 87", WaitForMultipleObjects(2, same, TRUE, 0));
    ReleaseSemaphore(semaphore, 2, NULL);
    TRY_WAIT_WINDOWS(once, "failed, 87", WaitForMultipleObjects(2, two, TRUE, 0));
    ReleaseSemaphore(semaphore, 2, NULL);
    say("units: %d", drain(semaphore));
    CloseHandle(semaphore);
    CloseHandle(other);
}

static DWORD WINAPI take_one(void *semaphore) { return WaitForSingleObject(semaphore, PATIENCE); }

static void waiters(void) {
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 9, NULL);
    HANDLE threads[3];
    for (int i = 0; i < 3; i++) {
        threads[i] = in_background(take_one, semaphore);
    }
    TRY_WAIT(WaitForMultipleObjects(3, threads, FALSE, A_MOMENT));
    release("three wait", semaphore, 5);
    TRY_WAIT(WaitForMultipleObjects(3, threads, TRUE, PATIENCE));
    say("units left: %d", drain(semaphore));
    for (int i = 0; i < 3; i++) {
        CloseHandle(threads[i]);
    }
    CloseHandle(semaphore);
}

/* Takes some units and gives back one more. Arguments: the name, how many. */
int role(const char *name, int argc, char **argv) {
    if (strcmp(name, "takes") != 0 || argc < 2) {
        return 99;
    }
    HANDLE semaphore = OpenSemaphoreA(SYNCHRONIZE | SEMAPHORE_MODIFY_STATE, FALSE, argv[0]);
    for (int i = 0; i < atoi(argv[1]); i++) {
        if (WaitForSingleObject(semaphore, PATIENCE) != WAIT_OBJECT_0) {
            return 98;
        }
    }
    return ReleaseSemaphore(semaphore, atoi(argv[1]) + 1, NULL) ? 0 : (int)GetLastError();
}

static void processes(void) {
    const char *name = lasting("shared");
    HANDLE semaphore = CreateSemaphoreA(NULL, 2, 5, name);
    say("another process takes 2 of 2 and releases 3: %u", (unsigned)finish(start("takes", name, "2")));
    say("another process takes 3 of 3 and releases 4: %u", (unsigned)finish(start("takes", name, "3")));
    HANDLE process = start("takes", name, "5");
    TRY_WAIT(WaitForSingleObject(process, A_MOMENT));
    release("another process wants 5 of 4", semaphore, 1);
    say("it releases 6 of 5: %u", (unsigned)finish(process));
    say("units: %d", drain(semaphore));
    CloseHandle(semaphore);
}

void body(void) {
    creating();
    releasing();
    twice_in_a_wait();
    waiters();
    processes();
}

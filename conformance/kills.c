/* What a killed process leaves behind: mutexes that others wait for in every way, units that it took, signals that it
 * waited for or had set, and names, which are free at once. */
#include "waitables.h"

static HANDLE signal_named(const char *base) { return CreateEventA(NULL, FALSE, FALSE, unique(base)); }

static const char *const mutex_names[] = {"single", "any", "all", "two", "elsewhere"};
#define MUTEXES 5

struct waiter {
    int which;
    HANDLE ready, objects[3];
    DWORD result, second;
};

static DWORD WINAPI wait_for_owner(void *argument) {
    struct waiter *waiter = argument;
    ReleaseSemaphore(waiter->ready, 1, NULL);
    if (waiter->which == 0) {
        waiter->result = WaitForSingleObject(waiter->objects[0], PATIENCE);
    } else if (waiter->which == 1) {
        waiter->result = WaitForMultipleObjects(2, waiter->objects, FALSE, PATIENCE);
    } else {
        waiter->result = WaitForMultipleObjects(2, waiter->objects, TRUE, PATIENCE);
    }
    HANDLE mutex = waiter->which == 0 ? waiter->objects[0] : waiter->objects[1];
    ReleaseMutex(mutex);
    waiter->second = WaitForSingleObject(mutex, PATIENCE);
    ReleaseMutex(mutex);
    return 0;
}

static DWORD WINAPI wait_and_release(void *argument) {
    struct waiter *waiter = argument;
    ReleaseSemaphore(waiter->ready, 1, NULL);
    waiter->result = WaitForSingleObject(waiter->objects[0], PATIENCE);
    ReleaseMutex(waiter->objects[0]);
    return 0;
}

static HANDLE mutex(int which) { return CreateMutexA(NULL, FALSE, unique(mutex_names[which])); }

int role(const char *name, int argc, char **argv) {
    (void)argc, (void)argv;
    HANDLE ready = signal_named("ready");
    if (strcmp(name, "owns") == 0) {
        for (int i = 0; i < MUTEXES; i++) {
            WaitForSingleObject(mutex(i), PATIENCE);
            WaitForSingleObject(mutex(i), PATIENCE);
        }
    } else if (strcmp(name, "waits for the owner") == 0) {
        HANDLE wanted = mutex(4);
        SetEvent(ready);
        DWORD result = WaitForSingleObject(wanted, PATIENCE);
        return (int)result + (ReleaseMutex(wanted) ? 0 : 1);
    } else if (strcmp(name, "holds names") == 0) {
        for (int i = 0; i < KINDS; i++) {
            kinds[i].create(unique(kinds[i].name));
        }
        HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, unique("section"));
        unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
        view[0] = 7;
    } else if (strcmp(name, "takes units") == 0) {
        HANDLE semaphore = OpenSemaphoreA(SYNCHRONIZE, FALSE, unique("units"));
        WaitForSingleObject(semaphore, 0);
        WaitForSingleObject(semaphore, 0);
        SetEvent(OpenEventA(EVENT_MODIFY_STATE, FALSE, unique("left set")));
        LARGE_INTEGER soon;
        soon.QuadPart = -3000000; /* 300 ms */
        SetWaitableTimer(OpenWaitableTimerA(TIMER_MODIFY_STATE, FALSE, unique("left running")), &soon, 0, NULL, NULL,
                         FALSE);
    } else if (strcmp(name, "waits for an event") == 0) {
        SignalObjectAndWait(ready, OpenEventA(SYNCHRONIZE, FALSE, unique("wanted")), INFINITE, FALSE);
        return 98;
    } else if (strcmp(name, "waits for a mutex") == 0) {
        SignalObjectAndWait(ready, OpenMutexA(SYNCHRONIZE, FALSE, unique("wanted mutex")), INFINITE, FALSE);
        return 98;
    } else {
        return 99;
    }
    SetEvent(ready);
    Sleep(INFINITE);
    return 98;
}

static void kill_it(HANDLE process) {
    TRY(TerminateProcess(process, 9));
    say("exit code: %u", (unsigned)finish(process));
}

static void owner(HANDLE ready) {
    HANDLE owner = start("owns");
    TRY_WAIT(WaitForSingleObject(ready, PATIENCE));
    HANDLE never = CreateEventA(NULL, TRUE, FALSE, NULL), set = CreateEventA(NULL, FALSE, TRUE, NULL);
    HANDLE begun = CreateSemaphoreA(NULL, 0, 9, NULL);
    struct waiter waiters[] = {{0, begun, {mutex(0), NULL, NULL}, 0, 0},
                               {1, begun, {never, mutex(1), NULL}, 0, 0},
                               {2, begun, {set, mutex(2), NULL}, 0, 0},
                               {3, begun, {mutex(3), NULL, NULL}, 0, 0},
                               {4, begun, {mutex(3), NULL, NULL}, 0, 0}};
    HANDLE threads[5];
    for (int i = 0; i < 5; i++) {
        threads[i] = in_background(i < 3 ? wait_for_owner : wait_and_release, &waiters[i]);
    }
    for (int i = 0; i < 5; i++) {
        WaitForSingleObject(begun, PATIENCE);
    }
    HANDLE other = start("waits for the owner");
    TRY_WAIT(WaitForSingleObject(ready, PATIENCE));
    TRY_WAIT(WaitForMultipleObjects(5, threads, FALSE, 2 * A_MOMENT));
    TRY_WAIT(WaitForSingleObject(other, 0));
    kill_it(owner);
    TRY_WAIT(WaitForMultipleObjects(5, threads, TRUE, PATIENCE));
    static const char *const how[] = {"alone", "any", "all"};
    for (int i = 0; i < 3; i++) {
        FRESH();
        say("waited for %s: %s; again: %s", how[i], wait_text(waiters[i].result), wait_text(waiters[i].second));
    }
    FRESH();
    say("two waited, one is told: %s",
        yes(waiters[3].result + waiters[4].result == WAIT_ABANDONED && waiters[3].result != waiters[4].result));
    say("another process waited: %#x", (unsigned)finish(other));
    TRY_WAIT(WaitForSingleObject(set, 0));
    for (int i = 0; i < MUTEXES; i++) {
        HANDLE again = mutex(i);
        TRY_WAIT(WaitForSingleObject(again, 0));
        TRY(ReleaseMutex(again));
        TRY(ReleaseMutex(again));
        CloseHandle(again);
    }
    for (int i = 0; i < 5; i++) {
        CloseHandle(threads[i]);
        CloseHandle(waiters[i].objects[i == 1 || i == 2]);
    }
    CloseHandle(never);
    CloseHandle(set);
    CloseHandle(begun);
}

static HANDLE open_section(void) { return OpenFileMappingA(FILE_MAP_READ, FALSE, unique("section")); }

static void names(HANDLE ready) {
    HANDLE process = start("holds names");
    TRY_WAIT(WaitForSingleObject(ready, PATIENCE));
    for (int i = 0; i < KINDS; i++) {
        HANDLE opened = kinds[i].open(SYNCHRONIZE, unique(kinds[i].name));
        say("%s open: %s", kinds[i].name, yes(opened != NULL));
        CloseHandle(opened);
    }
    HANDLE section = open_section();
    say("section open: %s", yes(section != NULL));
    CloseHandle(section);
    kill_it(process);
    for (int i = 0; i < KINDS; i++) {
        FRESH();
        HANDLE opened = kinds[i].open(SYNCHRONIZE, unique(kinds[i].name));
        const char *error = err();
        FRESH();
        HANDLE created = kinds[i].create(unique(kinds[i].name));
        say("%s open: %s, %s, created: %s, %s", kinds[i].name, yes(opened != NULL), error, yes(created != NULL), err());
        CloseHandle(created);
    }
    TRY(open_section());
    section = TRY_HANDLE(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, unique("section")));
    unsigned char *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    say("byte of the new one: %u", view[0]);
    UnmapViewOfFile(view);
    CloseHandle(section);

    /* What somebody else holds as well stays. */
    process = start("holds names");
    TRY_WAIT(WaitForSingleObject(ready, PATIENCE));
    HANDLE event = kinds[1].open(EVENT_ALL_ACCESS, unique("event"));
    section = open_section();
    kill_it(process);
    TRY(SetEvent(event));
    HANDLE again = kinds[1].open(SYNCHRONIZE, unique("event"));
    TRY_WAIT(WaitForSingleObject(again, 0));
    view = TRY_VIEW(MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0));
    say("byte: %u", view[0]);
    UnmapViewOfFile(view);
    CloseHandle(again);
    TRY(CloseHandle(event));
    TRY(CloseHandle(section));
    TRY(kinds[1].open(SYNCHRONIZE, unique("event")));
    TRY(open_section());
}

static void changes(HANDLE ready) {
    HANDLE units = CreateSemaphoreA(NULL, 3, 3, unique("units"));
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, unique("left set"));
    HANDLE timer = CreateWaitableTimerA(NULL, TRUE, unique("left running"));
    HANDLE process = start("takes units");
    TRY_WAIT(WaitForSingleObject(ready, PATIENCE));
    kill_it(process);
    TRY_WAIT(WaitForSingleObject(units, 0));
    TRY_WAIT(WaitForSingleObject(units, 0));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    CloseHandle(units);
    CloseHandle(event);
    CloseHandle(timer);
}

/* Who was killed while it waited takes nothing, and abandons nothing. */
static void waiters(HANDLE ready) {
    HANDLE wanted = CreateEventA(NULL, FALSE, FALSE, unique("wanted"));
    HANDLE process = start("waits for an event");
    TRY_WAIT(WaitForSingleObject(ready, PATIENCE));
    TRY_WAIT(WaitForSingleObject(process, A_MOMENT));
    kill_it(process);
    TRY(SetEvent(wanted));
    TRY_WAIT(WaitForSingleObject(wanted, 0));
    TRY_WAIT(WaitForSingleObject(wanted, 0));
    CloseHandle(wanted);
    wanted = CreateMutexA(NULL, TRUE, unique("wanted mutex"));
    process = start("waits for a mutex");
    TRY_WAIT(WaitForSingleObject(ready, PATIENCE));
    TRY_WAIT(WaitForSingleObject(process, A_MOMENT));
    kill_it(process);
    TRY(ReleaseMutex(wanted));
    TRY_WAIT(WaitForSingleObject(wanted, 0));
    TRY(ReleaseMutex(wanted));
    CloseHandle(wanted);
}

void body(void) {
    HANDLE ready = signal_named("ready");
    owner(ready);
    names(ready);
    changes(ready);
    waiters(ready);
    CloseHandle(ready);
}

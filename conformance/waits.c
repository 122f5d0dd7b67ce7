/* The wait functions: one object, any of several, all of several, abandoned mutexes among them, handles that cannot be
 * waited for, and what a wait that fails or times out leaves as it was. */
#include "waitables.h"

static DWORD WINAPI take_and_return(void *mutex) { return WaitForSingleObject(mutex, PATIENCE); }

static void abandon(HANDLE mutex) { in_thread(take_and_return, mutex); }

static void arguments(void) {
    static HANDLE many[200];
    HANDLE event = CreateEventA(NULL, TRUE, TRUE, NULL);
    for (int i = 0; i < 200; i++) {
        many[i] = event;
    }
    TRY_WAIT(WaitForMultipleObjects(0, many, FALSE, 0));
    TRY_WAIT(WaitForMultipleObjects(0, many, TRUE, 0));
    TRY_WAIT(WaitForMultipleObjects(200, many, FALSE, 0));
    TRY_WAIT(WaitForMultipleObjectsEx(0xffffffff, many, FALSE, 0, FALSE));
    TRY_WAIT(WaitForMultipleObjects(1, many, FALSE, 0));
    TRY_WAIT(WaitForMultipleObjects(1, many, TRUE, 0));
    TRY_WAIT(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, many, FALSE, 0));
    TRY_WAIT(WaitForSingleObjectEx(event, 0, FALSE));
    TRY_WAIT(WaitForSingleObjectEx(event, INFINITE, TRUE));
    for (ULONG_PTR bits = 1; bits < 4; bits++) {
        HANDLE odd = (HANDLE)((ULONG_PTR)event | bits);
        many[0] = odd;
        FRESH();
        DWORD alone = WaitForSingleObject(odd, 0), among_two = WaitForMultipleObjects(2, many, FALSE, 0);
        say("low bits %u: %s; %s", (unsigned)bits, wait_text(alone), wait_text(among_two));
    }
    TRY(CloseHandle(event));
}

static void any(void) {
    HANDLE events[64];
    int kept = 0;
    for (int i = 0; i < 64; i++) {
        events[i] = CreateEventA(NULL, FALSE, FALSE, NULL);
    }
    TRY_WAIT(WaitForMultipleObjects(64, events, FALSE, 0));
    TRY_WAIT(WaitForMultipleObjects(64, events, FALSE, A_MOMENT));
    SetEvent(events[63]);
    TRY_WAIT(WaitForMultipleObjects(64, events, FALSE, PATIENCE));
    TRY_WAIT(WaitForMultipleObjects(64, events, FALSE, 0));
    for (int i = 0; i < 64; i++) {
        SetEvent(events[i]);
    }
    for (int i = 0; i < 64; i++) {
        kept += WaitForMultipleObjects(64, events, FALSE, INFINITE) == WAIT_OBJECT_0 + (DWORD)i;
    }
    say("64 that are set, lowest first: %d times", kept);
    TRY_WAIT(WaitForMultipleObjects(64, events, FALSE, 0));
    SetEvent(events[40]);
    SetEvent(events[20]);
    TRY_WAIT(WaitForMultipleObjects(64, events, FALSE, 0));
    TRY_WAIT(WaitForSingleObject(events[40], 0));
    HANDLE same[] = {events[0], events[1], events[1], events[0]};
    SetEvent(events[1]);
    TRY_WAIT(WaitForMultipleObjects(4, same, FALSE, 0));
    TRY_WAIT(WaitForMultipleObjects(4, same, FALSE, 0));
    for (int i = 0; i < 64; i++) {
        CloseHandle(events[i]);
    }

    HANDLE mutexes[] = {CreateMutexA(NULL, FALSE, NULL), CreateMutexA(NULL, FALSE, NULL)};
    TRY_WAIT(WaitForMultipleObjects(2, mutexes, FALSE, 0));
    TRY(ReleaseMutex(mutexes[1]));
    TRY(ReleaseMutex(mutexes[0]));
    CloseHandle(mutexes[0]);
    CloseHandle(mutexes[1]);
}

enum { MANUAL, AUTOMATIC, SEMAPHORE, MUTEX, TIMER, OBJECTS };

static void state(const HANDLE *objects) {
    FRESH();
    DWORD automatic = WaitForSingleObject(objects[AUTOMATIC], 0);
    DWORD semaphore = WaitForSingleObject(objects[SEMAPHORE], 0);
    BOOL owned = ReleaseMutex(objects[MUTEX]);
    say("event: %s, semaphore: %s, mutex owned: %s", automatic == WAIT_OBJECT_0 ? "set" : "reset",
        semaphore == WAIT_OBJECT_0 ? "a unit" : "none", yes(owned));
}

static void all(void) {
    HANDLE objects[OBJECTS] = {CreateEventA(NULL, TRUE, FALSE, NULL), CreateEventA(NULL, FALSE, TRUE, NULL),
                               CreateSemaphoreA(NULL, 1, 1, NULL), CreateMutexA(NULL, FALSE, NULL),
                               CreateWaitableTimerA(NULL, FALSE, NULL)};
    LARGE_INTEGER at_once;
    at_once.QuadPart = 0;
    SetWaitableTimer(objects[TIMER], &at_once, 0, NULL, NULL, FALSE);
    TRY_WAIT(WaitForMultipleObjects(OBJECTS, objects, TRUE, 0));
    TRY_WAIT(WaitForMultipleObjects(OBJECTS, objects, TRUE, A_MOMENT));
    state(objects);
    SetEvent(objects[AUTOMATIC]);
    ReleaseSemaphore(objects[SEMAPHORE], 1, NULL);
    SetEvent(objects[MANUAL]);
    TRY_WAIT(WaitForMultipleObjects(OBJECTS, objects, TRUE, PATIENCE));
    state(objects);
    TRY_WAIT(WaitForSingleObject(objects[TIMER], 0));
    TRY_WAIT(WaitForSingleObject(objects[MANUAL], 0));

    const char *once = "Wine takes an object as often as it is named; Windows refuses";
    HANDLE other;
    DuplicateHandle(GetCurrentProcess(), objects[MANUAL], GetCurrentProcess(), &other, 0, FALSE, DUPLICATE_SAME_ACCESS);
    HANDLE same[] = {objects[MANUAL], objects[MANUAL]}, two[] = {objects[MANUAL], other};
    TRY_WAIT_WINDOWS(once, "failed, 87", WaitForMultipleObjects(2, same, TRUE, 0));
    TRY_WAIT_WINDOWS(once, "failed, 87", WaitForMultipleObjects(2, two, TRUE, 0));
    TRY_WAIT(WaitForMultipleObjects(2, two, FALSE, 0));
    CloseHandle(other);
    for (int i = 0; i < OBJECTS; i++) {
        CloseHandle(objects[i]);
    }
}

static void abandoned(void) {
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    HANDLE free_one = CreateMutexA(NULL, FALSE, NULL), lost = CreateMutexA(NULL, FALSE, NULL);
    HANDLE any_of[] = {event, lost, free_one};
    abandon(lost);
    TRY_WAIT(WaitForMultipleObjects(3, any_of, FALSE, 0));
    TRY(ReleaseMutex(lost));
    TRY(ReleaseMutex(free_one));
    TRY_WAIT(WaitForMultipleObjects(3, any_of, FALSE, 0));
    TRY(ReleaseMutex(lost));
    abandon(lost);
    SetEvent(event);
    TRY_WAIT(WaitForMultipleObjects(3, any_of, FALSE, 0));
    TRY_WAIT(WaitForMultipleObjects(3, any_of, TRUE, 0));
    TRY(ReleaseMutex(lost));
    SetEvent(event);
    TRY_WAIT(WaitForMultipleObjects(3, any_of, TRUE, 0));
    TRY(ReleaseMutex(lost));
    TRY(ReleaseMutex(free_one));
    SetEvent(event);
    TRY_WAIT(WaitForMultipleObjects(3, any_of, TRUE, 0));
    TRY(ReleaseMutex(lost));
    TRY(ReleaseMutex(free_one));
    CloseHandle(event);
    CloseHandle(free_one);
    CloseHandle(lost);
}

/* An invalid handle anywhere is found before anything is taken. */
static void invalid(void) {
    static const intptr_t pseudo[] = {-1, -2, -3, -4, -5, -6};
    HANDLE event = CreateEventA(NULL, FALSE, TRUE, NULL), closed = CreateEventA(NULL, TRUE, TRUE, NULL);
    CloseHandle(closed);
    TRY_WAIT(WaitForSingleObject(NULL, 0));
    TRY_WAIT(WaitForSingleObject(closed, 0));
    for (size_t i = 0; i < sizeof pseudo / sizeof *pseudo; i++) {
        HANDLE handle = (HANDLE)pseudo[i];
        HANDLE alone[] = {handle}, first[] = {handle, event}, last[] = {event, handle};
        FRESH();
        const char *single = wait_text(WaitForSingleObject(handle, 0));
        FRESH();
        const char *texts[] = {wait_text(WaitForMultipleObjects(1, alone, FALSE, 0)),
                               wait_text(WaitForMultipleObjects(1, alone, TRUE, 0)),
                               wait_text(WaitForMultipleObjects(2, first, FALSE, 0)),
                               wait_text(WaitForMultipleObjects(2, last, FALSE, 0)),
                               wait_text(WaitForMultipleObjects(2, last, TRUE, 0))};
        char several[160];
        snprintf(several, sizeof several, "among several: %s; %s; %s; %s; %s", texts[0], texts[1], texts[2], texts[3],
                 texts[4]);
        say("pseudo handle %d: %s", (int)pseudo[i], single);
        if (i < 2) {
            differs("Wine 8 takes these for what they stand for",
                    "among several: failed, 6; failed, 6; failed, 6; failed, 6; failed, 6", "%s", several);
        } else {
            say("%s", several);
        }
    }
    TRY_WAIT_WINDOWS("Wine 8 has taken it for one of those waits", "object 0, -", WaitForSingleObject(event, 0));
    SetEvent(event);
    HANDLE with_null[] = {event, NULL}, with_closed[] = {event, closed};
    TRY_WAIT(WaitForMultipleObjects(2, with_null, FALSE, 0));
    TRY_WAIT(WaitForMultipleObjects(2, with_closed, FALSE, 0));
    TRY_WAIT(WaitForMultipleObjects(2, with_closed, TRUE, 0));

    HANDLE no_rights;
    DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &no_rights, EVENT_MODIFY_STATE, FALSE, 0);
    HANDLE with_no_rights[] = {event, no_rights};
    TRY_WAIT(WaitForSingleObject(no_rights, 0));
    TRY_WAIT(WaitForMultipleObjects(2, with_no_rights, FALSE, 0));
    TRY_WAIT(WaitForMultipleObjects(2, with_no_rights, TRUE, 0));
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL);
    HANDLE with_section[] = {event, section};
    TRY_WAIT(WaitForSingleObject(section, 0));
    TRY_WAIT(WaitForMultipleObjects(2, with_section, FALSE, 0));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY_WAIT(WaitForSingleObject(event, 0));
    CloseHandle(section);
    CloseHandle(no_rights);
    CloseHandle(event);
}

/* The constants that name the standard handles stand for the handles themselves. */
static void standard(void) {
    HANDLE before = GetStdHandle(STD_INPUT_HANDLE);
    HANDLE event = CreateEventA(NULL, FALSE, TRUE, NULL);
    HANDLE constant = (HANDLE)(ULONG_PTR)STD_INPUT_HANDLE;
    TRY(SetStdHandle(STD_INPUT_HANDLE, event));
    TRY_WAIT(WaitForSingleObject(constant, 0));
    TRY_WAIT(WaitForSingleObject(constant, 0));
    SetEvent(event);
    TRY_WAIT(WaitForMultipleObjects(1, &constant, FALSE, 0));
    TRY_WAIT(WaitForMultipleObjects(1, &constant, FALSE, 0));
    SetStdHandle(STD_INPUT_HANDLE, before);
    CloseHandle(event);
}

struct sleeper {
    HANDLE asleep, object;
};

static DWORD WINAPI sleep_on(void *argument) {
    struct sleeper *sleeper = argument;
    return SignalObjectAndWait(sleeper->asleep, sleeper->object, PATIENCE, FALSE);
}

static void threads_and_processes(void) {
    struct sleeper sleeper = {CreateEventA(NULL, FALSE, FALSE, NULL), CreateEventA(NULL, FALSE, FALSE, NULL)};
    HANDLE other, thread = in_background(sleep_on, &sleeper);
    HANDLE process = start("ends when told", lasting("end"));
    HANDLE both[] = {process, thread};
    DuplicateHandle(GetCurrentProcess(), sleeper.object, GetCurrentProcess(), &other, 0, FALSE, DUPLICATE_SAME_ACCESS);
    TRY_WAIT(WaitForSingleObject(sleeper.asleep, PATIENCE));
    TRY(CloseHandle(sleeper.object));
    TRY_WAIT(WaitForMultipleObjects(2, both, FALSE, A_MOMENT));
    TRY(SetEvent(other));
    TRY_WAIT(WaitForMultipleObjects(2, both, FALSE, PATIENCE));
    DWORD code;
    GetExitCodeThread(thread, &code);
    FRESH();
    say("the thread waited for a handle that was closed meanwhile: %s", wait_text(code));
    TRY_WAIT(WaitForSingleObject(thread, 0));
    TRY_WAIT(WaitForMultipleObjects(2, both, TRUE, A_MOMENT));
    HANDLE end = CreateEventA(NULL, TRUE, FALSE, unique("end"));
    TRY(SetEvent(end));
    TRY_WAIT(WaitForMultipleObjects(2, both, TRUE, PATIENCE));
    TRY_WAIT(WaitForMultipleObjects(2, both, FALSE, 0));
    TRY_WAIT(WaitForSingleObject(process, INFINITE));
    say("exit code: %u", (unsigned)finish(process));
    CloseHandle(thread);
    CloseHandle(end);
    CloseHandle(other);
    CloseHandle(sleeper.asleep);
}

int role(const char *name, int argc, char **argv) {
    (void)name;
    HANDLE end = CreateEventA(NULL, TRUE, FALSE, argc > 0 ? argv[0] : NULL);
    return WaitForSingleObject(end, PATIENCE) == WAIT_OBJECT_0 ? 3 : 4;
}

void body(void) {
    arguments();
    any();
    all();
    abandoned();
    invalid();
    standard();
    threads_and_processes();
}

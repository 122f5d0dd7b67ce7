/* Mutexes: owning one several times, releasing, and what becomes of one whose owner ends: a thread that returns or
 * exits, a process that exits, returns or is killed. */
#include "waitables.h"

static DWORD WINAPI release(void *mutex) { return ReleaseMutex(mutex) ? 0 : GetLastError(); }

static void recursion(void) {
    HANDLE mutex = TRY_HANDLE(CreateMutexA(NULL, FALSE, NULL));
    TRY(ReleaseMutex(mutex));
    int taken = 0, refused = 0, released = 0;
    for (int level = 0; level < 31; level++) {
        taken += WaitForSingleObject(mutex, level % 2 == 0 ? 0 : INFINITE) == WAIT_OBJECT_0;
    }
    say("taken by its owner: %d times", taken);
    say("polled by another thread: %s", polled_elsewhere(mutex));
    say("released by another thread: error %u", (unsigned)in_thread(release, mutex));
    for (int level = 0; level < 31; level++) {
        refused += in_thread(poll_object, mutex) == WAIT_TIMEOUT;
        released += ReleaseMutex(mutex);
    }
    say("refused to another thread before each release: %d times", refused);
    say("released: %d times", released);
    TRY(ReleaseMutex(mutex));
    say("released by another thread when free: error %u", (unsigned)in_thread(release, mutex));
    say("taken by another thread: %s", polled_elsewhere(mutex));
    TRY_WAIT(WaitForSingleObject(mutex, 0));
    TRY(CloseHandle(mutex));
}

static void initial_owner(void) {
    const char *name = lasting("initial");
    HANDLE owned = TRY_HANDLE(CreateMutexA(NULL, TRUE, name));
    say("polled by another thread: %s", polled_elsewhere(owned));
    TRY(ReleaseMutex(owned));
    TRY(ReleaseMutex(owned));
    HANDLE again = TRY_HANDLE(CreateMutexA(NULL, TRUE, name));
    TRY(ReleaseMutex(again));
    HANDLE ex = TRY_HANDLE(CreateMutexExA(NULL, name, CREATE_MUTEX_INITIAL_OWNER, MUTEX_ALL_ACCESS));
    TRY(ReleaseMutex(ex));
    CloseHandle(ex);
    CloseHandle(again);
    CloseHandle(owned);
    ex = TRY_HANDLE(CreateMutexExW(NULL, wide(name), CREATE_MUTEX_INITIAL_OWNER, MUTEX_ALL_ACCESS));
    say("polled by another thread: %s", polled_elsewhere(ex));
    TRY(ReleaseMutex(ex));
    CloseHandle(ex);
    ex = TRY_HANDLE(CreateMutexExA(NULL, NULL, 0, MUTEX_ALL_ACCESS));
    TRY(ReleaseMutex(ex));
    CloseHandle(ex);
}

static void rights(void) {
    const char *name = lasting("rights");
    HANDLE full = CreateMutexA(NULL, FALSE, name);
    HANDLE read_control = TRY_HANDLE(OpenMutexA(READ_CONTROL, FALSE, name));
    HANDLE nothing;
    TRY(DuplicateHandle(GetCurrentProcess(), full, GetCurrentProcess(), &nothing, 0, FALSE, 0));
    TRY_WAIT(WaitForSingleObject(read_control, 0));
    TRY_WAIT(WaitForSingleObject(nothing, 0));
    TRY(ReleaseMutex(read_control));
    TRY_WAIT(WaitForSingleObject(full, 0));
    TRY(ReleaseMutex(read_control));
    TRY_WAIT(WaitForSingleObject(full, 0));
    TRY(ReleaseMutex(nothing));
    TRY(ReleaseMutex(nothing));
    CloseHandle(full);
    CloseHandle(read_control);
    CloseHandle(nothing);
}

static void closed_by_its_owner(void) {
    const char *name = lasting("closed");
    HANDLE one = CreateMutexA(NULL, TRUE, name);
    HANDLE other = OpenMutexA(SYNCHRONIZE, FALSE, name);
    TRY(CloseHandle(one));
    say("closed by its owner, polled by another thread: %s", polled_elsewhere(other));
    TRY(ReleaseMutex(other));
    TRY_WAIT(WaitForSingleObject(other, 0));
    TRY(CloseHandle(other));
    other = TRY_HANDLE(CreateMutexA(NULL, FALSE, name));
    TRY(ReleaseMutex(other));
    CloseHandle(other);
}

struct owner {
    HANDLE mutex, owned, end;
    BOOL by_exit;
};

static DWORD WINAPI own_until_told(void *argument) {
    struct owner *owner = argument;
    WaitForSingleObject(owner->mutex, PATIENCE);
    WaitForSingleObject(owner->mutex, PATIENCE);
    SetEvent(owner->owned);
    WaitForSingleObject(owner->end, PATIENCE);
    if (owner->by_exit) {
        ExitThread(7);
    }
    return 7;
}

/* Says that it waits in the call that waits: both handles are looked up before anything is signaled. */
static DWORD WINAPI wait_for_owner(void *argument) {
    struct owner *owner = argument;
    return SignalObjectAndWait(owner->owned, owner->mutex, PATIENCE, FALSE);
}

static void ended_owners(void) {
    struct owner owner = {CreateMutexA(NULL, FALSE, NULL), CreateEventA(NULL, FALSE, FALSE, NULL),
                          CreateEventA(NULL, FALSE, FALSE, NULL), FALSE};
    for (int by_exit = 0; by_exit < 2; by_exit++) {
        owner.by_exit = by_exit;
        SetEvent(owner.end);
        say("a thread takes it twice and %s: %u", by_exit ? "exits" : "returns",
            (unsigned)in_thread(own_until_told, &owner));
        ResetEvent(owner.owned);
        TRY_WAIT(WaitForSingleObject(owner.mutex, 0));
        TRY_WAIT(WaitForSingleObject(owner.mutex, 0));
        say("polled by another thread: %s", polled_elsewhere(owner.mutex));
        TRY(ReleaseMutex(owner.mutex));
        TRY(ReleaseMutex(owner.mutex));
        TRY(ReleaseMutex(owner.mutex));
        TRY_WAIT(WaitForSingleObject(owner.mutex, 0));
        TRY(ReleaseMutex(owner.mutex));
    }

    HANDLE thread = in_background(own_until_told, &owner);
    TRY_WAIT(WaitForSingleObject(owner.owned, PATIENCE));
    HANDLE waiter = in_background(wait_for_owner, &owner);
    TRY_WAIT(WaitForSingleObject(owner.owned, PATIENCE));
    TRY(CloseHandle(owner.mutex));
    TRY_WAIT(WaitForSingleObject(waiter, 0));
    TRY(SetEvent(owner.end));
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    TRY_WAIT(WaitForSingleObject(waiter, PATIENCE));
    DWORD result;
    TRY(GetExitCodeThread(waiter, &result));
    FRESH();
    say("its handle was closed while it waited: %s", wait_text(result));
    CloseHandle(thread);
    CloseHandle(waiter);
    CloseHandle(owner.owned);
    CloseHandle(owner.end);
}

static DWORD WINAPI take_and_stay(void *argument) {
    struct owner *owner = argument;
    WaitForSingleObject(owner->mutex, PATIENCE);
    SetEvent(owner->owned);
    Sleep(INFINITE);
    return 0;
}

/* Arguments: the mutex's name, an event to set when it is owned, an event to end. */
int role(const char *name, int argc, char **argv) {
    if (argc < 3) {
        return 99;
    }
    struct owner owner = {OpenMutexA(SYNCHRONIZE, FALSE, argv[0]), OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[1]),
                          OpenEventA(SYNCHRONIZE, FALSE, argv[2]), FALSE};
    if (strcmp(name, "thread of") == 0) {
        in_background(take_and_stay, &owner);
    } else {
        WaitForSingleObject(owner.mutex, PATIENCE);
        SetEvent(owner.owned);
    }
    WaitForSingleObject(owner.end, PATIENCE);
    if (strcmp(name, "releases") == 0) {
        ReleaseMutex(owner.mutex);
    } else if (strcmp(name, "closes") == 0) {
        CloseHandle(owner.mutex);
    } else if (strcmp(name, "returns") != 0) {
        ExitProcess(5);
    }
    return 5;
}

static void ended_processes(void) {
    static const char *const roles[] = {"releases", "returns", "exits", "closes", "thread of", "killed"};
    const char *names[] = {lasting("mutex"), lasting("owned"), lasting("end")};
    HANDLE mutex = CreateMutexA(NULL, FALSE, names[0]);
    HANDLE owned = CreateEventA(NULL, FALSE, FALSE, names[1]);
    HANDLE end = CreateEventA(NULL, FALSE, FALSE, names[2]);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        HANDLE process = start(roles[i], names[0], names[1], names[2]);
        say("another process owns it, then %s: %s", roles[i],
            wait_text((FRESH(), WaitForSingleObject(owned, PATIENCE))));
        TRY_WAIT(WaitForSingleObject(mutex, 0));
        TRY(ReleaseMutex(mutex));
        if (strcmp(roles[i], "killed") == 0) {
            TRY(TerminateProcess(process, 9));
        } else {
            SetEvent(end);
        }
        say("its exit code: %u", (unsigned)finish(process));
        TRY_WAIT(WaitForSingleObject(mutex, PATIENCE));
        TRY_WAIT(WaitForSingleObject(mutex, 0));
        TRY(ReleaseMutex(mutex));
        TRY(ReleaseMutex(mutex));
        TRY(ReleaseMutex(mutex));
    }
    CloseHandle(mutex);
    CloseHandle(owned);
    CloseHandle(end);
}

void body(void) {
    recursion();
    initial_owner();
    rights();
    closed_by_its_owner();
    ended_owners();
    ended_processes();
}

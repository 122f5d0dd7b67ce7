/* Calls that are queued to a thread: which waits let them run, in what order, and where they cannot be queued. */
#include "waitables.h"

static char order[64];
static DWORD thread_of_last;

static void CALLBACK note(ULONG_PTR argument) {
    size_t length = strlen(order);
    if (length + 1 < sizeof order) {
        order[length] = (char)argument;
        order[length + 1] = 0;
    }
    thread_of_last = GetCurrentThreadId();
}

static void said(const char *when) {
    say("%s, ran: \"%s\"", when, order);
    order[0] = 0;
}

static void own_thread(void) {
    HANDLE set = CreateEventA(NULL, TRUE, TRUE, NULL), reset = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE both[] = {reset, set}, never[] = {reset, CreateSemaphoreA(NULL, 0, 1, NULL)};
    TRY_WAIT(SleepEx(0, TRUE));
    TRY_WAIT(SleepEx(A_MOMENT, TRUE));
    TRY_WAIT(WaitForSingleObjectEx(reset, A_MOMENT, TRUE));
    TRY(QueueUserAPC(note, GetCurrentThread(), 'a') != 0);
    said("queued");
    TRY_WAIT(SleepEx(0, FALSE));
    Sleep(0);
    Sleep(1);
    SwitchToThread();
    TRY_WAIT(WaitForSingleObject(reset, 0));
    TRY_WAIT(WaitForSingleObject(set, 0));
    TRY_WAIT(WaitForSingleObjectEx(reset, A_MOMENT, FALSE));
    TRY_WAIT(WaitForMultipleObjects(2, both, FALSE, 0));
    said("waits that are not alertable");
    TRY_WAIT(SleepEx(0, TRUE));
    said("SleepEx");
    TRY_WAIT(SleepEx(0, TRUE));
    for (ULONG_PTR letter = 'a'; letter <= 'h'; letter++) {
        QueueUserAPC(note, GetCurrentThread(), letter);
    }
    TRY_WAIT(SleepEx(INFINITE, TRUE));
    said("eight, one SleepEx");
    QueueUserAPC(note, GetCurrentThread(), 'a');
    QueueUserAPC(note, GetCurrentThread(), 'b');
    TRY_WAIT(WaitForSingleObjectEx(reset, PATIENCE, TRUE));
    said("WaitForSingleObjectEx");
    TRY_WAIT(WaitForSingleObjectEx(set, PATIENCE, TRUE));
    QueueUserAPC(note, GetCurrentThread(), 'c');
    TRY_WAIT(WaitForMultipleObjectsEx(2, never, FALSE, PATIENCE, TRUE));
    said("WaitForMultipleObjectsEx, any");
    QueueUserAPC(note, GetCurrentThread(), 'd');
    TRY_WAIT(WaitForMultipleObjectsEx(2, both, TRUE, PATIENCE, TRUE));
    said("WaitForMultipleObjectsEx, all");
    TRY_WAIT(WaitForMultipleObjectsEx(2, both, FALSE, PATIENCE, TRUE));
    TRY_WAIT(WaitForMultipleObjectsEx(2, both, TRUE, A_MOMENT, TRUE));
    CloseHandle(set);
    CloseHandle(reset);
    CloseHandle(never[1]);
}

struct target {
    HANDLE ready, object;
    DWORD id, result, second;
};

static DWORD WINAPI sleep_alertably(void *argument) {
    struct target *target = argument;
    target->id = GetCurrentThreadId();
    SetEvent(target->ready);
    target->result = SleepEx(INFINITE, TRUE);
    return 0;
}

static DWORD WINAPI wait_alertably(void *argument) {
    struct target *target = argument;
    target->id = GetCurrentThreadId();
    SetEvent(target->ready);
    target->result = WaitForSingleObjectEx(target->object, PATIENCE, TRUE);
    target->second = WaitForSingleObjectEx(target->object, PATIENCE, TRUE);
    return 0;
}

static void CALLBACK release_unit(ULONG_PTR argument) {
    ReleaseSemaphore((HANDLE)argument, 1, NULL);
    note('r');
}

static void CALLBACK take_unit(ULONG_PTR argument) {
    note(WaitForSingleObject((HANDLE)argument, PATIENCE) == WAIT_OBJECT_0 ? 't' : 'x');
}

static void other_threads(void) {
    struct target target = {CreateEventA(NULL, FALSE, FALSE, NULL), CreateSemaphoreA(NULL, 0, 2, NULL), 0, 0, 0};
    HANDLE thread = in_background(sleep_alertably, &target);
    TRY_WAIT(WaitForSingleObject(target.ready, PATIENCE));
    TRY_WAIT(WaitForSingleObject(thread, A_MOMENT));
    TRY(QueueUserAPC(note, thread, 'a') != 0);
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    FRESH();
    say("another thread's SleepEx: %s", wait_text(target.result));
    said("there");
    say("by that thread: %s", yes(thread_of_last == target.id));
    TRY(QueueUserAPC(note, thread, 'b') != 0);
    CloseHandle(thread);

    thread = in_background(wait_alertably, &target);
    TRY_WAIT(WaitForSingleObject(target.ready, PATIENCE));
    TRY(QueueUserAPC(release_unit, thread, (ULONG_PTR)target.object) != 0);
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    FRESH();
    say("the call makes its object ready: %s; the next wait: %s", wait_text(target.result), wait_text(target.second));
    said("there");
    CloseHandle(thread);

    /* The calls wait themselves, for what this thread gives them. */
    thread = in_background(sleep_alertably, &target);
    TRY_WAIT(WaitForSingleObject(target.ready, PATIENCE));
    TRY(QueueUserAPC(take_unit, thread, (ULONG_PTR)target.object) != 0);
    TRY_WAIT(WaitForSingleObject(thread, A_MOMENT));
    TRY(ReleaseSemaphore(target.object, 1, NULL));
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    said("a call that waits");
    CloseHandle(thread);

    thread = CreateThread(NULL, 0, sleep_alertably, &target, CREATE_SUSPENDED, NULL);
    TRY(QueueUserAPC(note, thread, 's') != 0);
    said("queued to a suspended thread");
    ResumeThread(thread);
    TRY_WAIT(WaitForSingleObject(target.ready, PATIENCE));
    said("when its routine has begun");
    QueueUserAPC(note, thread, 'e');
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    said("at its end");
    CloseHandle(thread);

    TRY(QueueUserAPC(note, NULL, 'n') != 0);
    TRY(QueueUserAPC(note, target.ready, 'n') != 0);
    TRY_WAIT(SleepEx(0, TRUE));
    CloseHandle(target.ready);
    CloseHandle(target.object);
}

/* A wait that a call interrupts is over; what it waited for is not taken. */
static void interrupted(void) {
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 2, NULL);
    QueueUserAPC(release_unit, GetCurrentThread(), (ULONG_PTR)semaphore);
    TRY_WAIT(WaitForSingleObjectEx(semaphore, PATIENCE, TRUE));
    said("a call that makes the object ready");
    TRY_WAIT(WaitForSingleObjectEx(semaphore, 0, TRUE));
    TRY_WAIT(WaitForSingleObjectEx(semaphore, 0, TRUE));
    FRESH();
    ULONG_PTR queued = QueueUserAPC(note, GetCurrentThread(), 'z');
    say("QueueUserAPC: %s, %s", yes(queued != 0), err());
    TRY_WAIT(SleepEx(PATIENCE, TRUE));
    said("the last");
    CloseHandle(semaphore);
}

NO_ROLES

void body(void) {
    own_thread();
    other_threads();
    interrupted();
}

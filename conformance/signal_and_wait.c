/* SignalObjectAndWait: what can be signaled, what fails before and after the signal, and handing over to and fro. */
#include "waitables.h"

static void refused(void) {
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL), wanted = CreateEventA(NULL, FALSE, TRUE, NULL);
    HANDLE semaphore = CreateSemaphoreA(NULL, 2, 2, NULL), mutex = CreateMutexA(NULL, FALSE, NULL);
    HANDLE timer = CreateWaitableTimerA(NULL, FALSE, NULL);
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL);
    const char *path = temporary("signaled");
    HANDLE file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    HANDLE waits_only, sets_only;
    DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &waits_only, SYNCHRONIZE, FALSE, 0);
    DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &sets_only, EVENT_MODIFY_STATE, FALSE, 0);

    TRY_WAIT(SignalObjectAndWait(file, wanted, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(timer, wanted, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(section, wanted, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(NULL, wanted, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(semaphore, wanted, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(mutex, wanted, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(waits_only, wanted, 0, FALSE));
    TRY_WAIT(WaitForSingleObject(wanted, 0));
    TRY_WAIT(WaitForSingleObject(wanted, 0));

    TRY_WAIT(SignalObjectAndWait(event, NULL, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(event, sets_only, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(event, section, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(NULL, NULL, 0, FALSE));
    TRY_WAIT(WaitForSingleObject(event, 0));
    CloseHandle(event);
    CloseHandle(wanted);
    CloseHandle(semaphore);
    CloseHandle(mutex);
    CloseHandle(timer);
    CloseHandle(section);
    CloseHandle(file);
    CloseHandle(waits_only);
    CloseHandle(sets_only);
    DeleteFileA(path);
}

static void alone(void) {
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL), other = CreateEventA(NULL, FALSE, FALSE, NULL);
    HANDLE manual = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 2, NULL), mutex = CreateMutexA(NULL, TRUE, NULL);
    TRY_WAIT(SignalObjectAndWait(event, event, 0, FALSE));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY_WAIT(SignalObjectAndWait(manual, manual, INFINITE, FALSE));
    TRY_WAIT(WaitForSingleObject(manual, 0));
    TRY_WAIT(SignalObjectAndWait(event, other, 0, FALSE));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY_WAIT(SignalObjectAndWait(event, other, A_MOMENT, FALSE));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY_WAIT(SignalObjectAndWait(semaphore, semaphore, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(semaphore, other, 0, FALSE));
    TRY_WAIT(WaitForSingleObject(semaphore, 0));
    TRY_WAIT(WaitForSingleObject(semaphore, 0));
    TRY_WAIT(SignalObjectAndWait(mutex, other, 0, FALSE));
    TRY(ReleaseMutex(mutex));
    TRY_WAIT(SignalObjectAndWait(semaphore, mutex, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(mutex, mutex, 0, FALSE));
    TRY(ReleaseMutex(mutex));
    CloseHandle(event);
    CloseHandle(other);
    CloseHandle(manual);
    CloseHandle(semaphore);
    CloseHandle(mutex);
}

struct table {
    HANDLE mine, yours;
};

static DWORD WINAPI answer(void *argument) {
    struct table *table = argument;
    DWORD answers = 0;
    if (WaitForSingleObject(table->mine, PATIENCE) == WAIT_OBJECT_0) {
        do {
            answers++;
        } while (answers < 100 && SignalObjectAndWait(table->yours, table->mine, PATIENCE, FALSE) == WAIT_OBJECT_0);
    }
    SetEvent(table->yours);
    return answers;
}

static DWORD WINAPI own_and_return(void *mutex) { return WaitForSingleObject(mutex, PATIENCE); }

static DWORD WINAPI pass_mutex(void *argument) {
    struct table *table = argument;
    DWORD result = WaitForSingleObject(table->mine, PATIENCE);
    SetEvent(table->yours);
    ReleaseMutex(table->mine);
    return result;
}

static void with_threads(void) {
    struct table table = {CreateEventA(NULL, FALSE, FALSE, NULL), CreateEventA(NULL, FALSE, FALSE, NULL)};
    HANDLE thread = in_background(answer, &table);
    int handed = 0;
    for (int i = 0; i < 100; i++) {
        handed += SignalObjectAndWait(table.mine, table.yours, PATIENCE, FALSE) == WAIT_OBJECT_0;
    }
    DWORD answers = 0;
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    GetExitCodeThread(thread, &answers);
    say("handed over and back: %d and %u times", handed, (unsigned)answers);
    CloseHandle(thread);
    CloseHandle(table.mine);

    table.mine = CreateMutexA(NULL, TRUE, NULL);
    thread = in_background(pass_mutex, &table);
    TRY_WAIT(SignalObjectAndWait(table.mine, table.yours, PATIENCE, FALSE));
    TRY_WAIT(SignalObjectAndWait(table.yours, thread, PATIENCE, FALSE));
    TRY_WAIT(WaitForSingleObject(table.mine, 0));
    TRY(ReleaseMutex(table.mine));
    in_thread(own_and_return, table.mine);
    TRY_WAIT(SignalObjectAndWait(table.yours, table.mine, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(table.yours, table.mine, 0, FALSE));
    CloseHandle(thread);
    CloseHandle(table.mine);
    CloseHandle(table.yours);
}

static int calls;
static void CALLBACK count_call(ULONG_PTR argument) { calls += (int)argument; }

static void alertable(void) {
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL), other = CreateEventA(NULL, FALSE, FALSE, NULL);
    QueueUserAPC(count_call, GetCurrentThread(), 1);
    TRY_WAIT(SignalObjectAndWait(event, other, 0, FALSE));
    say("calls: %d", calls);
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY_WAIT(SignalObjectAndWait(event, other, PATIENCE, TRUE));
    say("calls: %d", calls);
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY_WAIT(SignalObjectAndWait(event, other, 0, TRUE));
    CloseHandle(event);
    CloseHandle(other);
}

NO_ROLES

void body(void) {
    refused();
    alone();
    with_threads();
    alertable();
}

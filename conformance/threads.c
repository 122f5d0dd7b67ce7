/* Threads: creating, suspending before they begin, ends and exit codes, waiting for them, and thread-local slots. */
#include "waitables.h"
#include <process.h>

static DWORD WINAPI give_back(void *argument) { return (DWORD)(ULONG_PTR)argument; }

static DWORD WINAPI exit_with(void *argument) {
    ExitThread((DWORD)(ULONG_PTR)argument);
    return 1;
}

static DWORD WINAPI own_id(void *argument) {
    *(DWORD *)argument = GetCurrentThreadId();
    return 0;
}

static void exit_codes(void) {
    static const DWORD codes[] = {0, 1, 255, 256, 0x12345, 0x7fffffff, 0x80000000, 0xffffffff};
    int kept = 0, exited = 0;
    const int count = (int)(sizeof codes / sizeof *codes);
    for (int i = 0; i < count; i++) {
        kept += in_thread(give_back, (void *)(ULONG_PTR)codes[i]) == codes[i];
        exited += in_thread(exit_with, (void *)(ULONG_PTR)codes[i]) == codes[i];
    }
    say("of %d exit codes: returned: %d, by ExitThread: %d", count, kept, exited);
}

static DWORD WINAPI wait_for(void *object) { return WaitForSingleObject(object, PATIENCE); }

static void running(void) {
    HANDLE go = CreateEventA(NULL, TRUE, FALSE, NULL), copy;
    DWORD id = 0, code = 0;
    HANDLE thread = TRY_HANDLE(CreateThread(NULL, 0, wait_for, go, 0, &id));
    say("an id: %s, another than this thread's: %s", yes(id != 0), yes(id != GetCurrentThreadId()));
    TRY(GetExitCodeThread(thread, &code));
    say("still active: %s", yes(code == STILL_ACTIVE));
    TRY_WAIT(WaitForSingleObject(thread, A_MOMENT));
    TRY(DuplicateHandle(GetCurrentProcess(), thread, GetCurrentProcess(), &copy, SYNCHRONIZE, FALSE, 0));
    TRY(CloseHandle(thread));
    TRY_WAIT(WaitForSingleObject(copy, 0));
    TRY(GetExitCodeThread(copy, &code));
    TRY(SetEvent(go));
    TRY_WAIT(WaitForSingleObject(copy, PATIENCE));
    TRY_WAIT(WaitForSingleObject(copy, 0));
    TRY(CloseHandle(copy));

    DWORD told = 0, seen = 0;
    thread = CreateThread(NULL, 1 << 20, own_id, &seen, STACK_SIZE_PARAM_IS_A_RESERVATION, &told);
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    say("the id that it is told is the one that it has: %s", yes(told == seen && told != 0));
    say("pseudo handles: %d %d", (int)(intptr_t)GetCurrentProcess(), (int)(intptr_t)GetCurrentThread());
    TRY(GetExitCodeThread(GetCurrentThread(), &code));
    say("still active: %s", yes(code == STILL_ACTIVE));
    TRY(GetExitCodeThread(NULL, &code));
    TRY(GetExitCodeThread(go, &code));
    CloseHandle(thread);
    CloseHandle(go);
}

static void several(void) {
    static HANDLE threads[64];
    HANDLE go = CreateEventA(NULL, TRUE, FALSE, NULL), first = CreateEventA(NULL, TRUE, FALSE, NULL);
    for (int i = 0; i < 64; i++) {
        threads[i] = in_background(wait_for, i == 33 ? first : go);
    }
    TRY_WAIT(WaitForMultipleObjects(64, threads, FALSE, A_MOMENT));
    SetEvent(first);
    TRY_WAIT(WaitForMultipleObjects(64, threads, FALSE, PATIENCE));
    TRY_WAIT(WaitForMultipleObjects(64, threads, TRUE, A_MOMENT));
    SetEvent(go);
    TRY_WAIT(WaitForMultipleObjects(64, threads, TRUE, PATIENCE));
    TRY_WAIT(WaitForMultipleObjects(64, threads, FALSE, 0));
    for (int i = 0; i < 64; i++) {
        CloseHandle(threads[i]);
    }
    CloseHandle(go);
    CloseHandle(first);
}

static LONG begun;

static DWORD WINAPI begin(void *argument) {
    InterlockedIncrement(&begun);
    return (DWORD)(ULONG_PTR)argument;
}

static void suspended(void) {
    DWORD code = 0;
    HANDLE thread = TRY_HANDLE(CreateThread(NULL, 0, begin, (void *)11, CREATE_SUSPENDED, NULL));
    TRY_WAIT(WaitForSingleObject(thread, A_MOMENT));
    GetExitCodeThread(thread, &code);
    say("begun: %d, still active: %s", (int)begun, yes(code == STILL_ACTIVE));
    FRESH();
    DWORD count = ResumeThread(thread);
    say("resumed: %u, %s", (unsigned)count, err());
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    GetExitCodeThread(thread, &code);
    say("begun: %d, exit code: %u", (int)begun, (unsigned)code);
    CloseHandle(thread);

    thread = CreateThread(NULL, 0, begin, (void *)12, CREATE_SUSPENDED, NULL);
    say("suspended: %u", (unsigned)SuspendThread(thread));
    say("suspended: %u", (unsigned)SuspendThread(thread));
    say("resumed: %u", (unsigned)ResumeThread(thread));
    say("resumed: %u", (unsigned)ResumeThread(thread));
    TRY_WAIT(WaitForSingleObject(thread, A_MOMENT));
    say("begun: %d", (int)begun);
    say("resumed: %u", (unsigned)ResumeThread(thread));
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    say("begun: %d", (int)begun);
    CloseHandle(thread);

    thread = CreateThread(NULL, 0, begin, (void *)13, CREATE_SUSPENDED, NULL);
    for (count = 0; count < 125; count++) {
        SuspendThread(thread);
    }
    say("suspended: %u", (unsigned)SuspendThread(thread));
    FRESH();
    count = SuspendThread(thread);
    const char *error = err();
    say("once more: %d, %s", (int)count, error);
    say("resumed: %u", (unsigned)ResumeThread(thread));
    while (ResumeThread(thread) > 1) {
    }
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    CloseHandle(thread);

    HANDLE go = CreateEventA(NULL, TRUE, FALSE, NULL);
    thread = in_background(wait_for, go);
    say("resumed while it runs: %u", (unsigned)ResumeThread(thread));
    SetEvent(go);
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    FRESH();
    DWORD result = ResumeThread(NULL);
    say("NULL resumed: %#x, %s", (unsigned)result, err());
    FRESH();
    result = ResumeThread(go);
    say("an event resumed: %#x, %s", (unsigned)result, err());
    CloseHandle(thread);
    CloseHandle(go);
}

static unsigned WINAPI begin_in_c(void *argument) {
    begin(argument);
    if (argument == (void *)22) {
        _endthreadex(23);
    }
    return 21;
}

static void begun_in_c(void) {
    for (ULONG_PTR argument = 21; argument <= 22; argument++) {
        unsigned id = 0;
        DWORD code = 0;
        HANDLE thread = (HANDLE)_beginthreadex(NULL, 0, begin_in_c, (void *)argument, 0, &id);
        TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
        TRY(GetExitCodeThread(thread, &code));
        say("_beginthreadex: %u, an id: %s", (unsigned)code, yes(id != 0));
        CloseHandle(thread);
    }
}

static DWORD slot;

static DWORD WINAPI use_slot(void *argument) {
    FRESH();
    BOOL empty = TlsGetValue(slot) == NULL && GetLastError() == ERROR_SUCCESS;
    TlsSetValue(slot, argument);
    SwitchToThread();
    return empty && TlsGetValue(slot) == argument;
}

static void slots(void) {
    DWORD many[100];
    int distinct = 0;
    slot = TlsAlloc();
    say("a slot: %s", yes(slot != TLS_OUT_OF_INDEXES));
    TRY(TlsGetValue(slot) == NULL);
    TRY(TlsSetValue(slot, &many[0]));
    TRY(TlsGetValue(slot) == &many[0]);
    say("another thread's own: %u", (unsigned)in_thread(use_slot, &many[1]));
    say("another thread's own: %u", (unsigned)in_thread(use_slot, &many[2]));
    TRY(TlsGetValue(slot) == &many[0]);
    for (int i = 0; i < 100; i++) {
        many[i] = TlsAlloc();
        TlsSetValue(many[i], (void *)(ULONG_PTR)(i + 1));
    }
    for (int i = 0; i < 100; i++) {
        distinct += TlsGetValue(many[i]) == (void *)(ULONG_PTR)(i + 1);
    }
    say("a hundred slots: %d", distinct);
    for (int i = 0; i < 100; i++) {
        TlsFree(many[i]);
    }
    TRY(TlsFree(slot));
    slot = TlsAlloc();
    TRY(TlsGetValue(slot) == NULL);
    TlsFree(slot);
    TRY(TlsSetValue(0x10000000, NULL));
    TRY(TlsGetValue(0x10000000) != NULL);
    TRY(TlsFree(0x10000000));
    TRY(TlsSetValue(TLS_OUT_OF_INDEXES, NULL));
}

NO_ROLES

void body(void) {
    exit_codes();
    running();
    several();
    suspended();
    begun_in_c();
    slots();
}

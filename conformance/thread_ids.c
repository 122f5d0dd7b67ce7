/* Threads by their ids: which rights a handle is opened with and what they allow, ids of what has ended or never
 * was, and threads that are ended before their time. */
#include "waitables.h"

static DWORD WINAPI wait_for(void *object) { return WaitForSingleObject(object, PATIENCE); }

/* Whether a thread's id is this one, and the last error. */
static const char *has_id(HANDLE thread, DWORD id) {
    char *text = report_text();
    FRESH();
    DWORD told = GetThreadId(thread);
    const char *error = err();
    snprintf(text, 160, "%s, %s", told == 0 ? "none" : yes(told == id), error);
    return text;
}

static void ids(void) {
    HANDLE go = CreateEventA(NULL, TRUE, FALSE, NULL);
    DWORD id = 0;
    HANDLE thread = CreateThread(NULL, 0, wait_for, go, 0, &id);
    say("# ids");
    say("of this thread: %s", has_id(GetCurrentThread(), GetCurrentThreadId()));
    say("of another: %s", has_id(thread, id));
    SetEvent(go);
    WaitForSingleObject(thread, PATIENCE);
    say("of one that has ended: %s", has_id(thread, id));
    CloseHandle(thread);
    say("of a closed handle: %s", has_id(thread, id));
    say("of NULL: %s", has_id(NULL, id));
    say("of an event: %s", has_id(go, id));
    say("of a process: %s", has_id(GetCurrentProcess(), id));
    CloseHandle(go);
}

/* What a handle with these rights can be used for. */
static void with_rights(DWORD rights, DWORD id) {
    DWORD code = 0;
    say("# opened with 0x%x", (unsigned)rights);
    HANDLE thread = TRY_HANDLE(OpenThread(rights, FALSE, id));
    say("GetThreadId: %s", has_id(thread, id));
    TRY(GetExitCodeThread(thread, &code));
    TRY_WAIT(WaitForSingleObject(thread, 0));
    FRESH();
    DWORD count = SuspendThread(thread);
    const char *error = err();
    say("SuspendThread: %d, %s", (int)count, error);
    FRESH();
    count = ResumeThread(thread);
    error = err();
    say("ResumeThread: %d, %s", (int)count, error);
    TRY(CloseHandle(thread));
}

static void opened(void) {
    static const DWORD some[] = {THREAD_ALL_ACCESS,
                                 SYNCHRONIZE,
                                 THREAD_QUERY_INFORMATION,
                                 THREAD_QUERY_LIMITED_INFORMATION,
                                 THREAD_SUSPEND_RESUME,
                                 THREAD_TERMINATE,
                                 SYNCHRONIZE | THREAD_QUERY_INFORMATION | THREAD_SUSPEND_RESUME,
                                 READ_CONTROL,
                                 GENERIC_READ,
                                 GENERIC_WRITE,
                                 GENERIC_EXECUTE,
                                 GENERIC_ALL,
                                 MAXIMUM_ALLOWED};
    const char *lax = "Wine opens threads for whatever is asked";
    DWORD id = 0;
    /* Suspended, so that it can be suspended further. */
    HANDLE done = CreateEventA(NULL, TRUE, TRUE, NULL), thread;
    thread = CreateThread(NULL, 0, wait_for, done, CREATE_SUSPENDED, &id);
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        with_rights(some[i], id);
    }
    say("# what it is");
    CloseHandle((HANDLE)TRY_WINDOWS(lax, "null, 5", OpenThread(0, FALSE, id)));
    CloseHandle((HANDLE)TRY_WINDOWS(lax, "null, 5", OpenThread(0x00200000, FALSE, id)));
    CloseHandle((HANDLE)TRY_WINDOWS(lax, "null, 5", OpenThread(SYNCHRONIZE | 0x08000000, FALSE, id)));
    HANDLE other = TRY_HANDLE(OpenThread(SYNCHRONIZE | THREAD_QUERY_INFORMATION, TRUE, id));
    DWORD flags = 9;
    TRY(GetHandleInformation(other, &flags));
    say("inheritable: %u", (unsigned)flags);
    TRY(CompareObjectHandles(thread, other));
    ResumeThread(thread);
    TRY_WAIT(WaitForSingleObject(other, PATIENCE));
    TRY(CloseHandle(thread));
    DWORD code = 9;
    TRY(GetExitCodeThread(other, &code));
    say("exit code: %u", (unsigned)code);
    TRY(CloseHandle(other));
    TRY(OpenThread(THREAD_ALL_ACCESS, FALSE, id));
    TRY(OpenThread(THREAD_ALL_ACCESS, FALSE, 0));
    TRY(OpenThread(0, FALSE, 0));
    TRY(OpenThread(SYNCHRONIZE, FALSE, 0x7ffffffc));
    HANDLE own = TRY_HANDLE(OpenThread(SYNCHRONIZE, FALSE, GetCurrentThreadId()));
    TRY_WAIT(WaitForSingleObject(own, 0));
    TRY(CloseHandle(own));
    CloseHandle(done);
}

static DWORD WINAPI end_itself(void *how) {
    HANDLE thread = GetCurrentThread();
    if (how != NULL) {
        thread = OpenThread(THREAD_TERMINATE, FALSE, GetCurrentThreadId());
    }
    TerminateThread(thread, 77);
    return 1;
}

static void ended(void) {
    DWORD code = 0;
    HANDLE event = CreateEventA(NULL, TRUE, TRUE, NULL);
    say("# ended");
    say("by itself: %u, by a handle to itself: %u", (unsigned)in_thread(end_itself, NULL),
        (unsigned)in_thread(end_itself, event));
    HANDLE thread = in_background(wait_for, event);
    WaitForSingleObject(thread, PATIENCE);
    TRY(TerminateThread(thread, 5));
    GetExitCodeThread(thread, &code);
    differs("Wine forgets the first code", "one that had ended keeps its code: 0",
            "one that had ended keeps its code: %u", (unsigned)code);
    HANDLE narrow = NULL;
    DuplicateHandle(GetCurrentProcess(), thread, GetCurrentProcess(), &narrow, SYNCHRONIZE, FALSE, 0);
    TRY(TerminateThread(narrow, 5));
    TRY(TerminateThread(NULL, 5));
    TRY(TerminateThread(event, 5));
    CloseHandle(narrow);
    CloseHandle(thread);
    CloseHandle(event);
}

/* A thread that ends itself leaves its mutex to others. */
static DWORD WINAPI end_with_mutex(void *mutex) {
    WaitForSingleObject(mutex, PATIENCE);
    TerminateThread(GetCurrentThread(), 1);
    return 2;
}

static void abandoned(void) {
    HANDLE mutex = CreateMutexA(NULL, FALSE, NULL);
    say("exit code: %u", (unsigned)in_thread(end_with_mutex, mutex));
    TRY_WAIT(WaitForSingleObject(mutex, PATIENCE));
    TRY(ReleaseMutex(mutex));
    CloseHandle(mutex);
}

void body(void) {
    ids();
    opened();
    ended();
    abandoned();
}

NO_ROLES

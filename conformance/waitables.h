/* The kinds of named objects that threads wait for, a row each, so that what they have in common is asked of all; and
 * the words for what a wait returned. */
#ifndef CONFORMANCE_WAITABLES_H
#define CONFORMANCE_WAITABLES_H

#include "report.h"

/* For waits that end at once if all is well, in milliseconds. If not, a line says "timeout" and the program goes on. */
#define PATIENCE 20000
/* For waits that must not end. Longer would prove more. */
#define A_MOMENT 50

/* A name that outlives the texts of report.h. */
static inline const char *lasting(const char *base) {
    const char *name = unique(base);
    return strcpy(malloc(strlen(name) + 1), name);
}

/* What a wait returned, and the last error. */
static inline const char *wait_text(DWORD result) {
    const char *error = err();
    char *text = report_text();
    if (result == WAIT_TIMEOUT) {
        snprintf(text, 160, "timeout, %s", error);
    } else if (result == WAIT_IO_COMPLETION) {
        snprintf(text, 160, "apc, %s", error);
    } else if (result == WAIT_FAILED) {
        snprintf(text, 160, "failed, %s", error);
    } else if (result < WAIT_ABANDONED_0) {
        snprintf(text, 160, "object %u, %s", (unsigned)result, error);
    } else {
        snprintf(text, 160, "abandoned %u, %s", (unsigned)(result - WAIT_ABANDONED_0), error);
    }
    return text;
}

static inline DWORD wait_tried(const char *what, DWORD result) {
    say("%s: %s", what, wait_text(result));
    return result;
}

/* Does a wait, and says how it ended: "text of the call: object 0, -". */
#define TRY_WAIT(expression) wait_tried(#expression, (FRESH(), (expression)))
/* The same with words of one's own. */
#define SAY_WAIT(what, expression) wait_tried(what, (FRESH(), (expression)))

static inline DWORD wait_tried_windows(const char *why, const char *windows_says, const char *what, DWORD result) {
    const char *text = wait_text(result);
    char line[300];
    snprintf(line, sizeof line, "%s: %s", what, windows_says);
    differs(why, line, "%s: %s", what, text);
    return result;
}

/* The same for a wait that ends otherwise under Wine than under Windows: `windows_says` is like "timeout, -". */
#define TRY_WAIT_WINDOWS(why, windows_says, expression)                                                                \
    wait_tried_windows(why, windows_says, #expression, (FRESH(), (expression)))

/* Runs a thread to its end, and gives its exit code. */
static inline DWORD in_thread(LPTHREAD_START_ROUTINE routine, void *argument) {
    DWORD code = 0xffffffff;
    HANDLE thread = CreateThread(NULL, 0, routine, argument, 0, NULL);
    WaitForSingleObject(thread, PATIENCE);
    GetExitCodeThread(thread, &code);
    CloseHandle(thread);
    return code;
}

static inline HANDLE in_background(LPTHREAD_START_ROUTINE routine, void *argument) {
    return CreateThread(NULL, 0, routine, argument, 0, NULL);
}

/* What another thread gets that polls the object. A mutex that it gets so is abandoned with it. */
static inline DWORD WINAPI poll_object(void *object) { return WaitForSingleObject(object, 0); }
static inline const char *polled_elsewhere(HANDLE object) {
    DWORD result = in_thread(poll_object, object);
    FRESH();
    return wait_text(result);
}

struct kind {
    const char *name;
    DWORD all_access;
    DWORD modify_state; /* 0 where signaling needs no right */
    HANDLE (*create)(const char *name);
    HANDLE (*create_wide)(const WCHAR *name);
    HANDLE (*create_ex)(const char *name, DWORD access);
    HANDLE (*open)(DWORD access, const char *name);
    HANDLE (*open_wide)(DWORD access, const WCHAR *name);
    BOOL (*signal)(HANDLE object);
};

static inline HANDLE create_mutex(const char *name) { return CreateMutexA(NULL, FALSE, name); }
static inline HANDLE create_mutex_wide(const WCHAR *name) { return CreateMutexW(NULL, FALSE, name); }
static inline HANDLE create_mutex_ex(const char *name, DWORD access) { return CreateMutexExA(NULL, name, 0, access); }
static inline HANDLE open_mutex(DWORD access, const char *name) { return OpenMutexA(access, FALSE, name); }
static inline HANDLE open_mutex_wide(DWORD access, const WCHAR *name) { return OpenMutexW(access, FALSE, name); }
static inline BOOL signal_mutex(HANDLE object) { return ReleaseMutex(object); }

static inline HANDLE create_event(const char *name) { return CreateEventA(NULL, FALSE, FALSE, name); }
static inline HANDLE create_event_wide(const WCHAR *name) { return CreateEventW(NULL, FALSE, FALSE, name); }
static inline HANDLE create_event_ex(const char *name, DWORD access) { return CreateEventExA(NULL, name, 0, access); }
static inline HANDLE open_event(DWORD access, const char *name) { return OpenEventA(access, FALSE, name); }
static inline HANDLE open_event_wide(DWORD access, const WCHAR *name) { return OpenEventW(access, FALSE, name); }
static inline BOOL signal_event(HANDLE object) { return SetEvent(object); }

static inline HANDLE create_semaphore(const char *name) { return CreateSemaphoreA(NULL, 0, 1, name); }
static inline HANDLE create_semaphore_wide(const WCHAR *name) { return CreateSemaphoreW(NULL, 0, 1, name); }
static inline HANDLE create_semaphore_ex(const char *name, DWORD access) {
    return CreateSemaphoreExA(NULL, 0, 1, name, 0, access);
}
static inline HANDLE open_semaphore(DWORD access, const char *name) { return OpenSemaphoreA(access, FALSE, name); }
static inline HANDLE open_semaphore_wide(DWORD access, const WCHAR *name) {
    return OpenSemaphoreW(access, FALSE, name);
}
static inline BOOL signal_semaphore(HANDLE object) { return ReleaseSemaphore(object, 1, NULL); }

static inline HANDLE create_timer(const char *name) { return CreateWaitableTimerA(NULL, FALSE, name); }
static inline HANDLE create_timer_wide(const WCHAR *name) { return CreateWaitableTimerW(NULL, FALSE, name); }
static inline HANDLE create_timer_ex(const char *name, DWORD access) {
    return CreateWaitableTimerExA(NULL, name, 0, access);
}
static inline HANDLE open_timer(DWORD access, const char *name) { return OpenWaitableTimerA(access, FALSE, name); }
static inline HANDLE open_timer_wide(DWORD access, const WCHAR *name) {
    return OpenWaitableTimerW(access, FALSE, name);
}
static inline BOOL signal_timer(HANDLE object) {
    LARGE_INTEGER now;
    now.QuadPart = 0;
    return SetWaitableTimer(object, &now, 0, NULL, NULL, FALSE);
}

#define KIND(type, all_access, modify_state)                                                                           \
    {                                                                                                                  \
        #type, all_access, modify_state, create_##type, create_##type##_wide, create_##type##_ex, open_##type,         \
            open_##type##_wide, signal_##type                                                                          \
    }
#define KINDS 4
static const struct kind kinds[KINDS] = {
    KIND(mutex, MUTEX_ALL_ACCESS, 0),
    KIND(event, EVENT_ALL_ACCESS, EVENT_MODIFY_STATE),
    KIND(semaphore, SEMAPHORE_ALL_ACCESS, SEMAPHORE_MODIFY_STATE),
    KIND(timer, TIMER_ALL_ACCESS, TIMER_MODIFY_STATE),
};

/* Makes it so that one wait succeeds: a mutex that nobody owns is so already. */
static inline void make_ready(const struct kind *kind, HANDLE object) {
    if (kind->modify_state != 0) {
        kind->signal(object);
    }
}

#endif

/* Waitable timers: when they are due, what setting and cancelling does, periods, and completion routines. Durations are
 * not measured, only what has happened and what has not. */
#include "waitables.h"

#define MILLISECONDS 10000LL /* in the units of a due time */
#define LONG_TIME (-600000 * MILLISECONDS)

static LARGE_INTEGER due(LONGLONG time) {
    LARGE_INTEGER value;
    value.QuadPart = time;
    return value;
}

static BOOL set(HANDLE timer, LONGLONG time, LONG period) {
    LARGE_INTEGER value = due(time);
    return SetWaitableTimer(timer, &value, period, NULL, NULL, FALSE);
}

static LONGLONG now(void) {
    FILETIME time;
    GetSystemTimeAsFileTime(&time);
    return (LONGLONG)((ULONGLONG)time.dwHighDateTime << 32 | time.dwLowDateTime);
}

static void due_times(void) {
    HANDLE timer = TRY_HANDLE(CreateWaitableTimerA(NULL, FALSE, NULL));
    TRY_WAIT(WaitForSingleObject(timer, 0));
    TRY(set(timer, 0, 0));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY_WAIT(WaitForSingleObject(timer, 0));
    TRY(set(timer, 0, 0));
    TRY_WAIT_WINDOWS("Wine's server signals it a moment later", "object 0, -", WaitForSingleObject(timer, 0));
    TRY(set(timer, LONG_TIME, 0));
    TRY(set(timer, 1, 0));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY(set(timer, now() - 1000 * MILLISECONDS, 0));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY(set(timer, now() + 20 * MILLISECONDS, 0));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY(set(timer, -1, 0));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY(set(timer, -20 * MILLISECONDS, 0));
    TRY_WAIT(WaitForSingleObject(timer, INFINITE));
    TRY_WAIT(WaitForSingleObject(timer, A_MOMENT));
    TRY(set(timer, LONG_TIME, 0));
    TRY_WAIT(WaitForSingleObject(timer, A_MOMENT));
    TRY(set(timer, now() - LONG_TIME, 0));
    TRY_WAIT(WaitForSingleObject(timer, A_MOMENT));
    TRY(CloseHandle(timer));

    ULONGLONG before = GetTickCount64();
    timer = CreateWaitableTimerA(NULL, TRUE, NULL);
    set(timer, -100 * MILLISECONDS, 0);
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    say("due in 100 ms, not before 80: %s", yes(GetTickCount64() - before >= 80));
    CloseHandle(timer);
}

static void manual_and_not(void) {
    const char *name = lasting("manual");
    HANDLE timer = TRY_HANDLE(CreateWaitableTimerA(NULL, TRUE, name));
    HANDLE again = TRY_HANDLE(CreateWaitableTimerA(NULL, FALSE, name));
    TRY(set(again, 0, 0));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY_WAIT(WaitForSingleObject(again, 0));
    TRY_WAIT(WaitForSingleObject(timer, 0));
    TRY(set(timer, LONG_TIME, 0));
    TRY_WAIT(WaitForSingleObject(timer, 0));
    TRY(set(timer, 0, 1));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY_WAIT(WaitForSingleObject(timer, 0));
    TRY_WAIT(WaitForSingleObject(timer, 0));
    CloseHandle(timer);
    CloseHandle(again);
    timer = TRY_HANDLE(CreateWaitableTimerExA(NULL, NULL, CREATE_WAITABLE_TIMER_MANUAL_RESET, TIMER_ALL_ACCESS));
    set(timer, 0, 0);
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY_WAIT(WaitForSingleObject(timer, 0));
    CloseHandle(timer);
    timer = TRY_HANDLE(CreateWaitableTimerExW(NULL, NULL, 0, TIMER_ALL_ACCESS));
    set(timer, 0, 0);
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY_WAIT(WaitForSingleObject(timer, 0));
    CloseHandle(timer);
}

static void setting_and_cancelling(void) {
    HANDLE timer = CreateWaitableTimerA(NULL, TRUE, NULL);
    TRY(CancelWaitableTimer(timer));
    TRY(set(timer, 0, 0));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY(CancelWaitableTimer(timer));
    TRY_WAIT(WaitForSingleObject(timer, 0));
    TRY(set(timer, LONG_TIME, 0));
    TRY(CancelWaitableTimer(timer));
    TRY_WAIT(WaitForSingleObject(timer, 0));
    TRY(set(timer, -20 * MILLISECONDS, 0));
    TRY(CancelWaitableTimer(timer));
    TRY_WAIT(WaitForSingleObject(timer, 2 * A_MOMENT));
    TRY(set(timer, -20 * MILLISECONDS, 0));
    TRY(set(timer, LONG_TIME, 0));
    TRY_WAIT(WaitForSingleObject(timer, 2 * A_MOMENT));
    TRY(set(timer, LONG_TIME, 0));
    TRY(set(timer, -20 * MILLISECONDS, 0));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY(CloseHandle(timer));
}

static void periods(void) {
    HANDLE timer = CreateWaitableTimerA(NULL, FALSE, NULL);
    const char *unsigned_period = "Wine takes the period as unsigned";
    TRY_WINDOWS(unsigned_period, "false, 87", set(timer, 0, -1));
    TRY_WINDOWS(unsigned_period, "false, 87", set(timer, 0, (LONG)0x80000000));
    /* Under Wine this one may be signaled, and set again, by now. */
    CloseHandle(timer);
    timer = CreateWaitableTimerA(NULL, FALSE, NULL);
    TRY(set(timer, LONG_TIME, 0));
    TRY_WAIT(WaitForSingleObject(timer, 0));
    TRY(set(timer, -10 * MILLISECONDS, 10));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY(CancelWaitableTimer(timer));
    WaitForSingleObject(timer, 0);
    TRY_WAIT(WaitForSingleObject(timer, A_MOMENT));
    TRY(set(timer, -10 * MILLISECONDS, 600000));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY_WAIT(WaitForSingleObject(timer, A_MOMENT));
    TRY(set(timer, 0, 0x7fffffff));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    CloseHandle(timer);
}

static void refused(void) {
    const char *name = lasting("rights");
    HANDLE timer = CreateWaitableTimerA(NULL, FALSE, name);
    HANDLE waits_only = OpenWaitableTimerA(SYNCHRONIZE, FALSE, name);
    HANDLE sets_only = OpenWaitableTimerA(TIMER_MODIFY_STATE, FALSE, name);
    TRY(set(waits_only, 0, 0));
    TRY(CancelWaitableTimer(waits_only));
    TRY(set(sets_only, 0, 0));
    TRY_WAIT(WaitForSingleObject(sets_only, 0));
    TRY_WAIT(WaitForSingleObject(waits_only, PATIENCE));
    TRY(CancelWaitableTimer(sets_only));
    TRY(SetWaitableTimer(timer, NULL, 0, NULL, NULL, FALSE));
    CloseHandle(timer);
    CloseHandle(waits_only);
    CloseHandle(sets_only);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    TRY(set(event, 0, 0));
    TRY(CancelWaitableTimer(event));
    TRY(set(NULL, 0, 0));
    TRY(CancelWaitableTimer(NULL));
    CloseHandle(event);
}

static HANDLE calling_timer;
static DWORD calls, calling_thread;
static BOOL time_is_near;

static void CALLBACK routine(void *argument, DWORD low, DWORD high) {
    LONGLONG told = (LONGLONG)((ULONGLONG)high << 32 | low);
    calls += (DWORD)(ULONG_PTR)argument;
    calling_thread = GetCurrentThreadId();
    /* A clock that counts since the machine started is centuries away. */
    time_is_near = told > now() + LONG_TIME && told < now() - LONG_TIME;
}

static BOOL set_with_routine(LONGLONG time, LONG period, ULONG_PTR argument) {
    LARGE_INTEGER value = due(time);
    return SetWaitableTimer(calling_timer, &value, period, routine, (void *)argument, FALSE);
}

static DWORD WINAPI set_and_return(void *argument) {
    (void)argument;
    return (DWORD)set_with_routine(-100 * MILLISECONDS, 0, 1000);
}

static DWORD WINAPI set_plain_and_return(void *argument) {
    (void)argument;
    return (DWORD)set(calling_timer, -100 * MILLISECONDS, 0);
}

static void routines(void) {
    HANDLE never = CreateEventA(NULL, FALSE, FALSE, NULL);
    calling_timer = CreateWaitableTimerA(NULL, TRUE, NULL);
    TRY(set_with_routine(-10 * MILLISECONDS, 0, 1));
    TRY_WAIT(WaitForSingleObject(calling_timer, PATIENCE));
    say("called without an alertable wait: %u", (unsigned)calls);
    TRY_WAIT(WaitForSingleObjectEx(never, PATIENCE, TRUE));
    say("called by an alertable one: %u, by this thread: %s", (unsigned)calls,
        yes(calling_thread == GetCurrentThreadId()));
    differs("Wine gives the time on another clock if it was relative", "it is told when that was: yes",
            "it is told when that was: %s", yes(time_is_near));
    TRY_WAIT(WaitForSingleObject(calling_timer, 0));
    TRY_WAIT(SleepEx(0, TRUE));

    calls = 0;
    TRY(set_with_routine(0, 0, 2));
    TRY_WAIT(SleepEx(PATIENCE, TRUE));
    say("due at once: %u", (unsigned)calls);
    TRY(set_with_routine(0, 0, 4));
    TRY_WAIT(WaitForSingleObject(calling_timer, PATIENCE));
    TRY(CancelWaitableTimer(calling_timer));
    TRY_WAIT(SleepEx(A_MOMENT, TRUE));
    TRY_WAIT(WaitForSingleObject(calling_timer, 0));
    say("cancelled when it was due: %u", (unsigned)calls);
    TRY(set_with_routine(0, 0, 8));
    TRY_WAIT(WaitForSingleObject(calling_timer, PATIENCE));
    TRY(set_with_routine(0, 0, 16));
    TRY_WAIT(SleepEx(PATIENCE, TRUE));
    TRY_WAIT(SleepEx(A_MOMENT, TRUE));
    say("set again when it was due: %u", (unsigned)calls);

    calls = 0;
    CloseHandle(calling_timer);
    calling_timer = CreateWaitableTimerA(NULL, FALSE, NULL);
    TRY(set_with_routine(-10 * MILLISECONDS, 10, 1));
    for (int i = 0; i < 1000 && calls < 3; i++) {
        SleepEx(PATIENCE, TRUE);
    }
    say("periodic, called at least three times: %s", yes(calls >= 3));
    TRY(CancelWaitableTimer(calling_timer));
    calls = 0;
    TRY_WAIT(SleepEx(A_MOMENT, TRUE));
    say("cancelled: %u", (unsigned)calls);
    WaitForSingleObject(calling_timer, 0);

    say("a thread sets it without a routine and ends: %u", (unsigned)in_thread(set_plain_and_return, NULL));
    TRY_WAIT(WaitForSingleObject(calling_timer, PATIENCE));
    say("a thread sets it with a routine and ends: %u", (unsigned)in_thread(set_and_return, NULL));
    TRY_WAIT_WINDOWS("Wine only drops the call", "timeout, -", WaitForSingleObject(calling_timer, 400));
    say("its routine was called: %u", (unsigned)calls);
    CloseHandle(calling_timer);
    CloseHandle(never);
}

NO_ROLES

void body(void) {
    due_times();
    manual_and_not();
    setting_and_cancelling();
    periods();
    refused();
    routines();
}

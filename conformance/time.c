/* Clocks: they go forward, agree with each other, and turn into dates and back. */
#include "waitables.h"
#include <time.h>

#define SECOND 10000000ULL /* in the units of a FILETIME */

static ULONGLONG number(FILETIME time) { return (ULONGLONG)time.dwHighDateTime << 32 | time.dwLowDateTime; }

static FILETIME file_time(ULONGLONG number_of_units) {
    FILETIME time = {(DWORD)number_of_units, (DWORD)(number_of_units >> 32)};
    return time;
}

static ULONGLONG now(void) {
    FILETIME time;
    GetSystemTimeAsFileTime(&time);
    return number(time);
}

static void ticks(void) {
    LARGE_INTEGER frequency, same, before, after;
    int forward = 1;
    ULONGLONG last_tick = GetTickCount64(), last_time = now();
    LARGE_INTEGER last_count;
    QueryPerformanceCounter(&last_count);
    for (int i = 0; i < 1000; i++) {
        LARGE_INTEGER count;
        QueryPerformanceCounter(&count);
        ULONGLONG tick = GetTickCount64();
        forward &= count.QuadPart >= last_count.QuadPart && tick >= last_tick;
        last_count = count;
        last_tick = tick;
    }
    say("ticks and counts never go back: %s", yes(forward));
    say("wall clock did not go back: %s", yes(now() >= last_time));
    TRY(QueryPerformanceFrequency(&frequency));
    TRY(QueryPerformanceFrequency(&same));
    say("the frequency is positive: %s, and stays: %s", yes(frequency.QuadPart > 0),
        yes(frequency.QuadPart == same.QuadPart));
    TRY(QueryPerformanceCounter(&before));
    ULONGLONG tick = GetTickCount64(), time = now();
    DWORD short_tick = GetTickCount();
    Sleep(100);
    TRY(QueryPerformanceCounter(&after));
    LONGLONG counted = (after.QuadPart - before.QuadPart) * 1000 / frequency.QuadPart;
    LONGLONG ticked = (LONGLONG)(GetTickCount64() - tick), passed = (LONGLONG)((now() - time) * 1000 / SECOND);
    LONGLONG short_ticked = (LONGLONG)(GetTickCount() - short_tick);
    say("Sleep(100), at least 80 by the counter: %s, ticks: %s, short ticks: %s, wall clock: %s", yes(counted >= 80),
        yes(ticked >= 80), yes(short_ticked >= 80), yes(passed >= 80));
    say("and they agree within 100: %s", yes(llabs(counted - ticked) <= 100 && llabs(short_ticked - ticked) <= 100 &&
                                             llabs(passed - ticked) <= 100));
    tick = GetTickCount64();
    short_tick = GetTickCount();
    say("the short tick count is the low half of the long one: %s", yes((DWORD)(short_tick - (DWORD)tick) < 1000));
}

static void agreement(void) {
    SYSTEMTIME system;
    FILETIME from_system;
    /* 11644473600 seconds are between 1601 and 1970. */
    LONGLONG apart = (LONGLONG)(now() / SECOND) - 11644473600LL - (LONGLONG)time(NULL);
    say("the C library's clock agrees: %s", yes(llabs(apart) <= 2));
    GetSystemTime(&system);
    TRY(SystemTimeToFileTime(&system, &from_system));
    apart = (LONGLONG)(now() / SECOND) - (LONGLONG)(number(from_system) / SECOND);
    say("GetSystemTime agrees: %s", yes(llabs(apart) <= 2));
    GetLocalTime(&system);
    TRY(SystemTimeToFileTime(&system, &from_system));
    apart = (LONGLONG)(now() / SECOND) - (LONGLONG)(number(from_system) / SECOND);
    say("GetLocalTime is less than 15 hours away: %s", yes(llabs(apart) < 15 * 3600));
}

static void dates(void) {
    static const ULONGLONG times[] = {
        0, 1, 10000, 116444736000000000, 116444736000000000 + 951782400 * SECOND, 132537599990000000,
        133000000001234567, 2650467743990000000,
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        SYSTEMTIME date;
        FILETIME time = file_time(times[i]), back;
        BOOL there = FileTimeToSystemTime(&time, &date);
        BOOL again = there && SystemTimeToFileTime(&date, &back);
        say("%llu: %04u-%02u-%02u, day %u of the week, %02u:%02u:%02u.%03u; back to the millisecond: %s",
            (unsigned long long)times[i], date.wYear, date.wMonth, date.wDay, date.wDayOfWeek, date.wHour, date.wMinute,
            date.wSecond, date.wMilliseconds, yes(again && number(back) == times[i] / 10000 * 10000));
    }
    static const struct {
        const char *text;
        SYSTEMTIME date;
    } wrong[] = {
        {"month 0", {2020, 0, 0, 1, 0, 0, 0, 0}},   {"month 13", {2020, 13, 0, 1, 0, 0, 0, 0}},
        {"day 0", {2020, 1, 0, 0, 0, 0, 0, 0}},     {"30 February", {2020, 2, 0, 30, 0, 0, 0, 0}},
        {"hour 24", {2020, 1, 0, 1, 24, 0, 0, 0}},
        {"minute 60", {2020, 1, 0, 1, 0, 60, 0, 0}}, {"1600", {1600, 1, 0, 1, 0, 0, 0, 0}},
        {"29 February 2020", {2020, 2, 0, 29, 0, 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        FILETIME time;
        FRESH();
        BOOL done = SystemTimeToFileTime(&wrong[i].date, &time);
        say("%s: %s, %s", wrong[i].text, done ? "ok" : "false", err());
    }
    FILETIME too_late = file_time(0x8000000000000000);
    SYSTEMTIME date;
    TRY(FileTimeToSystemTime(&too_late, &date));
}

NO_ROLES

void body(void) {
    ticks();
    agreement();
    dates();
}

/* What goes wrong only when two do something at once: a handle that is closed while a process is started, a file that is cut
 * while it is mapped, two that append, the last threads of a process. Each was wrong once. */
#define _GNU_SOURCE
#include <windows.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char directory[MAX_PATH];

static void check(int condition, const char *what) {
    if (!condition) {
        printf("%s: error %u\n", what, (unsigned)GetLastError());
        fflush(stdout);
        abort();
    }
}

static const char *path(const char *name) {
    static char text[MAX_PATH + 40];
    snprintf(text, sizeof text, "%s%s", directory, name);
    return text;
}

static HANDLE start(const char *arguments) {
    char program[512], line[1200];
    STARTUPINFOA startup;
    PROCESS_INFORMATION process;
    GetModuleFileNameA(NULL, program, sizeof program);
    snprintf(line, sizeof line, "\"%s\" %s", program, arguments);
    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    check(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process), "start a process");
    CloseHandle(process.hThread);
    return process.hProcess;
}

static DWORD end(HANDLE process) {
    DWORD code = 99;
    check(WaitForSingleObject(process, INFINITE) == WAIT_OBJECT_0, "wait for a process");
    check(GetExitCodeProcess(process, &code), "its exit code");
    CloseHandle(process);
    return code;
}

static volatile LONG is_over;

static DWORD WINAPI start_processes(void *unused) {
    (void)unused;
    while (!is_over) {
        check(end(start("nothing")) == 0, "a process that does nothing");
    }
    return 0;
}

static void what_is_closed_is_closed_though_a_process_is_started(void) {
    HANDLE thread = CreateThread(NULL, 0, start_processes, NULL, 0, NULL);
    for (int round = 0; round < 1500; round++) {
        HANDLE event = CreateEventA(NULL, TRUE, FALSE, "races-event");
        check(event != NULL && GetLastError() == 0, "the event is new each time");
        check(CloseHandle(event), "close");
        HANDLE file = CreateFileA(path("exclusive"), GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, 0, NULL);
        check(file != INVALID_HANDLE_VALUE, "nobody else has the file open");
        check(CloseHandle(file), "close");
        check(DeleteFileA(path("exclusive")), "nor when it is deleted");
    }
    is_over = 1;
    check(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0, "the thread");
    CloseHandle(thread);
}

#define RECORDS 4000

static int append(void) {
    HANDLE file = CreateFileA(path("log"), FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    HANDLE other = CreateFileA(path("log"), GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    check(file != INVALID_HANDLE_VALUE && other != INVALID_HANDLE_VALUE, "open");
    for (int i = 0; i < RECORDS; i++) {
        OVERLAPPED at_the_end;
        DWORD written = 0;
        memset(&at_the_end, 0, sizeof at_the_end);
        at_the_end.Offset = at_the_end.OffsetHigh = 0xffffffff;
        check(WriteFile(file, "0123456789abcdef", 16, &written, NULL) && written == 16, "append by right");
        check(WriteFile(other, "0123456789abcdef", 16, &written, &at_the_end) && written == 16, "append by offset");
    }
    return 0;
}

static void nothing_that_is_appended_is_lost(void) {
    HANDLE first = start("append"), second = start("append");
    LARGE_INTEGER size;
    check(end(first) == 0 && end(second) == 0, "both");
    HANDLE file = CreateFileA(path("log"), GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    check(file != INVALID_HANDLE_VALUE && GetFileSizeEx(file, &size), "size");
    check(size.QuadPart == 2LL * 2 * RECORDS * 16, "all of it");
    check(CloseHandle(file), "close");
}

#define LENGTH (1 << 20)

static int cut(void) {
    HANDLE over = OpenEventA(SYNCHRONIZE, FALSE, "races-over");
    while (WaitForSingleObject(over, 0) == WAIT_TIMEOUT) {
        HANDLE file = CreateFileA(path("cut"), GENERIC_READ | GENERIC_WRITE, 7, NULL, OPEN_EXISTING, 0, NULL);
        check(file != INVALID_HANDLE_VALUE, "open");
        check(SetEndOfFile(file) || GetLastError() == ERROR_USER_MAPPED_FILE, "cut");
        check(SetFilePointer(file, LENGTH, NULL, FILE_BEGIN) == LENGTH && SetEndOfFile(file), "extend");
        CloseHandle(file);
    }
    return 0;
}

/* With the two in each other's way, touching the view raises SIGBUS. */
static void what_is_mapped_is_not_cut(void) {
    HANDLE over = CreateEventA(NULL, TRUE, FALSE, "races-over");
    HANDLE file = CreateFileA(path("cut"), GENERIC_READ | GENERIC_WRITE, 7, NULL, CREATE_ALWAYS, 0, NULL);
    check(over != NULL && file != INVALID_HANDLE_VALUE, "create");
    HANDLE cutter = start("cut");
    for (int round = 0; round < 3000; round++) {
        HANDLE section = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, LENGTH, NULL);
        check(section != NULL, "create a section");
        volatile char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
        check(view != NULL, "map");
        view[LENGTH - 1] = 1;
        check(UnmapViewOfFile((void *)view) && CloseHandle(section), "unmap");
    }
    SetEvent(over);
    check(end(cutter) == 0, "who cuts");
    check(CloseHandle(file) && CloseHandle(over) && DeleteFileA(path("cut")), "close");
}

static DWORD WINAPI return_7(void *gate) {
    WaitForSingleObject(gate, INFINITE);
    return 7;
}

static int leave_it_to_threads(void) {
    HANDLE gate = CreateEventA(NULL, TRUE, FALSE, NULL);
    for (int i = 0; i < 4; i++) {
        CloseHandle(CreateThread(NULL, 0, return_7, gate, 0, NULL));
    }
    SetEvent(gate);
    ExitThread(7);
}

static void the_last_thread_says_how_it_ends(void) {
    for (int round = 0; round < 100; round++) {
        check(end(start("leave-it-to-threads")) == 7, "the exit code of the last thread");
    }
    for (int round = 0; round < 60; round++) {
        check(end(start("leave-a-child-behind")) == 7, "the same, with a child left behind");
    }
}

static CRITICAL_SECTION programs_own;

static void lock_programs_own(void) { EnterCriticalSection(&programs_own); }

static void unlock_programs_own(void) { LeaveCriticalSection(&programs_own); }

static DWORD WINAPI close_with_a_lock(void *unused) {
    (void)unused;
    while (!is_over) {
        lock_programs_own();
        check(CloseHandle(CreateEventA(NULL, TRUE, FALSE, NULL)), "close");
        unlock_programs_own();
    }
    return 0;
}

/* A program with a lock of its own that forks take, and under which it closes handles: nobody waits for ever. */
static void a_lock_that_forks_take_is_no_trap(void) {
    is_over = 0;
    InitializeCriticalSection(&programs_own);
    check(pthread_atfork(lock_programs_own, unlock_programs_own, unlock_programs_own) == 0, "handlers");
    HANDLE thread = CreateThread(NULL, 0, close_with_a_lock, NULL, 0, NULL);
    for (int round = 0; round < 50; round++) {
        check(end(start("nothing")) == 0, "a process that does nothing");
    }
    is_over = 1;
    check(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0, "the thread");
    CloseHandle(thread);
}

static DWORD WINAPI close_a_child(void *child) {
    /* Nobody has a handle to the child any more: a thread of the library's waits for it. */
    CloseHandle(child);
    Sleep(0);
    return 7;
}

/* The library's own thread is none of the program's, and the program ends with the last of those. */
static int leave_a_child_behind(void) {
    HANDLE child = start("nothing"), gate = CreateEventA(NULL, TRUE, TRUE, NULL);
    CloseHandle(CreateThread(NULL, 0, close_a_child, child, 0, NULL));
    CloseHandle(CreateThread(NULL, 0, return_7, gate, 0, NULL));
    ExitThread(7);
}

static DWORD WINAPI set_variables(void *unused) {
    char value[40];
    (void)unused;
    for (int i = 0; !is_over; i++) {
        snprintf(value, sizeof value, "%d", i);
        check(SetEnvironmentVariableA("RACES_ONE", value) && SetEnvironmentVariableA("RACES_TWO", i % 2 ? value : ""), "set");
    }
    return 0;
}

static void the_environment_is_one_threads_at_a_time(void) {
    char value[40];
    is_over = 0;
    HANDLE thread = CreateThread(NULL, 0, set_variables, NULL, 0, NULL);
    for (int i = 0; i < 20000; i++) {
        GetEnvironmentVariableA("RACES_ONE", value, sizeof value);
        GetEnvironmentVariableA("RACES_TWO", value, sizeof value);
    }
    is_over = 1;
    check(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0, "the thread");
    CloseHandle(thread);
}

int main(int argc, char **argv) {
    GetTempPathA(sizeof directory, directory);
    if (argc > 1) {
        return strcmp(argv[1], "append") == 0                ? append()
               : strcmp(argv[1], "cut") == 0                 ? cut()
               : strcmp(argv[1], "leave-it-to-threads") == 0 ? leave_it_to_threads()
               : strcmp(argv[1], "leave-a-child-behind") == 0 ? leave_a_child_behind()
                                                              : 0;
    }
    what_is_closed_is_closed_though_a_process_is_started();
    nothing_that_is_appended_is_lost();
    what_is_mapped_is_not_cut();
    the_last_thread_says_how_it_ends();
    the_environment_is_one_threads_at_a_time();
    a_lock_that_forks_take_is_no_trap();
    puts("done");
    return 0;
}

/* Processes and threads that several threads start at once, while others fork children that live on: nobody waits for
 * one of those, nothing is left behind, and every exit code is right. */
#include <windows.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define STARTERS 4
#define STARTS 40
#define FORKS 30

static char program[4096];
static int stay[2];

static void check(int condition, const char *what) {
    if (!condition) {
        printf("%s: error %u\n", what, (unsigned)GetLastError());
        fflush(stdout);
        abort();
    }
}

static DWORD WINAPI begin(void *code) { return (DWORD)(ULONG_PTR)code; }

static DWORD WINAPI begin_and_exit(void *code) {
    ExitThread((DWORD)(ULONG_PTR)code);
    return 0;
}

static void start_process(DWORD number) {
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    char line[5000];
    DWORD code = 0, flags = number % 3 == 0 ? CREATE_SUSPENDED : 0;
    snprintf(line, sizeof line, "\"%s\" %u", program, (unsigned)number);
    check(CreateProcessA(NULL, line, NULL, NULL, number % 2, flags, NULL, NULL, &startup, &process), "process");
    if (number % 5 == 0) {
        check(CloseHandle(process.hProcess) && CloseHandle(process.hThread), "close at once");
        return;
    }
    if (number % 7 == 0) {
        /* Unless it has ended already. */
        check(TerminateProcess(process.hProcess, number) || GetLastError() == ERROR_ACCESS_DENIED, "terminate");
    }
    if (flags != 0) {
        check(ResumeThread(process.hThread) <= 1, "resume");
    }
    check(WaitForSingleObject(process.hProcess, INFINITE) == WAIT_OBJECT_0, "wait for a process");
    check(GetExitCodeProcess(process.hProcess, &code) && code == number, "a process's exit code");
    check(CloseHandle(process.hProcess) && CloseHandle(process.hThread), "close");
}

static void start_thread(DWORD number) {
    DWORD code = 0, id = 0;
    HANDLE thread = CreateThread(NULL, 0, number % 2 ? begin : begin_and_exit, (void *)(ULONG_PTR)number,
                                 number % 3 ? CREATE_SUSPENDED : 0, &id);
    check(thread != NULL && GetThreadId(thread) == id, "thread");
    check(ResumeThread(thread) != (DWORD)-1, "resume a thread");
    check(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0, "wait for a thread");
    check(GetExitCodeThread(thread, &code) && code == number, "a thread's exit code");
    check(CloseHandle(thread), "close a thread");
}

static DWORD WINAPI start(void *index) {
    for (DWORD i = 0; i < STARTS; i++) {
        DWORD number = 1000 * (1 + (DWORD)(ULONG_PTR)index) + i;
        start_process(number);
        start_thread(number);
    }
    return 0;
}

/* Children that have whatever was open at that moment, and go when this process does. */
static DWORD WINAPI fork_often(void *unused) {
    (void)unused;
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        check(child >= 0, "fork");
        if (child == 0) {
            char byte;
            close(stay[1]);
            alarm(100);
            if (i % 3 == 0) {
                start_thread((DWORD)i);
                start_process((DWORD)i + 1);
            }
            _exit(read(stay[0], &byte, 1) == 0 ? 0 : 1);
        }
        SwitchToThread();
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1) {
        return atoi(argv[1]);
    }
    HANDLE threads[STARTERS + 1];
    check(GetModuleFileNameA(NULL, program, sizeof program) > 0, "name");
    check(pipe(stay) == 0, "pipe");
    for (int i = 0; i < STARTERS; i++) {
        threads[i] = CreateThread(NULL, 0, start, (void *)(ULONG_PTR)i, 0, NULL);
        check(threads[i] != NULL, "starter");
    }
    threads[STARTERS] = CreateThread(NULL, 0, fork_often, NULL, 0, NULL);
    /* All of it while the forked children live. */
    check(WaitForMultipleObjects(STARTERS + 1, threads, TRUE, INFINITE) == WAIT_OBJECT_0, "wait for all");
    close(stay[1]);
    for (int i = 0; i < FORKS;) {
        int status;
        pid_t child = waitpid(-1, &status, 0);
        /* Those that were closed at once are reaped here or by the library. */
        check(child > 0, "a child is missing");
        i += status == 0;
    }
    while (waitpid(-1, NULL, 0) > 0) {
    }
    check(errno == ECHILD, "children that nobody reaps");
    printf("done\n");
    return 0;
}

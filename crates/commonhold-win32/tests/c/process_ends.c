/* The exit codes of processes, whoever asks, and however they end; and that none of them stays as a zombie. */
#include "processes.h"
#include <signal.h>

static void exit_again(void) { ExitProcess(0x777); }

static DWORD WINAPI outlive(void *first) {
    CHECK(WaitForSingleObject(first, INFINITE) == WAIT_OBJECT_0);
    return 0x1234;
}

static int child(char **argv) {
    const char *way = argv[1];
    if (strcmp(way, "return") == 0) {
        return (int)strtoul(argv[2], NULL, 0);
    } else if (strcmp(way, "exit") == 0) {
        exit((int)strtoul(argv[2], NULL, 0));
    } else if (strcmp(way, "_exit") == 0) {
        _exit((int)strtoul(argv[2], NULL, 0));
    } else if (strcmp(way, "signal") == 0) {
        signal(atoi(argv[2]), SIG_DFL);
        raise(atoi(argv[2]));
    } else if (strcmp(way, "exit again") == 0) {
        atexit(exit_again);
        ExitProcess(0x666);
    } else if (strcmp(way, "fork and exit") == 0) {
        /* What a forked child ends with is not this process's. */
        int status;
        if (fork() == 0) {
            ExitProcess(0x505);
        }
        wait(&status);
        _exit(5);
    } else if (strcmp(way, "leave a thread") == 0) {
        HANDLE first;
        CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &first, 0, FALSE,
                              DUPLICATE_SAME_ACCESS));
        CHECK(CreateThread(NULL, 0, outlive, first, 0, NULL) != NULL);
        ExitThread(9);
    } else if (strcmp(way, "leave nobody") == 0) {
        ExitThread(0x345);
    } else if (strcmp(way, "wait") == 0) {
        WaitForSingleObject(OpenEventA(SYNCHRONIZE, FALSE, argv[2]), INFINITE);
        return 0x99;
    } else if (strcmp(way, "code of") == 0) {
        DWORD code = 0;
        HANDLE process = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_INFORMATION, FALSE, (DWORD)atoi(argv[2]));
        CHECK(process != NULL);
        SetEvent(OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[3]));
        CHECK(WaitForSingleObject(process, INFINITE) == WAIT_OBJECT_0);
        CHECK(GetExitCodeProcess(process, &code) || GetLastError() == ERROR_NOT_SUPPORTED);
        return (int)code;
    }
    return 98;
}

static void exit_codes(void) {
    CHECK(run("return 300") == 300 && run("exit 0x80000001") == 0x80000001 && run("return -1") == 0xffffffff);
    CHECK(run("_exit 300") == 44);
    CHECK(run("signal 11") == 0xc0000005 && run("signal 7") == 0xc0000005 && run("signal 4") == 0xc000001d);
    CHECK(run("signal 8") == 0xc0000094 && run("signal 2") == 0xc000013a && run("signal 15") == 143);
    CHECK(run("signal 6") == 3 && run("signal 9") == 137);
    CHECK(run("\"exit again\"") == 0x777);
    CHECK(run("\"fork and exit\"") == 5);
    CHECK(run("\"leave a thread\"") == 0x1234 && run("\"leave nobody\"") == 0x345);
}

/* As others see them: a process that is no child has the low eight bits, or says that it does not know. */
static void codes_of_others(void) {
    char line[60];
    HANDLE go = CreateEventA(NULL, TRUE, FALSE, "go"), ready = CreateEventA(NULL, FALSE, FALSE, "ready");
    for (int closes = 0; closes < 2; closes++) {
        PROCESS_INFORMATION one = start("wait go", FALSE, 0);
        snprintf(line, sizeof line, "\"code of\" %u ready", (unsigned)one.dwProcessId);
        PROCESS_INFORMATION other = start(line, FALSE, 0);
        CHECK(WaitForSingleObject(ready, INFINITE) == WAIT_OBJECT_0);
        if (closes) {
            CloseHandle(one.hProcess);
            CloseHandle(one.hThread);
        }
        SetEvent(go);
        DWORD code = finish(other);
        CHECK(code == 0x99 || code == 0);
        CHECK(closes || finish(one) == 0x99);
        ResetEvent(go);
    }
    CloseHandle(go);
    CloseHandle(ready);
}

static void reaped_by_the_program(void) {
    DWORD code = 0;
    int status;
    PROCESS_INFORMATION process = start("return 261", FALSE, 0);
    CHECK(waitpid((pid_t)process.dwProcessId, &status, 0) == (pid_t)process.dwProcessId);
    CHECK(WaitForSingleObject(process.hProcess, INFINITE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code) ? code == 261 : GetLastError() == ERROR_NOT_SUPPORTED);
    CHECK(!TerminateProcess(process.hProcess, 1) && GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(GetProcessId(process.hProcess) == process.dwProcessId);
    CHECK(CloseHandle(process.hProcess) && CloseHandle(process.hThread));
    signal(SIGCHLD, SIG_IGN);
    process = start("return 262", FALSE, 0);
    CHECK(WaitForSingleObject(process.hProcess, INFINITE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code) ? code == 262 : GetLastError() == ERROR_NOT_SUPPORTED);
    CHECK(CloseHandle(process.hProcess) && CloseHandle(process.hThread));
    signal(SIGCHLD, SIG_DFL);
}

static void no_zombies(void) {
    HANDLE go = CreateEventA(NULL, TRUE, FALSE, "go");
    DWORD ids[8];
    CHECK(run("return 1") == 1);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    /* One that has ended can be opened while somebody has a handle to it. */
    PROCESS_INFORMATION ended = start("return 2", FALSE, 0);
    CHECK(WaitForSingleObject(ended.hThread, INFINITE) == WAIT_OBJECT_0);
    HANDLE again = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, ended.dwProcessId);
    DWORD code = 0;
    CHECK(again != NULL && GetExitCodeProcess(again, &code) && code == 2);
    CHECK(CompareObjectHandles(again, ended.hProcess));
    CloseHandle(again);
    CHECK(finish(ended) == 2);
    CHECK(OpenProcess(SYNCHRONIZE, FALSE, ended.dwProcessId) == NULL && GetLastError() == ERROR_INVALID_PARAMETER);
    for (int i = 0; i < 8; i++) {
        PROCESS_INFORMATION process = start("wait go", FALSE, 0);
        ids[i] = process.dwProcessId;
        CHECK(CloseHandle(process.hProcess) && CloseHandle(process.hThread));
    }
    SetEvent(go);
    for (int i = 0; i < 8; i++) {
        while (state_of(ids[i]) != 0) {
            sched_yield();
        }
    }
    CloseHandle(go);
}

static void body(void) {
    exit_codes();
    codes_of_others();
    reaped_by_the_program();
    no_zombies();
}

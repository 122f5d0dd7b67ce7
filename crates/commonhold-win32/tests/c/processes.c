/* What becomes of processes here that Windows has no word for: signals, zombies, forks, descriptors. */
#include <windows.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "line %d: %s; last error %u\n", __LINE__, #condition, (unsigned)GetLastError());           \
            _exit(1);                                                                                                  \
        }                                                                                                              \
    } while (0)

static char program[4096];

static PROCESS_INFORMATION start(const char *arguments, BOOL inherits, DWORD flags) {
    char line[5000];
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    snprintf(line, sizeof line, "\"%s\" %s", program, arguments);
    CHECK(CreateProcessA(program, line, NULL, NULL, inherits, flags, NULL, NULL, &startup, &process));
    return process;
}

static DWORD finish(PROCESS_INFORMATION process) {
    DWORD code = 0, of_thread = 0;
    CHECK(WaitForSingleObject(process.hProcess, INFINITE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CHECK(GetExitCodeThread(process.hThread, &of_thread) && of_thread == code);
    CHECK(CloseHandle(process.hProcess) && CloseHandle(process.hThread));
    return code;
}

static DWORD run(const char *arguments) { return finish(start(arguments, FALSE, 0)); }

static int open_descriptors(void) {
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count - 3;
}

static char state_of(DWORD pid) {
    char path[40], text[400] = "";
    snprintf(path, sizeof path, "/proc/%u/stat", (unsigned)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    /* It may go in between. */
    char *line = fgets(text, sizeof text, file);
    fclose(file);
    return line != NULL ? strrchr(line, ')')[2] : 0;
}

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
    } else if (strcmp(way, "descriptors") == 0) {
        /* Not more than the standard ones, and what this library needs. */
        return open_descriptors();
    } else if (strcmp(way, "is open") == 0) {
        return fcntl(atoi(argv[2]), F_GETFD) >= 0;
    } else if (strcmp(way, "streams") == 0) {
        CHECK(write(1, "one", 3) == 3 && write(2, "two", 3) == 3);
        return read(0, argv[1], 1) == 0;
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
    CHECK(again != NULL && GetExitCodeProcess(again, &code) && code == 2 && CompareObjectHandles(again, ended.hProcess));
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

static void suspended(void) {
    /* It keeps nothing alive that it does not inherit. */
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, "of the parent");
    PROCESS_INFORMATION process = start("return 3", FALSE, CREATE_SUSPENDED);
    CloseHandle(event);
    CHECK(OpenEventA(SYNCHRONIZE, FALSE, "of the parent") == NULL && GetLastError() == ERROR_FILE_NOT_FOUND);
    CHECK(SuspendThread(process.hThread) == 1 && ResumeThread(process.hThread) == 2);
    CHECK(WaitForSingleObject(process.hProcess, 10) == WAIT_TIMEOUT);
    CHECK(ResumeThread(process.hThread) == 1);
    CHECK(WaitForSingleObject(process.hProcess, INFINITE) == WAIT_OBJECT_0 && ResumeThread(process.hThread) == 0);
    CHECK(SuspendThread(process.hThread) == (DWORD)-1 && GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(finish(process) == 3);
    /* Nobody is left who could resume it. */
    process = start("return 4", FALSE, CREATE_SUSPENDED);
    CHECK(CloseHandle(process.hProcess) && CloseHandle(process.hThread));
    while (state_of(process.dwProcessId) != 0) {
        sched_yield();
    }
    /* One that runs is stopped as a whole. */
    HANDLE go = CreateEventA(NULL, TRUE, TRUE, "go");
    ResetEvent(go);
    process = start("wait go", FALSE, 0);
    CHECK(SuspendThread(process.hThread) == 0 && SuspendThread(process.hThread) == 1);
    while (state_of(process.dwProcessId) != 'T') {
        sched_yield();
    }
    SetEvent(go);
    CHECK(ResumeThread(process.hThread) == 2 && state_of(process.dwProcessId) == 'T');
    CHECK(ResumeThread(process.hThread) == 1);
    CHECK(finish(process) == 0x99);
    CloseHandle(go);
}

static void descriptors(void) {
    char line[40], path[64] = "/tmp/commonhold-test-XXXXXX", text[8] = "";
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    int own = open("/dev/null", O_RDONLY);
    DWORD few = run("descriptors");
    CHECK(few >= 3 && few <= 5);
    snprintf(line, sizeof line, "\"is open\" %d", own);
    CHECK(run(line) == 0 && finish(start(line, TRUE, 0)) == 1);
    close(own);
    /* Both may be one, and that of this process be closed. */
    int before = open_descriptors(), output = mkstemp(path);
    CHECK(output >= 0);
    HANDLE file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                              OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    STARTUPINFOA startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES, .hStdOutput = file, .hStdError = file};
    PROCESS_INFORMATION process;
    char streams[] = "x streams";
    int kept = dup(0);
    close(0);
    CHECK(CreateProcessA(program, streams, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process));
    CHECK(finish(process) == 1);
    CHECK(pread(output, text, 6, 0) == 6 && strcmp(text, "onetwo") == 0);
    dup2(kept, 0);
    close(kept);
    CloseHandle(file);
    close(output);
    unlink(path);
    CHECK(open_descriptors() == before);
}

static void refused(void) {
    char text[64] = "/tmp/commonhold-test-XXXXXX", line[80];
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    int before = open_descriptors(), file = mkstemp(text);
    CHECK(file >= 0 && write(file, "no program\n", 11) == 11);
    CHECK(!CreateProcessA(text, NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CHECK(GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(fchmod(file, 0700) == 0 && close(file) == 0);
    CHECK(!CreateProcessA(text, NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CHECK(GetLastError() == ERROR_BAD_EXE_FORMAT && process.hProcess == NULL && process.dwProcessId == 0);
    snprintf(line, sizeof line, "%s \"an argument\"", text);
    CHECK(!CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CHECK(GetLastError() == ERROR_BAD_EXE_FORMAT);
    unlink(text);
    CHECK(!CreateProcessA("/tmp", NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CHECK(GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(!CreateProcessA(program, NULL, NULL, NULL, FALSE, 0, NULL, "/dev/null", &startup, &process));
    CHECK(GetLastError() == ERROR_DIRECTORY);
    CHECK(!CreateProcessA(program, NULL, NULL, NULL, FALSE, 0, NULL, NULL, NULL, &process));
    CHECK(GetLastError() == ERROR_NOACCESS);
    CHECK(!CreateProcessA(program, NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, NULL));
    CHECK(GetLastError() == ERROR_NOACCESS);
    CHECK(!CreateProcessA(NULL, NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER);
    static const DWORD unsupported[] = {DEBUG_PROCESS, DEBUG_ONLY_THIS_PROCESS, CREATE_PROTECTED_PROCESS, 0x10000000};
    for (size_t i = 0; i < sizeof unsupported / sizeof *unsupported; i++) {
        CHECK(!CreateProcessA(program, NULL, NULL, NULL, FALSE, unsupported[i], NULL, NULL, &startup, &process));
        CHECK(GetLastError() == ERROR_NOT_SUPPORTED);
    }
    CHECK(OpenProcess(SYNCHRONIZE, FALSE, 0) == NULL && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(open_descriptors() == before);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

int main(int argc, char **argv) {
    CHECK(GetModuleFileNameA(NULL, program, sizeof program) > 0);
    if (argc > 1) {
        return child(argv);
    }
    exit_codes();
    codes_of_others();
    reaped_by_the_program();
    no_zombies();
    suspended();
    descriptors();
    refused();
    printf("done\n");
    return 0;
}

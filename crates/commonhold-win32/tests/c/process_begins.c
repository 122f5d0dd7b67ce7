/* How processes begin: what they have from this one, what they wait for, and why they do not. */
#include "processes.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static int open_descriptors(void) {
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count - 3;
}

static int child(char **argv) {
    const char *way = argv[1];
    if (strcmp(way, "return") == 0) {
        return (int)strtoul(argv[2], NULL, 0);
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
    }
    return 98;
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
    STARTUPINFOA startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    startup.hStdOutput = startup.hStdError = file;
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

static void forked(void) {
    int status = 1;
    pid_t child = fork();
    if (child == 0) {
        _exit((int)run("return 6") - 6);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void body(void) {
    /* The first that the library does is this, which notices forks in its own way. */
    CHECK(GetCurrentThreadId() == GetCurrentProcessId());
    suspended();
    forked();
    descriptors();
    refused();
}

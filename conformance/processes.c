/* Starting processes: what they are given (environment, directory, standard handles), their exit codes, and what
 * handles to them allow. Command lines have a program of their own. */
#include "waitables.h"

struct launch {
    const char *application; /* NULL: the command line says it */
    const char *arguments;
    DWORD flags;
    void *environment;
    const char *directory;
    HANDLE input, output; /* NULL: this process's own */
    PROCESS_INFORMATION process;
};

static const char *program(void) {
    static char path[MAX_PATH];
    if (path[0] == 0) {
        GetModuleFileNameA(NULL, path, sizeof path);
    }
    return path;
}

static BOOL launch(struct launch *launch) {
    STARTUPINFOA startup;
    char line[2048];
    snprintf(line, sizeof line, "\"%s\" %s", program(), launch->arguments);
    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = launch->input != NULL ? launch->input : GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = launch->output != NULL ? launch->output : GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    FRESH();
    return CreateProcessA(launch->application, line, NULL, NULL, TRUE, launch->flags, launch->environment,
                          launch->directory, &startup, &launch->process);
}

static DWORD run(const char *arguments) {
    struct launch it = {.application = program(), .arguments = arguments};
    if (!launch(&it)) {
        say("not started: %s", err());
        return 0xffffffff;
    }
    CloseHandle(it.process.hThread);
    return finish(it.process.hProcess);
}

static void without_final_separator(char *path) {
    size_t length = strlen(path);
    if (length > 1 && (path[length - 1] == '\\' || path[length - 1] == '/')) {
        path[length - 1] = 0;
    }
}

static void show_variable(const char *name) {
    char value[40];
    FRESH();
    DWORD length = GetEnvironmentVariableA(name, value, sizeof value);
    say("%s: %s", name, length != 0 ? value : err());
}

int role(const char *name, int argc, char **argv) {
    char directory[MAX_PATH], line[64] = "";
    DWORD count = 0;
    if (strcmp(name, "variables") == 0) {
        show_variable("CONFORMANCE_ONE");
        show_variable("CONFORMANCE_TWO");
        show_variable("CONFORMANCE_THREE");
        return 0;
    }
    if (strcmp(name, "directory") == 0 && argc == 1) {
        GetCurrentDirectoryA(sizeof directory, directory);
        without_final_separator(directory);
        return lstrcmpiA(directory, argv[0]) == 0;
    }
    if (strcmp(name, "streams") == 0) {
        ReadFile(GetStdHandle(STD_INPUT_HANDLE), line, sizeof line - 1, &count, NULL);
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "read: ", 6, &count, NULL);
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), line, (DWORD)strlen(line), &count, NULL);
        return 0;
    }
    if (strcmp(name, "exit") == 0 && argc == 1) {
        ExitProcess((DWORD)strtoul(argv[0], NULL, 0));
    }
    if (strcmp(name, "terminate") == 0 && argc == 1) {
        TerminateProcess(GetCurrentProcess(), (UINT)strtoul(argv[0], NULL, 0));
    }
    if (strcmp(name, "return") == 0 && argc == 1) {
        return atoi(argv[0]);
    }
    if (strcmp(name, "wait") == 0) {
        HANDLE go = CreateEventA(NULL, TRUE, FALSE, unique("go"));
        return WaitForSingleObject(go, PATIENCE) == WAIT_OBJECT_0 ? 17 : 18;
    }
    return 99;
}

static void environment(void) {
    char block[4096];
    char *end = block;
    static const char *const kept[] = {"COMMONHOLD_RUN", "COMMONHOLD_ROOT", "LD_LIBRARY_PATH", "SYSTEMROOT"};
    TRY(SetEnvironmentVariableA("CONFORMANCE_ONE", "one"));
    TRY(SetEnvironmentVariableA("CONFORMANCE_TWO", "two, too"));
    TRY(SetEnvironmentVariableA("CONFORMANCE_THREE", "gone"));
    TRY(SetEnvironmentVariableA("CONFORMANCE_THREE", NULL));
    show_variable("CONFORMANCE_THREE");
    char small[3];
    FRESH();
    DWORD needed = GetEnvironmentVariableA("CONFORMANCE_ONE", small, 3);
    DWORD fits = GetEnvironmentVariableA("CONFORMANCE_ONE", block, 4);
    say("room that one needs: %u, what it fills: %u", (unsigned)needed, (unsigned)fits);
    run("variables");
    end += sprintf(end, "CONFORMANCE_ONE=eins") + 1;
    end += sprintf(end, "CONFORMANCE_THREE=drei = 3") + 1;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        char value[1000];
        if (GetEnvironmentVariableA(kept[i], value, sizeof value) != 0) {
            end += sprintf(end, "%s=%s", kept[i], value) + 1;
        }
    }
    *end++ = 0;
    /* Suspended, so that this process says its line before the other says one. */
    struct launch it = {
        .application = program(), .arguments = "variables", .flags = CREATE_SUSPENDED, .environment = block};
    TRY(launch(&it));
    ResumeThread(it.process.hThread);
    say("exit code: %u", (unsigned)finish(it.process.hProcess));
    CloseHandle(it.process.hThread);
    static WCHAR wide_block[4096];
    for (char *from = block; from < end; from++) {
        wide_block[from - block] = (unsigned char)*from;
    }
    it.environment = wide_block;
    it.flags = CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT;
    TRY(launch(&it));
    ResumeThread(it.process.hThread);
    say("exit code: %u", (unsigned)finish(it.process.hProcess));
    CloseHandle(it.process.hThread);
}

static void directories(void) {
    char line[MAX_PATH + 20], directory[MAX_PATH];
    GetCurrentDirectoryA(sizeof directory, directory);
    without_final_separator(directory);
    snprintf(line, sizeof line, "directory \"%s\"", directory);
    say("in this process's directory: %u", (unsigned)run(line));
    GetTempPathA(sizeof directory, directory);
    without_final_separator(directory);
    snprintf(line, sizeof line, "directory \"%s\"", directory);
    struct launch it = {.application = program(), .arguments = line, .directory = directory};
    TRY(launch(&it));
    say("in another: %u", (unsigned)finish(it.process.hProcess));
    CloseHandle(it.process.hThread);
    lstrcatA(directory, "/no such directory");
    TRY(launch(&it));
}

static void streams(void) {
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    const char *from = temporary("input"), *to = temporary("output");
    char text[64] = "";
    DWORD count = 0;
    struct launch it = {.application = program(), .arguments = "streams"};
    it.input = CreateFileA(from, GENERIC_READ | GENERIC_WRITE, 0, &inherited, CREATE_ALWAYS, 0, NULL);
    it.output = CreateFileA(to, GENERIC_READ | GENERIC_WRITE, 0, &inherited, CREATE_ALWAYS, 0, NULL);
    TRY(WriteFile(it.input, "some text", 9, &count, NULL));
    SetFilePointer(it.input, 0, NULL, FILE_BEGIN);
    TRY(launch(&it));
    say("exit code: %u", (unsigned)finish(it.process.hProcess));
    CloseHandle(it.process.hThread);
    say("both ends share the position: %u", (unsigned)SetFilePointer(it.output, 0, NULL, FILE_CURRENT));
    SetFilePointer(it.output, 0, NULL, FILE_BEGIN);
    TRY(ReadFile(it.output, text, sizeof text - 1, &count, NULL));
    say("<%s>", text);
    CloseHandle(it.input);
    CloseHandle(it.output);
    DeleteFileA(from);
    DeleteFileA(to);
}

static void exit_codes(void) {
    static const char *const ways[] = {"exit", "terminate"};
    static const DWORD codes[] = {0,   1,       127,        128,        255,        256,
                                  259, 0x12345, 0x7fffffff, 0x80000000, 0xc0000005, 0xffffffff};
    for (int way = 0; way < 2; way++) {
        for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
            char line[40];
            snprintf(line, sizeof line, "%s %#x", ways[way], (unsigned)codes[i]);
            say("%s: %#x", line, (unsigned)run(line));
        }
    }
    say("return 7: %u", (unsigned)run("return 7"));
}

static void running(void) {
    HANDLE go = CreateEventA(NULL, TRUE, FALSE, unique("go"));
    DWORD code = 0;
    struct launch it = {.application = program(), .arguments = "wait"};
    TRY(launch(&it));
    HANDLE process = it.process.hProcess;
    CloseHandle(it.process.hThread);
    TRY(GetExitCodeProcess(process, &code));
    say("still active: %s", yes(code == STILL_ACTIVE));
    TRY_WAIT(WaitForSingleObject(process, A_MOMENT));
    say("its id: %s, not this one's: %s", yes(GetProcessId(process) == it.process.dwProcessId),
        yes(it.process.dwProcessId != GetCurrentProcessId() && it.process.dwProcessId != 0));
    say("a thread's id: %s", yes(it.process.dwThreadId != 0));
    HANDLE opened = TRY_HANDLE(OpenProcess(SYNCHRONIZE | PROCESS_QUERY_INFORMATION, FALSE, it.process.dwProcessId));
    HANDLE waits = TRY_HANDLE(OpenProcess(SYNCHRONIZE, FALSE, it.process.dwProcessId));
    HANDLE ends = TRY_HANDLE(OpenProcess(PROCESS_TERMINATE, FALSE, it.process.dwProcessId));
    say("the opened one's id: %s", yes(GetProcessId(opened) == it.process.dwProcessId));
    TRY(GetExitCodeProcess(waits, &code));
    TRY(TerminateProcess(waits, 1));
    TRY(TerminateProcess(opened, 1));
    TRY_WAIT(WaitForSingleObject(ends, 0));
    HANDLE both[] = {waits, go};
    TRY_WAIT(WaitForMultipleObjects(2, both, FALSE, A_MOMENT));
    TRY(TerminateProcess(ends, 0xabcdef01));
    TRY_WAIT(WaitForMultipleObjects(2, both, FALSE, PATIENCE));
    TRY_WAIT(WaitForSingleObject(process, PATIENCE));
    TRY_WAIT(WaitForSingleObject(opened, 0));
    TRY(GetExitCodeProcess(process, &code));
    say("exit code: %#x", (unsigned)code);
    TRY_WINDOWS("Wine does not mind", "false, 5", TerminateProcess(process, 2));
    GetExitCodeProcess(process, &code);
    say("exit code: %#x, its id is still known: %s", (unsigned)code,
        yes(GetProcessId(process) == it.process.dwProcessId));
    HANDLE all[] = {process, opened, waits, ends};
    for (int i = 0; i < 4; i++) {
        CloseHandle(all[i]);
    }

    it.flags = CREATE_SUSPENDED;
    SetEvent(go);
    TRY(launch(&it));
    TRY_WAIT(WaitForSingleObject(it.process.hProcess, 2 * A_MOMENT));
    say("resumed: %u", (unsigned)ResumeThread(it.process.hThread));
    TRY_WAIT(WaitForSingleObject(it.process.hProcess, PATIENCE));
    say("exit code: %u", (unsigned)finish(it.process.hProcess));
    CloseHandle(it.process.hThread);
    TRY(launch(&it));
    TRY(TerminateProcess(it.process.hProcess, 3));
    say("exit code: %u", (unsigned)finish(it.process.hProcess));
    CloseHandle(it.process.hThread);
    CloseHandle(go);
}

static void refused(void) {
    char directory[MAX_PATH], path[MAX_PATH + 40];
    GetTempPathA(sizeof directory, directory);
    DWORD code;
    struct launch it = {.application = NULL, .arguments = "return 5"};
    say("started by its command line: %s", yes(launch(&it)));
    say("exit code: %u", (unsigned)finish(it.process.hProcess));
    CloseHandle(it.process.hThread);
    snprintf(path, sizeof path, "%sno-such-program.exe", directory);
    it.application = path;
    TRY(launch(&it));
    snprintf(path, sizeof path, "%sno-such-directory/program.exe", directory);
    TRY(launch(&it));
    TRY(OpenProcess(SYNCHRONIZE, FALSE, 0));
    TRY(OpenProcess(SYNCHRONIZE, FALSE, 0xfffffff0));
    TRY(GetExitCodeProcess(NULL, &code));
    TRY(TerminateProcess(NULL, 1));
    TRY(GetProcessId(NULL) != 0);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    TRY(GetExitCodeProcess(event, &code));
    TRY(TerminateProcess(event, 1));
    TRY(GetProcessId(event) != 0);
    CloseHandle(event);
    say("the pseudo handle's id is the own one: %s", yes(GetProcessId(GetCurrentProcess()) == GetCurrentProcessId()));
    TRY(GetExitCodeProcess(GetCurrentProcess(), &code));
    say("still active: %s", yes(code == STILL_ACTIVE));
}

void body(void) {
    environment();
    directories();
    streams();
    exit_codes();
    running();
    refused();
}

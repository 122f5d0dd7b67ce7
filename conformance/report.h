/* How the conformance programs say what they see: one line for each fact. The same source runs under Windows (or Wine)
 * and with Commonhold, and both must print the same lines. So nothing is printed that is another at each run (handles,
 * addresses, process ids), and no more than one process prints at a time.
 *
 * A program defines `body`, which its first process runs, and either `role`, which the processes that it starts run, or
 * NO_ROLES. Whatever has to be given to `start` besides the role arrives as the role's arguments. */
#ifndef CONFORMANCE_REPORT_H
#define CONFORMANCE_REPORT_H

#ifdef _WIN32
/* Windows 10 (1803): the oldest that has every function which is asked here. */
#define _WIN32_WINNT 0x0A00
#define NTDDI_VERSION 0x0A000005
#define __USE_MINGW_ANSI_STDIO 1
#include <fcntl.h>
#include <io.h>
#endif
#include <windows.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __MINGW32__
#define REPORT_FORMAT(string, first) __attribute__((format(gnu_printf, string, first)))
#else
#define REPORT_FORMAT(string, first) __attribute__((format(printf, string, first)))
#endif

#define REPORT_UNTOUCHED 0xdeadbeef
/* So that it shows when a call leaves the last error as it was. */
#define FRESH() SetLastError(REPORT_UNTOUCHED)
#define NO_ROLES                                                                                                       \
    int role(const char *name, int argc, char **argv) { return (void)name, (void)argc, (void)argv, 99; }

void body(void);
/* `argv` is what `start` got after the role's name; the value is the process's exit code. */
int role(const char *name, int argc, char **argv);

/* Texts that live until 16 more were asked for, so that a line may hold several. */
static inline char *report_text(void) {
    static char texts[16][160];
    static unsigned next;
    return texts[next++ % 16];
}

static inline void report_line(const char *mark, const char *format, va_list arguments) {
    DWORD before = GetLastError();
    printf("%s", mark);
    vprintf(format, arguments);
    printf("\n");
    fflush(stdout);
    SetLastError(before);
}

/* One line. The last error stays what it was. */
REPORT_FORMAT(1, 2) static inline void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    report_line("", format, arguments);
    va_end(arguments);
}

/* A line in which Wine is known to differ from Windows, where it is not believed: Commonhold must see what Windows
 * is documented or tested to say. `why` is for who reads the program. */
REPORT_FORMAT(3, 4) static inline void differs(const char *why, const char *windows_says, const char *format, ...) {
    va_list arguments;
    (void)why;
    va_start(arguments, format);
#ifdef _WIN32
    (void)format;
    report_line("! ", windows_says, arguments);
#else
    (void)windows_says;
    report_line("! ", format, arguments);
#endif
    va_end(arguments);
}

static inline const char *error_text(DWORD code) {
    char *text = report_text();
    if (code == REPORT_UNTOUCHED) {
        return "-";
    }
    snprintf(text, 160, "%u", (unsigned)code);
    return text;
}

/* The last error: its number, or "-" if nothing has written one since FRESH. */
static inline const char *err(void) { return error_text(GetLastError()); }

static inline const char *yes(int condition) { return condition ? "yes" : "no"; }

static inline const char *report_outcome(intptr_t value, const char *failure) {
    return value == 0 ? failure : value == -1 ? "invalid" : "ok";
}

static inline intptr_t report_tried(const char *what, const char *failure, intptr_t value) {
    const char *error = err();
    say("%s: %s, %s", what, report_outcome(value, failure), error);
    return value;
}

static inline intptr_t report_tried_windows(const char *why, const char *windows_says, const char *what,
                                            const char *failure, intptr_t value) {
    const char *error = err();
    char line[600];
    snprintf(line, sizeof line, "%s: %s", what, windows_says);
    differs(why, line, "%s: %s, %s", what, report_outcome(value, failure), error);
    return value;
}

/* Does a call that gives a BOOL, a handle or an address, and says how it went: "text of the call: ok, 0". The words are
 * ok, false, null and invalid (INVALID_HANDLE_VALUE). The value is the call's. */
#define REPORT_FAILURE(expression) _Generic((expression), BOOL: "false", default: "null")
#define REPORT_TRY(text, expression) report_tried(text, REPORT_FAILURE(expression), (FRESH(), (intptr_t)(expression)))
#define TRY(expression) REPORT_TRY(#expression, expression)
#define TRY_HANDLE(expression) ((HANDLE)REPORT_TRY(#expression, expression))
#define TRY_VIEW(expression) ((unsigned char *)REPORT_TRY(#expression, expression))
/* The same for a call of which Wine answers something else than Windows: `windows_says` is like "null, 5". */
#define TRY_WINDOWS(why, windows_says, expression)                                                                     \
    report_tried_windows(why, windows_says, #expression, REPORT_FAILURE(expression),                                   \
                         (FRESH(), (intptr_t)(expression)))

/* What no other run uses, and all processes of this one know. */
static inline const char *report_run(void) {
    static char run[40];
    if (run[0] == 0 && GetEnvironmentVariableA("COMMONHOLD_RUN", run, sizeof run) == 0) {
        snprintf(run, sizeof run, "%x-%x", (unsigned)GetCurrentProcessId(), (unsigned)GetTickCount());
        SetEnvironmentVariableA("COMMONHOLD_RUN", run);
    }
    return run;
}

/* A name for an object that is this run's alone. The text is never given back: a program has few. */
static inline const char *unique(const char *base) {
    size_t size = strlen(base) + 48;
    char *text = malloc(size);
    snprintf(text, size, "%s.%s", base, report_run());
    return text;
}

/* The path of a file that is this run's alone, never given back either. */
static inline const char *temporary(const char *base) {
    char *path = malloc(MAX_PATH + 200);
    DWORD length = GetTempPathA(MAX_PATH, path);
    snprintf(path + length, 200, "%s.%s", base, report_run());
    return path;
}

/* ASCII as 16 bit characters, never given back. */
static inline const WCHAR *wide(const char *text) {
    size_t length = strlen(text);
    WCHAR *copy = malloc((length + 1) * sizeof *copy);
    for (size_t i = 0; i <= length; i++) {
        copy[i] = (unsigned char)text[i];
    }
    return copy;
}

/* Runs this program again, in a role, and gives the process. What it prints comes out here; inheritable handles are
 * inherited. The role and its arguments hold no quotes and no backslash before the end. */
#define start(...) report_start(__VA_ARGS__, (const char *)NULL)
static inline HANDLE report_start(const char *name, ...) {
    STARTUPINFOA startup;
    PROCESS_INFORMATION process;
    char program[MAX_PATH];
    char line[4096];
    va_list arguments;
    report_run();
    GetModuleFileNameA(NULL, program, sizeof program);
    size_t length = (size_t)snprintf(line, sizeof line, "\"%s\"", program);
    va_start(arguments, name);
    for (const char *word = name; word != NULL; word = va_arg(arguments, const char *)) {
        length += (size_t)snprintf(line + length, sizeof line - length, " \"%s\"", word);
    }
    va_end(arguments);
    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!CreateProcessA(program, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process)) {
        say("no process for the role %s: %s", name, err());
        exit(1);
    }
    CloseHandle(process.hThread);
    return process.hProcess;
}

/* Waits for such a process to end, gives its exit code, and closes the handle. */
static inline DWORD finish(HANDLE process) {
    DWORD code = 0xffffffff;
    WaitForSingleObject(process, INFINITE);
    GetExitCodeProcess(process, &code);
    CloseHandle(process);
    return code;
}

int main(int argc, char **argv) {
#ifdef _WIN32
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    report_run();
    if (argc > 1) {
        return role(argv[1], argc - 2, argv + 2);
    }
    body();
    return 0;
}

#endif

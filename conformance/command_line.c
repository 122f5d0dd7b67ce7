/* Command lines: how the started program sees them taken apart into arguments, and whole. */
#include "report.h"

static unsigned run(const char *arguments) {
    STARTUPINFOA startup;
    PROCESS_INFORMATION process;
    char program[MAX_PATH], line[MAX_PATH + 300];
    GetModuleFileNameA(NULL, program, sizeof program);
    snprintf(line, sizeof line, "\"%s\" %s", program, arguments);
    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!CreateProcessA(program, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process)) {
        say("not started: %s", err());
        return 0xffffffff;
    }
    CloseHandle(process.hThread);
    return (unsigned)finish(process.hProcess);
}

int role(const char *name, int argc, char **argv) {
    if (strcmp(name, "arguments") == 0) {
        for (int i = 0; i < argc; i++) {
            say("  <%s>", argv[i]);
        }
        return argc;
    }
    if (strcmp(name, "line") == 0) {
        const char *tail = strstr(GetCommandLineA(), "line ");
        say("the command line goes on: <%s>", tail != NULL ? tail : "");
        say("it is the same in UTF-16: %s", yes(lstrcmpW(GetCommandLineW(), wide(GetCommandLineA())) == 0));
        return 0;
    }
    return 99;
}

void body(void) {
    static const char *const tails[] = {
        "a b c",
        "  a \t b  ",
        "\"a b\" c",
        "\"a b\"c\"d e\"",
        "a\"b c\"d",
        "a\\\\b c\\d",
        "\"a\\\\b c\" d e",
        "\\\"quoted\\\"",
        "\"a\\\"b\" c",
        "\"a\\\\\" b",
        "\"a\\\\\\\" b\"",
        "a\\\"b c d",
        "a\\\\\\\"b c d",
        "a\\\\\\\\\"b c\" d e",
        "\"\" x \"\"",
        "\"never closed",
        "back\\ slash\\",
        "\"C:\\dir\\\\\" next",
        "'a b' $HOME %PATH% ~ ; & | >",
    };
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        char line[200];
        snprintf(line, sizeof line, "arguments %s", tails[i]);
        say("%s", tails[i]);
        say("%u", run(line));
    }
    run("line  \"a b\"   c\\\\ \\\"");
}


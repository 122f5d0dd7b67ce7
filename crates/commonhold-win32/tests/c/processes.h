/* How the programs of these tests start themselves again: `child` is what they do then. */
#ifndef TESTS_PROCESSES_H
#define TESTS_PROCESSES_H

#include <windows.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static int child(char **argv);
static void body(void);

int main(int argc, char **argv) {
    CHECK(GetModuleFileNameA(NULL, program, sizeof program) > 0);
    if (argc > 1) {
        return child(argv);
    }
    body();
    printf("done\n");
    return 0;
}

#endif

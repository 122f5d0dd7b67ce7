/* Handles given to another process. What was given lives exactly as long as somebody has it: in the giver's table, in the
 * receiver's mailbox, in its table; whoever is killed. And no number is ever given twice at a time. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GIVERS 4
#define EACH 40
#define ROUNDS 12

static void check(int condition, const char *what) {
    if (!condition) {
        printf("%s: error %u\n", what, (unsigned)GetLastError());
        fflush(stdout);
        abort();
    }
}

static HANDLE start(const char *role, const char *argument) {
    char program[512], line[1200];
    STARTUPINFOA startup;
    PROCESS_INFORMATION process;
    GetModuleFileNameA(NULL, program, sizeof program);
    snprintf(line, sizeof line, "\"%s\" %s %s", program, role, argument);
    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    check(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process), "start a process");
    CloseHandle(process.hThread);
    return process.hProcess;
}

static int is_there(const char *name) {
    HANDLE opened = OpenEventA(SYNCHRONIZE, FALSE, name);
    if (opened == NULL) {
        check(GetLastError() == ERROR_FILE_NOT_FOUND, "not found is 2");
        return 0;
    }
    CloseHandle(opened);
    return 1;
}

static void end(HANDLE process) {
    check(TerminateProcess(process, 9), "kill");
    check(WaitForSingleObject(process, INFINITE) == WAIT_OBJECT_0, "wait for the end");
    CloseHandle(process);
}

/* Gives the same event again and again, until it is killed. */
static void give_for_ever(DWORD receiver) {
    HANDLE target = OpenProcess(PROCESS_DUP_HANDLE, FALSE, receiver);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, "mail-given"), given = OpenEventA(EVENT_ALL_ACCESS, FALSE, "mail-begun");
    check(target != NULL && event != NULL && given != NULL, "the giver's handles");
    for (;;) {
        HANDLE number;
        if (DuplicateHandle(GetCurrentProcess(), event, target, &number, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
            check(SetEvent(given), "tell");
        } else {
            /* The mailbox is full, or its process gone. */
            Sleep(0);
        }
    }
}

static void kill_either(int receiver_first) {
    char pid[20];
    HANDLE begun = CreateEventA(NULL, FALSE, FALSE, "mail-begun");
    HANDLE receiver = start("receive-nothing", "");
    snprintf(pid, sizeof pid, "%u", (unsigned)GetProcessId(receiver));
    HANDLE giver = start("give-for-ever", pid);
    check(WaitForSingleObject(begun, INFINITE) == WAIT_OBJECT_0, "something was given");
    check(is_there("mail-given"), "the giver has it");
    end(receiver_first ? receiver : giver);
    check(is_there("mail-given"), receiver_first ? "the giver has it still" : "it lies in the mailbox");
    end(receiver_first ? giver : receiver);
    check(!is_there("mail-given"), "nobody has it");
    CloseHandle(begun);
}

/* What a giver gave: the number, which the event's name has too. */
struct given {
    volatile LONG count;
    struct {
        ULONG_PTR number;
        int giver, index;
    } all[GIVERS * EACH];
};

static void name_of(char *name, int giver, int index) { sprintf(name, "mail-%d-%d", giver, index); }

static struct given *shared(void) {
    HANDLE section = OpenFileMappingA(FILE_MAP_WRITE, FALSE, "mail-list");
    struct given *given = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    check(given != NULL, "the list");
    return given;
}

static int give_many(DWORD receiver, int giver) {
    struct given *given = shared();
    HANDLE target = OpenProcess(PROCESS_DUP_HANDLE, FALSE, receiver);
    check(target != NULL, "open the receiver");
    for (int index = 0; index < EACH; index++) {
        char name[40];
        HANDLE number;
        name_of(name, giver, index);
        HANDLE event = CreateEventA(NULL, TRUE, FALSE, name);
        check(event != NULL, "create");
        check(DuplicateHandle(GetCurrentProcess(), event, target, &number, 0, FALSE, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE), "give");
        LONG at = InterlockedIncrement(&given->count) - 1;
        given->all[at].number = (ULONG_PTR)number;
        given->all[at].giver = giver;
        given->all[at].index = index;
    }
    return 0;
}

/* Finds that each number is the event it was said to be, closes it, and that the event is gone then. */
static int receive_many(void) {
    struct given *given = shared();
    HANDLE begin = OpenEventA(SYNCHRONIZE, FALSE, "mail-complete");
    check(begin != NULL && WaitForSingleObject(begin, INFINITE) == WAIT_OBJECT_0, "wait for the givers");
    check(given->count == GIVERS * EACH, "all were given");
    for (int at = 0; at < GIVERS * EACH; at++) {
        char name[40];
        HANDLE number = (HANDLE)given->all[at].number;
        name_of(name, given->all[at].giver, given->all[at].index);
        HANDLE opened = OpenEventA(SYNCHRONIZE, FALSE, name);
        check(opened != NULL, "the event is there");
        check(CompareObjectHandles(opened, number), "the number is this event");
        check(CloseHandle(opened) && CloseHandle(number), "close");
        check(!is_there(name), "it is gone");
        check(!CloseHandle(number) && GetLastError() == ERROR_INVALID_HANDLE, "the number is free");
    }
    return 0;
}

static void give_at_once(void) {
    char argument[40];
    HANDLE givers[GIVERS];
    HANDLE list = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(struct given), "mail-list");
    HANDLE complete = CreateEventA(NULL, TRUE, FALSE, "mail-complete");
    check(list != NULL && complete != NULL, "create");
    HANDLE receiver = start("receive-many", "");
    for (int giver = 0; giver < GIVERS; giver++) {
        snprintf(argument, sizeof argument, "%u %d", (unsigned)GetProcessId(receiver), giver);
        givers[giver] = start("give-many", argument);
    }
    for (int giver = 0; giver < GIVERS; giver++) {
        DWORD code = 99;
        check(WaitForSingleObject(givers[giver], INFINITE) == WAIT_OBJECT_0, "a giver's end");
        check(GetExitCodeProcess(givers[giver], &code) && code == 0, "a giver's success");
        CloseHandle(givers[giver]);
    }
    DWORD code = 99;
    SetEvent(complete);
    check(WaitForSingleObject(receiver, INFINITE) == WAIT_OBJECT_0, "the receiver's end");
    check(GetExitCodeProcess(receiver, &code) && code == 0, "the receiver's success");
    CloseHandle(receiver);
    CloseHandle(complete);
    CloseHandle(list);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "receive-nothing") == 0) {
        WaitForSingleObject(GetCurrentProcess(), INFINITE);
        return 1;
    }
    if (argc > 2 && strcmp(argv[1], "give-for-ever") == 0) {
        give_for_ever((DWORD)atoi(argv[2]));
    }
    if (argc > 3 && strcmp(argv[1], "give-many") == 0) {
        return give_many((DWORD)atoi(argv[2]), atoi(argv[3]));
    }
    if (argc > 1 && strcmp(argv[1], "receive-many") == 0) {
        return receive_many();
    }
    for (int round = 0; round < ROUNDS; round++) {
        kill_either(round % 2);
    }
    give_at_once();
    puts("done");
    return 0;
}

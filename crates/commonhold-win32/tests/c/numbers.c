/* Whose a number is: what is not inheritable does not get into children, what the program opens itself is no handle, and a
 * number that was given stays with what it was given for, in forked children and in started ones as well. */
#define _GNU_SOURCE
#include <windows.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(int condition, const char *what) {
    if (!condition) {
        printf("%s: error %u\n", what, (unsigned)GetLastError());
        fflush(stdout);
        abort();
    }
}

static int descriptor_of(HANDLE handle) { return (int)((ULONG_PTR)handle / 4) - 1; }

static HANDLE start(const char *arguments) {
    char program[512], line[1200];
    STARTUPINFOA startup;
    PROCESS_INFORMATION process;
    GetModuleFileNameA(NULL, program, sizeof program);
    snprintf(line, sizeof line, "\"%s\" %s", program, arguments);
    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    check(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process), "start a process");
    CloseHandle(process.hThread);
    return process.hProcess;
}

static void succeeds(HANDLE process, const char *what) {
    DWORD code = 99;
    check(WaitForSingleObject(process, INFINITE) == WAIT_OBJECT_0, "wait for a process");
    check(GetExitCodeProcess(process, &code) && code == 0, what);
    CloseHandle(process);
}

/* The child is told descriptors that it must not have, and a handle that it must. */
static int look(char **argv) {
    for (int i = 0; i < 2; i++) {
        check(fcntl(atoi(argv[i]), F_GETFD) < 0, "the child has what it was not to inherit");
    }
    HANDLE inherited = (HANDLE)strtoull(argv[2], NULL, 10);
    DWORD flags = 0;
    check(GetHandleInformation(inherited, &flags) && flags == HANDLE_FLAG_INHERIT, "what it was to inherit");
    check(SetEvent(inherited), "set what was inherited");
    return 0;
}

static void only_what_is_inheritable(void) {
    char line[200];
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    DWORD flags = 99;
    int own = open("/dev/null", O_RDONLY | O_CLOEXEC);
    HANDLE secret = CreateEventA(NULL, TRUE, FALSE, "numbers-secret");
    HANDLE shared = CreateEventA(&inheritable, TRUE, FALSE, NULL);
    check(own >= 0 && secret != NULL && shared != NULL, "create");
    snprintf(line, sizeof line, "look %d %d %llu", own, descriptor_of(secret), (unsigned long long)(ULONG_PTR)shared);
    succeeds(start(line), "the child's view");
    check(WaitForSingleObject(shared, 0) == WAIT_OBJECT_0, "the child has set it");
    check(GetHandleInformation(secret, &flags) && flags == 0, "it is still not inheritable");
    check(CloseHandle(secret) && CloseHandle(shared), "close");
    check(OpenEventA(SYNCHRONIZE, FALSE, "numbers-secret") == NULL && GetLastError() == 2, "its name is free");
    close(own);
}

/* A descriptor that was inherited, and that the program closes itself: its number is the library's then. */
static int use_a_number_again(char **argv) {
    int number = atoi(argv[0]);
    DWORD flags = 99;
    check(close(number) == 0, "it was inherited");
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, "numbers-again");
    check(event != NULL && descriptor_of(event) == number, "the number is used again");
    succeeds(start("nothing"), "whatever looks at all handles");
    check(GetHandleInformation(event, &flags) && flags == 0, "it is no inherited handle");
    check(CloseHandle(event), "close");
    check(OpenEventA(SYNCHRONIZE, FALSE, "numbers-again") == NULL && GetLastError() == 2, "its name is free");
    return 0;
}

static void a_number_is_used_again(void) {
    char line[60];
    int inherited = dup(STDIN_FILENO);
    check(inherited > 2, "a descriptor");
    snprintf(line, sizeof line, "use-again %d", inherited);
    succeeds(start(line), "the child");
    close(inherited);
}

static void not_what_the_program_opens(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    int number = descriptor_of(event);
    check(CloseHandle(event), "close");
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    check(dup2(file, number) == number, "a file of that number");
    check(!CloseHandle(event) && GetLastError() == ERROR_INVALID_HANDLE, "it is no handle");
    check(WaitForSingleObject(event, 0) == WAIT_FAILED && GetLastError() == ERROR_INVALID_HANDLE, "nor waited for");
    check(fcntl(number, F_GETFD) >= 0, "it is still open");
    if (file != number) {
        close(file);
    }
    close(number);
}

/* Gives a process an event, and tells the number by its exit code. */
static int give(char **argv) {
    HANDLE target = OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)atoi(argv[0])), number;
    HANDLE event = CreateEventA(NULL, TRUE, atoi(argv[1]), NULL);
    check(target != NULL && event != NULL, "open and create");
    check(DuplicateHandle(GetCurrentProcess(), event, target, &number, 0, FALSE, DUPLICATE_SAME_ACCESS), "give");
    ExitProcess((UINT)(ULONG_PTR)number);
}

static HANDLE given_to(DWORD pid, int is_set) {
    char line[60];
    DWORD number = 0;
    snprintf(line, sizeof line, "give %u %d", (unsigned)pid, is_set);
    HANDLE giver = start(line);
    check(WaitForSingleObject(giver, INFINITE) == WAIT_OBJECT_0 && GetExitCodeProcess(giver, &number), "the giver");
    CloseHandle(giver);
    return (HANDLE)(ULONG_PTR)number;
}

/* Two that were given: the first is set, the second is not. */
static void are_told_apart(HANDLE first, HANDLE second, const char *what) {
    check(first != second, what);
    check(WaitForSingleObject(first, 0) == WAIT_OBJECT_0, what);
    check(WaitForSingleObject(second, 0) == WAIT_TIMEOUT, what);
}

static int was_started(char **argv) {
    HANDLE first = (HANDLE)strtoull(argv[0], NULL, 10);
    are_told_apart(first, given_to(GetCurrentProcessId(), 0), "in a started child");
    return 0;
}

static void given_numbers_stay_in_children(void) {
    char line[60];
    HANDLE first = given_to(GetCurrentProcessId(), 1);
    check(WaitForSingleObject(first, 0) == WAIT_OBJECT_0, "what was given");
    pid_t child = fork();
    if (child == 0) {
        /* Any use has the child open a mailbox of its own. */
        CloseHandle(CreateEventA(NULL, TRUE, FALSE, NULL));
        are_told_apart(first, given_to(GetCurrentProcessId(), 0), "in a forked child");
        _exit(0);
    }
    int status;
    check(waitpid(child, &status, 0) == child && status == 0, "the forked child");
    check(SetHandleInformation(first, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT), "make it inheritable");
    snprintf(line, sizeof line, "was-started %llu", (unsigned long long)(ULONG_PTR)first);
    succeeds(start(line), "the started child");
    check(CloseHandle(first), "close");
}

/* Whoever gives more than is collected is refused, and does not wait. */
static void a_full_mailbox_is_an_error(void) {
    HANDLE never = CreateEventA(NULL, TRUE, FALSE, "numbers-never"), number;
    HANDLE receiver = start("wait numbers-never");
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    unsigned given = 0;
    while (DuplicateHandle(GetCurrentProcess(), event, receiver, &number, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
        check(++given < 1000000, "the mailbox has an end");
    }
    check(GetLastError() == ERROR_NO_SYSTEM_RESOURCES && number == NULL, "1450 is told");
    check(given > 0, "something was given");
    TerminateProcess(receiver, 0);
    WaitForSingleObject(receiver, INFINITE);
    check(CloseHandle(receiver) && CloseHandle(event) && CloseHandle(never), "close");
}

static HANDLE second_timer;
static int calls;

static void CALLBACK cancel_the_second(void *unused, DWORD low, DWORD high) {
    (void)unused, (void)low, (void)high;
    calls++;
    check(CancelWaitableTimer(second_timer), "cancel");
}

static void CALLBACK must_not_be_called(void *unused, DWORD low, DWORD high) {
    (void)unused, (void)low, (void)high;
    check(0, "a timer that was cancelled has called");
}

static void cancelled_timers_do_not_call(void) {
    LARGE_INTEGER now = {.QuadPart = 0};
    HANDLE first = CreateWaitableTimerA(NULL, TRUE, NULL);
    second_timer = CreateWaitableTimerA(NULL, TRUE, NULL);
    check(SetWaitableTimer(first, &now, 0, cancel_the_second, NULL, FALSE), "set");
    check(SetWaitableTimer(second_timer, &now, 0, must_not_be_called, NULL, FALSE), "set");
    check(SleepEx(INFINITE, TRUE) == WAIT_IO_COMPLETION && calls == 1, "one has called");
    check(SleepEx(0, TRUE) == 0, "nothing more is to be called");
    HANDLE may_wait = NULL;
    check(DuplicateHandle(GetCurrentProcess(), first, GetCurrentProcess(), &may_wait, SYNCHRONIZE, FALSE, 0), "duplicate");
    check(SetWaitableTimer(first, &now, 0, cancel_the_second, NULL, FALSE), "set again");
    check(!SetWaitableTimer(may_wait, &now, 0, NULL, NULL, FALSE) && GetLastError() == ERROR_ACCESS_DENIED, "may not");
    check(SleepEx(INFINITE, TRUE) == WAIT_IO_COMPLETION && calls == 2, "what was refused has changed nothing");
    check(CloseHandle(first) && CloseHandle(may_wait) && CloseHandle(second_timer), "close");
}

static void names_and_pointers(void) {
    LONG before = -7;
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 5, NULL);
    check(CreateEventA(NULL, TRUE, FALSE, "caf\xe9") == NULL && GetLastError() == ERROR_NO_UNICODE_TRANSLATION, "no UTF-8");
    check(!ReleaseSemaphore(semaphore, 1, (LONG *)8) && GetLastError() == ERROR_NOACCESS, "no pointer");
    check(ReleaseSemaphore(semaphore, 1, &before) && before == 0, "nothing was released before");
    check(CloseHandle(semaphore), "close");
}

int main(int argc, char **argv) {
    if (argc == 5 && strcmp(argv[1], "look") == 0) {
        return look(argv + 2);
    }
    if (argc == 3 && strcmp(argv[1], "use-again") == 0) {
        return use_a_number_again(argv + 2);
    }
    if (argc == 2 && strcmp(argv[1], "nothing") == 0) {
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "give") == 0) {
        return give(argv + 2);
    }
    if (argc == 3 && strcmp(argv[1], "was-started") == 0) {
        return was_started(argv + 2);
    }
    if (argc == 3 && strcmp(argv[1], "wait") == 0) {
        WaitForSingleObject(OpenEventA(SYNCHRONIZE, FALSE, argv[2]), INFINITE);
        return 1;
    }
    only_what_is_inheritable();
    a_number_is_used_again();
    not_what_the_program_opens();
    given_numbers_stay_in_children();
    a_full_mailbox_is_an_error();
    cancelled_timers_do_not_call();
    names_and_pointers();
    puts("done");
    return 0;
}

/* Handles to processes: which rights they are opened with and what these allow, ids of what is no process, and what is
 * left of one that has ended. */
#include "waitables.h"

/* Waits until it is told to go on. */
int role(const char *name, int argc, char **argv) {
    if (strcmp(name, "waits") != 0 || argc != 1) {
        return 99;
    }
    HANDLE go = OpenEventA(SYNCHRONIZE, FALSE, argv[0]);
    return WaitForSingleObject(go, PATIENCE) == WAIT_OBJECT_0 ? 11 : 12;
}

static const char *has_id(HANDLE process, DWORD id) {
    char *text = report_text();
    FRESH();
    DWORD told = GetProcessId(process);
    const char *error = err();
    snprintf(text, 160, "%s, %s", told == 0 ? "none" : yes(told == id), error);
    return text;
}

static void used(HANDLE process, DWORD id) {
    DWORD code = 9;
    HANDLE copy = NULL;
    say("GetProcessId: %s", has_id(process, id));
    TRY(GetExitCodeProcess(process, &code));
    TRY_WAIT(WaitForSingleObject(process, 0));
    TRY(DuplicateHandle(GetCurrentProcess(), process, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    TRY(CompareObjectHandles(process, copy));
    TRY(CloseHandle(copy));
}

static void opened(DWORD id) {
    static const DWORD some[] = {PROCESS_ALL_ACCESS,
                                 SYNCHRONIZE,
                                 PROCESS_QUERY_INFORMATION,
                                 PROCESS_QUERY_LIMITED_INFORMATION,
                                 PROCESS_TERMINATE,
                                 PROCESS_DUP_HANDLE,
                                 PROCESS_VM_OPERATION | PROCESS_VM_READ,
                                 READ_CONTROL,
                                 SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION,
                                 GENERIC_READ,
                                 GENERIC_WRITE,
                                 GENERIC_EXECUTE,
                                 GENERIC_ALL,
                                 MAXIMUM_ALLOWED};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        say("# opened with 0x%x", (unsigned)some[i]);
        HANDLE process = TRY_HANDLE(OpenProcess(some[i], FALSE, id));
        used(process, id);
        if ((some[i] & PROCESS_TERMINATE) == 0 && some[i] <= SYNCHRONIZE) {
            TRY(TerminateProcess(process, 3));
        }
        CloseHandle(process);
    }
}

static void not_opened(DWORD id) {
    const char *lax = "Wine opens processes for whatever is asked";
    say("# not opened");
    TRY(OpenProcess(PROCESS_ALL_ACCESS, FALSE, 0));
    TRY(OpenProcess(SYNCHRONIZE, FALSE, 0x7ffffffc));
    TRY(OpenProcess(0, FALSE, 0x7ffffffc));
    CloseHandle((HANDLE)TRY_WINDOWS(lax, "null, 5", OpenProcess(0, FALSE, id)));
    CloseHandle((HANDLE)TRY_WINDOWS(lax, "null, 5", OpenProcess(0x00200000, FALSE, id)));
    CloseHandle((HANDLE)TRY_WINDOWS(lax, "null, 5", OpenProcess(SYNCHRONIZE | 0x08000000, FALSE, id)));
}

static void no_processes(void) {
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL), closed = CreateEventA(NULL, FALSE, FALSE, NULL);
    CloseHandle(closed);
    HANDLE none[] = {NULL, event, closed, GetCurrentThread()};
    static const char *const names[] = {"NULL", "an event", "a closed handle", "a thread"};
    for (int i = 0; i < 4; i++) {
        DWORD code = 9;
        say("# %s", names[i]);
        say("GetProcessId: %s", has_id(none[i], 0));
        TRY(GetExitCodeProcess(none[i], &code));
        TRY(TerminateProcess(none[i], 1));
    }
    CloseHandle(event);
}

static void inherited(DWORD id) {
    DWORD flags = 9;
    HANDLE process = OpenProcess(SYNCHRONIZE, TRUE, id);
    GetHandleInformation(process, &flags);
    say("# inheritable: %u", (unsigned)flags);
    CloseHandle(process);
    process = OpenProcess(SYNCHRONIZE, FALSE, id);
    GetHandleInformation(process, &flags);
    say("not: %u", (unsigned)flags);
    CloseHandle(process);
}

void body(void) {
    const char *name = lasting("go");
    HANDLE go = CreateEventA(NULL, TRUE, FALSE, name), child = start("waits", name);
    DWORD id = GetProcessId(child), code = 9;
    say("this process: %s", has_id(GetCurrentProcess(), GetCurrentProcessId()));
    opened(id);
    not_opened(id);
    no_processes();
    inherited(id);
    HANDLE kept = OpenProcess(PROCESS_ALL_ACCESS, FALSE, id);
    SetEvent(go);
    TRY_WAIT(WaitForSingleObject(kept, PATIENCE));
    say("# ended");
    used(kept, id);
    TRY(GetExitCodeProcess(kept, &code));
    say("exit code: %u", (unsigned)code);
    TRY_WINDOWS("Wine ends it once more", "false, 5", TerminateProcess(kept, 3));
    TRY(GetExitCodeProcess(kept, &code));
    say("as before: %u", (unsigned)code);
    TRY(CloseHandle(kept));
    TRY(CloseHandle(child));
    CloseHandle(go);
}

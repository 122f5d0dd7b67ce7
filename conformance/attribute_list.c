/* Lists of attributes for new processes: the room that they need, what is put into them, and what is refused. (What
 * lists of handles do is asked in inheritance.c and remaining.c.) */
#include "report.h"

static const DWORD_PTR handle_list = PROC_THREAD_ATTRIBUTE_HANDLE_LIST;

/* The room that a list of so many attributes needs. */
static SIZE_T room_for(DWORD count) {
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(NULL, count, 0, &size);
    return size;
}

static LPPROC_THREAD_ATTRIBUTE_LIST list_of(DWORD count) {
    SIZE_T size = room_for(count);
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(size);
    memset(list, 0xee, size);
    InitializeProcThreadAttributeList(list, count, 0, &size);
    return list;
}

static void drop(LPPROC_THREAD_ATTRIBUTE_LIST list) {
    DeleteProcThreadAttributeList(list);
    free(list);
}

static void rooms(void) {
    SIZE_T size = 7, exact = room_for(2), less = exact - 1;
    TRY(InitializeProcThreadAttributeList(NULL, 1, 0, &size));
    say("some room: %s, more for more: %s %s", yes(size > 0), yes(room_for(2) > room_for(1)),
        yes(room_for(20) - room_for(10) == 10 * (room_for(2) - room_for(1))));
    TRY(InitializeProcThreadAttributeList(NULL, 0, 0, &size));
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(exact);
    TRY(InitializeProcThreadAttributeList(list, 2, 0, &less));
    say("told what it needs: %s", yes(less == exact));
    TRY(InitializeProcThreadAttributeList(list, 2, 0, &exact));
    say("as before: %s", yes(exact == room_for(2)));
    const char *why = "Wine does not look at the flags";
    TRY_WINDOWS(why, "false, 87", InitializeProcThreadAttributeList(list, 1, 1, &exact));
    TRY_WINDOWS(why, "false, 87", InitializeProcThreadAttributeList(NULL, 1, 1, &size));
    free(list);
}

static void values(void) {
    HANDLE handles[3];
    for (int i = 0; i < 3; i++) {
        handles[i] = CreateEventA(NULL, FALSE, FALSE, NULL);
    }
    LPPROC_THREAD_ATTRIBUTE_LIST list = list_of(2);
    TRY(UpdateProcThreadAttribute(list, 0, handle_list, handles, sizeof handles, NULL, NULL));
    TRY(UpdateProcThreadAttribute(list, 0, handle_list, handles, sizeof handles, NULL, NULL));
    drop(list);
    list = list_of(1);
    TRY(UpdateProcThreadAttribute(list, 0, handle_list, handles, sizeof *handles - 1, NULL, NULL));
    TRY(UpdateProcThreadAttribute(list, 0, handle_list, handles, sizeof *handles + 1, NULL, NULL));
    TRY(UpdateProcThreadAttribute(list, 0, 0x12345, handles, sizeof *handles, NULL, NULL));
    TRY(UpdateProcThreadAttribute(list, 0, 0, handles, sizeof *handles, NULL, NULL));
    TRY(UpdateProcThreadAttribute(list, 0, handle_list, handles, 2 * sizeof *handles, NULL, NULL));
    TRY(UpdateProcThreadAttribute(list, 0, handle_list, handles, sizeof *handles - 1, NULL, NULL));
    drop(list);
    for (int i = 0; i < 3; i++) {
        TRY(CloseHandle(handles[i]));
    }
}

/* What a list that is empty, or has no room for anything, starts: this program in the role "ends". */
static const char *started_with(LPPROC_THREAD_ATTRIBUTE_LIST list, DWORD size, DWORD flags) {
    STARTUPINFOEXA startup;
    PROCESS_INFORMATION process;
    char program[MAX_PATH], line[] = "x ends";
    char *text = report_text();
    memset(&startup, 0, sizeof startup);
    startup.StartupInfo.cb = size;
    startup.lpAttributeList = list;
    GetModuleFileNameA(NULL, program, sizeof program);
    FRESH();
    BOOL started = CreateProcessA(program, line, NULL, NULL, FALSE, flags, NULL, NULL, &startup.StartupInfo, &process);
    if (!started) {
        snprintf(text, 160, "not started, %s", err());
        return text;
    }
    CloseHandle(process.hThread);
    snprintf(text, 160, "ended with %u", (unsigned)finish(process.hProcess));
    return text;
}

int role(const char *name, int argc, char **argv) { return (void)argc, (void)argv, strcmp(name, "ends") == 0 ? 4 : 99; }

static void started(void) {
    LPPROC_THREAD_ATTRIBUTE_LIST list = list_of(1);
    const DWORD extended = EXTENDED_STARTUPINFO_PRESENT, small = sizeof(STARTUPINFOA), large = sizeof(STARTUPINFOEXA);
    say("an empty list: %s", started_with(list, large, extended));
    say("no list: %s", started_with(NULL, large, extended));
    say("a list that the flags do not tell of: %s", started_with(list, large, 0));
    differs("Wine does not look at the size", "the flags alone: not started, 87", "the flags alone: %s",
            started_with(list, small, extended));
    say("neither: %s", started_with(list, small, 0));
    drop(list);
}

void body(void) {
    rooms();
    values();
    started();
}

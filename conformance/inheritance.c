/* What a started process inherits: handles that are marked so, under the values, rights and flags that they have here,
 * all of them, those of a list, or none. */
#include "waitables.h"

static SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};

static const char *value_text(HANDLE handle) {
    char *text = report_text();
    snprintf(text, 160, "%llu", (unsigned long long)(ULONG_PTR)handle);
    return text;
}

static HANDLE value_of(const char *text) { return (HANDLE)(ULONG_PTR)strtoull(text, NULL, 10); }

/* Runs this program in the role "probe", which has no output of its own, and gives its exit code: a bit for each of the
 * handles that it could set. 0x100 and up: it could not be started. */
static unsigned probe(HANDLE *handles, int count, BOOL inherit, LPPROC_THREAD_ATTRIBUTE_LIST list) {
    char program[MAX_PATH], line[1024];
    STARTUPINFOEXA startup;
    PROCESS_INFORMATION process;
    GetModuleFileNameA(NULL, program, sizeof program);
    int length = snprintf(line, sizeof line, "\"%s\" probe", program);
    for (int i = 0; i < count; i++) {
        length += snprintf(line + length, sizeof line - (size_t)length, " %s", value_text(handles[i]));
    }
    memset(&startup, 0, sizeof startup);
    startup.StartupInfo.cb = list != NULL ? sizeof startup : sizeof startup.StartupInfo;
    startup.lpAttributeList = list;
    FRESH();
    if (!CreateProcessA(program, line, NULL, NULL, inherit, list != NULL ? EXTENDED_STARTUPINFO_PRESENT : 0, NULL, NULL,
                        &startup.StartupInfo, &process)) {
        return 0x100 + (unsigned)GetLastError();
    }
    CloseHandle(process.hThread);
    return (unsigned)finish(process.hProcess);
}

/* A handle of each kind, as they were given as arguments. */
static void use_all(char **values) {
    enum { EVENT, WAIT_ONLY, MUTEX, SEMAPHORE, TIMER, SECTION, PROCESS, PROTECTED };
    DWORD flags = 77;
    TRY(GetHandleInformation(value_of(values[EVENT]), &flags));
    say("flags: %u", (unsigned)flags);
    TRY(SetEvent(value_of(values[WAIT_ONLY])));
    TRY_WAIT(WaitForSingleObject(value_of(values[WAIT_ONLY]), 0));
    TRY(SetEvent(value_of(values[EVENT])));
    TRY_WAIT(WaitForSingleObject(value_of(values[WAIT_ONLY]), 0));
    TRY_WAIT(WaitForSingleObject(value_of(values[MUTEX]), 0));
    TRY(ReleaseMutex(value_of(values[MUTEX])));
    TRY(ReleaseSemaphore(value_of(values[SEMAPHORE]), 2, NULL));
    TRY(signal_timer(value_of(values[TIMER])));
    unsigned char *view = TRY_VIEW(MapViewOfFile(value_of(values[SECTION]), FILE_MAP_WRITE, 0, 0, 0));
    say("byte: %u", view[0]);
    view[0] = 2;
    TRY(UnmapViewOfFile(view));
    DWORD parent = (DWORD)strtoul(values[PROTECTED + 1], NULL, 10);
    say("the parent: %s", yes(GetProcessId(value_of(values[PROCESS])) == parent));
    TRY_WAIT(WaitForSingleObject(value_of(values[PROCESS]), 0));
    TRY(GetHandleInformation(value_of(values[PROTECTED]), &flags));
    say("flags: %u", (unsigned)flags);
    TRY(CloseHandle(value_of(values[PROTECTED])));
    TRY(SetEvent(value_of(values[PROTECTED])));
    TRY(CloseHandle(value_of(values[EVENT])));
    TRY(SetEvent(value_of(values[EVENT])));
}

int role(const char *name, int argc, char **argv) {
    if (strcmp(name, "probe") == 0) {
        int usable = 0;
        for (int i = 0; i < argc; i++) {
            usable |= SetEvent(value_of(argv[i])) << i;
        }
        return usable;
    }
    if (strcmp(name, "uses all") == 0 && argc == 9) {
        use_all(argv);
        return 0;
    }
    if (strcmp(name, "passes on") == 0 && argc == 2) {
        HANDLE handles[] = {value_of(argv[0]), value_of(argv[1])};
        int usable = (int)probe(handles, 2, TRUE, NULL);
        SetHandleInformation(handles[0], HANDLE_FLAG_INHERIT, 0);
        return usable | (int)probe(handles, 2, TRUE, NULL) << 4;
    }
    if (strcmp(name, "waits") == 0 && argc == 3) {
        HANDLE ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[0]), go = OpenEventA(SYNCHRONIZE, FALSE, argv[1]);
        SetEvent(ready);
        return WaitForSingleObject(go, PATIENCE) == WAIT_OBJECT_0 && SetEvent(value_of(argv[2])) ? 0 : 1;
    }
    return 99;
}

static void every_kind(void) {
    char own_id[20];
    HANDLE own, wait_only;
    HANDLE event = CreateEventA(&inherited, TRUE, FALSE, NULL), mutex = CreateMutexA(&inherited, FALSE, NULL);
    HANDLE semaphore = CreateSemaphoreA(&inherited, 0, 5, NULL);
    HANDLE timer = CreateWaitableTimerA(&inherited, FALSE, NULL);
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, &inherited, PAGE_READWRITE, 0, 4096, NULL);
    HANDLE protected = CreateEventA(&inherited, TRUE, FALSE, NULL);
    DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &wait_only, SYNCHRONIZE, TRUE, 0);
    own = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_INFORMATION, TRUE, GetCurrentProcessId());
    SetHandleInformation(protected, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE);
    unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    view[0] = 1;
    WaitForSingleObject(mutex, 0);
    snprintf(own_id, sizeof own_id, "%u", (unsigned)GetCurrentProcessId());
    say("exit code: %u",
        (unsigned)finish(start("uses all", value_text(event), value_text(wait_only), value_text(mutex),
                               value_text(semaphore), value_text(timer), value_text(section), value_text(own),
                               value_text(protected), own_id)));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(ReleaseMutex(mutex));
    TRY(ReleaseSemaphore(semaphore, 3, NULL));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY_WAIT(WaitForSingleObject(protected, 0));
    say("byte: %u", view[0]);
    UnmapViewOfFile(view);
    HANDLE all[] = {event, wait_only, mutex, semaphore, timer, section, own};
    for (int i = 0; i < 7; i++) {
        CloseHandle(all[i]);
    }
}

static void marked_or_not(void) {
    HANDLE marked = CreateEventA(&inherited, FALSE, FALSE, unique("marked"));
    HANDLE plain = CreateEventA(NULL, FALSE, FALSE, NULL), copy;
    HANDLE opened = OpenEventA(EVENT_MODIFY_STATE, TRUE, unique("marked"));
    HANDLE existing = CreateEventA(&inherited, FALSE, FALSE, unique("marked"));
    DuplicateHandle(GetCurrentProcess(), plain, GetCurrentProcess(), &copy, 0, TRUE, DUPLICATE_SAME_ACCESS);
    HANDLE handles[] = {marked, plain, opened, existing, copy};
    say("marked, plain, opened, existing, copy: %#x", probe(handles, 5, TRUE, NULL));
    say("none are to be inherited: %#x", probe(handles, 5, FALSE, NULL));
    SetHandleInformation(marked, HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(plain, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    say("the first two the other way round: %#x", probe(handles, 5, TRUE, NULL));
    say("again: %#x", probe(handles, 5, TRUE, NULL));
    SetHandleInformation(marked, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    unsigned code = (unsigned)finish(start("passes on", value_text(marked), value_text(plain)));
    say("inherited from one that inherited: %#x, with the first mark removed there: %#x", code & 15, code >> 4);
    for (int i = 0; i < 5; i++) {
        CloseHandle(handles[i]);
    }
}

static void lists(void) {
    HANDLE handles[] = {CreateEventA(&inherited, FALSE, FALSE, NULL), CreateEventA(&inherited, FALSE, FALSE, NULL),
                        CreateEventA(&inherited, FALSE, FALSE, NULL)};
    HANDLE listed[] = {handles[1], handles[2]};
    SIZE_T size = 0;
    TRY(InitializeProcThreadAttributeList(NULL, 2, 0, &size));
    say("a size is told: %s", yes(size > 0));
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(size);
    size = 1;
    TRY(InitializeProcThreadAttributeList(list, 2, 0, &size));
    TRY(InitializeProcThreadAttributeList(list, 2, 0, &size));
    TRY(UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, listed, sizeof listed - 1, NULL, NULL));
    TRY(UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, listed, 3, NULL, NULL));
    TRY(UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, listed, sizeof listed, NULL, NULL));
    TRY(UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, listed, sizeof listed, NULL, NULL));
    say("two of three are listed: %#x", probe(handles, 3, TRUE, list));
    say("no list: %#x", probe(handles, 3, TRUE, NULL));
    DeleteProcThreadAttributeList(list);
    InitializeProcThreadAttributeList(list, 1, 0, &size);
    TRY(UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles, sizeof *handles, NULL, NULL));
    say("one of three is listed: %#x", probe(handles, 3, TRUE, list));
    DeleteProcThreadAttributeList(list);
    free(list);
    for (int i = 0; i < 3; i++) {
        CloseHandle(handles[i]);
    }
}

/* What the parent does with its own handle afterwards is its own affair. */
static void closed_by_the_parent(void) {
    const char *names[] = {lasting("ready"), lasting("go"), lasting("kept")};
    HANDLE ready = CreateEventA(NULL, FALSE, FALSE, names[0]), go = CreateEventA(NULL, FALSE, FALSE, names[1]);
    HANDLE event = CreateEventA(&inherited, FALSE, FALSE, names[2]);
    HANDLE process = start("waits", names[0], names[1], value_text(event));
    TRY_WAIT(WaitForSingleObject(ready, PATIENCE));
    TRY(CloseHandle(event));
    event = TRY_HANDLE(OpenEventA(SYNCHRONIZE, FALSE, names[2]));
    TRY(SetEvent(go));
    say("exit code: %u", (unsigned)finish(process));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(CloseHandle(event));
    TRY(OpenEventA(SYNCHRONIZE, FALSE, names[2]));
    CloseHandle(ready);
    CloseHandle(go);
}

void body(void) {
    every_kind();
    marked_or_not();
    lists();
    closed_by_the_parent();
}

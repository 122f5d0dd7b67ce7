/* Rules that no other program asks about: what a section can be over, which of two errors is told, what waits keep and
 * pulses leave, lists of handles, and files and processes that are given away. */
#include "sample_file.h"
#include "waitables.h"

#define OWN GetCurrentProcess()

static void over_files(void) {
    const char *path = temporary("remaining"), *lax = "Wine does not look at GENERIC_EXECUTE";
    HANDLE file = sample_file(path, GENERIC_READ, 100);
    say("a file that is open for reading");
    TRY_WINDOWS(lax, "null, 5", CreateFileMappingA(file, NULL, PAGE_EXECUTE_READ, 0, 0, NULL));
    TRY_WINDOWS(lax, "null, 5", CreateFileMappingA(file, NULL, PAGE_EXECUTE_WRITECOPY, 0, 0, NULL));
    TRY(CreateFileMappingA(file, NULL, PAGE_EXECUTE_READWRITE, 0, 0, NULL));
    TRY(CreateFileMappingA(file, NULL, PAGE_READONLY | SEC_IMAGE | SEC_LARGE_PAGES, 0, 0, NULL));
    TRY(CreateFileMappingA(file, NULL, PAGE_READONLY | SEC_IMAGE | SEC_WRITECOMBINE, 0, 0, NULL));
    CloseHandle(file);
    file = open_file(path, GENERIC_READ | GENERIC_WRITE);
    say("an image that is written: %s",
        yes(CreateFileMappingA(file, NULL, PAGE_READWRITE | SEC_IMAGE, 0, 0, NULL) != NULL));
    HANDLE section = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 5000, NULL);
    unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    int zero = (view[100] | view[4095] | view[4999]) == 0;
    say("extended: kept %s, zero %s", yes(view[99] == sample_byte(99)), yes(zero));
    TRY(VirtualAlloc(view, 1, MEM_RESET, PAGE_READWRITE));
    TRY(VirtualAlloc(view, 1, MEM_COMMIT, PAGE_NOACCESS));
    TRY(VirtualAlloc(view, 1, MEM_COMMIT, PAGE_READONLY));
    TRY(VirtualFree(view, 1, MEM_DECOMMIT | MEM_RELEASE));
    UnmapViewOfFile(view);
    CloseHandle(section);
    CloseHandle(file);
    DeleteFileA(path);
    /* The standard input is the null device. */
    TRY_WINDOWS("Wine takes a device for an empty file", "null, 193",
                CreateFileMappingA(GetStdHandle(STD_INPUT_HANDLE), NULL, PAGE_READONLY, 0, 0, NULL));
    TRY_WINDOWS("Wine accepts part of a large page", "null, 87",
                CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_COMMIT | SEC_LARGE_PAGES, 0, 4096,
                                   NULL));
}

static void views(void) {
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE, 0, 0x20000, NULL);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    DWORD old = 0;
    const char *order = "Wine looks at the offset first", *unknown = "Windows is believed to say so; not tested there";
    TRY_WINDOWS(order, "null, 6", MapViewOfFile(NULL, FILE_MAP_READ, 0, 1, 0));
    TRY_WINDOWS(order, "null, 6", MapViewOfFile(event, FILE_MAP_READ, 0, 1, 0));
    TRY_WINDOWS("Wine does not look at them", "null, 87",
                MapViewOfFile3(section, OWN, NULL, 0, 0, 0, PAGE_READONLY, NULL, 1));
    TRY(MapViewOfFile3(section, OWN, NULL, 0, 0, 0, 0, NULL, 0));
    TRY(MapViewOfFile3(section, OWN, NULL, 0, 0, 0, PAGE_READONLY | PAGE_READWRITE, NULL, 0));
    TRY(MapViewOfFile3(section, event, NULL, 0, 0, 0, PAGE_READONLY, NULL, 0));
    unsigned char *view = TRY_VIEW(MapViewOfFile3(section, OWN, NULL, 0, 0, 0, PAGE_READWRITE, NULL, 0));
    view[0x1ffff] = 9;
    TRY(UnmapViewOfFile2(event, view, 0));
    unsigned char *memory = VirtualAlloc(NULL, 4096, MEM_COMMIT, PAGE_READWRITE);
    TRY_WINDOWS(unknown, "false, 487", FlushViewOfFile(NULL, 0));
    TRY_WINDOWS(unknown, "false, 487", FlushViewOfFile(memory, 0));
    TRY_WINDOWS(unknown, "false, 487", FlushViewOfFile(view + 0x20000, 0));
    unsigned char *copy = MapViewOfFile(section, FILE_MAP_COPY | FILE_MAP_EXECUTE, 0, 0x10000, 0);
    TRY(VirtualProtect(copy, 1, PAGE_EXECUTE_WRITECOPY, &old));
    say("old: 0x%x, byte %u", (unsigned)old, copy[0xffff]);
    UnmapViewOfFile(copy);
    copy = MapViewOfFile(section, FILE_MAP_COPY, 0, 0, 0);
    TRY(VirtualProtect(copy, 1, PAGE_EXECUTE_WRITECOPY, &old));
    UnmapViewOfFile(copy);
    UnmapViewOfFile(view);
    VirtualFree(memory, 0, MEM_RELEASE);
    CloseHandle(event);
    CloseHandle(section);
}

/* The privilege comes before the right, and the name before both. */
static void system_security(void) {
    TRY(OpenMutexA(ACCESS_SYSTEM_SECURITY, FALSE, "nothing of that name"));
    for (int i = 0; i < KINDS; i++) {
        HANDLE made = kinds[i].create(unique(kinds[i].name));
        FRESH();
        HANDLE opened = kinds[i].open(ACCESS_SYSTEM_SECURITY, unique(kinds[i].name));
        const char *error = err();
        differs("Wine grants it", "ACCESS_SYSTEM_SECURITY: null, 1314", "ACCESS_SYSTEM_SECURITY: %s, %s",
                opened != NULL ? "ok" : "null", error);
        CloseHandle(opened);
        CloseHandle(made);
    }
}

struct sleeper {
    HANDLE asleep, objects[2];
};

static DWORD WINAPI wait_a_while(void *argument) {
    struct sleeper *sleeper = argument;
    return SignalObjectAndWait(sleeper->asleep, sleeper->objects[0], 10 * A_MOMENT, FALSE);
}

static DWORD WINAPI wait_for_both(void *argument) {
    struct sleeper *sleeper = argument;
    SetEvent(sleeper->asleep);
    return WaitForMultipleObjects(2, sleeper->objects, TRUE, PATIENCE);
}

static const char *ended(HANDLE thread) {
    DWORD code = 0xffffffff;
    WaitForSingleObject(thread, PATIENCE);
    GetExitCodeThread(thread, &code);
    CloseHandle(thread);
    FRESH();
    return wait_text(code);
}

/* Who waits keeps the object, and not its name. */
static void without_handles(HANDLE asleep) {
    const char *name = lasting("waited"), *why = "Wine's waits keep the name";
    struct sleeper sleeper = {asleep, {CreateEventA(NULL, TRUE, FALSE, name), NULL}};
    HANDLE thread = in_background(wait_a_while, &sleeper);
    WaitForSingleObject(asleep, PATIENCE);
    CloseHandle(sleeper.objects[0]);
    HANDLE opened = (HANDLE)TRY_WINDOWS(why, "null, 2", OpenEventA(SYNCHRONIZE, FALSE, name));
    HANDLE fresh = (HANDLE)TRY_WINDOWS(why, "ok, 0", CreateEventA(NULL, TRUE, TRUE, name));
    say("the thread that waits: %s", ended(thread));
    CloseHandle(opened);
    CloseHandle(fresh);
}

/* A pulse lets nobody go who waits for something else, too. */
static void pulsed(HANDLE asleep) {
    struct sleeper sleeper = {asleep, {CreateEventA(NULL, TRUE, FALSE, NULL), CreateEventA(NULL, TRUE, FALSE, NULL)}};
    HANDLE thread = in_background(wait_for_both, &sleeper);
    WaitForSingleObject(asleep, PATIENCE);
    for (int i = 0; i < 10; i++) {
        PulseEvent(sleeper.objects[i % 2]);
        Sleep(5);
    }
    SAY_WAIT("each of two was pulsed", WaitForSingleObject(thread, A_MOMENT));
    SetEvent(sleeper.objects[1]);
    for (int i = 0; i < 2000 && WaitForSingleObject(thread, 10) == WAIT_TIMEOUT; i++) {
        PulseEvent(sleeper.objects[0]);
    }
    say("one is set, the other was pulsed: %s", ended(thread));
    CloseHandle(sleeper.objects[0]);
    CloseHandle(sleeper.objects[1]);
}

static void refused_waits(HANDLE event) {
    static const DWORD standard[] = {STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    HANDLE many[65], thread = in_background(poll_object, OWN);
    for (int i = 0; i < 65; i++) {
        many[i] = event;
    }
    TRY_WAIT(WaitForMultipleObjects(65, many, FALSE, 0));
    TRY_WAIT(WaitForMultipleObjects(65, many, TRUE, 0));
    TRY_WAIT(SignalObjectAndWait(OWN, event, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(thread, event, 0, FALSE));
    TRY_WAIT(SignalObjectAndWait(event, OWN, 0, FALSE));
    TRY_WAIT(WaitForSingleObject(event, 0));
    for (int i = 0; i < 2; i++) {
        HANDLE before = GetStdHandle(standard[i]), constant = (HANDLE)(ULONG_PTR)standard[i];
        SetEvent(event);
        SetStdHandle(standard[i], event);
        FRESH();
        DWORD first = WaitForSingleObject(constant, 0), second = WaitForMultipleObjects(1, &constant, FALSE, 0);
        SetStdHandle(standard[i], before);
        say("standard handle %d: %s; again: %s", (int)standard[i], wait_text(first), wait_text(second));
    }
    TRY_WAIT(WaitForSingleObject(thread, PATIENCE));
    CloseHandle(thread);
}

static int timer_calls;
static void CALLBACK routine(void *argument, DWORD low, DWORD high) {
    timer_calls += (int)(ULONG_PTR)argument + (low != 0 || high != 0);
}

static DWORD WINAPI take_timer(void *timer) { return WaitForSingleObject(timer, 10 * A_MOMENT); }

static void timers(void) {
    HANDLE timer = CreateWaitableTimerW(NULL, FALSE, NULL);
    LARGE_INTEGER due;
    due.QuadPart = -1;
    TRY_WINDOWS("Wine has a code that is not documented", "ok, 50", SetWaitableTimer(timer, &due, 0, NULL, NULL, TRUE));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY_WAIT(WaitForSingleObject(timer, 0));
    TRY(SetWaitableTimerEx(timer, &due, 0, NULL, NULL, NULL, 0));
    TRY_WAIT(WaitForSingleObject(timer, PATIENCE));
    TRY(SetWaitableTimerEx(timer, &due, 0, routine, (void *)1, NULL, 1000));
    TRY_WAIT(SleepEx(PATIENCE, TRUE));
    say("called: %d", timer_calls);
    WaitForSingleObject(timer, 0);
    due.QuadPart = -500000; /* 50 ms */
    HANDLE threads[] = {in_background(take_timer, timer), in_background(take_timer, timer)};
    SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE);
    const char *first = ended(threads[0]), *second = ended(threads[1]);
    say("two wait for it, one is let go: %s", yes(*first != *second && (*first == 'o' || *second == 'o')));
    CloseHandle(timer);
}

/* Starts this program in the role "ends" with a list of handles to inherit. */
static const char *with_list(HANDLE handle, BOOL inherit) {
    STARTUPINFOEXW startup;
    PROCESS_INFORMATION process;
    WCHAR program[MAX_PATH], line[] = {'x', ' ', 'e', 'n', 'd', 's', 0};
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    memset(&startup, 0, sizeof startup);
    startup.StartupInfo.cb = sizeof startup;
    startup.lpAttributeList = malloc(size);
    InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size);
    UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, &handle, sizeof handle,
                              NULL, NULL);
    GetModuleFileNameW(NULL, program, MAX_PATH);
    BOOL started = CreateProcessW(program, line, NULL, NULL, inherit, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                                  &startup.StartupInfo, &process);
    DeleteProcThreadAttributeList(startup.lpAttributeList);
    free(startup.lpAttributeList);
    if (!started) {
        return "not started";
    }
    CloseHandle(process.hThread);
    return finish(process.hProcess) == 7 ? "started" : "not as it should";
}

static void lists(void) {
    const char *why = "Wine leaves out what cannot be inherited";
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE marked = CreateEventW(&inherited, FALSE, FALSE, NULL), plain = CreateEventW(NULL, FALSE, FALSE, NULL);
    say("a list with a handle that is marked: %s", with_list(marked, TRUE));
    differs(why, "with one that is not: not started", "with one that is not: %s", with_list(plain, TRUE));
    differs(why, "nothing is to be inherited: not started", "nothing is to be inherited: %s", with_list(marked, FALSE));
    differs(why, "with no handle: not started", "with no handle: %s", with_list((HANDLE)0x7ffffff0, TRUE));
    CloseHandle(marked);
    CloseHandle(plain);
}

struct gift {
    ULONGLONG file, process;
    DWORD giver;
};

int role(const char *name, int argc, char **argv) {
    char text[3] = "";
    DWORD count = 0;
    if (strcmp(name, "ends") == 0) {
        return 7;
    }
    if (strcmp(name, "is given") != 0 || argc != 0) {
        return (void)argv, 99;
    }
    HANDLE section = OpenFileMappingA(FILE_MAP_READ, FALSE, unique("gift"));
    struct gift *given = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    WaitForSingleObject(OpenEventA(SYNCHRONIZE, FALSE, unique("go")), PATIENCE);
    HANDLE file = (HANDLE)(ULONG_PTR)given->file, process = (HANDLE)(ULONG_PTR)given->process;
    TRY(ReadFile(file, text, 2, &count, NULL));
    say("bytes: %u %u", (unsigned char)text[0], (unsigned char)text[1]);
    TRY(WriteFile(file, "x", 1, &count, NULL));
    say("of the file: %u bytes, type %u", (unsigned)GetFileSize(file, NULL), (unsigned)GetFileType(file));
    say("the giver: %s", yes(GetProcessId(process) == given->giver));
    TRY_WAIT(WaitForSingleObject(process, 0));
    TRY(TerminateProcess(process, 1));
    TRY(CloseHandle(file));
    TRY(CloseHandle(process));
    return 8;
}

/* Files and processes are given to other processes like any object. */
static void given(void) {
    const char *path = temporary("given");
    HANDLE there = NULL, file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 100);
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, unique("gift"));
    HANDLE go = CreateEventA(NULL, TRUE, FALSE, unique("go")), process = start("is given");
    SetFilePointer(file, 50, NULL, FILE_BEGIN);
    struct gift *gift = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    TRY(DuplicateHandle(OWN, file, process, &there, GENERIC_READ, FALSE, 0));
    gift->file = (ULONG_PTR)there;
    TRY(DuplicateHandle(OWN, OWN, process, &there, SYNCHRONIZE | PROCESS_QUERY_INFORMATION, FALSE, 0));
    gift->process = (ULONG_PTR)there;
    gift->giver = GetCurrentProcessId();
    SetEvent(go);
    say("exit code: %u", (unsigned)finish(process));
    say("both have one position: %u", (unsigned)SetFilePointer(file, 0, NULL, FILE_CURRENT));
    UnmapViewOfFile(gift);
    CloseHandle(section);
    CloseHandle(file);
    CloseHandle(go);
    DeleteFileA(path);
}

void body(void) {
    HANDLE asleep = CreateEventW(NULL, FALSE, FALSE, NULL);
    over_files();
    views();
    system_security();
    without_handles(asleep);
    pulsed(asleep);
    refused_waits(asleep);
    timers();
    lists();
    given();
    CloseHandle(asleep);
}

/* Sections among processes: shared by name and by inheritance, committed by one for all, and what is left of an owner
 * that was killed. */
#include "sample_file.h"

static HANDLE event_named(const char *base) { return CreateEventA(NULL, FALSE, FALSE, unique(base)); }

static HANDLE from_text(const char *text) { return (HANDLE)(uintptr_t)strtoull(text, NULL, 16); }

static const char *to_text(HANDLE handle) {
    char *text = report_text();
    snprintf(text, 160, "%llx", (unsigned long long)(uintptr_t)handle);
    return text;
}

/* Opens by name, and answers what the first process wrote. */
static int by_name(const char *name) {
    HANDLE section = TRY_HANDLE(OpenFileMappingA(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, name));
    char *view = (char *)TRY_VIEW(MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0));
    say("the child reads: %s", view);
    strcpy(view, "from the child");
    CloseHandle(TRY_HANDLE(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x20000, name)));
    TRY(MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0x10001));
    return 11;
}

/* Maps what it was given by number. */
static int by_number(const char *number) {
    DWORD flags = 0;
    HANDLE section = from_text(number);
    TRY(GetHandleInformation(section, &flags));
    say("inherited: flags %u", (unsigned)flags);
    unsigned char *view = TRY_VIEW(MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0));
    say("the child reads: %u", view != NULL ? view[0] : 0);
    TRY(MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0));
    TRY(CloseHandle(section));
    TRY(CloseHandle(section));
    return view != NULL ? 12 : 13;
}

/* Was not given it. */
static int not_inherited(const char *number) {
    TRY(MapViewOfFile(from_text(number), FILE_MAP_READ, 0, 0, 0));
    TRY(CloseHandle(from_text(number)));
    return 14;
}

/* Doubles a number whenever it is asked. */
static int doubles(const char *name) {
    HANDLE asked = OpenEventA(SYNCHRONIZE, FALSE, unique("asked"));
    HANDLE answered = OpenEventA(EVENT_MODIFY_STATE, FALSE, unique("answered"));
    HANDLE section = OpenFileMappingA(FILE_MAP_WRITE, FALSE, name);
    volatile LONG *number = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    for (;;) {
        WaitForSingleObject(asked, INFINITE);
        if (*number == 0) {
            return 15;
        }
        *number *= 2;
        SetEvent(answered);
    }
}

/* Commits what the other process only reserved, and makes a copy of its own of another page. */
static int commits(const char *name) {
    HANDLE section = OpenFileMappingA(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, name);
    unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    TRY(VirtualAlloc(view + 0x10000, 0x10000, MEM_COMMIT, PAGE_READWRITE));
    view[0x10000] = 66;
    unsigned char *copy = MapViewOfFile(section, FILE_MAP_COPY, 0, 0, 0);
    copy[0x10001] = 67;
    say("the child's copy: %u %u", copy[0x10000], copy[0x10001]);
    return 16;
}

/* Owns an object, says so, and waits to be killed. */
static int owns(const char *name) {
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x10000, name);
    unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    view[0]++;
    SetEvent(OpenEventA(EVENT_MODIFY_STATE, FALSE, unique("owned")));
    WaitForSingleObject(GetCurrentProcess(), INFINITE);
    return 17;
}

/* Starts a process itself. */
static int grandparent(const char *name) { return (int)finish(start("by_name", name)) + 100; }

int role(const char *name, int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(const char *argument);
    } roles[] = {{"by_name", by_name},
                 {"by_number", by_number},
                 {"not_inherited", not_inherited},
                 {"doubles", doubles},
                 {"commits", commits},
                 {"owns", owns},
                 {"grandparent", grandparent}};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (strcmp(name, roles[i].name) == 0 && argc == 1) {
            return roles[i].run(argv[0]);
        }
    }
    return 99;
}

static void shared_by_name(void) {
    const char *name = unique("shared");
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x10000, name);
    char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    strcpy(view, "from the parent");
    say("exit code %u", (unsigned)finish(start("by_name", name)));
    say("the parent reads: %s", view);
    say("exit code %u", (unsigned)finish(start("grandparent", name)));
    UnmapViewOfFile(view);
    CloseHandle(section);
    TRY(OpenFileMappingA(FILE_MAP_READ, FALSE, name));
}

static void inherited(void) {
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    /* So many that a child has no handle of its own with the number of the last one. */
    for (int i = 0; i < 300; i++) {
        CreateEventA(NULL, FALSE, FALSE, NULL);
    }
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, unique("inherited"));
    unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    view[0] = 91;
    say("a handle that is not inheritable");
    say("exit code %u", (unsigned)finish(start("not_inherited", to_text(section))));
    HANDLE opened = OpenFileMappingA(FILE_MAP_READ, TRUE, unique("inherited"));
    say("one that was opened to be inherited, to read only");
    say("exit code %u", (unsigned)finish(start("by_number", to_text(opened))));
    HANDLE created = CreateFileMappingA(INVALID_HANDLE_VALUE, &inheritable, PAGE_READONLY, 0, 1, unique("inherited"));
    say("one that was created to be inherited, over what was there: %s", err());
    say("exit code %u", (unsigned)finish(start("by_number", to_text(created))));
    HANDLE nameless = CreateFileMappingA(INVALID_HANDLE_VALUE, &inheritable, PAGE_READONLY, 0, 4096, NULL);
    say("one without a name");
    say("exit code %u", (unsigned)finish(start("by_number", to_text(nameless))));
    TRY(SetHandleInformation(nameless, HANDLE_FLAG_INHERIT, 0));
    say("exit code %u", (unsigned)finish(start("not_inherited", to_text(nameless))));
    TRY(SetHandleInformation(nameless, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
    say("exit code %u", (unsigned)finish(start("by_number", to_text(nameless))));
    CloseHandle(nameless);
    CloseHandle(created);
    CloseHandle(opened);
    UnmapViewOfFile(view);
    CloseHandle(section);
}

static void turns(const char *where, HANDLE file) {
    const char *name = unique("turns");
    HANDLE asked = event_named("asked");
    HANDLE answered = event_named("answered");
    HANDLE section = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0x10000, name);
    volatile LONG *number = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    *number = 1;
    HANDLE child = start("doubles", name);
    say("%s", where);
    for (int i = 0; i < 6; i++) {
        *number += 1;
        SetEvent(asked);
        WaitForSingleObject(answered, INFINITE);
        say("doubled: %d", (int)*number);
    }
    *number = 0;
    SetEvent(asked);
    say("exit code %u", (unsigned)finish(child));
    UnmapViewOfFile((void *)number);
    CloseHandle(section);
    CloseHandle(asked);
    CloseHandle(answered);
}

static void committed_by_another(void) {
    MEMORY_BASIC_INFORMATION info;
    const char *name = unique("reserved");
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 0x40000, name);
    unsigned char *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    say("exit code %u", (unsigned)finish(start("commits", name)));
    for (unsigned offset = 0; offset < 0x40000; offset += 0x10000) {
        VirtualQuery(view + offset, &info, sizeof info);
        say("at 0x%x: state 0x%x, protect 0x%x, 0x%x bytes", offset, (unsigned)info.State, (unsigned)info.Protect,
            (unsigned)info.RegionSize);
    }
    say("bytes: %u %u", view[0x10000], view[0x10001]);
    UnmapViewOfFile(view);
    CloseHandle(section);
}

static void killed(void) {
    const char *name = unique("killed");
    HANDLE owned = event_named("owned");
    HANDLE child = start("owns", name);
    WaitForSingleObject(owned, INFINITE);
    CloseHandle(TRY_HANDLE(OpenFileMappingA(FILE_MAP_READ, FALSE, name)));
    TRY(TerminateProcess(child, 42));
    say("the only owner was killed: %u", (unsigned)finish(child));
    TRY(OpenFileMappingA(FILE_MAP_READ, FALSE, name));
    HANDLE section = TRY_HANDLE(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name));
    unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    say("its bytes: %u", view[0]);
    view[0] = 5;
    child = start("owns", name);
    WaitForSingleObject(owned, INFINITE);
    TerminateProcess(child, 43);
    say("one of two owners was killed: %u", (unsigned)finish(child));
    CloseHandle(TRY_HANDLE(OpenFileMappingA(FILE_MAP_READ, FALSE, name)));
    say("its bytes: %u", view[0]);
    child = start("owns", name);
    WaitForSingleObject(owned, INFINITE);
    CloseHandle(section);
    UnmapViewOfFile(view);
    say("the owner that made it is gone, another is left");
    section = TRY_HANDLE(OpenFileMappingA(FILE_MAP_READ, FALSE, name));
    view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    say("its bytes: %u", view[0]);
    CloseHandle(section);
    TerminateProcess(child, 44);
    say("the last owner was killed: %u, a view is left: %u", (unsigned)finish(child), view[0]);
    TRY(OpenFileMappingA(FILE_MAP_READ, FALSE, name));
    CloseHandle(TRY_HANDLE(CreateEventA(NULL, FALSE, FALSE, name)));
    UnmapViewOfFile(view);
    CloseHandle(owned);
}

void body(void) {
    const char *path = temporary("processes");
    shared_by_name();
    turns("in memory", INVALID_HANDLE_VALUE);
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 0);
    turns("over a file", file);
    CloseHandle(file);
    DeleteFileA(path);
    committed_by_another();
    killed();
    inherited();
}

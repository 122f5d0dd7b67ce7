/* Which rights a handle has, seen by what it can do: each single right and the generic ones, of handles that were
 * copied and created with them; and objects that are open to everybody. */
#include "waitables.h"

#define OWN GetCurrentProcess()

static const struct asked {
    const char *text;
    DWORD access;
} asked[] = {
    {"nothing", 0},
    {"bit 0", 1},
    {"bit 1", 2},
    {"SYNCHRONIZE", SYNCHRONIZE},
    {"bit 1 and SYNCHRONIZE", 2 | SYNCHRONIZE},
    {"DELETE", DELETE},
    {"READ_CONTROL", READ_CONTROL},
    {"WRITE_DAC", WRITE_DAC},
    {"WRITE_OWNER", WRITE_OWNER},
    {"the standard rights", STANDARD_RIGHTS_ALL},
    {"GENERIC_READ", GENERIC_READ},
    {"GENERIC_WRITE", GENERIC_WRITE},
    {"GENERIC_EXECUTE", GENERIC_EXECUTE},
    {"GENERIC_READ and EXECUTE", GENERIC_READ | GENERIC_EXECUTE},
    {"GENERIC_WRITE and EXECUTE", GENERIC_WRITE | GENERIC_EXECUTE},
    {"GENERIC_ALL", GENERIC_ALL},
    {"MAXIMUM_ALLOWED", MAXIMUM_ALLOWED},
};
#define ASKED (int)(sizeof asked / sizeof *asked)

static const char *answer(BOOL done) {
    return done ? "yes" : error_text(GetLastError());
}

/* "may wait, may signal", or the codes of the refusals. */
static const char *abilities(const struct kind *kind, HANDLE full, HANDLE object) {
    char *text = report_text();
    make_ready(kind, full);
    FRESH();
    BOOL waited = WaitForSingleObject(object, PATIENCE) == WAIT_OBJECT_0;
    const char *waits = answer(waited);
    if (!waited) {
        WaitForSingleObject(full, 0);
    }
    FRESH();
    snprintf(text, 160, "waits: %s, signals: %s", waits, answer(kind->signal(object)));
    WaitForSingleObject(full, 0);
    ReleaseMutex(full);
    return text;
}

static void copied(const struct kind *kind) {
    HANDLE full = kind->create(NULL), bare, narrow, wide_one;
    DuplicateHandle(OWN, full, OWN, &bare, 0, FALSE, 0);
    for (int i = 0; i < ASKED; i++) {
        if ((asked[i].access & 2) != 0 && kind->modify_state == 0) {
            continue; /* no such right */
        }
        if (!DuplicateHandle(OWN, full, OWN, &narrow, asked[i].access, FALSE, 0) ||
            !DuplicateHandle(OWN, bare, OWN, &wide_one, asked[i].access, FALSE, 0)) {
            say("%s, %s: no copy, %s", kind->name, asked[i].text, err());
            continue;
        }
        const char *first = abilities(kind, full, narrow), *second = abilities(kind, full, wide_one);
        say("%s copied with %s: %s; from a handle without rights: %s", kind->name, asked[i].text, first,
            strcmp(first, second) == 0 ? "the same" : second);
        CloseHandle(narrow);
        CloseHandle(wide_one);
    }
    CloseHandle(bare);
    CloseHandle(full);
}

/* The creator's own handle has what it asked for and nothing else. */
static void created(const struct kind *kind) {
    for (int i = 0; i < ASKED; i++) {
        if ((asked[i].access & 2) != 0 && kind->modify_state == 0) {
            continue;
        }
        char name[80];
        snprintf(name, sizeof name, "%s %d", kind->name, i);
        FRESH();
        HANDLE object = kind->create_ex(unique(name), asked[i].access);
        const char *error = err();
        if (object == NULL) {
            say("%s created with %s: %s", kind->name, asked[i].text, error);
            continue;
        }
        HANDLE full = kind->open(kind->all_access, unique(name));
        say("%s created with %s: %s; %s", kind->name, asked[i].text, error, abilities(kind, full, object));
        CloseHandle(object);
        CloseHandle(full);
    }
}

static const struct {
    const char *text;
    DWORD access;
} of_sections[] = {
    {"nothing", 0},
    {"SECTION_QUERY", SECTION_QUERY},
    {"SECTION_MAP_WRITE", SECTION_MAP_WRITE},
    {"SECTION_MAP_READ", SECTION_MAP_READ},
    {"SECTION_MAP_EXECUTE", SECTION_MAP_EXECUTE},
    {"MAP_READ and WRITE", SECTION_MAP_READ | SECTION_MAP_WRITE},
    {"MAP_READ and EXECUTE", SECTION_MAP_READ | SECTION_MAP_EXECUTE},
    {"MAP_WRITE and EXECUTE", SECTION_MAP_WRITE | SECTION_MAP_EXECUTE},
    {"SECTION_EXTEND_SIZE", SECTION_EXTEND_SIZE},
    {"the standard rights", STANDARD_RIGHTS_REQUIRED},
    {"GENERIC_READ", GENERIC_READ},
    {"GENERIC_WRITE", GENERIC_WRITE},
    {"GENERIC_EXECUTE", GENERIC_EXECUTE},
    {"GENERIC_READ and WRITE", GENERIC_READ | GENERIC_WRITE},
    {"GENERIC_ALL", GENERIC_ALL},
    {"MAXIMUM_ALLOWED", MAXIMUM_ALLOWED},
    {"SECTION_ALL_ACCESS", SECTION_ALL_ACCESS},
};

static const char *mapped(HANDLE section, DWORD access) {
    FRESH();
    void *view = MapViewOfFile(section, access, 0, 0, 0);
    const char *text = answer(view != NULL);
    if (view != NULL) {
        UnmapViewOfFile(view);
    }
    return text;
}

static void sections(void) {
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE, 0, 4096, NULL), copy;
    for (size_t i = 0; i < sizeof of_sections / sizeof *of_sections; i++) {
        if (!DuplicateHandle(OWN, section, OWN, &copy, of_sections[i].access, FALSE, 0)) {
            say("section, %s: no copy, %s", of_sections[i].text, err());
            continue;
        }
        say("section copied with %s: reads: %s, writes: %s, copies: %s, executes: %s, writes and executes: %s",
            of_sections[i].text, mapped(copy, FILE_MAP_READ), mapped(copy, FILE_MAP_WRITE), mapped(copy, FILE_MAP_COPY),
            mapped(copy, FILE_MAP_READ | FILE_MAP_EXECUTE), mapped(copy, FILE_MAP_WRITE | FILE_MAP_EXECUTE));
        CloseHandle(copy);
    }
    CloseHandle(section);
}

/* Opens everything that "everybody" created, with all rights. */
int role(const char *name, int argc, char **argv) {
    (void)argc, (void)argv;
    int opened = 0;
    if (strcmp(name, "opens") != 0) {
        return 99;
    }
    for (int i = 0; i < KINDS; i++) {
        opened += kinds[i].open(kinds[i].all_access, unique(kinds[i].name)) != NULL;
    }
    return opened + (OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, unique("section")) != NULL);
}

static void everybody(void) {
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, TRUE};
    SECURITY_ATTRIBUTES no_descriptor = {sizeof no_descriptor, NULL, FALSE};
    TRY(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    TRY(SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE));
    HANDLE objects[] = {
        TRY_HANDLE(CreateMutexA(&attributes, FALSE, unique("mutex"))),
        TRY_HANDLE(CreateEventA(&attributes, FALSE, FALSE, unique("event"))),
        TRY_HANDLE(CreateSemaphoreA(&attributes, 0, 1, unique("semaphore"))),
        TRY_HANDLE(CreateWaitableTimerA(&attributes, FALSE, unique("timer"))),
        TRY_HANDLE(CreateFileMappingA(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE, 0, 4096, unique("section"))),
        TRY_HANDLE(CreateEventA(&attributes, FALSE, FALSE, unique("event"))),
        TRY_HANDLE(CreateEventA(&no_descriptor, FALSE, FALSE, unique("event"))),
        TRY_HANDLE(CreateEventA(&no_descriptor, FALSE, FALSE, NULL)),
        TRY_HANDLE(CreateMutexExA(&attributes, unique("ex"), 0, SYNCHRONIZE)),
        TRY_HANDLE(OpenMutexA(MAXIMUM_ALLOWED, FALSE, unique("ex"))),
    };
    const int count = (int)(sizeof objects / sizeof *objects);
    DWORD flags = 0, bits = 0;
    for (int i = 0; i < count; i++) {
        GetHandleInformation(objects[i], &flags);
        bits |= (flags & HANDLE_FLAG_INHERIT) << i;
    }
    say("inheritable: %#x", (unsigned)bits);
    for (int i = 0; i < KINDS; i++) {
        HANDLE opened = kinds[i].open(GENERIC_ALL, unique(kinds[i].name));
        say("%s open to everybody: %s", kinds[i].name, abilities(&kinds[i], objects[i], opened));
        CloseHandle(opened);
    }
    say("another process opens: %u of 5", (unsigned)finish(start("opens")));
    for (int i = 0; i < count; i++) {
        CloseHandle(objects[i]);
    }
    TRY(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    HANDLE event = TRY_HANDLE(CreateEventA(&attributes, FALSE, FALSE, unique("no access list")));
    TRY(SetEvent(event));
    CloseHandle(event);
}

/* Descriptors that are of no revision that there is. */
static void no_descriptors(void) {
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};
    memset(&descriptor, 0, sizeof descriptor);
    TRY(SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE));
    TRY(CreateEventA(&attributes, FALSE, FALSE, unique("no descriptor")));
    TRY(InitializeSecurityDescriptor(&descriptor, 0));
    TRY(InitializeSecurityDescriptor(&descriptor, 2));
    TRY(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    TRY(SetSecurityDescriptorDacl(&descriptor, FALSE, NULL, TRUE));
    TRY(CloseHandle(TRY_HANDLE(CreateEventA(&attributes, FALSE, FALSE, NULL))));
}

void body(void) {
    for (int i = 0; i < KINDS; i++) {
        copied(&kinds[i]);
        created(&kinds[i]);
    }
    sections();
    everybody();
    no_descriptors();
}

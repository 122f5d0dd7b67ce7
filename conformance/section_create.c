/* CreateFileMapping: what a section is made over, and how large it is. */
#include "sample_file.h"

/* The first length that a view of the section cannot have, by asking for the last that it can. */
static void say_exact_size(const char *what, HANDLE section, SIZE_T size) {
    FRESH();
    void *whole = MapViewOfFile(section, FILE_MAP_READ, 0, 0, size);
    const char *error = err();
    say("%s: a view of 0x%x: %s, %s", what, (unsigned)size, whole != NULL ? "ok" : "null", whole != NULL ? "-" : error);
    UnmapViewOfFile(whole);
    FRESH();
    void *more = MapViewOfFile(section, FILE_MAP_READ, 0, 0, size + 1);
    say("%s: a view of 0x%x: %s, %s", what, (unsigned)size + 1, more != NULL ? "ok" : "null", err());
    UnmapViewOfFile(more);
}

static unsigned view_pages(HANDLE section) {
    MEMORY_BASIC_INFORMATION info;
    memset(&info, 0, sizeof info);
    void *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    VirtualQuery(view, &info, sizeof info);
    UnmapViewOfFile(view);
    return (unsigned)(info.RegionSize / 4096);
}

static unsigned file_size(HANDLE file) { return (unsigned)GetFileSize(file, NULL); }

static void in_memory(void) {
    static const DWORD sizes[] = {1, 4090, 4096, 4097, 0x3452, 0x10000};
    const char *name = unique("memory");
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, unique("event"));
    TRY(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0, NULL));
    TRY(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0, name));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        FRESH();
        HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizes[i], name);
        const char *error = err();
        say("0x%x bytes: %s, %s, %u pages", (unsigned)sizes[i], section != NULL ? "ok" : "null", error,
            view_pages(section));
        say_exact_size("in memory", section, (sizes[i] + 4095) & ~4095u);
        unsigned char *bytes = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
        unsigned other = 0;
        for (DWORD at = 0; at < sizes[i]; at++) {
            other += bytes[at] != 0;
        }
        say("bytes that are not zero: %u", other);
        UnmapViewOfFile(bytes);
        CloseHandle(section);
    }
    HANDLE held = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name);
    say("no size, though the name is taken");
    TRY(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0, name));
    say("no size, though the name is an event's");
    TRY(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0, unique("event")));
    CloseHandle(held);
    CloseHandle(event);
    CloseHandle(TRY_HANDLE(CreateFileMappingA(NULL, NULL, PAGE_READWRITE, 0, 4096, NULL)));
    CloseHandle(TRY_HANDLE(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 2, 0, NULL)));
    TRY_WINDOWS("Wine charges nothing for a section before it is touched", "null, 1455",
                CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 128, 0, NULL));
}

static void wrong_handles(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL);
    HANDLE closed = CreateEventA(NULL, TRUE, FALSE, NULL);
    CloseHandle(closed);
    TRY(CreateFileMappingA(event, NULL, PAGE_READWRITE, 0, 4096, NULL));
    TRY(CreateFileMappingA(section, NULL, PAGE_READWRITE, 0, 4096, NULL));
    TRY(CreateFileMappingA(closed, NULL, PAGE_READWRITE, 0, 4096, NULL));
    TRY(CreateFileMappingA((HANDLE)(uintptr_t)0x7ffffff0, NULL, PAGE_READWRITE, 0, 4096, NULL));
    CloseHandle(event);
    CloseHandle(section);
}

static void over_files(void) {
    const char *path = temporary("create");
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 0);
    say("an empty file");
    TRY(CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL));
    TRY(CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL));
    TRY(CreateFileMappingA(file, NULL, PAGE_READONLY | SEC_IMAGE, 0, 0, NULL));
    TRY(CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 1, NULL));
    HANDLE section = TRY_HANDLE(CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 100, NULL));
    say("the file has now %u bytes", file_size(file));
    say_exact_size("over a file that was empty", section, 100);
    CloseHandle(section);
    CloseHandle(file);

    file = sample_file(path, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE, 0x3456);
    say("a file of 0x3456");
    section = TRY_HANDLE(CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL));
    say_exact_size("all of the file", section, 0x3456);
    say("%u pages", view_pages(section));
    CloseHandle(section);
    section = TRY_HANDLE(CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 36, NULL));
    say_exact_size("less than the file", section, 36);
    CloseHandle(section);
    section = TRY_HANDLE(CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0x3456, NULL));
    say_exact_size("as much as the file", section, 0x3456);
    CloseHandle(section);
    TRY(CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0x3457, NULL));
    TRY(CreateFileMappingA(file, NULL, PAGE_WRITECOPY, 0, 0x3457, NULL));
    TRY(CreateFileMappingA(file, NULL, PAGE_EXECUTE_READ, 0, 0x3457, NULL));
    TRY(CreateFileMappingA(file, NULL, PAGE_EXECUTE_WRITECOPY, 0, 0x3457, NULL));
    TRY(CreateFileMappingA(file, NULL, PAGE_READONLY, 1, 0, NULL));
    say("the file has still 0x%x", file_size(file));
    section = TRY_HANDLE(CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0x3457, NULL));
    say("the file has now 0x%x", file_size(file));
    say_exact_size("one more than the file", section, 0x3457);
    CloseHandle(section);
    say("the file keeps 0x%x", file_size(file));
    section = TRY_HANDLE(CreateFileMappingA(file, NULL, PAGE_EXECUTE_READWRITE, 0, 0x20000, NULL));
    say("the file has now 0x%x", file_size(file));
    CloseHandle(section);
    FRESH();
    section = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0x8000000, 0x10000, NULL);
    DWORD error = GetLastError();
    say("an absurd size: null %s, 8 or 87 %s", yes(section == NULL), yes(error == 8 || error == 87));
    TRY(CreateFileMappingA(file, NULL, PAGE_READONLY, 0xffffffff, 0xffffffff, NULL));
    CloseHandle(file);
    DeleteFileA(path);

    HANDLE directory = CreateFileA(".", GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    say("a directory: %s", yes(directory != INVALID_HANDLE_VALUE));
    TRY_WINDOWS("Wine has no file behind the handle of a directory", "null, 193",
                CreateFileMappingA(directory, NULL, PAGE_READONLY, 0, 0, NULL));
    CloseHandle(directory);
}

/* The object that has the name wins in everything but the rights that the new handle asks for. */
static void collisions(void) {
    const char *name = unique("found");
    HANDLE first = TRY_HANDLE(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name));
    HANDLE second = TRY_HANDLE(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READONLY, 0, 0x10000, name));
    say_exact_size("found by name", second, 4096);
    TRY(MapViewOfFile(second, FILE_MAP_WRITE, 0, 0, 0));
    CloseHandle(second);
    second = TRY_HANDLE(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 1, name));
    say_exact_size("found by name, smaller", second, 4096);
    CloseHandle(second);
    CloseHandle(first);
    first = TRY_HANDLE(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READONLY, 0, 4096, name));
    second = TRY_HANDLE(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name));
    say("the handle may write, the section may not be written");
    TRY_WINDOWS("Wine looks at the handle's rights alone", "null, 87", MapViewOfFile(second, FILE_MAP_WRITE, 0, 0, 0));
    CloseHandle(second);
    CloseHandle(first);
}

#ifdef _WIN32
/* Wine has the wide form only. */
#define CreateFileMappingNumaA(file, security, protection, high, low, name, node)                                      \
    CreateFileMappingNumaW(file, security, protection, high, low, name == NULL ? NULL : wide(name), node)
#endif

static void of_a_node(void) {
    const char *name = unique("node");
    HANDLE first = TRY_HANDLE(CreateFileMappingNumaA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name,
                                                     NUMA_NO_PREFERRED_NODE));
    HANDLE second =
        TRY_HANDLE(CreateFileMappingNumaA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 8192, name, 0));
    say_exact_size("found by name", second, 4096);
    CloseHandle(second);
    CloseHandle(first);
    const char *wrong = "no directory\\x";
    TRY(CreateFileMappingNumaA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0, name, NUMA_NO_PREFERRED_NODE));
    TRY(CreateFileMappingNumaA(INVALID_HANDLE_VALUE, NULL, PAGE_NOACCESS, 0, 4096, name, 0));
    TRY(CreateFileMappingNumaA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, wrong, 0));
}

static void other_functions(void) {
    const WCHAR *name = wide(unique("functions"));
    HANDLE first = TRY_HANDLE(CreateFileMappingNumaW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 5000, name, 0));
    say_exact_size("CreateFileMappingNuma", first, 8192);
    HANDLE second = TRY_HANDLE(CreateFileMappingFromApp(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 4096, name));
    say_exact_size("CreateFileMappingFromApp", second, 8192);
    CloseHandle(second);
    CloseHandle(first);
    CloseHandle(TRY_HANDLE(CreateFileMappingFromApp(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 4096, name)));
    TRY(CreateFileMappingFromApp(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, name));
}

void body(void) {
    in_memory();
    wrong_handles();
    over_files();
    collisions();
    of_a_node();
    other_functions();
}

NO_ROLES

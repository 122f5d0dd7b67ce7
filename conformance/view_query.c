/* VirtualQuery on views: every field, at their start, within, behind, and after they are unmapped. */
#include "sample_file.h"

static void say_region(const char *what, const unsigned char *view, DWORD offset) {
    MEMORY_BASIC_INFORMATION info;
    memset(&info, 0x55, sizeof info);
    FRESH();
    SIZE_T size = VirtualQuery(view + offset, &info, sizeof info);
    say("%s: size %u, %s, state 0x%x, type 0x%x, protect 0x%x of 0x%x, 0x%x bytes, base +0x%x, allocation base: %s",
        what, (unsigned)size, err(), (unsigned)info.State, (unsigned)info.Type, (unsigned)info.Protect,
        (unsigned)info.AllocationProtect, (unsigned)info.RegionSize,
        (unsigned)((unsigned char *)info.BaseAddress - view), yes(info.AllocationBase == view));
}

/* Where nothing is, the size of the region says what else the process has, and is no fact about views. */
static void say_free(const char *what, const unsigned char *address) {
    MEMORY_BASIC_INFORMATION info;
    memset(&info, 0x55, sizeof info);
    VirtualQuery(address, &info, sizeof info);
    say("%s: state 0x%x, type 0x%x, protect 0x%x of 0x%x, allocation base none: %s", what, (unsigned)info.State,
        (unsigned)info.Type, (unsigned)info.Protect, (unsigned)info.AllocationProtect,
        yes(info.AllocationBase == NULL));
}

static void whole_and_parts(const char *where, HANDLE section) {
    static const struct {
        const char *name;
        DWORD access;
    } rows[] = {{"no access", 0},
                {"read", FILE_MAP_READ},
                {"write", FILE_MAP_WRITE},
                {"copy", FILE_MAP_COPY},
                {"read and execute", FILE_MAP_READ | FILE_MAP_EXECUTE},
                {"write and execute", FILE_MAP_WRITE | FILE_MAP_EXECUTE}};
    say("%s", where);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char *view = MapViewOfFile(section, rows[i].access, 0, 0, 0);
        say_region(rows[i].name, view, 0);
        UnmapViewOfFile(view);
    }
    unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0x5001);
    say_region("part, at its start", view, 0);
    say_region("part, in the first page", view, 100);
    say_region("part, in the third page", view, 0x2fff);
    say_region("part, in the last page", view, 0x5000);
    DWORD old = 0;
    VirtualProtect(view + 0x2000, 0x1001, PAGE_READONLY, &old);
    say_region("pages 2 and 3 are read only: before", view, 0);
    say_region("pages 2 and 3 are read only: there", view, 0x2000);
    say_region("pages 2 and 3 are read only: behind", view, 0x4000);
    UnmapViewOfFile(view);
    say_free("after it was unmapped", view);
    say_free("after it was unmapped, within", view + 0x3000);
    view = MapViewOfFile(section, FILE_MAP_READ, 0, 0x10000, 0);
    say_region("at an offset", view, 0);
    UnmapViewOfFile(view);
}

static void wrong_sizes(void) {
    MEMORY_BASIC_INFORMATION info;
    unsigned char *view = VirtualAlloc(NULL, 4096, MEM_COMMIT, PAGE_READWRITE);
    FRESH();
    SIZE_T size = VirtualQuery(view, &info, sizeof info - 1);
    say("too small a place for the answer: size %u, %s", (unsigned)size, err());
    FRESH();
    size = VirtualQuery(view, &info, 0);
    say("no place for the answer: size %u, %s", (unsigned)size, err());
    say("the size of MEMORY_BASIC_INFORMATION: %u", (unsigned)sizeof info);
    VirtualFree(view, 0, MEM_RELEASE);
}

void body(void) {
    const char *path = temporary("query");
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE, 0x13456);
    HANDLE section = CreateFileMappingA(file, NULL, PAGE_EXECUTE_READWRITE, 0, 0, NULL);
    whole_and_parts("over a file", section);
    CloseHandle(section);
    CloseHandle(file);
    DeleteFileA(path);
    section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE, 0, 0x13456, NULL);
    whole_and_parts("in memory", section);
    CloseHandle(section);
    section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 0x20000, NULL);
    unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    say_region("reserved", view, 0);
    VirtualAlloc(view + 0x4000, 0x2000, MEM_COMMIT, PAGE_READONLY);
    say_region("reserved before a committed part", view, 0);
    say_region("committed part", view, 0x4000);
    say_region("reserved behind a committed part", view, 0x6000);
    UnmapViewOfFile(view);
    CloseHandle(section);
    wrong_sizes();
}

NO_ROLES

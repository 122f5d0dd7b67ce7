/* CreateFileMapping: which protections and SEC_ flags there are, and which go together. */
#include "sample_file.h"

static const char *made(HANDLE file, DWORD flags) {
    char *text = report_text();
    FRESH();
    HANDLE section = CreateFileMappingA(file, NULL, flags, 0, file == INVALID_HANDLE_VALUE ? 0x10000 : 0, NULL);
    const char *error = err();
    snprintf(text, 160, "%s, %s", section != NULL ? "ok" : "null", error);
    if (section != NULL) {
        CloseHandle(section);
    }
    return text;
}

static void protections(HANDLE file) {
    unsigned accepted = 0;
    for (DWORD low = 0; low < 16; low++) {
        say("protection 0x%02x: in memory %s; over a file %s", (unsigned)low, made(INVALID_HANDLE_VALUE, low),
            made(file, low));
    }
    for (DWORD high = 0x10; high < 0x100; high += 0x10) {
        say("protection 0x%02x: in memory %s; over a file %s", (unsigned)high, made(INVALID_HANDLE_VALUE, high),
            made(file, high));
    }
    for (DWORD both = 0; both < 0x100; both++) {
        HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, both, 0, 4096, NULL);
        accepted += section != NULL;
        CloseHandle(section);
    }
    say("of 256 values %u are protections", accepted);
}

static const struct {
    const char *name;
    DWORD flags;
} flag_sets[] = {
    {"none", 0},
    {"COMMIT", SEC_COMMIT},
    {"RESERVE", SEC_RESERVE},
    {"RESERVE + COMMIT", SEC_RESERVE | SEC_COMMIT},
    {"RESERVE + LARGE_PAGES", SEC_RESERVE | SEC_LARGE_PAGES},
    {"NOCACHE", SEC_NOCACHE},
    {"LARGE_PAGES", SEC_LARGE_PAGES},
    {"WRITECOMBINE", SEC_WRITECOMBINE},
    {"FILE", SEC_FILE},
    {"FILE + COMMIT", SEC_FILE | SEC_COMMIT},
    {"FILE + RESERVE", SEC_FILE | SEC_RESERVE},
    {"FILE + NOCACHE", SEC_FILE | SEC_NOCACHE},
    {"FILE + IMAGE", SEC_FILE | SEC_IMAGE},
    {"IMAGE", SEC_IMAGE},
    {"IMAGE + COMMIT", SEC_IMAGE | SEC_COMMIT},
    {"IMAGE + RESERVE", SEC_IMAGE | SEC_RESERVE},
};

static void flags(HANDLE file) {
    for (size_t i = 0; i < sizeof flag_sets / sizeof *flag_sets; i++) {
        DWORD set = flag_sets[i].flags | PAGE_READONLY;
        say("%s: in memory %s; over a file %s", flag_sets[i].name, made(INVALID_HANDLE_VALUE, set), made(file, set));
    }
    say("COMMIT + LARGE_PAGES over a file: %s", made(file, SEC_COMMIT | SEC_LARGE_PAGES | PAGE_READONLY));
    say("flags without a protection: %s", made(INVALID_HANDLE_VALUE, SEC_COMMIT));
    say("flags with two protections: %s", made(INVALID_HANDLE_VALUE, SEC_COMMIT | PAGE_READONLY | PAGE_READWRITE));
}

/* Over a file there is nothing to reserve. */
static void reserve_over_file(HANDLE file) {
    MEMORY_BASIC_INFORMATION info;
    HANDLE section = CreateFileMappingA(file, NULL, PAGE_READONLY | SEC_RESERVE, 0, 0, NULL);
    unsigned char *view = TRY_VIEW(MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0));
    VirtualQuery(view, &info, sizeof info);
    say("SEC_RESERVE over a file: state 0x%x, protect 0x%x, first byte %u", (unsigned)info.State,
        (unsigned)info.Protect, view[0]);
    UnmapViewOfFile(view);
    CloseHandle(section);
    section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 0x10000, NULL);
    view = TRY_VIEW(MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0));
    VirtualQuery(view, &info, sizeof info);
    say("SEC_RESERVE in memory: state 0x%x, protect 0x%x", (unsigned)info.State, (unsigned)info.Protect);
    UnmapViewOfFile(view);
    CloseHandle(section);
}

void body(void) {
    const char *path = temporary("protect");
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE, 5000);
    protections(file);
    flags(file);
    reserve_over_file(file);
    CloseHandle(file);
    DeleteFileA(path);
}

NO_ROLES

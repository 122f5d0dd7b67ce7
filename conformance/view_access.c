/* MapViewOfFile: which access makes which pages, and what the handle's rights and the section's protection forbid. */
#include "sample_file.h"
#include "view_rules.h"

static const struct {
    const char *name;
    DWORD protection;
} sections[] = {
    {"READONLY", PAGE_READONLY},
    {"WRITECOPY", PAGE_WRITECOPY},
    {"READWRITE", PAGE_READWRITE},
    {"EXECUTE_READ", PAGE_EXECUTE_READ},
    {"EXECUTE_WRITECOPY", PAGE_EXECUTE_WRITECOPY},
    {"EXECUTE_READWRITE", PAGE_EXECUTE_READWRITE},
};
enum { SECTIONS = 6 };

static DWORD protect_of(const void *view) {
    MEMORY_BASIC_INFORMATION info;
    memset(&info, 0, sizeof info);
    VirtualQuery(view, &info, sizeof info);
    /* Both are the same until something is written or protected. */
    return info.Protect == info.AllocationProtect ? info.Protect : 0xbad;
}

/* "protect 0x4", or the error. */
static const char *mapped(HANDLE section, DWORD access) {
    char *text = report_text();
    FRESH();
    void *view = MapViewOfFile(section, access, 0, 0, 0);
    if (view == NULL) {
        snprintf(text, 160, "null, %s", err());
        return text;
    }
    snprintf(text, 160, "protect 0x%x", (unsigned)protect_of(view));
    UnmapViewOfFile(view);
    return text;
}

/* All 32 accesses, through the handle that created the section. */
static void created_handles(HANDLE file, const char *where) {
    for (int i = 0; i < SECTIONS; i++) {
        HANDLE section = CreateFileMappingA(file, NULL, sections[i].protection, 0, 4096, NULL);
        for (DWORD bits = 0; bits < 32; bits++) {
            DWORD access = (bits & 0xf) | (bits & 0x10 ? FILE_MAP_EXECUTE : 0);
            say("%s %s, access 0x%02x: %s", where, sections[i].name, (unsigned)access, mapped(section, access));
        }
        say("%s %s, FILE_MAP_ALL_ACCESS: %s", where, sections[i].name, mapped(section, FILE_MAP_ALL_ACCESS));
        CloseHandle(section);
    }
}

/* A handle with all rights leaves it to the section's protection. */
static void all_rights(void) {
    static const DWORD accesses[] = {0,
                                     FILE_MAP_READ,
                                     FILE_MAP_COPY,
                                     FILE_MAP_WRITE,
                                     FILE_MAP_READ | FILE_MAP_EXECUTE,
                                     FILE_MAP_COPY | FILE_MAP_EXECUTE,
                                     FILE_MAP_WRITE | FILE_MAP_EXECUTE};
    const char *name = unique("all");
    for (int i = 0; i < SECTIONS; i++) {
        HANDLE created = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, sections[i].protection, 0, 4096, name);
        HANDLE opened = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name);
        for (int k = 0; k < 7; k++) {
            char windows[160];
            DWORD error = windows_map_error(sections[i].protection, SECTION_ALL_ACCESS, accesses[k]);
            const char *seen = mapped(opened, accesses[k]);
            if (error == wine_map_error(SECTION_ALL_ACCESS, accesses[k])) {
                say("all rights to %s, access 0x%02x: %s", sections[i].name, (unsigned)accesses[k], seen);
                continue;
            }
            snprintf(windows, sizeof windows, "all rights to %s, access 0x%02x: null, %s", sections[i].name,
                     (unsigned)accesses[k], error_text(error));
            differs("Wine does not look at the section's protection", windows,
                    "all rights to %s, access 0x%02x: %s", sections[i].name, (unsigned)accesses[k], seen);
        }
        CloseHandle(opened);
        CloseHandle(created);
    }
}

/* Each right alone and each two, on a section that allows everything. */
static void single_rights(void) {
    static const DWORD rights[] = {0,
                                   SECTION_QUERY,
                                   SECTION_MAP_READ,
                                   SECTION_MAP_WRITE,
                                   SECTION_MAP_EXECUTE,
                                   SECTION_MAP_READ | SECTION_MAP_WRITE,
                                   SECTION_MAP_READ | SECTION_MAP_EXECUTE,
                                   SECTION_MAP_WRITE | SECTION_MAP_EXECUTE};
    HANDLE self = GetCurrentProcess();
    HANDLE created = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE, 0, 4096, NULL);
    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
        HANDLE narrow = NULL;
        DuplicateHandle(self, created, self, &narrow, rights[i], FALSE, 0);
        say("rights 0x%x: none %s; read %s; copy %s; write %s", (unsigned)rights[i], mapped(narrow, 0),
            mapped(narrow, FILE_MAP_READ), mapped(narrow, FILE_MAP_COPY), mapped(narrow, FILE_MAP_WRITE));
        say("rights 0x%x, executed: read %s; copy %s; write %s", (unsigned)rights[i],
            mapped(narrow, FILE_MAP_READ | FILE_MAP_EXECUTE), mapped(narrow, FILE_MAP_COPY | FILE_MAP_EXECUTE),
            mapped(narrow, FILE_MAP_WRITE | FILE_MAP_EXECUTE));
        CloseHandle(narrow);
    }
    CloseHandle(created);
}

/* What is shared, and what is a copy: WRITE + COPY shares. */
static void what_writing_does(void) {
    static const DWORD accesses[] = {FILE_MAP_COPY, FILE_MAP_WRITE, FILE_MAP_WRITE | FILE_MAP_COPY,
                                     FILE_MAP_READ | FILE_MAP_WRITE | FILE_MAP_COPY, FILE_MAP_ALL_ACCESS};
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL);
    unsigned char *other = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    for (int i = 0; i < 5; i++) {
        unsigned char *view = MapViewOfFile(section, accesses[i], 0, 0, 0);
        view[i] = 7;
        say("written through access 0x%x: %u, in another view: %u", (unsigned)accesses[i], view[i], other[i]);
        UnmapViewOfFile(view);
    }
    UnmapViewOfFile(other);
    CloseHandle(section);
}

void body(void) {
    const char *path = temporary("access");
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE, 4096);
    created_handles(INVALID_HANDLE_VALUE, "in memory");
    created_handles(file, "over a file");
    CloseHandle(file);
    DeleteFileA(path);
    all_rights();
    single_rights();
    what_writing_does();
}

NO_ROLES

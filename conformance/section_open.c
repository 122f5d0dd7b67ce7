/* OpenFileMapping: what it finds, and the rights of the handles that it gives, as the views tell that they allow. */
#include "view_rules.h"

static const struct {
    const char *name;
    DWORD access;
} views[] = {
    {"none", 0},
    {"copy", FILE_MAP_COPY},
    {"write", FILE_MAP_WRITE},
    {"read", FILE_MAP_READ},
    {"read execute", FILE_MAP_READ | FILE_MAP_EXECUTE},
    {"write execute", FILE_MAP_WRITE | FILE_MAP_EXECUTE},
};

/* What each view of the section says, in a line. */
enum { LINE = 300 };
static void add(char *line, size_t view, DWORD error) {
    size_t length = strlen(line);
    const char *outcome = error == 0 ? "ok" : error_text(error);
    snprintf(line + length, LINE - length, "%s %s %s", view == 0 ? "" : ",", views[view].name, outcome);
}

/* The rights of a handle that was asked for `access`: COPY alone is READ, and one bit is spelled in two ways, of
 * which Wine knows the one. */
static DWORD granted(DWORD access, int in_wine) {
    if (access == FILE_MAP_COPY) {
        return SECTION_MAP_READ;
    }
    if (access & FILE_MAP_EXECUTE && !in_wine) {
        access |= SECTION_MAP_EXECUTE;
    }
    return access | (access & GENERIC_READ ? SECTION_MAP_READ : 0) | (access & GENERIC_WRITE ? SECTION_MAP_WRITE : 0) |
           (access & GENERIC_EXECUTE ? SECTION_MAP_EXECUTE : 0) |
           (access & (GENERIC_ALL | MAXIMUM_ALLOWED) ? SECTION_ALL_ACCESS : 0);
}

static void say_rights(const char *what, DWORD protection, DWORD access, HANDLE section) {
    char seen[LINE];
    char windows[LINE];
    char wine[LINE];
    if (section == NULL) {
        say("%s: null, %s", what, err());
        return;
    }
    snprintf(seen, LINE, "%s:", what);
    strcpy(windows, seen);
    strcpy(wine, seen);
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        FRESH();
        void *view = MapViewOfFile(section, views[i].access, 0, 0, 0);
        add(seen, i, view != NULL ? 0 : GetLastError());
        add(windows, i, windows_map_error(protection, granted(access, 0), views[i].access));
        add(wine, i, wine_map_error(granted(access, 1), views[i].access));
        UnmapViewOfFile(view);
    }
    if (strcmp(windows, wine) == 0) {
        say("%s", seen);
    } else {
        differs("Wine does not look at the section's protection, nor take FILE_MAP_EXECUTE", windows, "%s", seen);
    }
    CloseHandle(section);
}

static void found_or_not(void) {
    const char *name = unique("open");
    TRY(OpenFileMappingA(FILE_MAP_READ, FALSE, "nothing of that name"));
    TRY(OpenFileMappingA(0, FALSE, "nothing of that name"));
    TRY(OpenFileMappingW(FILE_MAP_READ, FALSE, wide("nothing of that name")));
    TRY(OpenFileMappingA(FILE_MAP_READ, FALSE, NULL));
    TRY(OpenFileMappingW(FILE_MAP_READ, FALSE, NULL));
    TRY(OpenFileMappingA(FILE_MAP_READ, FALSE, ""));
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, name);
    TRY(OpenFileMappingA(FILE_MAP_READ, FALSE, name));
    say("with no rights, and another type's name");
    TRY(OpenFileMappingA(0, FALSE, name));
    CloseHandle(event);
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name);
    TRY_WINDOWS("Wine gives a handle without rights", "null, 5", OpenFileMappingA(0, FALSE, name));
    TRY(OpenFileMappingFromApp(FILE_MAP_READ, FALSE, wide("nothing of that name")));
    TRY(OpenFileMappingFromApp(FILE_MAP_READ, FALSE, NULL));
    CloseHandle(section);
}

static void rights(const char *what, DWORD protection) {
    static const struct {
        const char *name;
        DWORD access;
    } opens[] = {
        {"FILE_MAP_COPY", FILE_MAP_COPY},
        {"FILE_MAP_WRITE", FILE_MAP_WRITE},
        {"FILE_MAP_READ", FILE_MAP_READ},
        {"FILE_MAP_EXECUTE", FILE_MAP_EXECUTE},
        {"READ + WRITE", FILE_MAP_READ | FILE_MAP_WRITE},
        {"READ + EXECUTE", FILE_MAP_READ | FILE_MAP_EXECUTE},
        {"WRITE + EXECUTE", FILE_MAP_WRITE | FILE_MAP_EXECUTE},
        {"SECTION_MAP_READ + SECTION_MAP_EXECUTE", SECTION_MAP_READ | SECTION_MAP_EXECUTE},
        {"SECTION_QUERY + SECTION_MAP_WRITE", SECTION_QUERY | SECTION_MAP_WRITE},
        {"FILE_MAP_ALL_ACCESS", FILE_MAP_ALL_ACCESS},
        {"PAGE_READWRITE by mistake", PAGE_READWRITE},
        {"READ_CONTROL", READ_CONTROL},
        {"GENERIC_READ", GENERIC_READ},
        {"GENERIC_WRITE", GENERIC_WRITE},
        {"GENERIC_EXECUTE", GENERIC_EXECUTE},
        {"GENERIC_ALL", GENERIC_ALL},
        {"MAXIMUM_ALLOWED", MAXIMUM_ALLOWED},
    };
    const char *name = unique("rights");
    char line[100];
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, protection, 0, 4096, name);
    for (size_t i = 0; i < sizeof opens / sizeof *opens; i++) {
        snprintf(line, sizeof line, "%s, %s", what, opens[i].name);
        say_rights(line, protection, opens[i].access, OpenFileMappingA(opens[i].access, FALSE, name));
    }
    snprintf(line, sizeof line, "%s, FromApp", what);
    say_rights(line, protection, FILE_MAP_ALL_ACCESS, OpenFileMappingFromApp(FILE_MAP_ALL_ACCESS, FALSE, wide(name)));
    CloseHandle(section);
}

static void single_bits(void) {
    const char *name = unique("bits");
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name);
    unsigned refused = 0;
    unsigned refused_with_5 = 0;
    for (int bit = 0; bit < 32; bit++) {
        /* ACCESS_SYSTEM_SECURITY needs a privilege, which has its own refusal. */
        if (bit == 24) {
            continue;
        }
        FRESH();
        HANDLE opened = OpenFileMappingA(1u << bit, FALSE, name);
        if (opened == NULL) {
            refused |= 1u << bit;
            refused_with_5 |= GetLastError() == 5 ? 1u << bit : 0;
        }
        CloseHandle(opened);
    }
    differs("Wine looks at no right when opening", "rights that sections do not have: 0x0ce0ffc0, with 5: 0x0ce0ffc0",
            "rights that sections do not have: 0x%08x, with 5: 0x%08x", refused, refused_with_5);
    CloseHandle(section);
}

void body(void) {
    found_or_not();
    rights("execute read write", PAGE_EXECUTE_READWRITE);
    rights("read write", PAGE_READWRITE);
    rights("read only", PAGE_READONLY);
    single_bits();
}

NO_ROLES

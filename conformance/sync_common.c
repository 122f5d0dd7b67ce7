/* What mutexes, events, semaphores and timers have in common: their names, how they are created and opened, and what
 * each right allows. Every rule is asked of all four. */
#include "waitables.h"

static intptr_t row(const struct kind *kind, const char *what, const char *failure, intptr_t value) {
    say("%s, %s: %s, %s", kind->name, what, value != 0 ? "ok" : failure, err());
    return value;
}
#define HANDLE_ROW(what, expression) ((HANDLE)row(kind, what, "null", (FRESH(), (intptr_t)(expression))))
#define BOOL_ROW(what, expression) row(kind, what, "false", (FRESH(), (expression)))
/* Most handles are wanted for their line only. */
#define CLOSED_ROW(what, expression) CloseHandle(HANDLE_ROW(what, expression))
#define REFUSED_ROW(what, expression) (void)HANDLE_ROW(what, expression)
/* Wine gives a handle where Windows refuses. */
#define ONLY_WINE_ALLOWS(what, code, expression) only_wine_allows(kind, what, code, (FRESH(), (expression)))

static void only_wine_allows(const struct kind *kind, const char *what, unsigned code, HANDLE object) {
    char line[120];
    const char *error = err();
    snprintf(line, sizeof line, "%s, %s: null, %u", kind->name, what, code);
    differs("access 0 is refused by Windows' tests", line, "%s, %s: %s, %s", kind->name, what,
            object != NULL ? "ok" : "null", error);
    CloseHandle(object);
}

static void wait_row(const struct kind *kind, const char *what, DWORD result) {
    say("%s, %s: %s", kind->name, what, wait_text(result));
}

static void names(const struct kind *kind) {
    const char *name = lasting(kind->name);
    const char *other_case = lasting(kind->name);
    ((char *)other_case)[0] ^= 'a' ^ 'A';
    char local[200];
    snprintf(local, sizeof local, "Local\\%s", name);

    HANDLE first = HANDLE_ROW("create a name", kind->create(name));
    HANDLE second = HANDLE_ROW("create it again", kind->create(name));
    make_ready(kind, first);
    wait_row(kind, "ready through one handle, wait for the other", (FRESH(), WaitForSingleObject(second, PATIENCE)));
    CLOSED_ROW("create it under Local", kind->create(local));
    CLOSED_ROW("open it under Local", kind->open(SYNCHRONIZE, local));
    CLOSED_ROW("create it in UTF-16", kind->create_wide(wide(name)));
    CLOSED_ROW("open it in UTF-16", kind->open_wide(SYNCHRONIZE, wide(name)));
    REFUSED_ROW("open it in another case", kind->open(SYNCHRONIZE, other_case));
    CLOSED_ROW("create it in another case", kind->create(other_case));
    CLOSED_ROW("create without a name", kind->create(NULL));
    CLOSED_ROW("create the empty name", kind->create(""));
    CLOSED_ROW("create the empty name again", kind->create(""));
    BOOL_ROW("close one of two handles", CloseHandle(first));
    CLOSED_ROW("open it then", kind->open(SYNCHRONIZE, name));
    BOOL_ROW("close the last handle", CloseHandle(second));
    REFUSED_ROW("open it then", kind->open(SYNCHRONIZE, name));
    CLOSED_ROW("create it then", kind->create(name));
}

static void other_types(const struct kind *kind) {
    char what[80];
    const char *name = lasting("taken");
    HANDLE held = kind->create(name);
    for (int i = 0; i < KINDS; i++) {
        if (kind != &kinds[i]) {
            snprintf(what, sizeof what, "create its name as %s", kinds[i].name);
            REFUSED_ROW(what, kinds[i].create(name));
            snprintf(what, sizeof what, "open it as %s", kinds[i].name);
            REFUSED_ROW(what, kinds[i].open(SYNCHRONIZE, name));
        }
    }
    REFUSED_ROW("create its name as section",
                CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name));
    REFUSED_ROW("open it as section", OpenFileMappingA(FILE_MAP_READ, FALSE, name));
    CloseHandle(held);
    held = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name);
    REFUSED_ROW("create it over a section", kind->create(name));
    REFUSED_ROW("open a section", kind->open(SYNCHRONIZE, name));
    CloseHandle(held);

    /* The handle has no rights: what the object is comes first. */
    HANDLE bare = kind->create_ex(NULL, 0);
    for (int i = 0; i < KINDS; i++) {
        if (kind != &kinds[i]) {
            snprintf(what, sizeof what, "signal it as %s", kinds[i].name);
            BOOL_ROW(what, kinds[i].signal(bare));
        }
    }
    CloseHandle(bare);
}

static void paths(const struct kind *kind) {
    static const char *const bad[] = {"missing\\x", "missing\\", "missing\\\\x", "Local\\", "\\x", "Local\\\\x", "\\"};
    char what[80];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(what, sizeof what, "create \"%s\"", bad[i]);
        REFUSED_ROW(what, kind->create(bad[i]));
        snprintf(what, sizeof what, "open \"%s\"", bad[i]);
        REFUSED_ROW(what, kind->open(SYNCHRONIZE, bad[i]));
    }
    static char name[32768];
    static WCHAR wide_name[32768];
    memset(name, 'n', 32766);
    for (int i = 0; i < 32766; i++) {
        wide_name[i] = (WCHAR)name[i];
    }
    CLOSED_ROW("create 32766 characters in UTF-16", kind->create_wide(wide_name));
    wide_name[400] = 0;
    CLOSED_ROW("create 400 characters in UTF-16", kind->create_wide(wide_name));
    name[400] = 0;
    REFUSED_ROW("create 400 bytes", kind->create(name));
    REFUSED_ROW("open 400 bytes", kind->open(SYNCHRONIZE, name));
    name[200] = 0;
    CLOSED_ROW("create 200 bytes", kind->create(name));
}

static void opening(const struct kind *kind) {
    char line[120];
    snprintf(line, sizeof line, "opened %s", kind->name);
    const char *name = lasting(line);
    REFUSED_ROW("open what is missing", kind->open(SYNCHRONIZE, name));
    REFUSED_ROW("open what is missing, no rights", kind->open(0, name));
    REFUSED_ROW("open NULL", kind->open(SYNCHRONIZE, NULL));
    REFUSED_ROW("open NULL in UTF-16", kind->open_wide(SYNCHRONIZE, NULL));
    REFUSED_ROW("open the empty name", kind->open(SYNCHRONIZE, ""));
    CLOSED_ROW("create with no rights", kind->create_ex(name, 0));
    HANDLE held = kind->create(name);
    ONLY_WINE_ALLOWS("open with no rights", 5, kind->open(0, name));
    ONLY_WINE_ALLOWS("create what exists with no rights", 5, kind->create_ex(name, 0));
    CLOSED_ROW("create what exists with SYNCHRONIZE", kind->create_ex(name, SYNCHRONIZE));
    CLOSED_ROW("open with all rights", kind->open(kind->all_access, name));

    /* Not bit 24, for which Windows wants a privilege that Linux does not have. */
    DWORD refused = 0, other_codes = 0;
    for (unsigned bit = 0; bit < 32; bit++) {
        FRESH();
        HANDLE object = bit == 24 ? NULL : kind->open((DWORD)1 << bit, name);
        if (object == NULL && bit != 24) {
            refused |= (DWORD)1 << bit;
            other_codes |= GetLastError() == ERROR_ACCESS_DENIED ? 0 : (DWORD)1 << bit;
        }
        CloseHandle(object);
    }
    snprintf(line, sizeof line, "%s, rights that cannot be asked for: %#x, refused but not with 5: 0", kind->name,
             kind->modify_state != 0 ? 0x0ce0fffcu : 0x0ce0fffeu);
    differs("Wine grants bits that no type has", line,
            "%s, rights that cannot be asked for: %#x, refused but not with 5: %#x", kind->name, (unsigned)refused,
            (unsigned)other_codes);
    CloseHandle(held);
}

static void rights(const struct kind *kind) {
    static const struct {
        const char *text;
        DWORD access;
    } asked[] = {
        {"SYNCHRONIZE", SYNCHRONIZE},
        {"GENERIC_READ", GENERIC_READ},
        {"GENERIC_WRITE", GENERIC_WRITE},
        {"GENERIC_READ and WRITE", GENERIC_READ | GENERIC_WRITE},
        {"GENERIC_EXECUTE", GENERIC_EXECUTE},
        {"GENERIC_ALL", GENERIC_ALL},
        {"MAXIMUM_ALLOWED", MAXIMUM_ALLOWED},
        {"READ_CONTROL", READ_CONTROL},
        {"bit 0", 1},
        {"all but SYNCHRONIZE", 0},
    };
    const char *name = lasting("rights");
    HANDLE full = kind->create(name);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        char what[80];
        DWORD access = asked[i].access != 0 ? asked[i].access : kind->all_access & ~(DWORD)SYNCHRONIZE;
        HANDLE object = kind->open(access, name);
        if (object == NULL) {
            say("%s, opened with %s: not at all, %s", kind->name, asked[i].text, err());
            continue;
        }
        make_ready(kind, full);
        snprintf(what, sizeof what, "opened with %s, wait", asked[i].text);
        wait_row(kind, what, (FRESH(), WaitForSingleObject(object, PATIENCE)));
        WaitForSingleObject(full, 0);
        snprintf(what, sizeof what, "opened with %s, signal", asked[i].text);
        BOOL_ROW(what, kind->signal(object));
        CloseHandle(object);
        ReleaseMutex(full);
    }
    CloseHandle(full);

    HANDLE bare = HANDLE_ROW("create with no rights", kind->create_ex(NULL, 0));
    wait_row(kind, "created with no rights, wait", (FRESH(), WaitForSingleObject(bare, 0)));
    BOOL_ROW("created with no rights, signal", kind->signal(bare));
    BOOL_ROW("created with no rights, close", CloseHandle(bare));
    HANDLE most = HANDLE_ROW("create with MAXIMUM_ALLOWED", kind->create_ex(NULL, MAXIMUM_ALLOWED));
    make_ready(kind, most);
    wait_row(kind, "created with MAXIMUM_ALLOWED, wait", (FRESH(), WaitForSingleObject(most, PATIENCE)));
    BOOL_ROW("created with MAXIMUM_ALLOWED, signal", kind->signal(most));
    CloseHandle(most);
    BOOL_ROW("signal NULL", kind->signal(NULL));
}

NO_ROLES

void body(void) {
    for (int i = 0; i < KINDS; i++) {
        names(&kinds[i]);
        other_types(&kinds[i]);
        paths(&kinds[i]);
        opening(&kinds[i]);
        rights(&kinds[i]);
    }
}

/* Names of objects, for each type: what is fresh, found, another type's, another case's, a path, too long. */
#include "report.h"

typedef HANDLE (*create_a)(const char *name);
typedef HANDLE (*create_w)(const WCHAR *name);

#define CREATORS(suffix, character)                                                                                    \
    static HANDLE section##suffix(const character *name) {                                                             \
        return CreateFileMapping##suffix(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name);                   \
    }                                                                                                                  \
    static HANDLE event##suffix(const character *name) { return CreateEvent##suffix(NULL, TRUE, FALSE, name); }        \
    static HANDLE mutex##suffix(const character *name) { return CreateMutex##suffix(NULL, FALSE, name); }              \
    static HANDLE semaphore##suffix(const character *name) { return CreateSemaphore##suffix(NULL, 1, 2, name); }       \
    static HANDLE timer##suffix(const character *name) { return CreateWaitableTimer##suffix(NULL, TRUE, name); }       \
    static HANDLE open_section##suffix(const character *name) {                                                        \
        return OpenFileMapping##suffix(FILE_MAP_READ, FALSE, name);                                                    \
    }                                                                                                                  \
    static HANDLE open_event##suffix(const character *name) { return OpenEvent##suffix(SYNCHRONIZE, FALSE, name); }    \
    static HANDLE open_mutex##suffix(const character *name) { return OpenMutex##suffix(SYNCHRONIZE, FALSE, name); }    \
    static HANDLE open_semaphore##suffix(const character *name) {                                                      \
        return OpenSemaphore##suffix(SYNCHRONIZE, FALSE, name);                                                        \
    }                                                                                                                  \
    static HANDLE open_timer##suffix(const character *name) {                                                          \
        return OpenWaitableTimer##suffix(SYNCHRONIZE, FALSE, name);                                                    \
    }

CREATORS(A, char)
CREATORS(W, WCHAR)

enum { TYPES = 5 };
static const struct {
    const char *name;
    create_a create, find;
    create_w create_wide, find_wide;
} types[TYPES] = {
    {"section", sectionA, open_sectionA, sectionW, open_sectionW},
    {"event", eventA, open_eventA, eventW, open_eventW},
    {"mutex", mutexA, open_mutexA, mutexW, open_mutexW},
    {"semaphore", semaphoreA, open_semaphoreA, semaphoreW, open_semaphoreW},
    {"timer", timerA, open_timerA, timerW, open_timerW},
};

static const char *outcome(HANDLE handle, const char *error) {
    char *text = report_text();
    snprintf(text, 160, "%s, %s", handle != NULL ? "ok" : "null", error);
    return text;
}

static const char *create(int type, const char *name, HANDLE *handle) {
    FRESH();
    HANDLE made = types[type].create(name);
    const char *said = outcome(made, err());
    if (handle != NULL) {
        *handle = made;
    } else if (made != NULL) {
        CloseHandle(made);
    }
    return said;
}

static const char *find(int type, const char *name) {
    FRESH();
    HANDLE found = types[type].find(name);
    const char *error = err();
    if (found != NULL) {
        CloseHandle(found);
    }
    /* What a successful open leaves in the last error is not promised. */
    return found != NULL ? "ok" : outcome(NULL, error);
}

static void fresh_and_found(int type) {
    HANDLE first, second, unnamed;
    const char *name = unique("Case");
    const char *what = types[type].name;
    say("%s, open what is not there: %s", what, find(type, name));
    say("%s, fresh: %s", what, create(type, name, &first));
    say("%s, found: %s", what, create(type, name, &second));
    say("%s, two handles, two values: %s", what, yes(first != second));
    say("%s, multiples of 4: %s", what, yes(((uintptr_t)first | (uintptr_t)second) % 4 == 0));
    say("%s, opened: %s", what, find(type, name));
    say("%s, opened with Local\\: %s", what, find(type, unique("Local\\Case")));
    say("%s, created with Local\\: %s", what, create(type, unique("Local\\Case"), NULL));
    say("%s, opened in another case: %s", what, find(type, unique("CASE")));
    say("%s, created in another case: %s", what, create(type, unique("case"), NULL));
    CloseHandle(first);
    say("%s, opened while the second handle is left: %s", what, find(type, name));
    CloseHandle(second);
    say("%s, opened when none is left: %s", what, find(type, name));
    say("%s, fresh again: %s", what, create(type, name, NULL));
    say("%s, without a name: %s", what, create(type, NULL, &unnamed));
    CloseHandle(unnamed);
    say("%s, the empty name: %s", what, create(type, "", &unnamed));
    say("%s, the empty name again: %s", what, create(type, "", NULL));
    CloseHandle(unnamed);
    say("%s, opened by the empty name: %s", what, find(type, ""));
    say("%s, opened by no name: %s", what, find(type, NULL));
}

static void other_types(int owner) {
    HANDLE held;
    create(owner, unique("taken"), &held);
    for (int other = 0; other < TYPES; other++) {
        if (other != owner) {
            say("taken by %s: create %s %s; open %s", types[owner].name, types[other].name,
                create(other, unique("taken"), NULL), find(other, unique("taken")));
        }
    }
    CloseHandle(held);
}

static void paths(int type) {
    static const char *const bases[] = {"missing\\x", "missing\\sub\\x", "missing\\\\x", "Local\\\\x",
                                        "Local\\missing\\x", "\\x", "\\missing\\x"};
    const char *what = types[type].name;
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        say("%s \"%s\": create %s; open %s", what, bases[i], create(type, unique(bases[i]), NULL),
            find(type, unique(bases[i])));
    }
    say("%s \"missing\\\": create %s; open %s", what, create(type, "missing\\", NULL), find(type, "missing\\"));
    say("%s \"Local\\\": create %s; open %s", what, create(type, "Local\\", NULL), find(type, "Local\\"));
    say("%s \"Local\": create %s", what, create(type, "Local", NULL));
    say("%s with a slash: %s", what, create(type, unique("a/b"), NULL));
    say("%s with dots: %s", what, create(type, unique("..//./.."), NULL));
    say("%s with spaces and signs: %s", what, create(type, unique(" a*b?c:d|e<f>g\"h "), NULL));
}

/* A unique name, made longer until it has so many characters. */
static char *long_name(size_t length) {
    char *name = malloc(length + 1);
    const char *begin = unique("long");
    memset(name, 'n', length);
    memcpy(name, begin, strlen(begin));
    name[length] = 0;
    return name;
}

static void lengths(int type) {
    static const size_t narrow[] = {200, 250, 300, 1000, 40000};
    static const size_t broad[] = {259, 261, 1000, 32766};
    const char *what = types[type].name;
    for (int i = 0; i < 5; i++) {
        char *name = long_name(narrow[i]);
        say("%s, A name of %u: create %s; open %s", what, (unsigned)narrow[i], create(type, name, NULL),
            find(type, name));
        free(name);
    }
    for (int i = 0; i < 4; i++) {
        char *name = long_name(broad[i]);
        const WCHAR *name_wide = wide(name);
        FRESH();
        HANDLE made = types[type].create_wide(name_wide);
        const char *said = outcome(made, err());
        FRESH();
        HANDLE found = types[type].find_wide(name_wide);
        const char *said_open = found != NULL ? "ok" : outcome(NULL, err());
        say("%s, W name of %u: create %s; open %s", what, (unsigned)broad[i], said, said_open);
        CloseHandle(made);
        CloseHandle(found);
        free(name);
    }
    char *name = long_name(32767);
    FRESH();
    HANDLE made = types[type].create_wide(wide(name));
    const char *said = outcome(made, err());
    CloseHandle(made);
    char windows_says[80];
    snprintf(windows_says, sizeof windows_says, "%s, W name of 32767: null, 123", what);
    differs("Wine cuts the length to what fits, Windows refuses it", windows_says, "%s, W name of 32767: %s", what,
            said);
    free(name);
}

/* Characters beyond ASCII reach the name as they are, and A and W name the same objects. */
static void characters(int type) {
    WCHAR accents[64];
    WCHAR plain[64];
    const char *what = types[type].name;
    HANDLE made;
    memset(accents, 0, sizeof accents);
    memcpy(accents, wide(unique("......")), 2 * strlen(unique("......")));
    accents[0] = 0x00e9;
    accents[1] = 0xd83d;
    accents[2] = 0xde00;
    accents[3] = 0x2603;
    memcpy(plain, accents, sizeof plain);
    plain[0] = 'e';
    made = types[type].create_wide(accents);
    HANDLE found = types[type].find_wide(accents);
    FRESH();
    HANDLE other = types[type].find_wide(plain);
    say("%s with an accent: %s, opened: %s, without the accent: %s", what, yes(made != NULL), yes(found != NULL),
        outcome(other, err()));
    CloseHandle(made);
    CloseHandle(found);
    made = types[type].create(unique("both"));
    found = types[type].find_wide(wide(unique("both")));
    say("%s made by A, opened by W: %s", what, yes(found != NULL));
    CloseHandle(made);
    CloseHandle(found);
}

void body(void) {
    for (int type = 0; type < TYPES; type++) {
        fresh_and_found(type);
    }
    for (int type = 0; type < TYPES; type++) {
        other_types(type);
    }
    for (int type = 0; type < TYPES; type++) {
        paths(type);
        lengths(type);
        characters(type);
    }
}

NO_ROLES

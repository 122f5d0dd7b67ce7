/* Sharing modes: which two opens of a file go together, for how long, and among processes. */
#include "sample_file.h"

static const struct {
    const char *name;
    DWORD access;
} accesses[] = {{"read", GENERIC_READ}, {"write", GENERIC_WRITE}, {"both", GENERIC_READ | GENERIC_WRITE}};

static const struct {
    const char *name;
    DWORD share;
} shares[] = {{"none", 0}, {"read", FILE_SHARE_READ}, {"write", FILE_SHARE_WRITE}, {"both", 3}};

static HANDLE opened(const char *path, DWORD access, DWORD share, DWORD disposition) {
    return CreateFileA(path, access, share, NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
}

static const char *try_open(const char *path, DWORD access, DWORD share, DWORD disposition) {
    FRESH();
    HANDLE file = opened(path, access, share, disposition);
    const char *error = err();
    if (file == INVALID_HANDLE_VALUE) {
        return error;
    }
    CloseHandle(file);
    return "ok";
}

static void matrix(const char *path) {
    for (int first = 0; first < 3; first++) {
        for (int allowed = 0; allowed < 4; allowed++) {
            HANDLE file = opened(path, accesses[first].access, shares[allowed].share, OPEN_EXISTING);
            for (int second = 0; second < 3; second++) {
                DWORD access = accesses[second].access;
                say("open to %s, sharing %s; then to %s, sharing none %s, read %s, write %s, both %s",
                    accesses[first].name, shares[allowed].name, accesses[second].name,
                    try_open(path, access, 0, OPEN_EXISTING), try_open(path, access, 1, OPEN_EXISTING),
                    try_open(path, access, 2, OPEN_EXISTING), try_open(path, access, 3, OPEN_EXISTING));
            }
            CloseHandle(file);
        }
    }
    say("nothing is left: %s", try_open(path, GENERIC_READ | GENERIC_WRITE, 0, OPEN_EXISTING));
}

/* Who asks for no access shares with everybody. */
static void without_access(const char *path) {
    HANDLE file = opened(path, GENERIC_READ | GENERIC_WRITE, 0, OPEN_EXISTING);
    say("alone; then no access, sharing none: %s", try_open(path, 0, 0, OPEN_EXISTING));
    CloseHandle(file);
    file = opened(path, 0, 0, OPEN_EXISTING);
    say("no access, sharing none; then both, sharing none: %s",
        try_open(path, GENERIC_READ | GENERIC_WRITE, 0, OPEN_EXISTING));
    CloseHandle(file);
}

static void dispositions(const char *path) {
    HANDLE file = opened(path, GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING);
    say("shared to read: CREATE_ALWAYS %s, TRUNCATE_EXISTING %s, OPEN_ALWAYS to write %s, to read %s, CREATE_NEW %s",
        try_open(path, GENERIC_WRITE, SHARE_ALL, CREATE_ALWAYS),
        try_open(path, GENERIC_WRITE, SHARE_ALL, TRUNCATE_EXISTING),
        try_open(path, GENERIC_WRITE, SHARE_ALL, OPEN_ALWAYS), try_open(path, GENERIC_READ, SHARE_ALL, OPEN_ALWAYS),
        try_open(path, GENERIC_WRITE, SHARE_ALL, CREATE_NEW));
    say("it still has %u bytes", (unsigned)GetFileSize(file, NULL));
    CloseHandle(file);
    file = opened(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, OPEN_EXISTING);
    say("shared to write: CREATE_ALWAYS %s", try_open(path, GENERIC_WRITE, SHARE_ALL, CREATE_ALWAYS));
    say("it has now %u bytes", (unsigned)GetFileSize(file, NULL));
    CloseHandle(file);
    make_file(path, 100);
}

static void deleting(const char *path) {
    HANDLE file = opened(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, OPEN_EXISTING);
    say("open, not shared to delete");
    TRY(DeleteFileA(path));
    CloseHandle(file);
    say("still there: %s", try_open(path, GENERIC_READ, SHARE_ALL, OPEN_EXISTING));
    file = opened(path, GENERIC_READ, SHARE_ALL, OPEN_EXISTING);
    say("open, shared to delete");
    TRY(DeleteFileA(path));
    unsigned char byte = 0;
    DWORD count = 0;
    ReadFile(file, &byte, 1, &count, NULL);
    say("still readable: %s", yes(count == 1 && byte == sample_byte(0)));
    CloseHandle(file);
    say("gone: %s", try_open(path, GENERIC_READ, SHARE_ALL, OPEN_EXISTING));
    make_file(path, 100);
}

/* What was opened stays open as long as one of its handles. */
static void duplicates(const char *path) {
    HANDLE self = GetCurrentProcess();
    HANDLE duplicate = NULL;
    HANDLE file = opened(path, GENERIC_READ, 0, OPEN_EXISTING);
    TRY(DuplicateHandle(self, file, self, &duplicate, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CloseHandle(file);
    say("a duplicate is left: %s", try_open(path, GENERIC_READ, SHARE_ALL, OPEN_EXISTING));
    CloseHandle(duplicate);
    say("none is left: %s", try_open(path, GENERIC_READ, 0, OPEN_EXISTING));
}

int role(const char *name, int argc, char **argv) {
    if (argc != 1) {
        return 99;
    }
    if (strcmp(name, "opens") == 0) {
        say("the child to read, sharing all: %s; to write, sharing all: %s; to read, sharing to read: %s",
            try_open(argv[0], GENERIC_READ, SHARE_ALL, OPEN_EXISTING),
            try_open(argv[0], GENERIC_WRITE, SHARE_ALL, OPEN_EXISTING),
            try_open(argv[0], GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING));
        return 1;
    }
    if (strcmp(name, "holds") == 0) {
        HANDLE file = opened(argv[0], GENERIC_READ, 0, OPEN_EXISTING);
        SetEvent(OpenEventA(EVENT_MODIFY_STATE, FALSE, unique("holding")));
        WaitForSingleObject(GetCurrentProcess(), INFINITE);
        CloseHandle(file);
    }
    return 99;
}

static void among_processes(const char *path) {
    HANDLE holding = CreateEventA(NULL, FALSE, FALSE, unique("holding"));
    HANDLE file = opened(path, GENERIC_READ, 0, OPEN_EXISTING);
    say("alone");
    finish(start("opens", path));
    CloseHandle(file);
    file = opened(path, GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING);
    say("shared to read");
    finish(start("opens", path));
    CloseHandle(file);
    file = opened(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, OPEN_EXISTING);
    say("writing, shared to read and to write");
    finish(start("opens", path));
    CloseHandle(file);
    say("closed");
    finish(start("opens", path));
    HANDLE child = start("holds", path);
    WaitForSingleObject(holding, INFINITE);
    say("held by a child: %s", try_open(path, GENERIC_READ, SHARE_ALL, OPEN_EXISTING));
    TerminateProcess(child, 1);
    finish(child);
    say("the child was killed: %s", try_open(path, GENERIC_READ | GENERIC_WRITE, 0, OPEN_EXISTING));
    CloseHandle(holding);
}

void body(void) {
    const char *path = temporary("sharing");
    make_file(path, 100);
    matrix(path);
    without_access(path);
    dispositions(path);
    deleting(path);
    duplicates(path);
    among_processes(path);
    DeleteFileA(path);
}

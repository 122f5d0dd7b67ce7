/* The current directory in both forms, where temporary files go and what they are called, and attributes of files. */
#include "sample_file.h"

enum { ROOM = MAX_PATH + 200 };

static int is_separator(int it) { return it == '/' || it == '\\'; }

static int ends_with_separator(const WCHAR *path) { return is_separator(path[lstrlenW(path) - 1]); }

/* Whether both are the same, character by character. */
static int same(const char *narrow, const WCHAR *text) {
    size_t i = 0;
    while (narrow[i] != 0 && (unsigned char)narrow[i] == text[i]) {
        i++;
    }
    return narrow[i] == 0 && text[i] == 0;
}

static const WCHAR *current(void) {
    static WCHAR directories[4][ROOM];
    static int next;
    WCHAR *directory = directories[next++ % 4];
    GetCurrentDirectoryW(ROOM, directory);
    return directory;
}

static void told(void) {
    char narrow[ROOM];
    WCHAR buffer[ROOM];
    FRESH();
    DWORD length = GetCurrentDirectoryW(ROOM, buffer), narrow_length = GetCurrentDirectoryA(ROOM, narrow);
    const char *error = err();
    say("the current directory: its length %s, no separator at its end: %s, %s", yes((int)length == lstrlenW(buffer)),
        yes(!ends_with_separator(buffer)), error);
    say("both forms are alike: %s", yes(length == narrow_length && same(narrow, buffer)));
    memset(buffer, 0x11, sizeof buffer);
    FRESH();
    DWORD none = GetCurrentDirectoryW(0, NULL), short_by_one = GetCurrentDirectoryW(length, buffer);
    error = err();
    say("no room: the length and one: %s %s, %s", yes(none == length + 1), yes(short_by_one == length + 1), error);
    say("one more: %s", yes(GetCurrentDirectoryW(length + 1, buffer) == length));
    none = GetCurrentDirectoryA(0, NULL);
    short_by_one = GetCurrentDirectoryA(length, narrow);
    say("in bytes: the length and one: %s %s, one more: %s", yes(none == length + 1), yes(short_by_one == length + 1),
        yes(GetCurrentDirectoryA(length + 1, narrow) == length));
}

static void changed(void) {
    char temporary_path[ROOM];
    const WCHAR *first = current();
    DWORD length = GetTempPathA(ROOM, temporary_path);
    TRY(SetCurrentDirectoryA(temporary_path));
    const WCHAR *second = current();
    say("told without the separator: %s", yes(lstrlenW(second) == (int)length - 1));
    make_file(unique("here"), 10);
    say("a file's name is looked for there: %s", yes(GetFileAttributesA(temporary("here")) != INVALID_FILE_ATTRIBUTES));
    TRY(SetCurrentDirectoryA(unique("here")));
    TRY(SetCurrentDirectoryW(wide(unique("here"))));
    TRY(DeleteFileA(temporary("here")));
    TRY(SetCurrentDirectoryW(wide(".")));
    say("the same: %s", yes(lstrcmpW(current(), second) == 0));
    TRY(SetCurrentDirectoryW(wide("no such directory")));
    TRY(SetCurrentDirectoryA("no such directory"));
    TRY(SetCurrentDirectoryA("no such directory\\within"));
    TRY(SetCurrentDirectoryW(wide("no such directory/within")));
    TRY(SetCurrentDirectoryA(""));
    TRY(SetCurrentDirectoryW(wide("")));
    TRY(SetCurrentDirectoryA("a<b"));
    say("still the same: %s", yes(lstrcmpW(current(), second) == 0));
    TRY(SetCurrentDirectoryW(wide("..")));
    const WCHAR *above = current();
    say("above it: shorter: %s, and the same so far: %s", yes(lstrlenW(above) < lstrlenW(second)),
        yes(memcmp(above, second, (size_t)lstrlenW(above) * sizeof *above) == 0));
    TRY(SetCurrentDirectoryA("\\"));
    const WCHAR *root = current();
    say("the root ends in a separator: %s", yes(ends_with_separator(root)));
    TRY(SetCurrentDirectoryW(wide("..")));
    say("nothing is above it: %s", yes(lstrcmpW(current(), root) == 0));
    TRY(SetCurrentDirectoryW(first));
    say("back: %s", yes(lstrcmpW(current(), first) == 0));
}

int role(const char *name, int argc, char **argv) {
    (void)name;
    return argc == 1 && same(argv[0], current()) ? 3 : 4;
}

static void inherited(void) {
    char directory[ROOM];
    const WCHAR *first = current();
    GetCurrentDirectoryA(ROOM, directory);
    say("a child's is its parent's: %u", (unsigned)finish(start("child", directory)));
    DWORD length = GetTempPathA(ROOM, directory);
    directory[length - 1] = 0;
    SetCurrentDirectoryA(directory);
    say("after a change: %u", (unsigned)finish(start("child", directory)));
    SetCurrentDirectoryW(first);
}

static void temporary_files(void) {
    WCHAR directory[ROOM], name[ROOM], again[ROOM];
    FRESH();
    DWORD length = GetTempPathW(ROOM, directory);
    const char *error = err();
    say("GetTempPathW: its length %s, ends in a separator: %s, %s", yes((int)length == lstrlenW(directory)),
        yes(ends_with_separator(directory)), error);
    say("too small a place: the length and one: %s", yes(GetTempPathW(3, name) == length + 1));
    say("no place: the length and one: %s", yes(GetTempPathW(0, NULL) == length + 1));
    UINT number = GetTempFileNameW(directory, wide("prefix"), 0, name);
    say("a name: %s", yes(number != 0));
    say("of the directory, three letters and a number: %s",
        yes(memcmp(name, directory, length * sizeof *name) == 0 && name[length] == 'p' && name[length + 2] == 'e'));
    const WCHAR *end = name + lstrlenW(name) - 4;
    say("it ends in .tmp: %s", yes(same(".tmp", end)));
    say("an empty file is there: attributes 0x%x", (unsigned)GetFileAttributesW(name));
    say("another: %s", yes(GetTempFileNameW(directory, wide("prefix"), 0, again) != 0 && lstrcmpW(name, again) != 0));
    TRY(DeleteFileW(name));
    TRY(DeleteFileW(again));
    number = GetTempFileNameW(directory, wide("ab"), 0x1234, name);
    say("by a number: 0x%x, as it should be: %s", (unsigned)number, yes(same("ab1234.tmp", name + length)));
    TRY(GetFileAttributesW(name) == INVALID_FILE_ATTRIBUTES);
    number = GetTempFileNameW(directory, wide(""), 0xabcd0001, name);
    say("by a longer number: 0x%x, as it should be: %s", (unsigned)number, yes(same("1.tmp", name + length)));
    FRESH();
    number = GetTempFileNameW(wide("missing directory"), wide("abc"), 0, name);
    error = err();
    say("in a directory that is not there: %u, %s", (unsigned)number, error);
    FRESH();
    number = GetTempFileNameW(wide("."), wide("abc"), 7, name);
    error = err();
    say("in this one: %u, %s, a dot and a separator: %s", (unsigned)number, error,
        yes(name[0] == '.' && is_separator(name[1]) && same("abc7.tmp", name + 2)));
}

static const char *attributes(const char *path) {
    char *text = report_text();
    FRESH();
    DWORD found = GetFileAttributesA(path);
    const char *error = err();
    FRESH();
    DWORD wide_found = path == NULL ? GetFileAttributesW(NULL) : GetFileAttributesW(wide(path));
    const char *wide_error = err();
    snprintf(text, 160, "0x%x, %s; 0x%x, %s", (unsigned)found, error, (unsigned)wide_found, wide_error);
    return text;
}

static void remove_read_only(const char *path) {
#ifdef _WIN32
    SetFileAttributesA(path, FILE_ATTRIBUTE_NORMAL);
#endif
    remove(path);
}

static void of_files(void) {
    const char *path = temporary("attributes"), *other = temporary("read-only");
    say("a file that is not there: %s", attributes(path));
    make_file(path, 10);
    say("a file: %s", attributes(path));
    HANDLE file = CreateFileA(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    say("one that is open for this process alone: %s", attributes(path));
    CloseHandle(file);
    char below[ROOM];
    snprintf(below, sizeof below, "%s/below", path);
    say("below a file: %s", attributes(below));
    file = CreateFileA(other, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_READONLY, NULL);
    CloseHandle(file);
    say("a file that is only read, not written: %s", yes((GetFileAttributesA(other) & FILE_ATTRIBUTE_READONLY) != 0));
    file = (HANDLE)TRY_WINDOWS("Wine asks the kernel, which lets root", "invalid, 5",
                               CreateFileA(other, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL));
    CloseHandle(file);
    TRY(DeleteFileA(other));
    remove_read_only(other);
    say("a directory: %s", attributes("."));
    say("of no name: %s", attributes(""));
    say("in a directory that is not there: %s", attributes("missing directory/file"));
    say("no name at all: %s", attributes(NULL));
    say("a character that no name has: %s", attributes("a|b"));
    say("one for many: %s", attributes("*"));
    differs("Wine looks for a drive of that name", "of another machine: 0xffffffff, 53; 0xffffffff, 53",
            "of another machine: %s", attributes("\\\\no-such-server\\share\\file"));
    TRY(DeleteFileA(path));
    say("gone: %s", attributes(path));
}

void body(void) {
    told();
    changed();
    inherited();
    temporary_files();
    of_files();
}

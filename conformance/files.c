/* Files: how they are created and opened, read and written, sized, deleted, and how temporary ones are named. */
#include "sample_file.h"

static const char *created(const char *path, DWORD access, DWORD disposition) {
    char *text = report_text();
    FRESH();
    HANDLE file = CreateFileA(path, access, SHARE_ALL, NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
    const char *error = err();
    if (file == INVALID_HANDLE_VALUE) {
        snprintf(text, 160, "invalid, %s", error);
        return text;
    }
    /* Only these two say in the last error whether there was a file. */
    int says = disposition == CREATE_ALWAYS || disposition == OPEN_ALWAYS;
    snprintf(text, 160, "ok%s%s, %u bytes", says ? ", " : "", says ? error : "", (unsigned)GetFileSize(file, NULL));
    CloseHandle(file);
    return text;
}

static void dispositions(const char *path) {
    static const struct {
        const char *name;
        DWORD disposition;
    } rows[] = {{"CREATE_NEW", CREATE_NEW},
                {"CREATE_ALWAYS", CREATE_ALWAYS},
                {"OPEN_EXISTING", OPEN_EXISTING},
                {"OPEN_ALWAYS", OPEN_ALWAYS},
                {"TRUNCATE_EXISTING", TRUNCATE_EXISTING}};
    const DWORD both = GENERIC_READ | GENERIC_WRITE;
    char below[MAX_PATH + 300];
    snprintf(below, sizeof below, "%s.missing/x", path);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        DWORD disposition = rows[i].disposition;
        DeleteFileA(path);
        const char *missing = created(path, both, disposition);
        make_file(path, 100);
        const char *present = created(path, both, disposition);
        say("%s: no file: %s; a file: %s; no directory: %s", rows[i].name, missing, present,
            created(below, both, disposition));
    }
    make_file(path, 100);
    say("disposition 0: %s", created(path, both, 0));
    say("disposition 6: %s", created(path, both, 6));
    say("a directory: %s", created(".", GENERIC_READ, OPEN_EXISTING));
    say("an empty path: %s", created("", GENERIC_READ, OPEN_EXISTING));
    HANDLE file = CreateFileW(wide(path), GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    say("by CreateFileW: %u bytes", (unsigned)GetFileSize(file, NULL));
    CloseHandle(file);
    file = CreateFileA(path, both | DELETE, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CloseHandle(file);
    say("closed with FILE_FLAG_DELETE_ON_CLOSE: %s", created(path, GENERIC_READ, OPEN_EXISTING));
}

static unsigned position(HANDLE file) { return (unsigned)SetFilePointer(file, 0, NULL, FILE_CURRENT); }

static void reading_and_writing(const char *path) {
    unsigned char bytes[64];
    DWORD count = 77;
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 100);
    TRY(ReadFile(file, bytes, 10, &count, NULL));
    say("%u bytes, right ones: %s, position %u", (unsigned)count, yes(bytes[9] == sample_byte(9)), position(file));
    SetFilePointer(file, 95, NULL, FILE_BEGIN);
    TRY(ReadFile(file, bytes, 10, &count, NULL));
    say("near the end: %u bytes, position %u", (unsigned)count, position(file));
    TRY(ReadFile(file, bytes, 10, &count, NULL));
    say("at the end: %u bytes", (unsigned)count);
    TRY(WriteFile(file, "abc", 3, &count, NULL));
    say("written: %u bytes, position %u, size %u", (unsigned)count, position(file), (unsigned)GetFileSize(file, NULL));
    TRY(WriteFile(file, "abc", 0, &count, NULL));
    say("nothing: %u bytes", (unsigned)count);
    SetFilePointer(file, 200, NULL, FILE_BEGIN);
    TRY(WriteFile(file, "z", 1, &count, NULL));
    SetFilePointer(file, 150, NULL, FILE_BEGIN);
    ReadFile(file, bytes, 64, &count, NULL);
    say("behind the end: size %u, between is %u, then %c", (unsigned)GetFileSize(file, NULL), bytes[0], bytes[50]);

    OVERLAPPED at;
    memset(&at, 0, sizeof at);
    at.Offset = 20;
    TRY(ReadFile(file, bytes, 4, &count, &at));
    say("at an offset: %u bytes, right ones: %s, position %u", (unsigned)count, yes(bytes[0] == sample_byte(20)),
        position(file));
    TRY(WriteFile(file, "xy", 2, &count, &at));
    say("written at an offset: %u bytes, position %u", (unsigned)count, position(file));
    at.Offset = 1000;
    TRY(ReadFile(file, bytes, 4, &count, &at));
    CloseHandle(file);

    file = open_file(path, GENERIC_WRITE);
    TRY(ReadFile(file, bytes, 4, &count, NULL));
    say("count %u", (unsigned)count);
    TRY(WriteFile(file, NULL, 4, &count, NULL));
    TRY(WriteFile(file, NULL, 0, &count, NULL));
    CloseHandle(file);
    file = open_file(path, GENERIC_READ);
    TRY(WriteFile(file, bytes, 4, &count, NULL));
    say("to set the end through a handle that reads: %s", yes(SetEndOfFile(file)));
    TRY(ReadFile(file, NULL, 4, &count, NULL));
    CloseHandle(file);
    TRY(ReadFile(file, bytes, 4, &count, NULL));
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    TRY(ReadFile(event, bytes, 4, &count, NULL));
    TRY(WriteFile(event, bytes, 4, &count, NULL));
    CloseHandle(event);
}

static void positions(const char *path) {
    LARGE_INTEGER distance;
    LARGE_INTEGER result;
    LONG high = 0;
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 100);
    say("begin 30: %u", (unsigned)SetFilePointer(file, 30, NULL, FILE_BEGIN));
    say("current -10: %u", (unsigned)SetFilePointer(file, -10, NULL, FILE_CURRENT));
    say("end -1: %u", (unsigned)SetFilePointer(file, -1, NULL, FILE_END));
    say("end 50: %u", (unsigned)SetFilePointer(file, 50, NULL, FILE_END));
    FRESH();
    DWORD low = SetFilePointer(file, -1000, NULL, FILE_CURRENT);
    const char *error = err();
    say("before the file: 0x%x, %s, position %u", (unsigned)low, error, position(file));
    FRESH();
    low = SetFilePointer(file, 0, NULL, 3);
    say("no such method: 0x%x, %s", (unsigned)low, err());
    high = 1;
    low = SetFilePointer(file, 5, &high, FILE_BEGIN);
    say("beyond 4 GiB: %u and %d", (unsigned)low, (int)high);
    distance.QuadPart = 0x123456789a;
    result.QuadPart = 0;
    TRY(SetFilePointerEx(file, distance, &result, FILE_BEGIN));
    say("position 0x%llx", (unsigned long long)result.QuadPart);
    TRY(SetFilePointerEx(file, distance, NULL, FILE_BEGIN));
    TRY(SetFilePointerEx(NULL, distance, &result, FILE_BEGIN));
    distance.QuadPart = -1;
    TRY(SetFilePointerEx(file, distance, &result, FILE_BEGIN));
    CloseHandle(file);
}

static void sizes(const char *path) {
    LARGE_INTEGER size;
    DWORD high = 77;
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 100);
    DWORD low = GetFileSize(file, &high);
    say("size %u and %u", (unsigned)low, (unsigned)high);
    SetFilePointer(file, 40, NULL, FILE_BEGIN);
    TRY(SetEndOfFile(file));
    say("cut: %u", (unsigned)GetFileSize(file, NULL));
    SetFilePointer(file, 5000, NULL, FILE_BEGIN);
    TRY(SetEndOfFile(file));
    TRY(GetFileSizeEx(file, &size));
    say("extended: %u", (unsigned)size.QuadPart);
    TRY(FlushFileBuffers(file));
    say("type %u", (unsigned)GetFileType(file));
    CloseHandle(file);
    file = open_file(path, GENERIC_READ);
    TRY(FlushFileBuffers(file));
    CloseHandle(file);
    FRESH();
    low = GetFileSize(file, NULL);
    say("size of a closed file: 0x%x, %s", (unsigned)low, err());
    TRY(GetFileSizeEx(file, &size));
    TRY(FlushFileBuffers(file));
    TRY(SetEndOfFile(file));
    FRESH();
    DWORD type = GetFileType(file);
    say("type of a closed file: %u, %s", (unsigned)type, err());
}

static void deleting(const char *path) {
    char below[MAX_PATH + 300];
    snprintf(below, sizeof below, "%s.missing/x", path);
    make_file(path, 1);
    TRY(DeleteFileA(path));
    TRY(DeleteFileA(path));
    TRY(DeleteFileA(below));
    TRY(DeleteFileA("."));
    TRY(DeleteFileW(wide(path)));
}

static void temporary_names(void) {
    char directory[MAX_PATH + 1];
    char small[4];
    char name[MAX_PATH + 1];
    DWORD length = GetTempPathA(sizeof directory, directory);
    char last = directory[length - 1];
    say("GetTempPath: its length: %s, ends in a separator: %s", yes(strlen(directory) == length),
        yes(last == '\\' || last == '/'));
    say("too small a place: the length and one: %s", yes(GetTempPathA(sizeof small, small) == length + 1));
    WCHAR wide_directory[MAX_PATH + 1];
    say("GetTempPathW: the same length: %s", yes(GetTempPathW(MAX_PATH + 1, wide_directory) == length));

    UINT number = GetTempFileNameA(directory, "prefix", 0, name);
    say("GetTempFileName makes a file: %s", created(name, GENERIC_READ, OPEN_EXISTING));
    const char *base = name + length;
    char expected[64];
    snprintf(expected, sizeof expected, "pre%X.tmp", number);
    say("in the directory: %s, named after 3 letters and the number: %s", yes(strncmp(name, directory, length) == 0),
        yes(lstrcmpiA(base, expected) == 0));
    char other[MAX_PATH + 1];
    GetTempFileNameA(directory, "prefix", 0, other);
    say("the next has another name: %s", yes(strcmp(name, other) != 0));
    TRY(DeleteFileA(other));
    TRY(DeleteFileA(name));
    number = GetTempFileNameA(directory, "abc", 0x1234, name);
    say("with a number: 0x%x, makes no file: %s", number, created(name, GENERIC_READ, OPEN_EXISTING));
    say("named after it: %s", yes(lstrcmpiA(name + length, "abc1234.tmp") == 0));
    FRESH();
    number = GetTempFileNameA("missing directory", "abc", 0, name);
    say("no directory: %u, %s", number, err());
}

void body(void) {
    const char *path = temporary("files");
    dispositions(path);
    reading_and_writing(path);
    positions(path);
    sizes(path);
    deleting(path);
    temporary_names();
}

NO_ROLES

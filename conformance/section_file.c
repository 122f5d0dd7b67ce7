/* Sections over files: the access that the file's handle must have, and what cannot be done to the file meanwhile. */
#include "sample_file.h"

static const char *made(HANDLE file, DWORD protection) {
    char *text = report_text();
    FRESH();
    HANDLE section = CreateFileMappingA(file, NULL, protection, 0, 0, NULL);
    if (section == NULL) {
        snprintf(text, 160, "%s", err());
        return text;
    }
    CloseHandle(section);
    return "ok";
}

static void needed_access(const char *path) {
    static const struct {
        const char *name;
        DWORD access;
    } rows[] = {
        {"no access", 0},
        {"read", GENERIC_READ},
        {"write", GENERIC_WRITE},
        {"read, write", GENERIC_READ | GENERIC_WRITE},
        {"read attributes", FILE_READ_ATTRIBUTES},
    };
    make_file(path, 100);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        HANDLE file = open_file(path, rows[i].access);
        say("%s: READONLY %s, WRITECOPY %s, READWRITE %s", rows[i].name, made(file, PAGE_READONLY),
            made(file, PAGE_WRITECOPY), made(file, PAGE_READWRITE));
        CloseHandle(file);
    }
    HANDLE file = open_file(path, GENERIC_READ | GENERIC_EXECUTE);
    say("read, execute: EXECUTE_READ %s, EXECUTE_WRITECOPY %s, EXECUTE_READWRITE %s", made(file, PAGE_EXECUTE_READ),
        made(file, PAGE_EXECUTE_WRITECOPY), made(file, PAGE_EXECUTE_READWRITE));
    CloseHandle(file);
    file = open_file(path, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE);
    say("all three: EXECUTE_READ %s, EXECUTE_WRITECOPY %s, EXECUTE_READWRITE %s", made(file, PAGE_EXECUTE_READ),
        made(file, PAGE_EXECUTE_WRITECOPY), made(file, PAGE_EXECUTE_READWRITE));
    CloseHandle(file);
    file = open_file(path, GENERIC_READ);
    say("a larger section through a handle that reads");
    TRY(CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 200, NULL));
    say("the file has %u bytes", (unsigned)GetFileSize(file, NULL));
    CloseHandle(file);
}

static const char *set_end(HANDLE file, LONG size) {
    char *text = report_text();
    SetFilePointer(file, size, NULL, FILE_BEGIN);
    FRESH();
    BOOL done = SetEndOfFile(file);
    const char *error = done ? "ok" : err();
    snprintf(text, 160, "%s, has %u", error, (unsigned)GetFileSize(file, NULL));
    return text;
}

static void file_size(const char *path) {
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 8);
    HANDLE section = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 4, NULL);
    say("a section of 4 over a file of 8");
    say("cut to 6: %s", set_end(file, 6));
    say("cut to 0: %s", set_end(file, 0));
    say("set to 8: %s", set_end(file, 8));
    say("set to 16: %s", set_end(file, 16));
    TRY(MapViewOfFile(section, FILE_MAP_READ, 0, 0, 5));
    say("cut to 8 again: %s", set_end(file, 8));
    unsigned char *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    CloseHandle(section);
    say("only a view: cut to 6: %s", set_end(file, 6));
    UnmapViewOfFile(view);
    say("nothing: cut to 6: %s", set_end(file, 6));
    say("nothing: cut to 0: %s", set_end(file, 0));
    CloseHandle(file);
}

static const char *create(const char *path, DWORD disposition) {
    FRESH();
    HANDLE file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, SHARE_ALL, NULL, disposition, FILE_ATTRIBUTE_NORMAL,
                              NULL);
    const char *error = err();
    CloseHandle(file);
    return file != INVALID_HANDLE_VALUE ? "ok" : error;
}

static void overwriting(const char *path) {
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 100);
    HANDLE section = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL);
    CloseHandle(file);
    say("a section: OPEN_EXISTING %s, OPEN_ALWAYS %s", create(path, OPEN_EXISTING), create(path, OPEN_ALWAYS));
    say("a section: CREATE_ALWAYS %s", create(path, CREATE_ALWAYS));
    say("a section: TRUNCATE_EXISTING %s", create(path, TRUNCATE_EXISTING));
    unsigned char *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    CloseHandle(section);
    say("a view: CREATE_ALWAYS %s", create(path, CREATE_ALWAYS));
    say("its bytes: %s", yes(view[99] == sample_byte(99)));
    UnmapViewOfFile(view);
    say("nothing: CREATE_ALWAYS %s", create(path, CREATE_ALWAYS));
}

static void deleting(const char *path) {
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 100);
    HANDLE section = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL);
    CloseHandle(file);
    const char *why = "Wine deletes files that are mapped";
    say("deleted while there is a section");
    TRY_WINDOWS(why, "false, 5", DeleteFileA(path));
    void *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    CloseHandle(section);
    say("deleted while there is a view");
    TRY_WINDOWS(why, "false, 5", DeleteFileA(path));
    UnmapViewOfFile(view);
    say("deleted when both are gone");
    TRY_WINDOWS(why, "ok, -", DeleteFileA(path));
    TRY(DeleteFileA(path));
}

/* Another opens the file for reading, and allows others what `share` says. */
static const char *reading(const char *path, DWORD share) {
    FRESH();
    HANDLE file = CreateFileA(path, GENERIC_READ, share, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    const char *error = err();
    CloseHandle(file);
    return file != INVALID_HANDLE_VALUE ? "ok" : error;
}

static void sharing(const char *path) {
    static const struct {
        const char *name;
        DWORD protection;
    } rows[] = {{"READONLY", PAGE_READONLY},
                {"WRITECOPY", PAGE_WRITECOPY},
                {"READWRITE", PAGE_READWRITE},
                {"EXECUTE_READ", PAGE_EXECUTE_READ},
                {"EXECUTE_READWRITE", PAGE_EXECUTE_READWRITE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE, 100);
        HANDLE section = CreateFileMappingA(file, NULL, rows[i].protection, 0, 0, NULL);
        CloseHandle(file);
        say("%s, the file closed: share read and write %s, read %s, write %s, nothing %s", rows[i].name,
            reading(path, FILE_SHARE_READ | FILE_SHARE_WRITE), reading(path, FILE_SHARE_READ),
            reading(path, FILE_SHARE_WRITE), reading(path, 0));
        CloseHandle(section);
        say("%s, the section closed: share nothing %s", rows[i].name, reading(path, 0));
    }
}

static void its_type(void) {
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READONLY, 0, 4096, NULL);
    FRESH();
    DWORD type = GetFileType(section);
    differs("Wine takes it for a file", "GetFileType of a section: 0, 6",
            "GetFileType of a section: %u, %s", (unsigned)type, err());
    CloseHandle(section);
}

void body(void) {
    const char *path = temporary("file");
    needed_access(path);
    file_size(path);
    overwriting(path);
    deleting(path);
    sharing(path);
    its_type();
    DeleteFileA(path);
}

NO_ROLES

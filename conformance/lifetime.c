/* How long a section has its name: as long as a handle, not as long as a view. */
#include "sample_file.h"

static void say_region(const char *what, const void *address) {
    MEMORY_BASIC_INFORMATION info;
    memset(&info, 0, sizeof info);
    VirtualQuery(address, &info, sizeof info);
    say("%s: state 0x%x, type 0x%x, protect 0x%x, 0x%x bytes", what, (unsigned)info.State, (unsigned)info.Type,
        (unsigned)info.Protect, (unsigned)info.RegionSize);
}

/* `file` is what the section is made over, and made over again when its name is free. */
static void generations(const char *where, HANDLE file) {
    const char *name = unique("lifetime");
    say("%s", where);
    HANDLE section = TRY_HANDLE(CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0x10000, name));
    unsigned char *view = TRY_VIEW(MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0));
    view[0] = 42;
    HANDLE second = TRY_HANDLE(OpenFileMappingA(FILE_MAP_READ, FALSE, name));
    TRY(CloseHandle(section));
    say("the second handle keeps the name");
    CloseHandle(TRY_HANDLE(OpenFileMappingA(FILE_MAP_READ, FALSE, name)));
    TRY(CloseHandle(second));
    say_region("the view without handles", view);
    say("its byte: %u", view[0]);
    TRY(OpenFileMappingA(FILE_MAP_READ, FALSE, name));
    view[1] = 43;
    section = TRY_HANDLE(CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0x10000, name));
    unsigned char *new_view = TRY_VIEW(MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0));
    say("the new section's bytes: %u %u", new_view[0], new_view[1]);
    new_view[2] = 44;
    view[3] = 45;
    say("written in the new one, read in the old one: %s", yes(view[2] == 44));
    say("written in the old one, read in the new one: %s", yes(new_view[3] == 45));
    say_region("the old view", view);
    TRY(UnmapViewOfFile(view));
    say("unmapping the old view leaves the new name");
    CloseHandle(TRY_HANDLE(OpenFileMappingA(FILE_MAP_READ, FALSE, name)));
    TRY(CloseHandle(section));
    TRY(OpenFileMappingA(FILE_MAP_READ, FALSE, name));
    TRY(UnmapViewOfFile(new_view));
}

/* A duplicate is a handle as good as any, and keeps the name too. */
static void duplicates(void) {
    const char *name = unique("duplicate");
    HANDLE self = GetCurrentProcess();
    HANDLE duplicate = NULL;
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name);
    TRY(DuplicateHandle(self, section, self, &duplicate, FILE_MAP_READ, FALSE, 0));
    CloseHandle(section);
    CloseHandle(TRY_HANDLE(OpenFileMappingA(FILE_MAP_WRITE, FALSE, name)));
    CloseHandle(duplicate);
    TRY(OpenFileMappingA(FILE_MAP_WRITE, FALSE, name));
}

/* The name is free at once for an object of any type. */
static void another_type(void) {
    const char *name = unique("type");
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name);
    void *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    TRY(CreateEventA(NULL, TRUE, FALSE, name));
    CloseHandle(section);
    HANDLE event = TRY_HANDLE(CreateEventA(NULL, TRUE, FALSE, name));
    TRY(OpenFileMappingA(FILE_MAP_READ, FALSE, name));
    TRY(UnmapViewOfFile(view));
    CloseHandle(event);
    CloseHandle(TRY_HANDLE(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name)));
}

/* A file that is closed stays mapped. */
static void without_file_handle(const char *path) {
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 5000);
    HANDLE section = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL);
    TRY(CloseHandle(file));
    unsigned char *view = TRY_VIEW(MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0));
    TRY(CloseHandle(section));
    say("a byte of the file: %s", yes(view[4999] == sample_byte(4999)));
    view[4999] = 9;
    TRY(UnmapViewOfFile(view));
    file = open_file(path, GENERIC_READ);
    SetFilePointer(file, 4999, NULL, FILE_BEGIN);
    unsigned char byte = 0;
    DWORD count = 0;
    ReadFile(file, &byte, 1, &count, NULL);
    say("written without any handle: %u", byte);
    CloseHandle(file);
}

static void many_times(void) {
    const char *name = unique("again");
    unsigned fresh = 0;
    unsigned zero = 0;
    for (int i = 0; i < 50; i++) {
        FRESH();
        HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name);
        fresh += section != NULL && GetLastError() == 0;
        unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
        zero += view[i] == 0;
        memset(view, 255, 4096);
        UnmapViewOfFile(view);
        CloseHandle(section);
    }
    say("created and closed 50 times: fresh %u, zero %u", fresh, zero);
}

void body(void) {
    const char *path = temporary("lifetime");
    generations("in memory", INVALID_HANDLE_VALUE);
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 0);
    generations("over a file", file);
    CloseHandle(file);
    duplicates();
    another_type();
    without_file_handle(path);
    many_times();
    DeleteFileA(path);
}

NO_ROLES

/* UnmapViewOfFile and FlushViewOfFile: by which addresses, of what, and what is left. */
#include "sample_file.h"

/* MinGW's headers do not have it. */
#ifndef MEM_PRESERVE_PLACEHOLDER
#define MEM_PRESERVE_PLACEHOLDER 0x2
#endif

static const char *there(const void *address) {
    MEMORY_BASIC_INFORMATION info;
    memset(&info, 0, sizeof info);
    VirtualQuery(address, &info, sizeof info);
    return info.State == MEM_FREE ? "gone" : "there";
}

static void by_any_address(HANDLE section) {
    static const unsigned offsets[] = {0, 1, 100, 4096, 4196, 0x10000, 0x1ffff};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
        FRESH();
        BOOL done = UnmapViewOfFile(view + offsets[i]);
        say("unmapped by +0x%x: %s, its start is %s, its end is %s", offsets[i], yes(done), there(view),
            there(view + 0x1f000));
        FRESH();
        done = UnmapViewOfFile(view + offsets[i]);
        say("again: %s, %s", yes(done), err());
    }
}

static void no_views(HANDLE section) {
    int local = 0;
    unsigned char *memory = VirtualAlloc(NULL, 0x10000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    unsigned char *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 4096);
    TRY(UnmapViewOfFile(NULL));
    TRY(UnmapViewOfFile((void *)(uintptr_t)0x1000));
    TRY(UnmapViewOfFile(memory));
    TRY(UnmapViewOfFile(memory + 4096));
    TRY(UnmapViewOfFile(&local));
    say("behind the view's last page");
    TRY(UnmapViewOfFile(view + 4096));
    say("memory is %s, the view is %s", there(memory), there(view));
    TRY(UnmapViewOfFile(view + 4095));
    VirtualFree(memory, 0, MEM_RELEASE);
}

static void other_functions(HANDLE section) {
    HANDLE self = GetCurrentProcess();
    unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    TRY(UnmapViewOfFile2(NULL, view, 0));
    say("the view is %s", there(view));
    TRY(UnmapViewOfFile2(self, view, 0));
    say("the view is %s", there(view));
    TRY(UnmapViewOfFile2(self, view, 0));
    view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    TRY(UnmapViewOfFileEx(view, 0));
    TRY(UnmapViewOfFileEx(view, 0));
    view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    const char *why = "Wine unmaps it all the same";
    TRY_WINDOWS(why, "false, 487", UnmapViewOfFile2(self, view, MEM_PRESERVE_PLACEHOLDER));
    differs(why, "the view is there", "the view is %s", there(view));
    UnmapViewOfFile(view);
}

/* Views go on without handles, and each is unmapped by itself. */
static void without_handles(void) {
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x20000, NULL);
    unsigned char *first = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    unsigned char *second = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    TRY(CloseHandle(section));
    first[7] = 77;
    say("in the other view: %u", second[7]);
    TRY(UnmapViewOfFile(first));
    say("the other view is %s, and has %u", there(second), second[7]);
    TRY(UnmapViewOfFile(second));
}

static void flushed(const char *path) {
    unsigned char byte = 0;
    DWORD count = 0;
    HANDLE file = open_file(path, GENERIC_READ | GENERIC_WRITE);
    HANDLE section = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL);
    unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    view[0x8001] = 88;
    TRY(FlushViewOfFile(view, 0));
    TRY(FlushViewOfFile(view + 0x8001, 1));
    TRY(FlushViewOfFile(view + 0x8001, 0));
    TRY(FlushViewOfFile(view, 0x10000));
    TRY(FlushFileBuffers(file));
    UnmapViewOfFile(view);
    CloseHandle(section);
    CloseHandle(file);
    file = open_file(path, GENERIC_READ);
    SetFilePointer(file, 0x8001, NULL, FILE_BEGIN);
    ReadFile(file, &byte, 1, &count, NULL);
    say("in the file: %u", byte);
    section = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL);
    view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    say("a view that only reads");
    TRY(FlushViewOfFile(view, 0));
    UnmapViewOfFile(view);
    CloseHandle(section);
    CloseHandle(file);
    section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x10000, NULL);
    view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    view[5] = 1;
    say("a view of memory");
    TRY(FlushViewOfFile(view, 0));
    TRY(FlushViewOfFile(view, 4096));
    UnmapViewOfFile(view);
    CloseHandle(section);
}

void body(void) {
    const char *path = temporary("unmap");
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 0x20000);
    HANDLE over_file = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL);
    HANDLE in_memory = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x20000, NULL);
    say("in memory");
    by_any_address(in_memory);
    say("over a file");
    by_any_address(over_file);
    no_views(in_memory);
    other_functions(in_memory);
    CloseHandle(in_memory);
    CloseHandle(over_file);
    CloseHandle(file);
    without_handles();
    flushed(path);
    DeleteFileA(path);
}

NO_ROLES

/* Copy-on-write views: what is copied when, who sees it, and how VirtualQuery tells. */
#include "sample_file.h"

enum { PAGE = 4096, PAGES = 4 };

static const char why[] = "Wine does not tell which pages are copied";

/* The protections of the pages one by one, and how the view is divided into regions. `windows` are those that Windows
 * gives, where Wine gives others. */
static void say_pages(const char *what, unsigned char *view, const char *windows) {
    MEMORY_BASIC_INFORMATION info;
    char line[200];
    char windows_line[300];
    size_t length = 0;
    for (int page = 0; page < PAGES; page++) {
        memset(&info, 0, sizeof info);
        VirtualQuery(view + page * PAGE, &info, sizeof info);
        length += (size_t)snprintf(line + length, sizeof line - length, " 0x%x (%u)", (unsigned)info.Protect,
                                   (unsigned)(info.RegionSize / PAGE));
    }
    unsigned from = (unsigned)info.AllocationProtect;
    if (windows == NULL) {
        say("%s: protect (and pages alike):%s, all from 0x%x", what, line, from);
        return;
    }
    unsigned all = strstr(windows, "0x80") != NULL ? 0x80 : 0x8;
    snprintf(windows_line, sizeof windows_line, "%s: protect (and pages alike): %s, all from 0x%x", what, windows, all);
    differs(why, windows_line, "%s: protect (and pages alike):%s, all from 0x%x", what, line, from);
}

static const char *same_bytes(const unsigned char *view, DWORD at, unsigned char value) {
    return view[at] == value ? "written" : view[at] == sample_byte(at) ? "as it was" : "something else";
}

static void copy_of(HANDLE section, DWORD access) {
    unsigned char *copy = TRY_VIEW(MapViewOfFile(section, access, 0, 0, 0));
    unsigned char *other_copy = MapViewOfFile(section, access, 0, 0, 0);
    unsigned char *shared = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    say_pages("fresh", copy, NULL);
    say("read: %s", same_bytes(copy, 2 * PAGE, 0));
    say_pages("read", copy, NULL);
    copy[PAGE + 5] = 255;
    say("the view itself %s, another copy %s, the section %s", same_bytes(copy, PAGE + 5, 255),
        same_bytes(other_copy, PAGE + 5, 255), same_bytes(shared, PAGE + 5, 255));
    say("the rest of the page: %s", same_bytes(copy, PAGE + 6, 255));
    int executed = (access & FILE_MAP_EXECUTE) != 0;
    say_pages("page 1 written", copy,
              executed ? "0x80 (1) 0x40 (1) 0x80 (2) 0x80 (1)" : "0x8 (1) 0x4 (1) 0x8 (2) 0x8 (1)");
    say_pages("the other copy", other_copy, NULL);
    other_copy[PAGE + 5] = 254;
    copy[3 * PAGE] = 255;
    say_pages("pages 1 and 3 written", copy,
              executed ? "0x80 (1) 0x40 (1) 0x80 (1) 0x40 (1)" : "0x8 (1) 0x4 (1) 0x8 (1) 0x4 (1)");
    say("the other copy's own: %s, ours: %s", same_bytes(other_copy, PAGE + 5, 254), same_bytes(copy, PAGE + 5, 255));
    UnmapViewOfFile(copy);
    UnmapViewOfFile(other_copy);
    copy = MapViewOfFile(section, access, 0, 0, 0);
    say("a later copy: %s", same_bytes(copy, PAGE + 5, 255));
    say_pages("a later copy", copy, NULL);
    UnmapViewOfFile(copy);
    UnmapViewOfFile(shared);
}

/* What others write is seen until the page is copied. */
static void others_changes(HANDLE section) {
    unsigned char *copy = MapViewOfFile(section, FILE_MAP_COPY, 0, 0, 0);
    unsigned char *shared = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    shared[0] = 101;
    say("written by others before it is copied: %u", copy[0]);
    copy[1] = 102;
    shared[0] = 103;
    shared[PAGE] = 104;
    say("written by others after it is copied: %u, on another page: %u", copy[0], copy[PAGE]);
    say("the section: %u %u, not ours: %s", shared[0], shared[PAGE], yes(shared[1] != 102));
    UnmapViewOfFile(copy);
    UnmapViewOfFile(shared);
}

static void protections(HANDLE section) {
    DWORD old = 0;
    unsigned char *copy = MapViewOfFile(section, FILE_MAP_COPY, 0, 0, 0);
    say("VirtualProtect of a copy");
    TRY(VirtualProtect(copy, PAGES * PAGE, PAGE_READWRITE, &old));
    copy[0] = 255;
    TRY(VirtualProtect(copy, PAGE, PAGE_WRITECOPY, &old));
    say_pages("WRITECOPY where it is copied", copy, "0x4 (1) 0x8 (3) 0x8 (2) 0x8 (1)");
    TRY(VirtualProtect(copy + PAGE, PAGE, PAGE_READONLY, &old));
    say("old: 0x%x", (unsigned)old);
    say_pages("page 1 READONLY", copy, "0x4 (1) 0x2 (1) 0x8 (2) 0x8 (1)");
    TRY(VirtualProtect(copy + PAGE, PAGE, PAGE_WRITECOPY, &old));
    say("old: 0x%x", (unsigned)old);
    say_pages("page 1 WRITECOPY again", copy, "0x4 (1) 0x8 (3) 0x8 (2) 0x8 (1)");
    copy[PAGE] = 255;
    say_pages("page 1 written", copy, "0x4 (2) 0x4 (1) 0x8 (2) 0x8 (1)");
    TRY(VirtualProtect(copy + 2 * PAGE, PAGE, PAGE_NOACCESS, &old));
    TRY(VirtualProtect(copy + 2 * PAGE, PAGE, PAGE_EXECUTE_READ, &old));
    say_pages("page 2 NOACCESS", copy, "0x4 (2) 0x4 (1) 0x1 (1) 0x8 (1)");
    UnmapViewOfFile(copy);
}

void body(void) {
    const char *path = temporary("copy");
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE, PAGES * PAGE);
    HANDLE section = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL);
    say("over a file that is only read");
    copy_of(section, FILE_MAP_COPY);
    CloseHandle(section);
    section = CreateFileMappingA(file, NULL, PAGE_EXECUTE_READ, 0, 0, NULL);
    say("executable");
    copy_of(section, FILE_MAP_COPY | FILE_MAP_EXECUTE);
    CloseHandle(section);
    section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, PAGES * PAGE, NULL);
    unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    for (DWORD i = 0; i < PAGES * PAGE; i++) {
        view[i] = sample_byte(i);
    }
    UnmapViewOfFile(view);
    say("in memory");
    copy_of(section, FILE_MAP_COPY);
    others_changes(section);
    protections(section);
    CloseHandle(section);
    CloseHandle(file);
    file = open_file(path, GENERIC_READ);
    unsigned char bytes[2 * PAGE];
    DWORD count = 0;
    ReadFile(file, bytes, sizeof bytes, &count, NULL);
    say("the file: %s", same_bytes(bytes, PAGE + 5, 255));
    CloseHandle(file);
    DeleteFileA(path);
}

NO_ROLES

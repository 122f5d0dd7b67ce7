/* MapViewOfFile and its relatives: offsets, lengths, base addresses, wrong handles, and what a view shows. */
#include "sample_file.h"

#define KIB64 0x10000u

static void offsets_and_lengths(HANDLE section) {
    static const struct {
        DWORD offset;
        SIZE_T length;
    } rows[] = {
        {1, 0},          {4096, 0},      {0x8000, 4096},    {0xffff, 1},        {KIB64, 0},        {KIB64, 1},
        {KIB64, 0x2000}, {KIB64, 0x3456}, {KIB64, 0x10000}, {2 * KIB64, 0x3456}, {2 * KIB64, 0x3457}, {0, 0x23456},
        {0, 0x23457},    {0, 0x24000},   {KIB64 + 1, 0x30000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        MEMORY_BASIC_INFORMATION info;
        memset(&info, 0, sizeof info);
        FRESH();
        unsigned char *view = MapViewOfFile(section, FILE_MAP_READ, 0, rows[i].offset, rows[i].length);
        if (view == NULL) {
            say("offset 0x%x, length 0x%x: null, %s", (unsigned)rows[i].offset, (unsigned)rows[i].length, err());
            continue;
        }
        VirtualQuery(view, &info, sizeof info);
        say("offset 0x%x, length 0x%x: 0x%x bytes, right ones: %s, at a multiple of 64 KiB: %s",
            (unsigned)rows[i].offset, (unsigned)rows[i].length, (unsigned)info.RegionSize,
            yes(view[5] == sample_byte(rows[i].offset + 5)), yes((uintptr_t)view % KIB64 == 0));
        UnmapViewOfFile(view);
    }
    TRY_WINDOWS("Wine takes it for a wrong parameter", "null, 5", MapViewOfFile(section, FILE_MAP_READ, 0, 0x30000, 0));
    TRY_WINDOWS("Wine takes it for a wrong parameter", "null, 5", MapViewOfFile(section, FILE_MAP_READ, 0, 0x30000, 1));
    TRY_WINDOWS("Wine takes it for a wrong parameter", "null, 5", MapViewOfFile(section, FILE_MAP_READ, 1, 0, 1));
    TRY_WINDOWS("Wine takes it for a view that is too long", "null, 87",
                MapViewOfFile(section, FILE_MAP_READ, 0, 0, (SIZE_T)-1));
}

static void wrong_handles(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE closed = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL);
    CloseHandle(closed);
    TRY(MapViewOfFile(NULL, FILE_MAP_READ, 0, 0, 0));
    TRY(MapViewOfFile(INVALID_HANDLE_VALUE, FILE_MAP_READ, 0, 0, 0));
    TRY(MapViewOfFile(event, FILE_MAP_READ, 0, 0, 0));
    TRY(MapViewOfFile(closed, FILE_MAP_READ, 0, 0, 0));
    TRY(MapViewOfFile((HANDLE)(uintptr_t)0x7ffffff0, FILE_MAP_READ, 0, 0, 0));
    CloseHandle(event);
}

static void base_addresses(HANDLE section) {
    unsigned char *view = TRY_VIEW(MapViewOfFileEx(section, FILE_MAP_READ, 0, 0, 0, NULL));
    TRY(MapViewOfFileEx(section, FILE_MAP_READ, 0, 0, 0, view));
    TRY(MapViewOfFileEx(section, FILE_MAP_READ, 0, 0, 4096, view + KIB64));
    TRY(MapViewOfFileEx(section, FILE_MAP_READ, 0, 0, 4096, view + 4096));
    TRY(MapViewOfFileEx(section, FILE_MAP_READ, 0, 0, 4096, view + 1));
    TRY_WINDOWS("Wine takes another place", "null, 87",
                MapViewOfFileEx(section, FILE_MAP_READ, 0, 0, 4096, (void *)0xffff800000000000));
    unsigned char *place = VirtualAlloc(NULL, 0x100000, MEM_RESERVE, PAGE_NOACCESS);
    say("where memory is reserved");
    TRY(MapViewOfFileEx(section, FILE_MAP_READ, 0, 0, 4096, place + KIB64));
    VirtualFree(place, 0, MEM_RELEASE);
    say("where it was released");
    unsigned char *there = TRY_VIEW(MapViewOfFileEx(section, FILE_MAP_READ, 0, KIB64, 4096, place));
    say("at the place that was asked for: %s, right bytes: %s", yes(there == place),
        yes(there != NULL && there[9] == sample_byte(KIB64 + 9)));
    UnmapViewOfFile(there);
    there = TRY_VIEW(MapViewOfFileExNuma(section, FILE_MAP_READ, 0, KIB64, 4096, place, 0));
    say("at the place that was asked for: %s", yes(there == place));
    UnmapViewOfFile(there);
    UnmapViewOfFile(view);
}

static void other_functions(HANDLE section) {
    unsigned char *view = TRY_VIEW(MapViewOfFileFromApp(section, FILE_MAP_READ, KIB64, 100));
    say("right bytes: %s", yes(view[7] == sample_byte(KIB64 + 7)));
    UnmapViewOfFile(view);
    TRY(MapViewOfFileFromApp(section, FILE_MAP_READ, 100, 100));
    TRY(MapViewOfFileFromApp(NULL, FILE_MAP_READ, 0, 100));
    HANDLE self = GetCurrentProcess();
    const char *why = "Wine takes no process for a bad handle";
    FRESH();
    view = MapViewOfFile3(section, NULL, NULL, KIB64, 100, 0, PAGE_READONLY, NULL, 0);
    differs(why, "MapViewOfFile3 of no process: ok yes, right bytes yes",
            "MapViewOfFile3 of no process: ok %s, right bytes %s", yes(view != NULL),
            yes(view != NULL && view[7] == sample_byte(KIB64 + 7)));
    UnmapViewOfFile(view);
    view = TRY_VIEW(MapViewOfFile3(section, self, NULL, KIB64, 0, 0, PAGE_READONLY, NULL, 0));
    say("right bytes: %s", yes(view[7] == sample_byte(KIB64 + 7)));
    TRY(MapViewOfFile3(section, self, view + 4096, 0, 100, 0, PAGE_READONLY, NULL, 0));
    TRY(MapViewOfFile3(section, self, view, 0, 100, 0, PAGE_READONLY, NULL, 0));
    TRY(MapViewOfFile3(section, self, NULL, 4096, 100, 0, PAGE_READONLY, NULL, 0));
    TRY(MapViewOfFile3(section, self, NULL, 0, 100, 0, PAGE_READWRITE, NULL, 0));
    TRY(MapViewOfFile3(section, self, NULL, 0, 0x23457, 0, PAGE_READONLY, NULL, 0));
    UnmapViewOfFile(view);
}

/* Views of one section show the same bytes, as do views of sections over the same file, and reading the file. */
static void coherence(HANDLE file) {
    unsigned char byte = 0;
    DWORD count = 0;
    HANDLE first = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL);
    HANDLE second = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL);
    unsigned char *writing = MapViewOfFile(first, FILE_MAP_WRITE, 0, 0, 0);
    unsigned char *same = MapViewOfFile(first, FILE_MAP_READ, 0, KIB64, 0);
    unsigned char *other = MapViewOfFile(second, FILE_MAP_READ, 0, KIB64, 100);
    writing[KIB64 + 3] = 201;
    say("written: %u, in a view of the section: %u, in one of the file's other section: %u", writing[KIB64 + 3],
        same[3], other[3]);
    SetFilePointer(file, KIB64 + 3, NULL, FILE_BEGIN);
    ReadFile(file, &byte, 1, &count, NULL);
    say("read from the file: %u", byte);
    writing[0x23456] = 202;
    say("behind the file's end: zero %u, written %u", writing[0x23457], writing[0x23456]);
    UnmapViewOfFile(writing);
    UnmapViewOfFile(same);
    UnmapViewOfFile(other);
    CloseHandle(first);
    CloseHandle(second);
    say("the file has still 0x%x", (unsigned)GetFileSize(file, NULL));
}

void body(void) {
    const char *path = temporary("map");
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE, 0x23456);
    HANDLE section = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL);
    offsets_and_lengths(section);
    wrong_handles();
    base_addresses(section);
    other_functions(section);
    CloseHandle(section);
    coherence(file);
    CloseHandle(file);
    DeleteFileA(path);
}

NO_ROLES

/* VirtualAlloc, VirtualFree and VirtualProtect on views: what is committed, for whom, and what a view's protection
 * bounds. */
#include "sample_file.h"

#define KIB64 0x10000u

static void say_region(const char *what, const void *address) {
    MEMORY_BASIC_INFORMATION info;
    memset(&info, 0, sizeof info);
    VirtualQuery(address, &info, sizeof info);
    say("%s: state 0x%x, protect 0x%x of 0x%x, 0x%x bytes", what, (unsigned)info.State, (unsigned)info.Protect,
        (unsigned)info.AllocationProtect, (unsigned)info.RegionSize);
}

/* Committing is the section's, protection is the view's. */
static void reserved(void) {
    DWORD old = 0x77;
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 4 * KIB64, NULL);
    unsigned char *first = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    unsigned char *second = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    unsigned char *at_64k = MapViewOfFile(section, FILE_MAP_READ, 0, KIB64, 0);
    say_region("reserved", first);
    TRY(VirtualProtect(first, KIB64, PAGE_READONLY, &old));
    say("at its start: %s", yes(VirtualAlloc(first, KIB64, MEM_COMMIT, PAGE_READONLY) == first));
    say_region("committed READONLY through the first view", first);
    say_region("the first view behind it", first + KIB64);
    say_region("the second view", second);
    say_region("the second view behind it", second + KIB64);
    second[3] = 33;
    say("written through the second view, read through the first: %u", first[3]);
    TRY(VirtualAlloc(first + KIB64 + 100, KIB64, MEM_COMMIT, PAGE_READWRITE));
    say_region("committed from within a page to within another", first + KIB64);
    say_region("the view that starts there", at_64k);
    first[KIB64] = 34;
    say("zero at first: %u, written: %u, in the second view: %u, in the third: %u", first[KIB64 + 1], first[KIB64],
        second[KIB64], at_64k[0]);
    TRY(VirtualAlloc(first + KIB64, KIB64, MEM_COMMIT, PAGE_READWRITE));
    say("what was there stays: %u", first[KIB64]);
    TRY(VirtualAlloc(second, KIB64, MEM_COMMIT, PAGE_READONLY));
    say_region("committed again with another protection", second);
    TRY(VirtualProtect(first, 4096, PAGE_NOACCESS, &old));
    say("old: 0x%x", (unsigned)old);
    say_region("protected", first);
    say("past the end of the view");
    TRY(VirtualAlloc(first + 3 * KIB64, 2 * KIB64, MEM_COMMIT, PAGE_READWRITE));
    TRY(VirtualAlloc(first + 2 * KIB64, KIB64, MEM_COMMIT, 0));
    TRY(VirtualFree(first, KIB64, MEM_DECOMMIT));
    TRY(VirtualFree(first, 0, MEM_DECOMMIT));
    TRY(VirtualFree(first, 0, MEM_RELEASE));
    say_region("still", second);
    unsigned char *later = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    say_region("a later view", later);
    say("its bytes: %u %u", later[3], later[KIB64]);
    UnmapViewOfFile(later);
    UnmapViewOfFile(at_64k);
    UnmapViewOfFile(second);
    UnmapViewOfFile(first);
    CloseHandle(section);
}

static void committed(const char *where, HANDLE section) {
    unsigned char *write = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    unsigned char *read = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    say("%s", where);
    TRY(VirtualAlloc(write, 4096, MEM_COMMIT, PAGE_READONLY));
    say_region("after that", write);
    TRY(VirtualAlloc(write, 4096, MEM_COMMIT, PAGE_READWRITE));
    TRY(VirtualAlloc(read, 4096, MEM_COMMIT, PAGE_READONLY));
    TRY(VirtualAlloc(read, 4096, MEM_COMMIT, PAGE_READWRITE));
    TRY(VirtualFree(write, 4096, MEM_DECOMMIT));
    TRY(VirtualFree(write, 0, MEM_RELEASE));
    UnmapViewOfFile(read);
    UnmapViewOfFile(write);
}

static const DWORD protections[] = {PAGE_NOACCESS,     PAGE_READONLY,          PAGE_READWRITE,        PAGE_EXECUTE,
                                    PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE, PAGE_WRITECOPY};

/* Each protection on each view, one after another. WRITECOPY is left out where the view shares its pages. */
static void bounds(HANDLE section) {
    static const DWORD accesses[] = {0,
                                     FILE_MAP_READ,
                                     FILE_MAP_COPY,
                                     FILE_MAP_WRITE,
                                     FILE_MAP_READ | FILE_MAP_EXECUTE,
                                     FILE_MAP_COPY | FILE_MAP_EXECUTE,
                                     FILE_MAP_WRITE | FILE_MAP_EXECUTE};
    for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++) {
        unsigned char *view = MapViewOfFile(section, accesses[i], 0, 0, 0);
        for (size_t k = 0; k < sizeof protections / sizeof *protections; k++) {
            DWORD old = 0x77;
            if (protections[k] == PAGE_WRITECOPY && (accesses[i] & ~(DWORD)FILE_MAP_EXECUTE) != FILE_MAP_COPY) {
                continue;
            }
            FRESH();
            BOOL done = VirtualProtect(view, 4096, protections[k], &old);
            const char *error = err();
            if (done) {
                say("view of access 0x%02x, protection 0x%02x: ok, old 0x%x", (unsigned)accesses[i],
                    (unsigned)protections[k], (unsigned)old);
            } else {
                say("view of access 0x%02x, protection 0x%02x: false, %s", (unsigned)accesses[i],
                    (unsigned)protections[k], error);
            }
        }
        UnmapViewOfFile(view);
    }
}

static void reset_and_wrong_calls(HANDLE section) {
    DWORD old = 0;
    unsigned char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    TRY(VirtualAlloc(view, 4096, MEM_RESET, PAGE_READWRITE));
    TRY(VirtualProtect(view, 4096, PAGE_READONLY, NULL));
    TRY(VirtualProtect(view, 4096, 0, &old));
    TRY(VirtualProtect(view, 4096, PAGE_READONLY | PAGE_READWRITE, &old));
    TRY(VirtualProtect(view, 4096, PAGE_READWRITE | PAGE_EXECUTE_READ, &old));
    say_region("untouched", view);
    UnmapViewOfFile(view);
}

void body(void) {
    const char *path = temporary("commit");
    HANDLE file = sample_file(path, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE, 3 * 4096);
    HANDLE in_memory = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE, 0, 3 * 4096, NULL);
    HANDLE over_file = CreateFileMappingA(file, NULL, PAGE_EXECUTE_READWRITE, 0, 0, NULL);
    reserved();
    committed("a committed section in memory", in_memory);
    committed("a section over a file", over_file);
    say("bounds of views in memory");
    bounds(in_memory);
    say("bounds of views of a file");
    bounds(over_file);
    reset_and_wrong_calls(in_memory);
    CloseHandle(over_file);
    CloseHandle(in_memory);
    CloseHandle(file);
    DeleteFileA(path);
}

NO_ROLES

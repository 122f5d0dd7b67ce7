/* VirtualAlloc, VirtualFree, VirtualProtect and VirtualQuery on memory that is in no section, and what GetSystemInfo
 * and PrefetchVirtualMemory say. */
#include "report.h"

enum { PAGE = 4096, KIB64 = 65536 };

static void say_region(const char *what, const unsigned char *base, unsigned offset) {
    MEMORY_BASIC_INFORMATION info;
    memset(&info, 0, sizeof info);
    VirtualQuery(base + offset, &info, sizeof info);
    say("%s: state 0x%x, type 0x%x, protect 0x%x of 0x%x, 0x%x bytes, base +0x%x, allocation base: %s", what,
        (unsigned)info.State, (unsigned)info.Type, (unsigned)info.Protect, (unsigned)info.AllocationProtect,
        (unsigned)info.RegionSize, (unsigned)((unsigned char *)info.BaseAddress - base),
        yes(info.AllocationBase == base));
}

static void say_free(const char *what, const unsigned char *address) {
    MEMORY_BASIC_INFORMATION info;
    memset(&info, 0x55, sizeof info);
    VirtualQuery(address, &info, sizeof info);
    say("%s: state 0x%x, type 0x%x, protect 0x%x of 0x%x, allocation base none: %s", what, (unsigned)info.State,
        (unsigned)info.Type, (unsigned)info.Protect, (unsigned)info.AllocationProtect,
        yes(info.AllocationBase == NULL));
}

static void system_info(void) {
    SYSTEM_INFO info;
    memset(&info, 0, sizeof info);
    GetSystemInfo(&info);
    say("granularity %u, page %u, processors: %s, from 0x%llx", (unsigned)info.dwAllocationGranularity,
        (unsigned)info.dwPageSize, yes(info.dwNumberOfProcessors > 0 && info.dwActiveProcessorMask != 0),
        (unsigned long long)(uintptr_t)info.lpMinimumApplicationAddress);
}

static void reserve_and_commit(void) {
    unsigned char *memory = TRY_VIEW(VirtualAlloc(NULL, 3 * KIB64 + 1, MEM_RESERVE, PAGE_NOACCESS));
    say("at a multiple of 64 KiB: %s", yes((uintptr_t)memory % KIB64 == 0));
    say_region("reserved", memory, 0);
    say_region("reserved, within", memory, KIB64 + 1);
    say("in the same place: %s", yes(VirtualAlloc(memory, PAGE, MEM_COMMIT, PAGE_READWRITE) == memory));
    say_region("a page committed", memory, 0);
    say_region("behind it", memory, PAGE);
    say("zero: %s", yes(memory[0] == 0 && memory[PAGE - 1] == 0));
    memory[10] = 1;
    say("rounded down to a page: %s",
        yes(VirtualAlloc(memory + PAGE + 5, PAGE, MEM_COMMIT, PAGE_READONLY) == memory + PAGE));
    say_region("to where it ends", memory, PAGE);
    TRY(VirtualAlloc(memory, 3 * PAGE, MEM_COMMIT, PAGE_READWRITE));
    say_region("committed again", memory, 0);
    say("what was there stays: %u", memory[10]);
    TRY(VirtualAlloc(memory + 3 * KIB64, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE));
    TRY(VirtualAlloc(memory, PAGE, MEM_RESERVE, PAGE_READWRITE));
    TRY(VirtualAlloc(memory + KIB64, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    TRY(VirtualAlloc(memory, PAGE, MEM_RESET, PAGE_READWRITE));
    TRY(VirtualFree(memory, PAGE, MEM_DECOMMIT));
    say_region("a page decommitted", memory, 0);
    say_region("behind it", memory, PAGE);
    VirtualAlloc(memory, PAGE, MEM_COMMIT, PAGE_READWRITE);
    say("committed once more: %u", memory[10]);
    TRY(VirtualFree(memory, 0, MEM_DECOMMIT));
    MEMORY_BASIC_INFORMATION info;
    VirtualQuery(memory + PAGE, &info, sizeof info);
    say("all decommitted: state 0x%x, protect 0x%x", (unsigned)info.State, (unsigned)info.Protect);
    TRY(VirtualFree(memory, 0, MEM_DECOMMIT));
    TRY(VirtualFree(memory, PAGE, MEM_RELEASE));
    TRY(VirtualFree(memory, 0, 0));
    TRY(VirtualFree(memory, 0, MEM_RELEASE | MEM_DECOMMIT));
    TRY(VirtualFree(memory, 0, MEM_RELEASE));
    say_free("released", memory);
    TRY(VirtualAlloc(memory, PAGE, MEM_COMMIT, PAGE_READWRITE));
}

static void at_an_address(void) {
    unsigned char *memory = VirtualAlloc(NULL, 4 * KIB64, MEM_RESERVE, PAGE_NOACCESS);
    VirtualFree(memory, 0, MEM_RELEASE);
    unsigned char *second = VirtualAlloc(memory + KIB64 + 100, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    say("rounded down to 64 KiB: %s", yes(second == memory + KIB64));
    say_region("with what was asked for beyond", second, 0);
    say_free("before it", memory);
    TRY(VirtualFree(second, 0, MEM_RELEASE));
}

static void both_at_once(void) {
    static const DWORD protections[] = {PAGE_NOACCESS,     PAGE_READONLY,         PAGE_READWRITE, PAGE_EXECUTE,
                                        PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE};
    for (size_t i = 0; i < sizeof protections / sizeof *protections; i++) {
        unsigned char *memory = VirtualAlloc(NULL, 100, MEM_RESERVE | MEM_COMMIT, protections[i]);
        say_region("at once", memory, 0);
        VirtualFree(memory, 0, MEM_RELEASE);
    }
    unsigned char *memory = TRY_VIEW(VirtualAlloc(NULL, 100, MEM_COMMIT, PAGE_READWRITE));
    say_region("committed without reserving", memory, 0);
    say("written: %u", memory[4095] = 7);
    VirtualFree(memory, 0, MEM_RELEASE);
    TRY(VirtualAlloc(NULL, 0, MEM_COMMIT, PAGE_READWRITE));
    TRY(VirtualAlloc(NULL, PAGE, 0, PAGE_READWRITE));
    TRY(VirtualAlloc(NULL, PAGE, MEM_COMMIT, 0));
    TRY(VirtualAlloc(NULL, PAGE, MEM_RESERVE, 0));
    TRY(VirtualAlloc(NULL, PAGE, MEM_COMMIT, PAGE_READONLY | PAGE_READWRITE));
    TRY(VirtualAlloc(NULL, PAGE, MEM_COMMIT, PAGE_WRITECOPY));
    TRY(VirtualAlloc(NULL, PAGE, MEM_COMMIT, PAGE_EXECUTE_WRITECOPY));
}

static void protect(void) {
    DWORD old = 0;
    unsigned char *memory = VirtualAlloc(NULL, KIB64, MEM_RESERVE, PAGE_NOACCESS);
    TRY(VirtualProtect(memory, PAGE, PAGE_READONLY, &old));
    VirtualAlloc(memory, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    memory[PAGE] = 3;
    TRY(VirtualProtect(memory + PAGE, 1, PAGE_READONLY, &old));
    say("old 0x%x, still readable: %u", (unsigned)old, memory[PAGE]);
    say_region("before", memory, 0);
    say_region("the page", memory, PAGE);
    say_region("behind", memory, 2 * PAGE);
    TRY(VirtualProtect(memory + PAGE - 1, 2, PAGE_EXECUTE_READ, &old));
    say("old, of the first of two: 0x%x", (unsigned)old);
    say_region("both pages", memory, 0);
    TRY(VirtualProtect(memory, 4 * PAGE, PAGE_NOACCESS, &old));
    say("old 0x%x", (unsigned)old);
    TRY(VirtualProtect(memory, 4 * PAGE, PAGE_EXECUTE_READWRITE, &old));
    say("old 0x%x, what was there stays: %u", (unsigned)old, memory[PAGE]);
    TRY(VirtualProtect(memory, 5 * PAGE, PAGE_READONLY, &old));
    say_region("nothing changed", memory, 0);
    TRY(VirtualProtect(memory, PAGE, PAGE_READONLY, NULL));
    TRY(VirtualProtect(memory, PAGE, 0, &old));
    TRY(VirtualProtect(memory, PAGE, PAGE_READONLY | PAGE_READWRITE, &old));
    TRY(VirtualProtect(memory, PAGE, PAGE_NOACCESS | PAGE_EXECUTE, &old));
    TRY(VirtualProtect(memory, PAGE, PAGE_WRITECOPY, &old));
    say_region("nothing changed", memory, 0);
    VirtualFree(memory, 0, MEM_RELEASE);
}

static void prefetch(void) {
    WIN32_MEMORY_RANGE_ENTRY ranges[2];
    unsigned char *memory = VirtualAlloc(NULL, KIB64, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, KIB64, NULL);
    unsigned char *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    ranges[0].VirtualAddress = memory;
    ranges[0].NumberOfBytes = KIB64;
    ranges[1].VirtualAddress = view + 1;
    ranges[1].NumberOfBytes = PAGE;
    TRY(PrefetchVirtualMemory(GetCurrentProcess(), 2, ranges, 0));
    TRY(PrefetchVirtualMemory(GetCurrentProcess(), 1, ranges, 0));
    TRY(PrefetchVirtualMemory(GetCurrentProcess(), 0, ranges, 0));
    UnmapViewOfFile(view);
    CloseHandle(section);
    VirtualFree(memory, 0, MEM_RELEASE);
}

void body(void) {
    system_info();
    reserve_and_commit();
    at_an_address();
    both_at_once();
    protect();
    prefetch();
}

NO_ROLES

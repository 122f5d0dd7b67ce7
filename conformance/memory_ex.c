/* The forms of the memory functions that are told a process: by its pseudo handle, by handles with and without the
 * rights, and by what is no process. Pages that are kept in memory, and large pages. */
#include "report.h"

enum { PAGE = 4096, KIB64 = 65536 };

#define OWN GetCurrentProcess()

static const char *query_text(HANDLE process, const void *address, SIZE_T length) {
    MEMORY_BASIC_INFORMATION info;
    char *text = report_text();
    memset(&info, 0, sizeof info);
    FRESH();
    SIZE_T told = VirtualQueryEx(process, address, &info, length);
    const char *error = err();
    if (told == 0) {
        snprintf(text, 160, "nothing, %s", error);
    } else {
        snprintf(text, 160, "state 0x%x, protect 0x%x of 0x%x, 0x%x bytes, all told: %s, %s", (unsigned)info.State,
                 (unsigned)info.Protect, (unsigned)info.AllocationProtect, (unsigned)info.RegionSize,
                 yes(told == sizeof info), error);
    }
    return text;
}

static void by_process(const char *what, HANDLE process) {
    const SIZE_T size = sizeof(MEMORY_BASIC_INFORMATION);
    DWORD old = 0;
    say("# by %s", what);
    unsigned char *memory = TRY_VIEW(VirtualAllocEx(process, NULL, 2 * KIB64, MEM_RESERVE, PAGE_NOACCESS));
    TRY(VirtualAllocEx(process, memory + PAGE, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE));
    say("reserved: %s", query_text(process, memory, size));
    say("committed: %s", query_text(process, memory + PAGE, size));
    memory[PAGE] = 7;
    TRY(VirtualProtectEx(process, memory + PAGE, 1, PAGE_READONLY, &old));
    say("old 0x%x, kept: %u", (unsigned)old, memory[PAGE]);
    say("protected: %s", query_text(process, memory + PAGE, size));
    TRY(VirtualProtectEx(process, memory, PAGE, PAGE_READONLY, &old));
    TRY(VirtualProtectEx(process, memory + PAGE, PAGE, 0, &old));
    TRY(VirtualProtectEx(process, memory + PAGE, PAGE, PAGE_READONLY, NULL));
    TRY(VirtualFreeEx(process, memory + PAGE, PAGE, MEM_DECOMMIT));
    say("decommitted: %s", query_text(process, memory + PAGE, size));
    TRY(VirtualFreeEx(process, memory, PAGE, MEM_RELEASE));
    TRY(VirtualFreeEx(process, memory, 0, MEM_RELEASE));
    say("released: state 0x10000: %s", yes(strncmp(query_text(process, memory, size), "state 0x10000,", 14) == 0));
    TRY_WINDOWS("Wine has no code for what is free", "false, 487", VirtualFreeEx(process, memory, 0, MEM_RELEASE));
    TRY(VirtualAllocEx(process, NULL, 0, MEM_RESERVE, PAGE_NOACCESS));
    TRY(VirtualAllocEx(process, NULL, PAGE, MEM_COMMIT, 0));
    say("too small a place: %s", query_text(process, &old, size - 1));
    say("where no process has memory: %s", query_text(process, (void *)(uintptr_t)0xffff800000000000, size));
}

/* Which of them work on the process, and what the others say. */
static void with_rights(const char *what, HANDLE process, unsigned char *memory) {
    DWORD old = 0;
    say("# by %s", what);
    TRY(VirtualAllocEx(process, memory, PAGE, MEM_COMMIT, PAGE_READWRITE));
    TRY(VirtualAlloc2(process, memory, PAGE, MEM_COMMIT, PAGE_READWRITE, NULL, 0));
    TRY(VirtualProtectEx(process, memory, PAGE, PAGE_READONLY, &old));
    TRY(VirtualFreeEx(process, memory, PAGE, MEM_DECOMMIT));
    say("VirtualQueryEx: %s", query_text(process, memory, sizeof(MEMORY_BASIC_INFORMATION)));
}

static void rights(void) {
    static const DWORD some[] = {PROCESS_VM_OPERATION, PROCESS_QUERY_INFORMATION,
                                 PROCESS_VM_OPERATION | PROCESS_QUERY_INFORMATION, SYNCHRONIZE};
    unsigned char *memory = VirtualAlloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL), closed = CreateEventA(NULL, FALSE, FALSE, NULL);
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        char what[40];
        HANDLE process = OpenProcess(some[i], FALSE, GetCurrentProcessId());
        snprintf(what, sizeof what, "a handle with the rights 0x%x", (unsigned)some[i]);
        VirtualAlloc(memory, PAGE, MEM_COMMIT, PAGE_READWRITE);
        with_rights(what, process, memory);
        CloseHandle(process);
    }
    with_rights("an event", event, memory);
    CloseHandle(closed);
    with_rights("a handle that was closed", closed, memory);
    say("# by no handle");
    DWORD old = 0;
    TRY(VirtualAllocEx(NULL, NULL, PAGE, MEM_COMMIT, PAGE_READWRITE));
    TRY(VirtualProtectEx(NULL, memory, PAGE, PAGE_READONLY, &old));
    TRY(VirtualFreeEx(NULL, memory, PAGE, MEM_DECOMMIT));
    say("VirtualQueryEx: %s", query_text(NULL, memory, sizeof(MEMORY_BASIC_INFORMATION)));
    CloseHandle(event);
    VirtualFree(memory, 0, MEM_RELEASE);
}

static void second_form(void) {
    MEM_EXTENDED_PARAMETER parameter;
    memset(&parameter, 0, sizeof parameter);
    say("# VirtualAlloc2");
    unsigned char *memory = TRY_VIEW(VirtualAlloc2(NULL, NULL, 0x80000, MEM_COMMIT, PAGE_READWRITE, NULL, 0));
    say("committed: %s", query_text(OWN, memory, sizeof(MEMORY_BASIC_INFORMATION)));
    say("written: %u", memory[0x7ffff] = 9);
    VirtualFree(memory, 0, MEM_RELEASE);
    memory = TRY_VIEW(VirtualAlloc2(OWN, NULL, KIB64, MEM_RESERVE, PAGE_READWRITE, &parameter, 0));
    TRY(VirtualAlloc2(OWN, memory + PAGE, 1, MEM_COMMIT, PAGE_READONLY, NULL, 0));
    say("committed: %s", query_text(OWN, memory + PAGE, sizeof(MEMORY_BASIC_INFORMATION)));
    TRY(VirtualAlloc2(OWN, memory, PAGE, MEM_RESERVE, PAGE_READWRITE, NULL, 0));
    TRY(VirtualAlloc2(OWN, memory, KIB64 + 1, MEM_COMMIT, PAGE_READWRITE, NULL, 0));
    TRY(VirtualAlloc2(OWN, NULL, 0, MEM_COMMIT, PAGE_READWRITE, NULL, 0));
    TRY(VirtualAlloc2(OWN, NULL, PAGE, 0, PAGE_READWRITE, NULL, 0));
    TRY(VirtualAlloc2(OWN, NULL, PAGE, MEM_COMMIT, 0, NULL, 0));
    TRY(VirtualAlloc2(OWN, NULL, PAGE, MEM_COMMIT, PAGE_READWRITE, NULL, 1));
    TRY(VirtualFree(memory, 0, MEM_RELEASE));
}

static void kept_in_memory(void) {
    const char *why = "Windows touches the pages; Wine asks the kernel", *zero = "Wine does not look at the length";
    unsigned char *memory = VirtualAlloc(NULL, KIB64, MEM_RESERVE, PAGE_READWRITE);
    say("# VirtualLock");
    VirtualAlloc(memory, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    TRY(VirtualLock(memory, PAGE));
    TRY(VirtualLock(memory + PAGE - 1, 2));
    TRY(VirtualUnlock(memory + PAGE - 1, 2));
    memory[0] = 4;
    say("written: %u", memory[0]);
    TRY_WINDOWS(why, "false, 998", VirtualLock(memory, 5 * PAGE));
    TRY_WINDOWS(why, "false, 998", VirtualLock(memory + 4 * PAGE, 1));
    TRY_WINDOWS(zero, "false, 87", VirtualLock(memory, 0));
    TRY_WINDOWS(zero, "false, 87", VirtualUnlock(memory, 0));
    VirtualFree(memory, 0, MEM_RELEASE);
    TRY_WINDOWS(why, "false, 998", VirtualLock(memory, PAGE));
}

static void large_pages(void) {
    FRESH();
    SIZE_T size = GetLargePageMinimum();
    const char *error = err();
    say("a large page is of whole pages: %s, %s", yes(size % PAGE == 0), error);
    TRY(VirtualAlloc(NULL, size, MEM_RESERVE | MEM_LARGE_PAGES, PAGE_READWRITE));
}

static void machine(void) {
    SYSTEM_INFO info, native;
    memset(&info, 0, sizeof info);
    memset(&native, 0xff, sizeof native);
    GetSystemInfo(&info);
    GetNativeSystemInfo(&native);
    say("the native machine is the same: %s", yes(memcmp(&info, &native, sizeof info) == 0));
}

void body(void) {
    HANDLE all = OpenProcess(PROCESS_ALL_ACCESS, FALSE, GetCurrentProcessId());
    by_process("the pseudo handle", OWN);
    by_process("a handle", all);
    CloseHandle(all);
    rights();
    second_form();
    kept_in_memory();
    large_pages();
    machine();
}

NO_ROLES

/* What a program asks about the machine and about itself: the computer's name, its own module, what it was started
 * with, the code page, the clock at its finest, and whether anybody debugs it. */
#include "report.h"

enum { NAME_ROOM = MAX_COMPUTERNAME_LENGTH + 1 };

static void computer_name(void) {
    char name[NAME_ROOM + 1] = "";
    WCHAR wide_name[NAME_ROOM + 1];
    DWORD length = NAME_ROOM, wide_length = NAME_ROOM, zero = 0, wide_zero = 0;
    TRY(GetComputerNameA(name, &length));
    TRY(GetComputerNameW(wide_name, &wide_length));
    int same = length == wide_length, capital = 1;
    for (DWORD i = 0; i <= length && i < NAME_ROOM; i++) {
        same &= (unsigned char)name[i] == wide_name[i];
        capital &= name[i] < 'a' || name[i] > 'z';
    }
    say("its length is told: %s, in both forms alike: %s, without small letters: %s",
        yes(length > 0 && length == strlen(name)), yes(same), yes(capital));
    DWORD exact = length;
    TRY(GetComputerNameA(name, &zero));
    TRY(GetComputerNameW(wide_name, &wide_zero));
    TRY(GetComputerNameA(name, &exact));
    say("the room that it needs: %s %s %s", yes(zero == length + 1), yes(wide_zero == length + 1),
        yes(exact == length + 1));
    TRY(GetComputerNameA(name, &exact));
    TRY(GetComputerNameW(wide_name, &wide_zero));
    say("then its length: %s %s", yes(exact == length), yes(wide_zero == length));
}

static void own_module(void) {
    FRESH();
    HMODULE module = GetModuleHandleA(NULL), wide_module = GetModuleHandleW(NULL);
    const char *error = err();
    say("the program is a module: %s, in both forms one: %s, %s", yes(module != NULL), yes(module == wide_module),
        error);
    MEMORY_BASIC_INFORMATION info;
    memset(&info, 0, sizeof info);
    VirtualQuery((void *)module, &info, sizeof info);
    say("it begins there: %s, as an image: %s", yes(info.AllocationBase == (void *)module),
        yes(info.Type == MEM_IMAGE));
    TRY(GetModuleHandleA("no such module"));
    TRY(GetModuleHandleW(wide("no such module")));
    TRY(GetModuleHandleA("no such directory\\module.dll"));
}

/* The handles that a process is started with are those that it has. */
static void started_with(const char *whose) {
    STARTUPINFOA info;
    STARTUPINFOW wide_info;
    memset(&info, 0xff, sizeof info);
    memset(&wide_info, 0xff, sizeof wide_info);
    FRESH();
    GetStartupInfoA(&info);
    GetStartupInfoW(&wide_info);
    const char *error = err();
    say("%s sizes: %s %s, nothing reserved: %s %s, %s", whose, yes(info.cb == sizeof info),
        yes(wide_info.cb == sizeof wide_info), yes(info.lpReserved == NULL), yes(wide_info.lpReserved == NULL), error);
    say("they are the standard handles: %s %s %s", yes(info.hStdInput == GetStdHandle(STD_INPUT_HANDLE)),
        yes(info.hStdOutput == GetStdHandle(STD_OUTPUT_HANDLE)), yes(info.hStdError == GetStdHandle(STD_ERROR_HANDLE)));
    say("both forms: %s",
        yes(info.hStdInput == wide_info.hStdInput && info.hStdOutput == wide_info.hStdOutput &&
            info.hStdError == wide_info.hStdError));
}

int role(const char *name, int argc, char **argv) {
    STARTUPINFOA info;
    (void)argc, (void)argv;
    started_with(name);
    GetStartupInfoA(&info);
    say("it was given standard handles: %s", yes((info.dwFlags & STARTF_USESTDHANDLES) != 0));
    return 6;
}

static void code_page(void) {
    FRESH();
    UINT page = GetACP();
    const char *error = err();
    WCHAR units[2];
    say("a code page: %s, %s", yes(page != 0), error);
    say("the same as CP_ACP: %s", yes(MultiByteToWideChar(page, 0, "a", 2, units, 2) == 2 && units[0] == 'a'));
}

static ULONGLONG number(FILETIME time) { return (ULONGLONG)time.dwHighDateTime << 32 | time.dwLowDateTime; }

static void finest_clock(void) {
    FILETIME before, finest, after;
    int in_order = 1, later = 0;
    ULONGLONG last = 0;
    FRESH();
    for (int i = 0; i < 1000; i++) {
        GetSystemTimePreciseAsFileTime(&finest);
        in_order &= number(finest) >= last;
        later += number(finest) > last;
        last = number(finest);
    }
    const char *error = err();
    say("it goes on: %s, and often: %s, %s", yes(in_order), yes(later > 10), error);
    GetSystemTimeAsFileTime(&before);
    Sleep(20);
    GetSystemTimePreciseAsFileTime(&finest);
    Sleep(20);
    GetSystemTimeAsFileTime(&after);
    say("between two readings of the other: %s",
        yes(number(before) < number(finest) && number(finest) < number(after)));
}

static void debugging(void) {
    FRESH();
    BOOL debugged = IsDebuggerPresent();
    const char *error = err();
    say("debugged: %s, %s", yes(debugged), error);
    OutputDebugStringA("to nobody");
    OutputDebugStringW(wide("to nobody"));
    OutputDebugStringA("");
    OutputDebugStringW(wide(""));
    say("what is said to a debugger that is not there is said to nobody");
}

void body(void) {
    computer_name();
    own_module();
    started_with("the first process's");
    say("exit code: %u", (unsigned)finish(start("a child's")));
    code_page();
    finest_clock();
    debugging();
}

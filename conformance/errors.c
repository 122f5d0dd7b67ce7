/* The last error, which each thread has for itself, and the texts for codes. */
#include "waitables.h"

static DWORD WINAPI own_error(void *argument) {
    DWORD at_first = GetLastError();
    SetLastError((DWORD)(ULONG_PTR)argument);
    SwitchToThread();
    return at_first == 0 && GetLastError() == (DWORD)(ULONG_PTR)argument;
}

static void per_thread(void) {
    static const DWORD codes[] = {0, 1, 183, 0xdeadbeef, 0x7fffffff, 0xffffffff};
    int kept = 0;
    for (int i = 0; i < 6; i++) {
        SetLastError(codes[i]);
        kept += GetLastError() == codes[i] && GetLastError() == codes[i];
    }
    say("kept: %d of 6", kept);
    SetLastError(4711);
    DWORD other = in_thread(own_error, (void *)815);
    HANDLE threads[] = {in_background(own_error, (void *)1), in_background(own_error, (void *)2)};
    WaitForMultipleObjects(2, threads, TRUE, PATIENCE);
    for (int i = 0; i < 2; i++) {
        DWORD code = 0;
        GetExitCodeThread(threads[i], &code);
        other += code;
        CloseHandle(threads[i]);
    }
    SetLastError(4712);
    say("threads that begin with 0 and keep their own: %u of 3", (unsigned)other);
    say("this thread's: %u", (unsigned)GetLastError());
}

static const struct {
    const char *name;
    DWORD code;
} codes[] = {
#define CODE(name) {#name, name}
    CODE(ERROR_SUCCESS),           CODE(ERROR_FILE_NOT_FOUND),      CODE(ERROR_PATH_NOT_FOUND),
    CODE(ERROR_ACCESS_DENIED),     CODE(ERROR_INVALID_HANDLE),      CODE(ERROR_NOT_ENOUGH_MEMORY),
    CODE(ERROR_BAD_LENGTH),        CODE(ERROR_SHARING_VIOLATION),   CODE(ERROR_NOT_SUPPORTED),
    CODE(ERROR_INVALID_PARAMETER), CODE(ERROR_DISK_FULL),           CODE(ERROR_CALL_NOT_IMPLEMENTED),
    CODE(ERROR_INVALID_NAME),      CODE(ERROR_BAD_PATHNAME),        CODE(ERROR_ALREADY_EXISTS),
    CODE(ERROR_BAD_EXE_FORMAT),    CODE(ERROR_FILENAME_EXCED_RANGE), CODE(ERROR_MORE_DATA),
    CODE(ERROR_NOT_OWNER),         CODE(ERROR_TOO_MANY_POSTS),      CODE(ERROR_INVALID_ADDRESS),
    CODE(ERROR_NOACCESS),          CODE(ERROR_FILE_INVALID),        CODE(ERROR_MAPPED_ALIGNMENT),
    CODE(ERROR_USER_MAPPED_FILE),  CODE(ERROR_PRIVILEGE_NOT_HELD),  CODE(ERROR_NO_SYSTEM_RESOURCES),
    CODE(ERROR_COMMITMENT_LIMIT),  CODE(ERROR_NOT_ENOUGH_QUOTA),
    /* MinGW's headers have no names for these, and Wine has no texts. */
#define WITHOUT_NAMES 3
    {"ERROR_MUTANT_LIMIT_EXCEEDED", 587}, {"ERROR_TIMER_RESUME_IGNORED", 722}, {"ERROR_NOT_SAME_OBJECT", 1656},
};

/* Not what it says, but that it says something, and ends its line as all such texts do. */
static void texts(void) {
    const DWORD system = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char *text = NULL, buffer[1000];
        WCHAR *wide_text = NULL;
        const DWORD allocated = system | FORMAT_MESSAGE_ALLOCATE_BUFFER;
        DWORD length = FormatMessageA(allocated, NULL, codes[i].code, 0, (char *)&text, 0, NULL);
        DWORD same = FormatMessageA(system, NULL, codes[i].code, 0, buffer, sizeof buffer, NULL);
        DWORD wide_length = FormatMessageW(allocated, NULL, codes[i].code, 0, (WCHAR *)&wide_text, 0, NULL);
        int whole = text != NULL && length == strlen(text) && length > 2 && text[length - 2] == '\r' &&
                    text[length - 1] == '\n' && text[0] > ' ';
        int alike = whole && same == length && strcmp(text, buffer) == 0;
        int wide_alike = whole && wide_text != NULL && wide_length == length && wide_text[0] == (WCHAR)text[0] &&
                         wide_text[wide_length - 1] == '\n' && wide_text[wide_length] == 0;
        char line[160];
        snprintf(line, sizeof line, "a text: %s, the same in a buffer: %s, in UTF-16: %s, freed: %s", yes(whole),
                 yes(alike), yes(wide_alike), yes(LocalFree(text) == NULL && LocalFree(wide_text) == NULL));
        say("%s is %u", codes[i].name, (unsigned)codes[i].code);
        if (i < sizeof codes / sizeof *codes - WITHOUT_NAMES) {
            say("%s", line);
        } else {
            differs("Wine 8 has none", "a text: yes, the same in a buffer: yes, in UTF-16: yes, freed: yes", "%s",
                    line);
        }
    }
}

static DWORD format(const char *what, DWORD flags, DWORD code, DWORD size) {
    char buffer[1000] = "untouched";
    FRESH();
    DWORD length = FormatMessageA(flags, NULL, code, 0, buffer, size, NULL);
    say("%s: %s, %s", what, length != 0 ? "a text" : "none", err());
    return length;
}

static void special(void) {
    const DWORD system = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    char line[1000];
    DWORD length = format("a code", system, ERROR_ACCESS_DENIED, 1000);
    format("a buffer that is too small", system, ERROR_ACCESS_DENIED, 5);
    format("a buffer without the final NUL", system, ERROR_ACCESS_DENIED, length);
    format("a buffer that just fits", system, ERROR_ACCESS_DENIED, length + 1);
    format("a code that nobody has", system, 0x3fffffff, 1000);
    format("of the program, which has none", FORMAT_MESSAGE_FROM_HMODULE, ERROR_ACCESS_DENIED, 1000);
    format("of the program, or else the system", system | FORMAT_MESSAGE_FROM_HMODULE, ERROR_ACCESS_DENIED, 1000);
    format("of neither", system | FORMAT_MESSAGE_FROM_HMODULE, 0x3fffffff, 1000);
    format("no source", FORMAT_MESSAGE_IGNORE_INSERTS, ERROR_ACCESS_DENIED, 1000);
    length = FormatMessageA(system | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL, ERROR_ACCESS_DENIED, 0, line, sizeof line,
                            NULL);
    say("without line breaks: %s", yes(length != 0 && strchr(line, '\r') == NULL && strchr(line, '\n') == NULL));
    FRESH();
    length = FormatMessageA(system, NULL, ERROR_ACCESS_DENIED, MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), line,
                            sizeof line, NULL);
    say("in the user's language: %s, %s", yes(length != 0), err());
}

NO_ROLES

void body(void) {
    per_thread();
    texts();
    special();
}

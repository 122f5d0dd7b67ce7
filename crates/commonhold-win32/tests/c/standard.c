/* The standard handles: an object never has their descriptors, what stands in their place is what the child is told of, and
 * memory beside what this library made is not protected across its border. */
#define _GNU_SOURCE
#include <windows.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static FILE *report;

static void check(int condition, const char *what) {
    if (!condition) {
        fprintf(report, "%s: error %u\n", what, (unsigned)GetLastError());
        fflush(report);
        abort();
    }
}

static void no_object_is_the_standard_error(void) {
    check(CloseHandle(GetStdHandle(STD_ERROR_HANDLE)), "close the standard error");
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, "standard-section");
    char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    check(section != NULL && view != NULL, "a section");
    check((ULONG_PTR)section > 12, "it has a number of its own");
    strcpy(view, "important");
    fprintf(stderr, "oops");
    fflush(stderr);
    check(strcmp(view, "important") == 0, "nobody wrote into it");
    check(UnmapViewOfFile(view) && CloseHandle(section), "close");
}

/* Its standard input is open for writing as well; its standard output is none that it could close by mistake. */
static int child(void) {
    DWORD written = 0;
    check(WriteFile(GetStdHandle(STD_INPUT_HANDLE), "answer", 6, &written, NULL) && written == 6, "write to the input");
    return 0;
}

static void a_child_has_the_rights_of_what_it_is_given(void) {
    char program[512], line[1200], text[16] = "", file_path[MAX_PATH + 20];
    STARTUPINFOA startup;
    PROCESS_INFORMATION process;
    DWORD code = 99, read = 0;
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    GetTempPathA(MAX_PATH, file_path);
    strcat(file_path, "input");
    HANDLE file = CreateFileA(file_path, GENERIC_READ | GENERIC_WRITE, 0, &inheritable, CREATE_ALWAYS, 0, NULL);
    check(file != INVALID_HANDLE_VALUE, "create");
    GetModuleFileNameA(NULL, program, sizeof program);
    snprintf(line, sizeof line, "\"%s\" child", program);
    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = file;
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    check(CreateProcessA(NULL, line, NULL, NULL, TRUE, NORMAL_PRIORITY_CLASS, NULL, NULL, &startup, &process), "start");
    check(WaitForSingleObject(process.hProcess, INFINITE) == WAIT_OBJECT_0, "wait");
    check(GetExitCodeProcess(process.hProcess, &code) && code == 0, "the child");
    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    check(ReadFile(file, text, 6, &read, NULL) && strcmp(text, "answer") == 0, "what it wrote");
    check(CloseHandle(file) && CloseHandle(process.hProcess) && CloseHandle(process.hThread), "close");
    check(DeleteFileA(file_path), "delete");
}

static void memory_is_protected_up_to_the_border(void) {
    MEMORY_BASIC_INFORMATION region;
    DWORD old;
    char *room = mmap(NULL, 4 * 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *border = (char *)(((ULONG_PTR)room + 2 * 65536) & ~(ULONG_PTR)65535);
    munmap(room, 4 * 65536);
    check(VirtualAlloc(border, 65536, MEM_RESERVE, PAGE_READWRITE) == border, "reserve");
    char *page = mmap(border - 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    check(page == border - 4096, "a page right before it");
    check(!VirtualProtect(page, 8192, PAGE_READWRITE, &old) && GetLastError() == ERROR_INVALID_ADDRESS, "across the border");
    check(VirtualProtect(page, 4096, PAGE_READONLY, &old) && old == PAGE_READWRITE, "up to it");
    check(!VirtualProtect((void *)65536, 0x7ff000000000, PAGE_READWRITE, &old), "all there is, most of it nothing");
    check(VirtualQuery(border, &region, sizeof region) && region.State == MEM_RESERVE, "what is reserved is reserved");
    check(VirtualFree(border, 0, MEM_RELEASE), "release");
    munmap(page, 4096);
}

/* What was mapped at an address that was asked for can be mapped there again, whatever is mapped anywhere meanwhile. */
static void an_address_that_was_asked_for_stays_free(void) {
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 65536, NULL);
    void *wanted = (void *)0x600000000000;
    check(MapViewOfFileEx(section, FILE_MAP_WRITE, 0, 0, 0, wanted) == wanted, "map there");
    check(UnmapViewOfFile(wanted), "unmap");
    void *anywhere = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    check(anywhere != NULL && MapViewOfFileEx(section, FILE_MAP_WRITE, 0, 0, 0, wanted) == wanted, "map there again");
    check(UnmapViewOfFile(wanted) && UnmapViewOfFile(anywhere) && CloseHandle(section), "unmap both");
}

static void what_may_only_be_appended_is(void) {
    char file_path[MAX_PATH + 20];
    DWORD done = 0;
    OVERLAPPED at_two;
    GetTempPathA(MAX_PATH, file_path);
    strcat(file_path, "appended");
    HANDLE file = CreateFileA(file_path, GENERIC_READ | GENERIC_WRITE, 7, NULL, CREATE_ALWAYS, 0, NULL);
    HANDLE appends = CreateFileA(file_path, FILE_APPEND_DATA, 7, NULL, OPEN_EXISTING, 0, NULL);
    check(WriteFile(file, "0123456789", 10, &done, NULL), "write");
    memset(&at_two, 0, sizeof at_two);
    at_two.Offset = 2;
    check(WriteFile(appends, "ab", 2, &done, &at_two) && done == 2, "append, whatever the offset");
    check(GetFileSize(file, NULL) == 12, "at the end");
    check(SetFilePointer(appends, 0, NULL, FILE_CURRENT) == 12, "where the position is");
    check(CloseHandle(file) && CloseHandle(appends) && DeleteFileA(file_path), "close");
}

int main(int argc, char **argv) {
    report = fdopen(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10), "w");
    if (argc > 1 && strcmp(argv[1], "child") == 0) {
        return child();
    }
    no_object_is_the_standard_error();
    a_child_has_the_rights_of_what_it_is_given();
    memory_is_protected_up_to_the_border();
    an_address_that_was_asked_for_stays_free();
    what_may_only_be_appended_is();
    puts("done");
    return 0;
}

/* Shares memory with whoever knows its name: the first of two programs. It compiles for Windows and for Linux, with and
 * without UNICODE. Run it, then second_process in another terminal, then press a key here. */
#include <windows.h>
#include <conio.h>
#include <stdio.h>
#include <tchar.h>

#define BYTES 256

int _tmain(void) {
    const TCHAR name[] = TEXT("Local\\CommonholdExample");
    const TCHAR message[] = TEXT("Message from the first process.");

    HANDLE section = CreateFileMapping(INVALID_HANDLE_VALUE, /* memory, and no file */
                                       NULL,                 /* for this user */
                                       PAGE_READWRITE, 0, BYTES, name);
    if (section == NULL) {
        _tprintf(TEXT("Could not create the file mapping object (%u).\n"), (unsigned)GetLastError());
        return 1;
    }
    LPTSTR view = (LPTSTR)MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, BYTES);
    if (view == NULL) {
        _tprintf(TEXT("Could not map a view (%u).\n"), (unsigned)GetLastError());
        CloseHandle(section);
        return 1;
    }
    CopyMemory(view, message, sizeof message);
    _tprintf(TEXT("The message is there as long as I am. Press a key.\n"));
    fflush(stdout);
    _getch();

    UnmapViewOfFile(view);
    CloseHandle(section);
    return 0;
}

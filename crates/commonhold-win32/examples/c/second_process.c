/* Opens memory by its name, and shows what is there: the second of two programs. */
#include <windows.h>
#include <stdio.h>
#include <tchar.h>

#define BYTES 256

int _tmain(void) {
    HANDLE section = OpenFileMapping(FILE_MAP_READ, FALSE, TEXT("Local\\CommonholdExample"));
    if (section == NULL) {
        _tprintf(TEXT("Could not open the file mapping object (%u).\n"), (unsigned)GetLastError());
        return 1;
    }
    LPCTSTR view = (LPCTSTR)MapViewOfFile(section, FILE_MAP_READ, 0, 0, BYTES);
    if (view == NULL) {
        _tprintf(TEXT("Could not map a view (%u).\n"), (unsigned)GetLastError());
        CloseHandle(section);
        return 1;
    }
    MessageBox(NULL, view, TEXT("Second process"), MB_OK);

    UnmapViewOfFile(view);
    CloseHandle(section);
    return 0;
}

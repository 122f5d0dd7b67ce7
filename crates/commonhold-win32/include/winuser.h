/* The message box, which prints to the terminal, and wsprintf. */
#ifndef COMMONHOLD_WINUSER_H
#define COMMONHOLD_WINUSER_H

#include "windef.h"
#include "commonhold/wide_stdio.h"

EXTERN_C_START

#define MB_OK 0x00000000
#define MB_OKCANCEL 0x00000001
#define MB_ABORTRETRYIGNORE 0x00000002
#define MB_YESNOCANCEL 0x00000003
#define MB_YESNO 0x00000004
#define MB_RETRYCANCEL 0x00000005
#define MB_CANCELTRYCONTINUE 0x00000006
#define MB_ICONHAND 0x00000010
#define MB_ICONQUESTION 0x00000020
#define MB_ICONEXCLAMATION 0x00000030
#define MB_ICONASTERISK 0x00000040
#define MB_ICONERROR MB_ICONHAND
#define MB_ICONSTOP MB_ICONHAND
#define MB_ICONWARNING MB_ICONEXCLAMATION
#define MB_ICONINFORMATION MB_ICONASTERISK
#define MB_DEFBUTTON1 0x00000000
#define MB_DEFBUTTON2 0x00000100
#define MB_DEFBUTTON3 0x00000200
#define MB_APPLMODAL 0x00000000
#define MB_SYSTEMMODAL 0x00001000
#define MB_TASKMODAL 0x00002000
#define MB_SETFOREGROUND 0x00010000
#define MB_TOPMOST 0x00040000
#define MB_SERVICE_NOTIFICATION 0x00200000

#define IDOK 1
#define IDCANCEL 2
#define IDABORT 3
#define IDRETRY 4
#define IDIGNORE 5
#define IDYES 6
#define IDNO 7
#define IDTRYAGAIN 10
#define IDCONTINUE 11

#define SW_HIDE 0
#define SW_SHOWNORMAL 1
#define SW_SHOW 5
#define SW_SHOWDEFAULT 10

int WINAPI MessageBoxA(HWND hWnd, LPCSTR lpText, LPCSTR lpCaption, UINT uType);
int WINAPI MessageBoxW(HWND hWnd, LPCWSTR lpText, LPCWSTR lpCaption, UINT uType);
#define MessageBox COMMONHOLD_AW(MessageBox)

EXTERN_C_END

/* A text of at most 1023 characters; the longer one is cut. */
static inline int wvsprintfA(LPSTR buffer, LPCSTR format, va_list list)
{
    int written = _vsnprintf_s(buffer, 1024, _TRUNCATE, format, list);
    return written < 0 ? 1023 : written;
}

static inline int wvsprintfW(LPWSTR buffer, LPCWSTR format, va_list list)
{
    int written = commonhold_vsnwprintf_s(buffer, 1024, _TRUNCATE, format, list);
    return written < 0 ? 1023 : written;
}

COMMONHOLD_VARIADIC(wsprintfA, wvsprintfA, (LPSTR buffer, LPCSTR format, ...), buffer, format)
COMMONHOLD_VARIADIC(wsprintfW, wvsprintfW, (LPWSTR buffer, LPCWSTR format, ...), buffer, format)
#define wvsprintf COMMONHOLD_AW(wvsprintf)
#define wsprintf COMMONHOLD_AW(wsprintf)

#endif

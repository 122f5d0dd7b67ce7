/* The basic types together with those of winnt.h, and the handles of windows. */
#ifndef COMMONHOLD_WINDEF_H
#define COMMONHOLD_WINDEF_H

#include "minwindef.h"
#include "winnt.h"

DECLARE_HANDLE(HWND);
DECLARE_HANDLE(HICON);
DECLARE_HANDLE(HMENU);
DECLARE_HANDLE(HKEY);
typedef HKEY *PHKEY;
typedef HICON HCURSOR;

typedef DWORD COLORREF, *LPCOLORREF;

typedef struct tagPOINT {
    LONG x;
    LONG y;
} POINT, *PPOINT, *LPPOINT;

typedef struct tagRECT {
    LONG left;
    LONG top;
    LONG right;
    LONG bottom;
} RECT, *PRECT, *LPRECT;

#endif

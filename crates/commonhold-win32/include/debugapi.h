/* Text for a debugger, and whether there is one. */
#ifndef COMMONHOLD_DEBUGAPI_H
#define COMMONHOLD_DEBUGAPI_H

#include "windef.h"

EXTERN_C_START

BOOL WINAPI IsDebuggerPresent(void);
VOID WINAPI OutputDebugStringA(LPCSTR lpOutputString);
VOID WINAPI OutputDebugStringW(LPCWSTR lpOutputString);
#define OutputDebugString COMMONHOLD_AW(OutputDebugString)

EXTERN_C_END

#endif

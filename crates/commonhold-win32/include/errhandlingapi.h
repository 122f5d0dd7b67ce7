/* The last error, one word per thread. */
#ifndef COMMONHOLD_ERRHANDLINGAPI_H
#define COMMONHOLD_ERRHANDLINGAPI_H

#include "windef.h"

EXTERN_C_START

DWORD WINAPI GetLastError(void);
VOID WINAPI SetLastError(DWORD dwErrCode);

EXTERN_C_END

#endif

/* The clock for measuring. */
#ifndef COMMONHOLD_PROFILEAPI_H
#define COMMONHOLD_PROFILEAPI_H

#include "windef.h"

EXTERN_C_START

BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *lpPerformanceCount);
BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *lpFrequency);

EXTERN_C_END

#endif

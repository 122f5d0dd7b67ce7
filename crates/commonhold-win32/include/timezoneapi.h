/* Conversion between the two forms of a point in time. */
#ifndef COMMONHOLD_TIMEZONEAPI_H
#define COMMONHOLD_TIMEZONEAPI_H

#include "minwinbase.h"

EXTERN_C_START

BOOL WINAPI SystemTimeToFileTime(const SYSTEMTIME *lpSystemTime, LPFILETIME lpFileTime);
BOOL WINAPI FileTimeToSystemTime(const FILETIME *lpFileTime, LPSYSTEMTIME lpSystemTime);

EXTERN_C_END

#endif

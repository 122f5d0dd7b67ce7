/* The C library's names that follow UNICODE: narrow, or over 16-bit characters. */
#ifndef COMMONHOLD_TCHAR_H
#define COMMONHOLD_TCHAR_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commonhold/secure_strings.h"
#include "commonhold/stdio_format.h"
#include "commonhold/wide_main.h"
#include "commonhold/wide_stdio.h"
#include "commonhold/wide_string.h"

#ifdef _UNICODE
#define COMMONHOLD_T(narrow, wide) wide
#define COMMONHOLD_TEXT(text) COMMONHOLD_WIDE(text)
typedef WCHAR _TCHAR;
typedef unsigned int _TINT;
#else
#define COMMONHOLD_T(narrow, wide) narrow
#define COMMONHOLD_TEXT(text) text
typedef char _TCHAR;
typedef int _TINT;
#endif
typedef _TCHAR _TSCHAR, _TUCHAR, _TXCHAR;

#define __T(text) COMMONHOLD_TEXT(text)
#define _T(text) COMMONHOLD_TEXT(text)
#define _TEXT(text) COMMONHOLD_TEXT(text)
#define _TEOF EOF

#define _tmain COMMONHOLD_T(main, wmain)

#define _tprintf COMMONHOLD_T(commonhold_printf, commonhold_wprintf)
#define _tprintf_s COMMONHOLD_T(commonhold_printf, commonhold_wprintf)
#define _ftprintf COMMONHOLD_T(commonhold_fprintf, commonhold_fwprintf)
#define _ftprintf_s COMMONHOLD_T(commonhold_fprintf, commonhold_fwprintf)
#define _stprintf COMMONHOLD_T(commonhold_sprintf, commonhold_swprintf)
#define _stprintf_s COMMONHOLD_T(sprintf_s, commonhold_swprintf_s)
#define _sntprintf COMMONHOLD_T(_snprintf, commonhold_snwprintf)
#define _sntprintf_s COMMONHOLD_T(_snprintf_s, commonhold_snwprintf_s)
#define _sctprintf COMMONHOLD_T(_scprintf, commonhold_scwprintf)
#define _vtprintf COMMONHOLD_T(commonhold_vprintf, commonhold_vwprintf)
#define _vftprintf COMMONHOLD_T(commonhold_vfprintf, commonhold_vfwprintf)
#define _vstprintf COMMONHOLD_T(commonhold_vsprintf, commonhold_vswprintf)
#define _vstprintf_s COMMONHOLD_T(vsprintf_s, commonhold_vswprintf_s)
#define _vsntprintf COMMONHOLD_T(_vsnprintf, commonhold_vsnwprintf)
#define _vsntprintf_s COMMONHOLD_T(_vsnprintf_s, commonhold_vsnwprintf_s)
#define _vsctprintf COMMONHOLD_T(_vscprintf, commonhold_vscwprintf)

#define _fgetts COMMONHOLD_T(fgets, commonhold_fgetws)
#define _fputts COMMONHOLD_T(fputs, commonhold_fputws)
#define _putts COMMONHOLD_T(puts, commonhold_putws)
#define _fputtc COMMONHOLD_T(fputc, commonhold_fputwc)
#define _puttc COMMONHOLD_T(fputc, commonhold_fputwc)
#define _puttchar(character) _fputtc((character), stdout)
#define _tfopen COMMONHOLD_T(fopen, commonhold_wfopen)

#define _tcslen COMMONHOLD_T(strlen, commonhold_wcslen)
#define _tcsclen COMMONHOLD_T(strlen, commonhold_wcslen)
#define _tcsnlen COMMONHOLD_T(commonhold_strnlen, commonhold_wcsnlen)
#define _tcscpy COMMONHOLD_T(strcpy, commonhold_wcscpy)
#define _tcscpy_s COMMONHOLD_T(strcpy_s, commonhold_wcscpy_s)
#define _tcsncpy COMMONHOLD_T(strncpy, commonhold_wcsncpy)
#define _tcsncpy_s COMMONHOLD_T(strncpy_s, commonhold_wcsncpy_s)
#define _tcscat COMMONHOLD_T(strcat, commonhold_wcscat)
#define _tcscat_s COMMONHOLD_T(strcat_s, commonhold_wcscat_s)
#define _tcsncat COMMONHOLD_T(strncat, commonhold_wcsncat)
#define _tcsncat_s COMMONHOLD_T(strncat_s, commonhold_wcsncat_s)
#define _tcscmp COMMONHOLD_T(strcmp, commonhold_wcscmp)
#define _tcsncmp COMMONHOLD_T(strncmp, commonhold_wcsncmp)
#define _tcsicmp COMMONHOLD_T(_stricmp, commonhold_wcsicmp)
#define _tcsnicmp COMMONHOLD_T(_strnicmp, commonhold_wcsnicmp)
#define _tcscoll COMMONHOLD_T(strcmp, commonhold_wcscmp)
#define _tcschr COMMONHOLD_T(strchr, commonhold_wcschr)
#define _tcsrchr COMMONHOLD_T(strrchr, commonhold_wcsrchr)
#define _tcsstr COMMONHOLD_T(strstr, commonhold_wcsstr)
#define _tcspbrk COMMONHOLD_T(strpbrk, commonhold_wcspbrk)
#define _tcsspn COMMONHOLD_T(strspn, commonhold_wcsspn)
#define _tcscspn COMMONHOLD_T(strcspn, commonhold_wcscspn)
#define _tcstok COMMONHOLD_T(strtok, commonhold_wcstok)
#define _tcstok_s COMMONHOLD_T(strtok_s, commonhold_wcstok_s)
#define _tcsdup COMMONHOLD_T(_strdup, commonhold_wcsdup)
#define _tcslwr COMMONHOLD_T(_strlwr, commonhold_wcslwr)
#define _tcsupr COMMONHOLD_T(_strupr, commonhold_wcsupr)

#define _tcstol COMMONHOLD_T(strtol, commonhold_wcstol)
#define _tcstoul COMMONHOLD_T(strtoul, commonhold_wcstoul)
#define _tcstoi64 COMMONHOLD_T(strtoll, commonhold_wcstoll)
#define _tcstoui64 COMMONHOLD_T(strtoull, commonhold_wcstoull)
#define _tcstod COMMONHOLD_T(strtod, commonhold_wcstod)
#define _ttoi COMMONHOLD_T(atoi, commonhold_wtoi)
#define _tstoi COMMONHOLD_T(atoi, commonhold_wtoi)
#define _ttol COMMONHOLD_T(atoi, commonhold_wtoi)
#define _tstol COMMONHOLD_T(atoi, commonhold_wtoi)
#define _ttoi64 COMMONHOLD_T(atoll, commonhold_wtoi64)
#define _tstoi64 COMMONHOLD_T(atoll, commonhold_wtoi64)
#define _tstof COMMONHOLD_T(atof, commonhold_wtof)
#define _ttof COMMONHOLD_T(atof, commonhold_wtof)

/* Not by function pointers: a plain char may be negative. */
#define COMMONHOLD_CLASS(narrow, wide, character) \
    COMMONHOLD_T(narrow((unsigned char)(character)), (int)wide((wint_t)(character)))
#define _istalpha(character) COMMONHOLD_CLASS(isalpha, iswalpha, character)
#define _istdigit(character) COMMONHOLD_CLASS(isdigit, iswdigit, character)
#define _istxdigit(character) COMMONHOLD_CLASS(isxdigit, iswxdigit, character)
#define _istalnum(character) COMMONHOLD_CLASS(isalnum, iswalnum, character)
#define _istspace(character) COMMONHOLD_CLASS(isspace, iswspace, character)
#define _istupper(character) COMMONHOLD_CLASS(isupper, iswupper, character)
#define _istlower(character) COMMONHOLD_CLASS(islower, iswlower, character)
#define _istprint(character) COMMONHOLD_CLASS(isprint, iswprint, character)
#define _istpunct(character) COMMONHOLD_CLASS(ispunct, iswpunct, character)
#define _totupper(character) COMMONHOLD_CLASS(toupper, towupper, character)
#define _totlower(character) COMMONHOLD_CLASS(tolower, towlower, character)

#endif

/* Microsoft's names of the wide functions, for 16-bit characters: those that only Microsoft has, and the standard ones.
 *
 * The C library has the standard ones for 32-bit wchar_t. They stay what they are for that type: C++ picks by
 * overloads, C by _Generic. With -fshort-wchar the type is ours, and the names are always meant for it. */
#ifndef COMMONHOLD_WIDE_NAMES_H
#define COMMONHOLD_WIDE_NAMES_H

#ifdef __cplusplus
#include <cwchar>
#else
#include <wchar.h>
#endif

#include "wide_stdio.h"
#include "wide_string.h"

/* The C library has macros of these names where it checks the sizes of buffers. */
#undef wprintf
#undef fwprintf
#undef swprintf
#undef vwprintf
#undef vfwprintf
#undef vswprintf

#define wcscpy_s commonhold_wcscpy_s
#define wcsncpy_s commonhold_wcsncpy_s
#define wcscat_s commonhold_wcscat_s
#define wcsncat_s commonhold_wcsncat_s
#define wcstok_s commonhold_wcstok_s
#define _wcsicmp commonhold_wcsicmp
#define _wcsnicmp commonhold_wcsnicmp
#define _wcsdup commonhold_wcsdup
#define _wcslwr commonhold_wcslwr
#define _wcsupr commonhold_wcsupr
#define _wtoi commonhold_wtoi
#define _wtol commonhold_wtoi
#define _wtoi64 commonhold_wtoi64
#define _wtof commonhold_wtof
#define _wfopen commonhold_wfopen
#define _putws commonhold_putws
#define wprintf_s commonhold_wprintf
#define fwprintf_s commonhold_fwprintf
#define swprintf_s commonhold_swprintf_s
#define vswprintf_s commonhold_vswprintf_s
#define _swprintf commonhold_swprintf
#define _scwprintf commonhold_scwprintf
#define _snwprintf commonhold_snwprintf
#define _snwprintf_s commonhold_snwprintf_s
#define _vsnwprintf commonhold_vsnwprintf
#define _vsnwprintf_s commonhold_vsnwprintf_s

#if __WCHAR_MAX__ <= 0xffff

#define wcslen commonhold_wcslen
#define wcscpy commonhold_wcscpy
#define wcsncpy commonhold_wcsncpy
#define wcscat commonhold_wcscat
#define wcsncat commonhold_wcsncat
#define wcscmp commonhold_wcscmp
#define wcsncmp commonhold_wcsncmp
#define wcschr commonhold_wcschr
#define wcsrchr commonhold_wcsrchr
#define wcsstr commonhold_wcsstr
#define wcspbrk commonhold_wcspbrk
#define wcsspn commonhold_wcsspn
#define wcscspn commonhold_wcscspn
#define wcstol commonhold_wcstol
#define wcstoul commonhold_wcstoul
#define wcstod commonhold_wcstod
#define wprintf commonhold_wprintf
#define fwprintf commonhold_fwprintf
#define swprintf commonhold_swprintf_s
#define vwprintf commonhold_vwprintf
#define vfwprintf commonhold_vfwprintf
#define vswprintf commonhold_vswprintf_s
#define fputws commonhold_fputws
#define fgetws commonhold_fgetws

/* For what the C++ library and programs call by std::. */
#ifdef __cplusplus
namespace std
{
using ::commonhold_wcslen;
using ::commonhold_wcscpy;
using ::commonhold_wcsncpy;
using ::commonhold_wcscat;
using ::commonhold_wcsncat;
using ::commonhold_wcscmp;
using ::commonhold_wcsncmp;
using ::commonhold_wcschr;
using ::commonhold_wcsrchr;
using ::commonhold_wcsstr;
using ::commonhold_wcspbrk;
using ::commonhold_wcsspn;
using ::commonhold_wcscspn;
using ::commonhold_wcstol;
using ::commonhold_wcstoul;
using ::commonhold_wcstod;
using ::commonhold_wprintf;
using ::commonhold_fwprintf;
using ::commonhold_swprintf_s;
using ::commonhold_vwprintf;
using ::commonhold_vfwprintf;
using ::commonhold_vswprintf_s;
using ::commonhold_fputws;
using ::commonhold_fgetws;
}
#endif

#elif defined(__cplusplus)

#define COMMONHOLD_OVERLOAD(type, name, parameters, ...) \
    inline type name parameters                          \
    {                                                    \
        return commonhold_##name(__VA_ARGS__);           \
    }
COMMONHOLD_OVERLOAD(size_t, wcslen, (const WCHAR *text), text)
COMMONHOLD_OVERLOAD(WCHAR *, wcscpy, (WCHAR *to, const WCHAR *from), to, from)
COMMONHOLD_OVERLOAD(WCHAR *, wcsncpy, (WCHAR *to, const WCHAR *from, size_t count), to, from, count)
COMMONHOLD_OVERLOAD(WCHAR *, wcscat, (WCHAR *to, const WCHAR *from), to, from)
COMMONHOLD_OVERLOAD(WCHAR *, wcsncat, (WCHAR *to, const WCHAR *from, size_t count), to, from, count)
COMMONHOLD_OVERLOAD(int, wcscmp, (const WCHAR *a, const WCHAR *b), a, b)
COMMONHOLD_OVERLOAD(int, wcsncmp, (const WCHAR *a, const WCHAR *b, size_t count), a, b, count)
COMMONHOLD_OVERLOAD(WCHAR *, wcschr, (const WCHAR *text, int wanted), text, wanted)
COMMONHOLD_OVERLOAD(WCHAR *, wcsrchr, (const WCHAR *text, int wanted), text, wanted)
COMMONHOLD_OVERLOAD(WCHAR *, wcsstr, (const WCHAR *text, const WCHAR *wanted), text, wanted)
COMMONHOLD_OVERLOAD(long, wcstol, (const WCHAR *text, WCHAR **end, int base), text, end, base)
COMMONHOLD_OVERLOAD(unsigned long, wcstoul, (const WCHAR *text, WCHAR **end, int base), text, end, base)
COMMONHOLD_VARIADIC(wprintf, commonhold_vwprintf, (const WCHAR *format, ...), format)
COMMONHOLD_VARIADIC(fwprintf, commonhold_vfwprintf, (FILE *stream, const WCHAR *format, ...), stream, format)
COMMONHOLD_VARIADIC(swprintf, commonhold_vswprintf_s, (WCHAR *buffer, size_t room, const WCHAR *format, ...),
                    buffer, room, format)

#else

#define COMMONHOLD_FIRST(first, ...) first
#define COMMONHOLD_SECOND(first, second, ...) second
/* By a pointer to characters, which an array in parentheses and an added 0 is too. */
#define COMMONHOLD_BY_WIDTH(name, text) \
    _Generic((text) + 0, WCHAR *: commonhold_##name, const WCHAR *: commonhold_##name, default: name)
#define wcslen(text) COMMONHOLD_BY_WIDTH(wcslen, text)(text)
#define wcscpy(to, from) COMMONHOLD_BY_WIDTH(wcscpy, to)(to, from)
#define wcsncpy(to, from, count) COMMONHOLD_BY_WIDTH(wcsncpy, to)(to, from, count)
#define wcscat(to, from) COMMONHOLD_BY_WIDTH(wcscat, to)(to, from)
#define wcsncat(to, from, count) COMMONHOLD_BY_WIDTH(wcsncat, to)(to, from, count)
#define wcscmp(a, b) COMMONHOLD_BY_WIDTH(wcscmp, a)(a, b)
#define wcsncmp(a, b, count) COMMONHOLD_BY_WIDTH(wcsncmp, a)(a, b, count)
#define wcschr(text, wanted) COMMONHOLD_BY_WIDTH(wcschr, text)(text, wanted)
#define wcsrchr(text, wanted) COMMONHOLD_BY_WIDTH(wcsrchr, text)(text, wanted)
#define wcsstr(text, wanted) COMMONHOLD_BY_WIDTH(wcsstr, text)(text, wanted)
#define wcstol(text, end, base) COMMONHOLD_BY_WIDTH(wcstol, text)(text, end, base)
#define wcstoul(text, end, base) COMMONHOLD_BY_WIDTH(wcstoul, text)(text, end, base)
#define wprintf(...) COMMONHOLD_BY_WIDTH(wprintf, COMMONHOLD_FIRST(__VA_ARGS__, 0))(__VA_ARGS__)
#define fwprintf(...) COMMONHOLD_BY_WIDTH(fwprintf, COMMONHOLD_SECOND(__VA_ARGS__, 0))(__VA_ARGS__)
#define swprintf(...) \
    _Generic((COMMONHOLD_FIRST(__VA_ARGS__, 0)) + 0, WCHAR *: commonhold_swprintf_s, default: swprintf)(__VA_ARGS__)

#endif

#endif

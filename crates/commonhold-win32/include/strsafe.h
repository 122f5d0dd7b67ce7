/* Strings that are always ended by a NUL, and an HRESULT that says whether all of the text fitted. */
#ifndef COMMONHOLD_STRSAFE_H
#define COMMONHOLD_STRSAFE_H

#include "windef.h"
#include "winerror.h"
#include "commonhold/wide_stdio.h"
#include "commonhold/wide_string.h"

#define STRSAFE_MAX_CCH 2147483647
#define STRSAFE_E_INSUFFICIENT_BUFFER ((HRESULT)0x8007007A)
#define STRSAFE_E_INVALID_PARAMETER ((HRESULT)0x80070057)
#define STRSAFE_E_END_OF_FILE ((HRESULT)0x80070026)

/* The functions for one width: `letter` is A or W, `limited` copies what fits, `formatted` formats what fits. */
#define COMMONHOLD_STRSAFE(letter, type, length_in, limited, formatted)                                     \
    static inline HRESULT StringCchLength##letter(const type *text, size_t room, size_t *length)            \
    {                                                                                                       \
        size_t found = text && room <= STRSAFE_MAX_CCH ? length_in(text, room) : room;                      \
        if (length) {                                                                                       \
            *length = found < room ? found : 0;                                                             \
        }                                                                                                   \
        return found < room ? S_OK : STRSAFE_E_INVALID_PARAMETER;                                           \
    }                                                                                                       \
    static inline HRESULT StringCchCopyN##letter(type *to, size_t room, const type *from, size_t count)     \
    {                                                                                                       \
        if (!room || room > STRSAFE_MAX_CCH) {                                                              \
            return STRSAFE_E_INVALID_PARAMETER;                                                             \
        }                                                                                                   \
        if (length_in(from, count) >= room) {                                                               \
            limited(to, room, from, _TRUNCATE);                                                             \
            return STRSAFE_E_INSUFFICIENT_BUFFER;                                                           \
        }                                                                                                   \
        limited(to, room, from, count);                                                                     \
        return S_OK;                                                                                        \
    }                                                                                                       \
    static inline HRESULT StringCchCopy##letter(type *to, size_t room, const type *from)                    \
    {                                                                                                       \
        return StringCchCopyN##letter(to, room, from, STRSAFE_MAX_CCH);                                     \
    }                                                                                                       \
    static inline HRESULT StringCchCat##letter(type *to, size_t room, const type *from)                     \
    {                                                                                                       \
        size_t used;                                                                                        \
        HRESULT result = StringCchLength##letter(to, room, &used);                                          \
        return FAILED(result) ? result : StringCchCopy##letter(to + used, room - used, from);               \
    }                                                                                                       \
    static inline HRESULT StringCchVPrintf##letter(type *to, size_t room, const type *format, va_list list) \
    {                                                                                                       \
        if (!room || room > STRSAFE_MAX_CCH) {                                                              \
            return STRSAFE_E_INVALID_PARAMETER;                                                             \
        }                                                                                                   \
        return formatted(to, room, _TRUNCATE, format, list) < 0 ? STRSAFE_E_INSUFFICIENT_BUFFER : S_OK;     \
    }                                                                                                       \
    static inline HRESULT StringCchPrintf##letter(type *to, size_t room, const type *format, ...)           \
    {                                                                                                       \
        va_list list;                                                                                       \
        HRESULT result;                                                                                     \
        va_start(list, format);                                                                             \
        result = StringCchVPrintf##letter(to, room, format, list);                                          \
        va_end(list);                                                                                       \
        return result;                                                                                      \
    }                                                                                                       \
    static inline HRESULT StringCbLength##letter(const type *text, size_t bytes, size_t *length)            \
    {                                                                                                       \
        HRESULT result = StringCchLength##letter(text, bytes / sizeof(type), length);                       \
        if (length) {                                                                                       \
            *length *= sizeof(type);                                                                        \
        }                                                                                                   \
        return result;                                                                                      \
    }                                                                                                       \
    static inline HRESULT StringCbCopy##letter(type *to, size_t bytes, const type *from)                    \
    {                                                                                                       \
        return StringCchCopy##letter(to, bytes / sizeof(type), from);                                       \
    }                                                                                                       \
    static inline HRESULT StringCbCat##letter(type *to, size_t bytes, const type *from)                     \
    {                                                                                                       \
        return StringCchCat##letter(to, bytes / sizeof(type), from);                                        \
    }                                                                                                       \
    static inline HRESULT StringCbVPrintf##letter(type *to, size_t bytes, const type *format, va_list list) \
    {                                                                                                       \
        return StringCchVPrintf##letter(to, bytes / sizeof(type), format, list);                            \
    }                                                                                                       \
    static inline HRESULT StringCbPrintf##letter(type *to, size_t bytes, const type *format, ...)           \
    {                                                                                                       \
        va_list list;                                                                                       \
        HRESULT result;                                                                                     \
        va_start(list, format);                                                                             \
        result = StringCbVPrintf##letter(to, bytes, format, list);                                          \
        va_end(list);                                                                                       \
        return result;                                                                                      \
    }

COMMONHOLD_STRSAFE(A, char, commonhold_strnlen, strncpy_s, _vsnprintf_s)
COMMONHOLD_STRSAFE(W, WCHAR, commonhold_wcsnlen, commonhold_wcsncpy_s, commonhold_vsnwprintf_s)

#define StringCchLength COMMONHOLD_AW(StringCchLength)
#define StringCchCopyN COMMONHOLD_AW(StringCchCopyN)
#define StringCchCopy COMMONHOLD_AW(StringCchCopy)
#define StringCchCat COMMONHOLD_AW(StringCchCat)
#define StringCchVPrintf COMMONHOLD_AW(StringCchVPrintf)
#define StringCchPrintf COMMONHOLD_AW(StringCchPrintf)
#define StringCbLength COMMONHOLD_AW(StringCbLength)
#define StringCbCopy COMMONHOLD_AW(StringCbCopy)
#define StringCbCat COMMONHOLD_AW(StringCbCat)
#define StringCbVPrintf COMMONHOLD_AW(StringCbVPrintf)
#define StringCbPrintf COMMONHOLD_AW(StringCbPrintf)

#endif

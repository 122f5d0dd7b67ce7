/* printf and its relatives with Microsoft's formats, for narrow text: what tchar.h uses without UNICODE, and the
 * functions ending in _s. Text that does not fit into a buffer is cut, and -1 returned. */
#ifndef COMMONHOLD_STDIO_FORMAT_H
#define COMMONHOLD_STDIO_FORMAT_H

#include "format.h"

#ifndef _TRUNCATE
#define _TRUNCATE ((size_t)-1)
#endif

static inline int commonhold_vfprintf(FILE *stream, const char *format, va_list list)
{
    struct commonhold_text text;
    int written = -1;
    if (commonhold_format(&text, 0, format, list)) {
        written = fwrite(text.bytes, 1, text.length, stream) == text.length ? (int)text.length : -1;
        free(text.bytes);
    }
    return written;
}

/* At most `room` bytes; a text of exactly `room` bytes is not ended by a NUL, as with _snprintf. */
static inline int _vsnprintf(char *buffer, size_t room, const char *format, va_list list)
{
    struct commonhold_text text;
    int written = -1;
    if (commonhold_format(&text, 0, format, list)) {
        size_t copied = text.length < room ? text.length + 1 : room;
        if (copied) {
            memcpy(buffer, text.bytes, copied);
        }
        written = text.length <= room ? (int)text.length : -1;
        free(text.bytes);
    }
    return written;
}

/* Always ended by a NUL; a text that does not fit leaves the buffer empty. */
static inline int vsprintf_s(char *buffer, size_t room, const char *format, va_list list)
{
    int written = _vsnprintf(buffer, room, format, list);
    if (room && (written < 0 || (size_t)written >= room)) {
        buffer[0] = 0;
        return -1;
    }
    return written;
}

/* At most `count` bytes; with _TRUNCATE, as many as fit. */
static inline int _vsnprintf_s(char *buffer, size_t room, size_t count, const char *format, va_list list)
{
    int written;
    if (!room) {
        return -1;
    }
    if (count >= room && count != _TRUNCATE) {
        return vsprintf_s(buffer, room, format, list);
    }
    count = count < room ? count : room - 1;
    written = _vsnprintf(buffer, count, format, list);
    buffer[written < 0 ? count : (size_t)written] = 0;
    return written;
}

static inline int commonhold_vprintf(const char *format, va_list list)
{
    return commonhold_vfprintf(stdout, format, list);
}

static inline int commonhold_vsprintf(char *buffer, const char *format, va_list list)
{
    return vsprintf_s(buffer, (size_t)-1, format, list);
}

static inline int _vscprintf(const char *format, va_list list)
{
    struct commonhold_text text;
    int length = -1;
    if (commonhold_format(&text, 0, format, list)) {
        length = (int)text.length;
        free(text.bytes);
    }
    return length;
}

/* The form with arguments of a function that takes a list. */
#define COMMONHOLD_VARIADIC(name, list_name, parameters, ...) \
    static inline int name parameters                         \
    {                                                         \
        va_list list;                                         \
        int result;                                           \
        va_start(list, format);                               \
        result = list_name(__VA_ARGS__, list);                \
        va_end(list);                                         \
        return result;                                        \
    }

COMMONHOLD_VARIADIC(commonhold_printf, commonhold_vprintf, (const char *format, ...), format)
COMMONHOLD_VARIADIC(commonhold_fprintf, commonhold_vfprintf, (FILE *stream, const char *format, ...), stream, format)
COMMONHOLD_VARIADIC(commonhold_sprintf, commonhold_vsprintf, (char *buffer, const char *format, ...), buffer, format)
COMMONHOLD_VARIADIC(_scprintf, _vscprintf, (const char *format, ...), format)
COMMONHOLD_VARIADIC(_snprintf, _vsnprintf, (char *buffer, size_t room, const char *format, ...), buffer, room, format)
COMMONHOLD_VARIADIC(sprintf_s, vsprintf_s, (char *buffer, size_t room, const char *format, ...), buffer, room, format)
COMMONHOLD_VARIADIC(_snprintf_s, _vsnprintf_s, (char *buffer, size_t room, size_t count, const char *format, ...),
                    buffer, room, count, format)
#define printf_s commonhold_printf
#define fprintf_s commonhold_fprintf

#ifdef __cplusplus
template <size_t room> inline int sprintf_s(char (&buffer)[room], const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int result = vsprintf_s(buffer, room, format, list);
    va_end(list);
    return result;
}
#endif

#endif

/* The wide relatives of printf, fgets and puts, over 16-bit characters and byte streams in UTF-8.
 *
 * The C library's own have 32-bit characters, and must not be called with ours. */
#ifndef COMMONHOLD_WIDE_STDIO_H
#define COMMONHOLD_WIDE_STDIO_H

#include "stdio_format.h"

/* The formatted text in `text`, to be freed. */
static inline int commonhold_wide_format(struct commonhold_text *text, const WCHAR *format, va_list list)
{
    char *narrow = commonhold_to_utf8(format, commonhold_units(format));
    int done = narrow && commonhold_format(text, 1, narrow, list);
    free(narrow);
    return done;
}

static inline int commonhold_vfwprintf(FILE *stream, const WCHAR *format, va_list list)
{
    struct commonhold_text text;
    int written = -1;
    if (commonhold_wide_format(&text, format, list)) {
        written = fwrite(text.bytes, 1, text.length, stream) == text.length
                      ? commonhold_count(text.bytes, text.length, 1)
                      : -1;
        free(text.bytes);
    }
    return written;
}

/* At most `room` units; a text of exactly `room` units is not ended by a NUL, as with _snwprintf. */
static inline int commonhold_vsnwprintf(WCHAR *buffer, size_t room, const WCHAR *format, va_list list)
{
    struct commonhold_text text;
    WCHAR *wide;
    size_t length;
    int written = -1;
    if (!commonhold_wide_format(&text, format, list)) {
        return -1;
    }
    wide = commonhold_to_utf16(text.bytes, text.length, &length);
    if (wide) {
        size_t copied = length < room ? length + 1 : room;
        if (copied) {
            memcpy(buffer, wide, copied * sizeof *buffer);
        }
        written = length <= room ? (int)length : -1;
    }
    free(wide);
    free(text.bytes);
    return written;
}

/* Always ended by a NUL; a text that does not fit leaves the buffer empty. */
static inline int commonhold_vswprintf_s(WCHAR *buffer, size_t room, const WCHAR *format, va_list list)
{
    int written = commonhold_vsnwprintf(buffer, room, format, list);
    if (room && (written < 0 || (size_t)written >= room)) {
        buffer[0] = 0;
        return -1;
    }
    return written;
}

/* At most `count` units; with _TRUNCATE, as many as fit. */
static inline int commonhold_vsnwprintf_s(WCHAR *buffer, size_t room, size_t count, const WCHAR *format, va_list list)
{
    int written;
    if (!room) {
        return -1;
    }
    if (count >= room && count != _TRUNCATE) {
        return commonhold_vswprintf_s(buffer, room, format, list);
    }
    count = count < room ? count : room - 1;
    written = commonhold_vsnwprintf(buffer, count, format, list);
    buffer[written < 0 ? count : (size_t)written] = 0;
    return written;
}

static inline int commonhold_vwprintf(const WCHAR *format, va_list list)
{
    return commonhold_vfwprintf(stdout, format, list);
}

static inline int commonhold_vswprintf(WCHAR *buffer, const WCHAR *format, va_list list)
{
    return commonhold_vswprintf_s(buffer, (size_t)-1, format, list);
}

static inline int commonhold_vscwprintf(const WCHAR *format, va_list list)
{
    struct commonhold_text text;
    int length = -1;
    if (commonhold_wide_format(&text, format, list)) {
        length = commonhold_count(text.bytes, text.length, 1);
        free(text.bytes);
    }
    return length;
}

COMMONHOLD_VARIADIC(commonhold_wprintf, commonhold_vwprintf, (const WCHAR *format, ...), format)
COMMONHOLD_VARIADIC(commonhold_fwprintf, commonhold_vfwprintf, (FILE *stream, const WCHAR *format, ...),
                    stream, format)
COMMONHOLD_VARIADIC(commonhold_swprintf, commonhold_vswprintf, (WCHAR *buffer, const WCHAR *format, ...),
                    buffer, format)
COMMONHOLD_VARIADIC(commonhold_scwprintf, commonhold_vscwprintf, (const WCHAR *format, ...), format)
COMMONHOLD_VARIADIC(commonhold_snwprintf, commonhold_vsnwprintf,
                    (WCHAR *buffer, size_t room, const WCHAR *format, ...), buffer, room, format)
COMMONHOLD_VARIADIC(commonhold_swprintf_s, commonhold_vswprintf_s,
                    (WCHAR *buffer, size_t room, const WCHAR *format, ...), buffer, room, format)
COMMONHOLD_VARIADIC(commonhold_snwprintf_s, commonhold_vsnwprintf_s,
                    (WCHAR *buffer, size_t room, size_t count, const WCHAR *format, ...), buffer, room, count, format)

#ifdef __cplusplus
template <size_t room> inline int commonhold_swprintf_s(WCHAR (&buffer)[room], const WCHAR *format, ...)
{
    va_list list;
    va_start(list, format);
    int result = commonhold_vswprintf_s(buffer, room, format, list);
    va_end(list);
    return result;
}
#endif

static inline int commonhold_fputws(const WCHAR *text, FILE *stream)
{
    char *bytes = commonhold_to_utf8(text, commonhold_units(text));
    int result = bytes ? fputs(bytes, stream) : EOF;
    free(bytes);
    return result;
}

static inline int commonhold_putws(const WCHAR *text)
{
    return commonhold_fputws(text, stdout) < 0 ? EOF : putchar('\n');
}

static inline int commonhold_fputwc(int unit, FILE *stream)
{
    WCHAR text[2] = {(WCHAR)unit, 0};
    return commonhold_fputws(text, stream) < 0 ? EOF : unit;
}

/* A line of at most `room` - 1 units. A character that no longer fits stays in the stream. */
static inline WCHAR *commonhold_fgetws(WCHAR *buffer, int room, FILE *stream)
{
    int length = 0;
    while (length + 1 < room) {
        char bytes[4];
        const char *at = bytes;
        int read = 0, first = fgetc(stream), byte = first, expected = commonhold_utf8_length((unsigned char)first);
        if (first == EOF) {
            break;
        }
        if (expected == 4 && length + 2 >= room) {
            ungetc(first, stream);
            break;
        }
        do {
            bytes[read++] = (char)byte;
        } while (read < expected && (byte = fgetc(stream)) != EOF);
        length += (int)commonhold_put_utf16(commonhold_next_utf8(&at, bytes + read), buffer + length);
        if (first == '\n') {
            break;
        }
    }
    if (room > 0) {
        buffer[length] = 0;
    }
    return length ? buffer : NULL;
}

static inline FILE *commonhold_wfopen(const WCHAR *name, const WCHAR *mode)
{
    char *narrow_name = commonhold_to_utf8(name, commonhold_units(name));
    char *narrow_mode = commonhold_to_utf8(mode, commonhold_units(mode));
    FILE *stream = narrow_name && narrow_mode ? fopen(narrow_name, narrow_mode) : NULL;
    free(narrow_name);
    free(narrow_mode);
    return stream;
}

#endif

/* A growing text in UTF-8, and the parts of a formatted one that are appended to it. */
#ifndef COMMONHOLD_TEXT_H
#define COMMONHOLD_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf16.h"

struct commonhold_text {
    char *bytes;
    size_t length;
    size_t room;
    int failed;
};

/* One conversion, taken apart; `size` is an integer's bytes, `width` is not negative, a precision below 0 is none. */
struct commonhold_spec {
    char flags[8];
    int left;
    int width;
    int precision;
    int size;
    int long_double;
    char conversion;
};

/* Room for `more` bytes and a NUL, or NULL. */
static inline char *commonhold_reserve(struct commonhold_text *text, size_t more)
{
    if (text->room - text->length <= more) {
        size_t room = (text->length + more + 1) * 2;
        char *bytes = (char *)realloc(text->bytes, room);
        if (!bytes) {
            text->failed = 1;
            return NULL;
        }
        text->bytes = bytes;
        text->room = room;
    }
    return text->bytes + text->length;
}

static inline void commonhold_append(struct commonhold_text *text, const char *bytes, size_t length)
{
    char *to = commonhold_reserve(text, length);
    if (to) {
        memcpy(to, bytes, length);
        text->length += length;
        to[length] = 0;
    }
}

static inline void commonhold_pad(struct commonhold_text *text, int count)
{
    while (count-- > 0) {
        commonhold_append(text, " ", 1);
    }
}

/* How many units a wide function counts for these bytes. */
static inline int commonhold_count(const char *bytes, size_t length, int wide)
{
    const char *end = bytes + length;
    int units = 0;
    WCHAR unused[2];
    if (!wide) {
        return (int)length;
    }
    while (bytes < end) {
        units += (int)commonhold_put_utf16(commonhold_next_utf8(&bytes, end), unused);
    }
    return units;
}

static inline void commonhold_append_string(struct commonhold_text *text, const struct commonhold_spec *spec,
                                            const char *bytes, size_t length, int wide)
{
    int missing = spec->width - commonhold_count(bytes, length, wide);
    commonhold_pad(text, spec->left ? 0 : missing);
    commonhold_append(text, bytes, length);
    commonhold_pad(text, spec->left ? missing : 0);
}

static inline void commonhold_append_narrow(struct commonhold_text *text, const struct commonhold_spec *spec,
                                            const char *string, int wide)
{
    size_t length = 0;
    string = string ? string : "(null)";
    while ((spec->precision < 0 || length < (size_t)spec->precision) && string[length]) {
        length++;
    }
    commonhold_append_string(text, spec, string, length, wide);
}

static inline void commonhold_append_wide(struct commonhold_text *text, const struct commonhold_spec *spec,
                                          const WCHAR *string, int wide)
{
    size_t units = 0;
    char *bytes;
    if (!string) {
        commonhold_append_narrow(text, spec, NULL, wide);
        return;
    }
    while ((spec->precision < 0 || units < (size_t)spec->precision) && string[units]) {
        units++;
    }
    bytes = commonhold_to_utf8(string, units);
    if (!bytes) {
        text->failed = 1;
        return;
    }
    commonhold_append_string(text, spec, bytes, strlen(bytes), wide);
    free(bytes);
}

static inline void commonhold_append_character(struct commonhold_text *text, const struct commonhold_spec *spec,
                                               int character, int is_wide, int wide)
{
    char bytes[4] = {(char)character};
    WCHAR unit = (WCHAR)character;
    const WCHAR *at = &unit;
    size_t length = is_wide ? commonhold_put_utf8(commonhold_next_utf16(&at, &unit + 1), bytes) : 1;
    commonhold_append_string(text, spec, bytes, length, wide);
}

/* A number, by the C library: C's spelling of the conversion with the value's own type. The names in parentheses are
 * never the macros of printf_names.h. */
#define COMMONHOLD_APPEND_NUMBER(text, spec, size, value)                                                             \
    do {                                                                                                              \
        char number_format[24];                                                                                       \
        int number_length;                                                                                            \
        char *number_at;                                                                                              \
        (snprintf)(number_format, sizeof number_format, "%%%s*.*" size "%c", (spec)->flags, (spec)->conversion);      \
        number_length = (snprintf)(NULL, 0, number_format, (spec)->width, (spec)->precision, value);                  \
        number_at = number_length < 0 ? NULL : commonhold_reserve(text, (size_t)number_length);                       \
        if (number_at) {                                                                                              \
            (snprintf)(number_at, (size_t)number_length + 1, number_format, (spec)->width, (spec)->precision, value); \
            (text)->length += (size_t)number_length;                                                                  \
        }                                                                                                             \
    } while (0)

static inline void commonhold_append_integer(struct commonhold_text *text, const struct commonhold_spec *spec,
                                             unsigned long long value)
{
    int shift = 64 - 8 * (spec->size ? spec->size : 4);
    if (spec->conversion == 'd' || spec->conversion == 'i') {
        COMMONHOLD_APPEND_NUMBER(text, spec, "ll", (long long)(value << shift) >> shift);
    } else {
        COMMONHOLD_APPEND_NUMBER(text, spec, "ll", value << shift >> shift);
    }
}

#endif

/* UTF-8 to UTF-16 and back. What is malformed becomes U+FFFD, as Windows' own conversions have it. */
#ifndef COMMONHOLD_UTF16_H
#define COMMONHOLD_UTF16_H

#include <stdlib.h>

#include "../winnt.h"

#define COMMONHOLD_REPLACEMENT 0xFFFDu

/* One code point from UTF-16; `*at` moves past it. A half of a pair that is alone is replaced. */
static inline unsigned commonhold_next_utf16(const WCHAR **at, const WCHAR *end)
{
    unsigned first = *(*at)++;
    if (first < 0xD800 || first > 0xDFFF) {
        return first;
    }
    if (first < 0xDC00 && *at < end && **at >= 0xDC00 && **at <= 0xDFFF) {
        return 0x10000 + ((first - 0xD800) << 10) + ((unsigned)*(*at)++ - 0xDC00);
    }
    return COMMONHOLD_REPLACEMENT;
}

/* How many bytes the sequence has that begins so; 1 for what begins none. */
static inline int commonhold_utf8_length(unsigned char lead)
{
    return lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
}

/* One code point from UTF-8; `*at` moves past it, or past one byte that fits nowhere. */
static inline unsigned commonhold_next_utf8(const char **at, const char *end)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)**at;
    int length = commonhold_utf8_length(lead);
    unsigned code = lead;
    int i;
    if (length == 1 || length > end - *at) {
        (*at)++;
        return lead < 0x80 ? lead : COMMONHOLD_REPLACEMENT;
    }
    code = lead & (0x7Fu >> length);
    for (i = 1; i < length; i++) {
        unsigned char byte = (unsigned char)(*at)[i];
        if ((byte & 0xC0) != 0x80) {
            (*at)++;
            return COMMONHOLD_REPLACEMENT;
        }
        code = code << 6 | (byte & 0x3Fu);
    }
    if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        (*at)++;
        return COMMONHOLD_REPLACEMENT;
    }
    *at += length;
    return code;
}

/* Writes one code point as UTF-8 to `to`, which has room for four bytes; returns how many it took. */
static inline size_t commonhold_put_utf8(unsigned code, char *to)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xC0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xE0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3F));
        to[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3F));
    to[2] = (char)(0x80 | (code >> 6 & 0x3F));
    to[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* Writes one code point as UTF-16 to `to`, which has room for two units; returns how many it took. */
static inline size_t commonhold_put_utf16(unsigned code, WCHAR *to)
{
    if (code < 0x10000) {
        to[0] = (WCHAR)code;
        return 1;
    }
    to[0] = (WCHAR)(0xD800 + ((code - 0x10000) >> 10));
    to[1] = (WCHAR)(0xDC00 + ((code - 0x10000) & 0x3FF));
    return 2;
}

static inline size_t commonhold_units(const WCHAR *text)
{
    const WCHAR *end = text;
    while (*end) {
        end++;
    }
    return (size_t)(end - text);
}

/* The text as UTF-8, ended by a NUL, in memory to be freed; NULL when there is none. */
static inline char *commonhold_to_utf8(const WCHAR *text, size_t units)
{
    const WCHAR *end = text + units;
    char *bytes = (char *)malloc(units * 3 + 1);
    size_t length = 0;
    if (!bytes) {
        return NULL;
    }
    while (text < end) {
        length += commonhold_put_utf8(commonhold_next_utf16(&text, end), bytes + length);
    }
    bytes[length] = 0;
    return bytes;
}

/* The text as UTF-16, ended by a NUL, in memory to be freed; NULL when there is none. */
static inline WCHAR *commonhold_to_utf16(const char *text, size_t bytes, size_t *units)
{
    const char *end = text + bytes;
    WCHAR *wide = (WCHAR *)malloc((bytes + 1) * sizeof(WCHAR));
    size_t length = 0;
    if (!wide) {
        return NULL;
    }
    while (text < end) {
        length += commonhold_put_utf16(commonhold_next_utf8(&text, end), wide + length);
    }
    wide[length] = 0;
    if (units) {
        *units = length;
    }
    return wide;
}

#endif

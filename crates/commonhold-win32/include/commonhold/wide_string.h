/* The standard string functions for 16-bit characters. The C library's own have 32-bit ones. */
#ifndef COMMONHOLD_WIDE_STRING_H
#define COMMONHOLD_WIDE_STRING_H

#include "secure_strings.h"
#include "utf16.h"

static inline size_t commonhold_wcslen(const WCHAR *text)
{
    return commonhold_units(text);
}

static inline WCHAR *commonhold_wcscpy(WCHAR *to, const WCHAR *from)
{
    memcpy(to, from, (commonhold_units(from) + 1) * sizeof *to);
    return to;
}

static inline WCHAR *commonhold_wcsncpy(WCHAR *to, const WCHAR *from, size_t count)
{
    size_t length = commonhold_wcsnlen(from, count);
    memcpy(to, from, length * sizeof *to);
    memset(to + length, 0, (count - length) * sizeof *to);
    return to;
}

static inline WCHAR *commonhold_wcscat(WCHAR *to, const WCHAR *from)
{
    commonhold_wcscpy(to + commonhold_units(to), from);
    return to;
}

static inline WCHAR *commonhold_wcsncat(WCHAR *to, const WCHAR *from, size_t count)
{
    WCHAR *end = to + commonhold_units(to);
    size_t length = commonhold_wcsnlen(from, count);
    memcpy(end, from, length * sizeof *to);
    end[length] = 0;
    return to;
}

static inline int commonhold_wcsncmp(const WCHAR *a, const WCHAR *b, size_t count)
{
    for (; count; count--, a++, b++) {
        if (*a != *b || !*a) {
            return (*a > *b) - (*a < *b);
        }
    }
    return 0;
}

static inline int commonhold_wcscmp(const WCHAR *a, const WCHAR *b)
{
    return commonhold_wcsncmp(a, b, (size_t)-1);
}

static inline WCHAR *commonhold_wcschr(const WCHAR *text, int wanted)
{
    while (*text && *text != (WCHAR)wanted) {
        text++;
    }
    return *text == (WCHAR)wanted ? (WCHAR *)text : NULL;
}

static inline WCHAR *commonhold_wcsrchr(const WCHAR *text, int wanted)
{
    const WCHAR *at = text + commonhold_units(text);
    while (at > text && *at != (WCHAR)wanted) {
        at--;
    }
    return *at == (WCHAR)wanted ? (WCHAR *)at : NULL;
}

static inline WCHAR *commonhold_wcsstr(const WCHAR *text, const WCHAR *wanted)
{
    size_t length = commonhold_units(wanted);
    for (;; text++) {
        if (!commonhold_wcsncmp(text, wanted, length)) {
            return (WCHAR *)text;
        }
        if (!*text) {
            return NULL;
        }
    }
}

static inline WCHAR *commonhold_wcspbrk(const WCHAR *text, const WCHAR *set)
{
    while (*text && !commonhold_wide_in(*text, set)) {
        text++;
    }
    return *text ? (WCHAR *)text : NULL;
}

static inline size_t commonhold_wcsspn(const WCHAR *text, const WCHAR *set)
{
    size_t length = 0;
    while (commonhold_wide_in(text[length], set)) {
        length++;
    }
    return length;
}

static inline size_t commonhold_wcscspn(const WCHAR *text, const WCHAR *set)
{
    size_t length = 0;
    while (text[length] && !commonhold_wide_in(text[length], set)) {
        length++;
    }
    return length;
}

static inline WCHAR *commonhold_wcstok(WCHAR *text, const WCHAR *between)
{
    static __thread WCHAR *rest;
    return commonhold_wcstok_s(text, between, &rest);
}

/* A number's text is ASCII: a copy of that much is left to the C library's own function. */
struct commonhold_number {
    char text[128];
    char *end;
};

static inline char *commonhold_number_text(struct commonhold_number *number, const WCHAR *text)
{
    size_t length = 0;
    for (; length + 1 < sizeof number->text && text[length] && text[length] < 0x80; length++) {
        number->text[length] = (char)text[length];
    }
    number->text[length] = 0;
    number->end = number->text;
    return number->text;
}

static inline void commonhold_number_end(const struct commonhold_number *number, const WCHAR *text, WCHAR **end)
{
    if (end) {
        *end = (WCHAR *)text + (number->end - number->text);
    }
}

#define COMMONHOLD_WIDE_INTEGER(name, type, narrow)                                    \
    static inline type name(const WCHAR *text, WCHAR **end, int base)                  \
    {                                                                                  \
        struct commonhold_number number;                                               \
        type value = narrow(commonhold_number_text(&number, text), &number.end, base); \
        commonhold_number_end(&number, text, end);                                     \
        return value;                                                                  \
    }

COMMONHOLD_WIDE_INTEGER(commonhold_wcstol, long, strtol)
COMMONHOLD_WIDE_INTEGER(commonhold_wcstoul, unsigned long, strtoul)
COMMONHOLD_WIDE_INTEGER(commonhold_wcstoll, long long, strtoll)
COMMONHOLD_WIDE_INTEGER(commonhold_wcstoull, unsigned long long, strtoull)

static inline double commonhold_wcstod(const WCHAR *text, WCHAR **end)
{
    struct commonhold_number number;
    double value = strtod(commonhold_number_text(&number, text), &number.end);
    commonhold_number_end(&number, text, end);
    return value;
}

static inline int commonhold_wtoi(const WCHAR *text)
{
    return (int)commonhold_wcstol(text, NULL, 10);
}

static inline long long commonhold_wtoi64(const WCHAR *text)
{
    return commonhold_wcstoll(text, NULL, 10);
}

static inline double commonhold_wtof(const WCHAR *text)
{
    return commonhold_wcstod(text, NULL);
}

#endif

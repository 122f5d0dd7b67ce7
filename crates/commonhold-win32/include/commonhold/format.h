/* Microsoft's printf formats. They differ from C's: `l` is 32 bits wide, I64 and I32 are sizes, S and C are of the
 * other width, and in the wide functions %s is a wide string. The result is UTF-8. */
#ifndef COMMONHOLD_FORMAT_H
#define COMMONHOLD_FORMAT_H

#include <stdarg.h>

#include "text.h"

/* The size that stands before a conversion; `format` moves past it. */
static inline const char *commonhold_parse_size(const char *format, struct commonhold_spec *spec)
{
    if (!strncmp(format, "I64", 3) || !strncmp(format, "I32", 3)) {
        spec->size = format[1] == '6' ? 8 : 4;
        return format + 3;
    }
    if (!strncmp(format, "ll", 2) || !strncmp(format, "hh", 2)) {
        spec->size = *format == 'l' ? 8 : 1;
        return format + 2;
    }
    switch (*format) {
    case 'h':
        spec->size = 2;
        return format + 1;
    case 'l':
    case 'w':
        spec->size = 4;
        return format + 1;
    case 'I':
    case 'j':
    case 'z':
    case 't':
        spec->size = 8;
        return format + 1;
    case 'L':
        spec->long_double = 1;
        return format + 1;
    default:
        return format;
    }
}

struct commonhold_arguments {
    va_list list;
};

/* A number in the format, or the next argument for `*`; 0 for none. */
static inline int commonhold_parse_number(const char **format, struct commonhold_arguments *arguments)
{
    int value = 0;
    if (**format == '*') {
        (*format)++;
        return va_arg(arguments->list, int);
    }
    while (**format >= '0' && **format <= '9') {
        value = value * 10 + (*(*format)++ - '0');
    }
    return value;
}

static inline const char *commonhold_parse_spec(const char *format, struct commonhold_spec *spec,
                                                struct commonhold_arguments *arguments)
{
    size_t flags = 0;
    memset(spec, 0, sizeof *spec);
    for (; *format && strchr("-+ #0", *format); format++) {
        if (!strchr(spec->flags, *format)) {
            spec->flags[flags++] = *format;
        }
    }
    spec->width = commonhold_parse_number(&format, arguments);
    if (spec->width < 0) {
        spec->width = -spec->width;
        spec->flags[flags] = '-';
    }
    spec->left = strchr(spec->flags, '-') != NULL;
    spec->precision = -1;
    if (*format == '.') {
        format++;
        spec->precision = commonhold_parse_number(&format, arguments);
    }
    format = commonhold_parse_size(format, spec);
    spec->conversion = *format;
    return *format ? format + 1 : format;
}

/* Whether a string or character is wide: by its size, else by the function's width, which S and C turn around. */
static inline int commonhold_is_wide(const struct commonhold_spec *spec, int wide)
{
    if (spec->size) {
        return spec->size == 4;
    }
    return spec->conversion == 'S' || spec->conversion == 'C' ? !wide : wide;
}

static inline void commonhold_convert(struct commonhold_text *text, struct commonhold_spec *spec,
                                      struct commonhold_arguments *arguments, int wide)
{
    switch (spec->conversion) {
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
        commonhold_append_integer(text, spec,
                                  spec->size == 8 ? va_arg(arguments->list, unsigned long long)
                                                  : va_arg(arguments->list, unsigned int));
        break;
    case 'p':
        spec->conversion = 'X';
        spec->precision = 16;
        spec->size = 8;
        commonhold_append_integer(text, spec, (ULONG_PTR)va_arg(arguments->list, void *));
        break;
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        if (spec->long_double) {
            long double value = va_arg(arguments->list, long double);
            COMMONHOLD_APPEND_NUMBER(text, spec, "L", value);
        } else {
            double value = va_arg(arguments->list, double);
            COMMONHOLD_APPEND_NUMBER(text, spec, "", value);
        }
        break;
    case 'c':
    case 'C':
        commonhold_append_character(text, spec, va_arg(arguments->list, int), commonhold_is_wide(spec, wide), wide);
        break;
    case 's':
    case 'S':
        if (commonhold_is_wide(spec, wide)) {
            commonhold_append_wide(text, spec, va_arg(arguments->list, const WCHAR *), wide);
        } else {
            commonhold_append_narrow(text, spec, va_arg(arguments->list, const char *), wide);
        }
        break;
    case 'n':
        /* Writing through a format is off in Microsoft's library, too. */
        (void)va_arg(arguments->list, void *);
        text->failed = 1;
        break;
    case 0:
        break;
    default:
        commonhold_append(text, &spec->conversion, 1);
    }
}

/* The formatted text in `text`, to be freed; false when memory ran out or the format is refused. */
static inline int commonhold_format(struct commonhold_text *text, int wide, const char *format, va_list list)
{
    struct commonhold_arguments arguments;
    struct commonhold_spec spec;
    memset(text, 0, sizeof *text);
    va_copy(arguments.list, list);
    commonhold_append(text, "", 0);
    while (*format) {
        size_t plain = strcspn(format, "%");
        commonhold_append(text, format, plain);
        format += plain;
        if (*format) {
            format = commonhold_parse_spec(format + 1, &spec, &arguments);
            commonhold_convert(text, &spec, &arguments, wide);
        }
    }
    va_end(arguments.list);
    if (text->failed) {
        free(text->bytes);
        text->bytes = NULL;
    }
    return !text->failed;
}

#endif

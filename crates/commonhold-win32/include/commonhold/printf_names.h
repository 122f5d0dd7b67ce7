/* printf and its relatives with Microsoft's formats, for programs that ask for it by defining COMMONHOLD_PRINTF.
 *
 * A source of Windows prints a LONG by %ld and 64 bits by %I64d, both of which the C library takes for something else.
 * Not by default: programs written for Linux print their 64-bit `long` by %ld. */
#ifndef COMMONHOLD_PRINTF_NAMES_H
#define COMMONHOLD_PRINTF_NAMES_H

#ifdef __cplusplus
#include <cstdio>
#endif

#include "stdio_format.h"

/* The text's whole length, however much of it fits. */
static inline int commonhold_vsnprintf(char *buffer, size_t room, const char *format, va_list list)
{
    struct commonhold_text text;
    int length = -1;
    if (commonhold_format(&text, 0, format, list)) {
        if (room) {
            size_t copied = text.length < room ? text.length : room - 1;
            memcpy(buffer, text.bytes, copied);
            buffer[copied] = 0;
        }
        length = (int)text.length;
        free(text.bytes);
    }
    return length;
}

COMMONHOLD_VARIADIC(commonhold_snprintf, commonhold_vsnprintf, (char *buffer, size_t room, const char *format, ...),
                    buffer, room, format)

/* The C library has macros of these names where it checks the sizes of buffers. */
#undef printf
#undef fprintf
#undef sprintf
#undef snprintf
#undef vprintf
#undef vfprintf
#undef vsprintf
#undef vsnprintf

/* With parentheses, so that attributes that name printf stay what they are. */
#define printf(...) commonhold_printf(__VA_ARGS__)
#define fprintf(...) commonhold_fprintf(__VA_ARGS__)
#define sprintf(...) commonhold_sprintf(__VA_ARGS__)
#define snprintf(...) commonhold_snprintf(__VA_ARGS__)
#define vprintf(...) commonhold_vprintf(__VA_ARGS__)
#define vfprintf(...) commonhold_vfprintf(__VA_ARGS__)
#define vsprintf(...) commonhold_vsprintf(__VA_ARGS__)
#define vsnprintf(...) commonhold_vsnprintf(__VA_ARGS__)

#ifdef __cplusplus
namespace std
{
using ::commonhold_fprintf;
using ::commonhold_printf;
using ::commonhold_snprintf;
using ::commonhold_sprintf;
using ::commonhold_vfprintf;
using ::commonhold_vprintf;
using ::commonhold_vsnprintf;
using ::commonhold_vsprintf;
}
#endif

#endif

/* wmain: a main whose arguments are UTF-16.
 *
 * The macro stands where a program defines its function. It ends the `int` before it as a main that converts the
 * arguments and calls commonhold_wmain, which the rest of the program's text then defines, with whatever parameters;
 * the call is therefore through a declaration of its own, of the same symbol. */
#ifndef COMMONHOLD_WIDE_MAIN_H
#define COMMONHOLD_WIDE_MAIN_H

#include <stdlib.h>
#include <string.h>

#include "utf16.h"

EXTERN_C int commonhold_call_wmain(int count, WCHAR **arguments, WCHAR **environment) __asm__("commonhold_wmain");
EXTERN_C char **environ;

/* The strings as UTF-16, and NULL behind the last. They live as long as the program. */
static inline WCHAR **commonhold_wide_strings(char **strings)
{
    size_t count = 0;
    WCHAR **wide;
    while (strings[count]) {
        count++;
    }
    wide = (WCHAR **)calloc(count + 1, sizeof *wide);
    while (wide && count--) {
        wide[count] = commonhold_to_utf16(strings[count], strlen(strings[count]), NULL);
    }
    return wide;
}

#ifdef __cplusplus
#define COMMONHOLD_WMAIN extern "C" int commonhold_wmain
#else
#define COMMONHOLD_WMAIN int commonhold_wmain
#endif

/* `exit` and not `return`, for programs whose function is void. */
#define wmain                                                                 \
    main(int count, char **arguments)                                         \
    {                                                                         \
        exit(commonhold_call_wmain(count, commonhold_wide_strings(arguments), \
                                   commonhold_wide_strings(environ)));        \
    }                                                                         \
    COMMONHOLD_WMAIN

#endif

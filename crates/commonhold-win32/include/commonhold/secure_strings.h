/* strcpy_s, _stricmp and their relatives, for narrow strings and for 16-bit ones. */
#ifndef COMMONHOLD_SECURE_STRINGS_H
#define COMMONHOLD_SECURE_STRINGS_H

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "../winnt.h"

#ifndef _TRUNCATE
#define _TRUNCATE ((size_t)-1)
#endif
/* STRUNCATE of Microsoft's errno.h; no error of Linux has this number. */
#define COMMONHOLD_STRUNCATE 80
#ifndef STRUNCATE
#define STRUNCATE COMMONHOLD_STRUNCATE
#endif

#ifndef COMMONHOLD_ERRNO_T
#define COMMONHOLD_ERRNO_T
typedef int errno_t;
#endif

#define COMMONHOLD_CHAR char
#define COMMONHOLD_LOWER(character) tolower((unsigned char)(character))
#define COMMONHOLD_UPPER(character) toupper((unsigned char)(character))
#define COMMONHOLD_STRING(narrow, wide) narrow
#include "secure_string.inc"
#undef COMMONHOLD_CHAR
#undef COMMONHOLD_LOWER
#undef COMMONHOLD_UPPER
#undef COMMONHOLD_STRING

#define COMMONHOLD_CHAR WCHAR
#define COMMONHOLD_LOWER(character) towlower((wint_t)(character))
#define COMMONHOLD_UPPER(character) towupper((wint_t)(character))
#define COMMONHOLD_STRING(narrow, wide) wide
#include "secure_string.inc"
#undef COMMONHOLD_CHAR
#undef COMMONHOLD_LOWER
#undef COMMONHOLD_UPPER
#undef COMMONHOLD_STRING

#endif

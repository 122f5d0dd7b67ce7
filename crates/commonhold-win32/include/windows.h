/* Windows' interface to the objects that processes share, for Linux: includes all the other headers. */
#ifndef COMMONHOLD_WINDOWS_H
#define COMMONHOLD_WINDOWS_H

#include "sdkddkver.h"

#include "windef.h"
#include "winbase.h"
#include "winuser.h"
#include "commonhold/layout.h"

/* Microsoft's own additions to the C library, which its standard headers have. */
#ifndef COMMONHOLD_NO_CRT
#include "commonhold/secure_strings.h"
#include "commonhold/stdio_format.h"
#include "commonhold/wide_main.h"
#include "commonhold/wide_names.h"
#endif

#ifdef COMMONHOLD_PRINTF
#include "commonhold/printf_names.h"
#endif

#endif

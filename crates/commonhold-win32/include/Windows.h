/* The same header for sources that spell it so: Windows does not tell the names apart. */
#include "windows.h"

/* The C run-time's threads, which are CreateThread's here. */
#ifndef COMMONHOLD_PROCESS_H
#define COMMONHOLD_PROCESS_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "processthreadsapi.h"

typedef unsigned int (*_beginthreadex_proc_type)(void *);

/* 0 when no thread could be made, and not -1 as with _beginthread. */
static inline uintptr_t _beginthreadex(void *security, unsigned int stack_size, _beginthreadex_proc_type start,
                                       void *argument, unsigned int flags, unsigned int *id)
{
    HANDLE thread = CreateThread((LPSECURITY_ATTRIBUTES)security, stack_size, start, argument, flags, id);
    if (!thread) {
        errno = EAGAIN;
    }
    return (uintptr_t)thread;
}

static inline void _endthreadex(unsigned int code)
{
    ExitThread(code);
}

static inline int _getpid(void)
{
    return (int)GetCurrentProcessId();
}

#endif

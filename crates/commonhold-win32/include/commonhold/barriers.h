/* Memory barriers, single loads and stores with an order, and the pause of a spinning processor. */
#ifndef COMMONHOLD_BARRIERS_H
#define COMMONHOLD_BARRIERS_H

#include "../winnt.h"

#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define _ReadWriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _ReadBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _WriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)

#if defined(__x86_64__)
#define YieldProcessor() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define YieldProcessor() __asm__ __volatile__("yield")
#else
#define YieldProcessor() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif

#define COMMONHOLD_ORDERED(suffix, type)                                   \
    static inline type ReadAcquire##suffix(type const volatile *source)    \
    {                                                                      \
        return __atomic_load_n(source, __ATOMIC_ACQUIRE);                  \
    }                                                                      \
    static inline type ReadNoFence##suffix(type const volatile *source)    \
    {                                                                      \
        return __atomic_load_n(source, __ATOMIC_RELAXED);                  \
    }                                                                      \
    static inline void WriteRelease##suffix(type volatile *to, type value) \
    {                                                                      \
        __atomic_store_n(to, value, __ATOMIC_RELEASE);                     \
    }                                                                      \
    static inline void WriteNoFence##suffix(type volatile *to, type value) \
    {                                                                      \
        __atomic_store_n(to, value, __ATOMIC_RELAXED);                     \
    }

COMMONHOLD_ORDERED(, LONG)
COMMONHOLD_ORDERED(64, LONG64)
COMMONHOLD_ORDERED(Pointer, PVOID)

#endif

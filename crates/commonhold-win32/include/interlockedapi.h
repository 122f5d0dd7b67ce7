/* Atomic operations on variables that threads or processes share. All are full barriers, whatever their suffix asks.
 *
 * Windows' 32-bit type is `long`, of which sources make use. Here `long` has 64 bits: such a variable is operated on
 * with its own width, chosen by overloads in C++ and by _Generic in C (see commonhold/interlocked_long.h). */
#ifndef COMMONHOLD_INTERLOCKEDAPI_H
#define COMMONHOLD_INTERLOCKEDAPI_H

#include "winnt.h"
#include "commonhold/barriers.h"

#define COMMONHOLD_INTERLOCKED_EXCHANGE(suffix, type)                                                        \
    static inline type InterlockedExchange##suffix(type volatile *target, type value)                        \
    {                                                                                                        \
        return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);                                         \
    }                                                                                                        \
    static inline type InterlockedCompareExchange##suffix(type volatile *target, type value, type comparand) \
    {                                                                                                        \
        __atomic_compare_exchange_n(target, &comparand, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);       \
        return comparand;                                                                                    \
    }

#define COMMONHOLD_INTERLOCKED_ARITHMETIC(suffix, type)                                  \
    COMMONHOLD_INTERLOCKED_EXCHANGE(suffix, type)                                        \
    static inline type InterlockedIncrement##suffix(type volatile *target)               \
    {                                                                                    \
        return (type)__atomic_add_fetch(target, 1, __ATOMIC_SEQ_CST);                    \
    }                                                                                    \
    static inline type InterlockedDecrement##suffix(type volatile *target)               \
    {                                                                                    \
        return (type)__atomic_sub_fetch(target, 1, __ATOMIC_SEQ_CST);                    \
    }                                                                                    \
    static inline type InterlockedExchangeAdd##suffix(type volatile *target, type value) \
    {                                                                                    \
        return (type)__atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);                \
    }                                                                                    \
    static inline type InterlockedAdd##suffix(type volatile *target, type value)         \
    {                                                                                    \
        return (type)__atomic_add_fetch(target, value, __ATOMIC_SEQ_CST);                \
    }                                                                                    \
    static inline type InterlockedAnd##suffix(type volatile *target, type value)         \
    {                                                                                    \
        return (type)__atomic_fetch_and(target, value, __ATOMIC_SEQ_CST);                \
    }                                                                                    \
    static inline type InterlockedOr##suffix(type volatile *target, type value)          \
    {                                                                                    \
        return (type)__atomic_fetch_or(target, value, __ATOMIC_SEQ_CST);                 \
    }                                                                                    \
    static inline type InterlockedXor##suffix(type volatile *target, type value)         \
    {                                                                                    \
        return (type)__atomic_fetch_xor(target, value, __ATOMIC_SEQ_CST);                \
    }

COMMONHOLD_INTERLOCKED_ARITHMETIC(8, char)
COMMONHOLD_INTERLOCKED_ARITHMETIC(16, SHORT)
COMMONHOLD_INTERLOCKED_ARITHMETIC(, LONG)
COMMONHOLD_INTERLOCKED_ARITHMETIC(64, LONG64)
COMMONHOLD_INTERLOCKED_EXCHANGE(Pointer, PVOID)

/* The bit's former value; `bit` may lie beyond the first word, as in an array of them. */
static inline UCHAR InterlockedBitTestAndSet(LONG volatile *base, LONG bit)
{
    LONG mask = (LONG)(1u << (bit & 31));
    return (InterlockedOr(base + (bit >> 5), mask) & mask) != 0;
}

static inline UCHAR InterlockedBitTestAndReset(LONG volatile *base, LONG bit)
{
    LONG mask = (LONG)(1u << (bit & 31));
    return (InterlockedAnd(base + (bit >> 5), ~mask) & mask) != 0;
}

#include "commonhold/interlocked_long.h"
#include "commonhold/interlocked_names.h"

#endif

/* Interlocked functions for variables that a source declares as `long` or unsigned, where Windows has LONG.
 *
 * In C++ these are overloads. In C a macro of the function's name picks the 64-bit one for pointers to `long`, which
 * has 64 bits here; every other pointer is checked against LONG as ever. The name without parentheses stays the
 * function. */
#ifndef COMMONHOLD_INTERLOCKED_LONG_H
#define COMMONHOLD_INTERLOCKED_LONG_H

#include "../interlockedapi.h"

#ifdef __cplusplus
COMMONHOLD_INTERLOCKED_ARITHMETIC(, long)
COMMONHOLD_INTERLOCKED_ARITHMETIC(, unsigned long)
COMMONHOLD_INTERLOCKED_ARITHMETIC(, unsigned int)
COMMONHOLD_INTERLOCKED_ARITHMETIC(, unsigned long long)
COMMONHOLD_INTERLOCKED_ARITHMETIC(64, long)
COMMONHOLD_INTERLOCKED_ARITHMETIC(64, unsigned long)
COMMONHOLD_INTERLOCKED_ARITHMETIC(64, unsigned long long)
#else
#define COMMONHOLD_FOR_LONG(function, target)                \
    _Generic((target),                                       \
        long *: CommonholdLong##function,                    \
        long volatile *: CommonholdLong##function,           \
        unsigned long *: CommonholdULong##function,          \
        unsigned long volatile *: CommonholdULong##function, \
        default: Interlocked##function)

#define COMMONHOLD_LONG_UNARY(prefix, type, name, builtin)      \
    static inline type prefix##name(type volatile *target)      \
    {                                                           \
        return __atomic_##builtin(target, 1, __ATOMIC_SEQ_CST); \
    }
#define COMMONHOLD_LONG_BINARY(prefix, type, name, builtin)            \
    static inline type prefix##name(type volatile *target, type value) \
    {                                                                  \
        return __atomic_##builtin(target, value, __ATOMIC_SEQ_CST);    \
    }
#define COMMONHOLD_LONG_ALL(prefix, type)                                                              \
    COMMONHOLD_LONG_UNARY(prefix, type, Increment, add_fetch)                                          \
    COMMONHOLD_LONG_UNARY(prefix, type, Decrement, sub_fetch)                                          \
    COMMONHOLD_LONG_BINARY(prefix, type, Exchange, exchange_n)                                         \
    COMMONHOLD_LONG_BINARY(prefix, type, ExchangeAdd, fetch_add)                                       \
    COMMONHOLD_LONG_BINARY(prefix, type, Add, add_fetch)                                               \
    COMMONHOLD_LONG_BINARY(prefix, type, And, fetch_and)                                               \
    COMMONHOLD_LONG_BINARY(prefix, type, Or, fetch_or)                                                 \
    COMMONHOLD_LONG_BINARY(prefix, type, Xor, fetch_xor)                                               \
    static inline type prefix##CompareExchange(type volatile *target, type value, type comparand)      \
    {                                                                                                  \
        __atomic_compare_exchange_n(target, &comparand, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
        return comparand;                                                                              \
    }

COMMONHOLD_LONG_ALL(CommonholdLong, long)
COMMONHOLD_LONG_ALL(CommonholdULong, unsigned long)

#define InterlockedIncrement(target) COMMONHOLD_FOR_LONG(Increment, target)(target)
#define InterlockedDecrement(target) COMMONHOLD_FOR_LONG(Decrement, target)(target)
#define InterlockedExchange(target, value) COMMONHOLD_FOR_LONG(Exchange, target)(target, value)
#define InterlockedExchangeAdd(target, value) COMMONHOLD_FOR_LONG(ExchangeAdd, target)(target, value)
#define InterlockedAdd(target, value) COMMONHOLD_FOR_LONG(Add, target)(target, value)
#define InterlockedAnd(target, value) COMMONHOLD_FOR_LONG(And, target)(target, value)
#define InterlockedOr(target, value) COMMONHOLD_FOR_LONG(Or, target)(target, value)
#define InterlockedXor(target, value) COMMONHOLD_FOR_LONG(Xor, target)(target, value)
#define InterlockedCompareExchange(target, value, comparand) \
    COMMONHOLD_FOR_LONG(CompareExchange, target)(target, value, comparand)
#endif

#endif

/* Microsoft's keywords for gcc and clang: integer types, calling conventions, __declspec, inlining. */
#ifndef COMMONHOLD_COMPILER_H
#define COMMONHOLD_COMPILER_H

#if !defined(__GNUC__) || !defined(__LP64__)
#error "These headers are for gcc or clang on 64-bit Linux."
#endif

/* Macros and not typedefs, so that `unsigned __int64` is a type as well. */
#ifndef __int64
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long
#endif

/* The platform has one calling convention. */
#ifndef __stdcall
#define __stdcall
#define __cdecl
#define __fastcall
#define __thiscall
#define __vectorcall
#endif
#ifndef _cdecl
#define _cdecl
#define _stdcall
#endif

#ifndef __forceinline
#define __forceinline inline __attribute__((always_inline))
#endif
#ifndef __unaligned
#define __unaligned
#endif
#ifndef __ptr64
#define __ptr64
#define __ptr32
#endif

/* `##` keeps the argument from being expanded: <stdnoreturn.h> makes a macro of noreturn. */
#ifndef __declspec
#define __declspec(what) COMMONHOLD_DECLSPEC_##what
#endif
#define COMMONHOLD_DECLSPEC_align(bytes) __attribute__((aligned(bytes)))
#define COMMONHOLD_DECLSPEC_deprecated __attribute__((deprecated))
#define COMMONHOLD_DECLSPEC_dllexport __attribute__((visibility("default")))
#define COMMONHOLD_DECLSPEC_dllimport
#define COMMONHOLD_DECLSPEC_noalias
#define COMMONHOLD_DECLSPEC_noinline __attribute__((noinline))
#define COMMONHOLD_DECLSPEC_noreturn __attribute__((noreturn))
#define COMMONHOLD_DECLSPEC_nothrow __attribute__((nothrow))
#define COMMONHOLD_DECLSPEC_novtable
#define COMMONHOLD_DECLSPEC_restrict
#define COMMONHOLD_DECLSPEC_selectany __attribute__((weak))
#define COMMONHOLD_DECLSPEC_thread __thread

#define DECLSPEC_ALIGN(bytes) __attribute__((aligned(bytes)))
#define DECLSPEC_DEPRECATED __attribute__((deprecated))
#define DECLSPEC_IMPORT
#define DECLSPEC_NOINLINE __attribute__((noinline))
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define DECLSPEC_NOTHROW __attribute__((nothrow))
#define DECLSPEC_NOVTABLE
#define DECLSPEC_SELECTANY __attribute__((weak))

/* A call goes through the address that the loader wrote, and not to a stub that does. (It is for functions: dllimport is
 * for data as well.) */
#if __has_attribute(noplt)
#define COMMONHOLD_DIRECT __attribute__((noplt))
#else
#define COMMONHOLD_DIRECT
#endif

#ifdef __cplusplus
#define EXTERN_C extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif

/* The form of a function that the A/W switch selects. */
#ifdef UNICODE
#define COMMONHOLD_AW(name) name##W
#else
#define COMMONHOLD_AW(name) name##A
#endif

#endif

/* Integers of a stated size, and integers as wide as a pointer.
 *
 * Linux has 64-bit `long`, so the 32-bit types are `int`; SIZE_T is the platform's size_t. */
#ifndef COMMONHOLD_BASETSD_H
#define COMMONHOLD_BASETSD_H

#include "commonhold/compiler.h"

typedef signed char INT8, *PINT8;
typedef short INT16, *PINT16;
typedef int INT32, *PINT32;
typedef long long INT64, *PINT64;
typedef unsigned char UINT8, *PUINT8;
typedef unsigned short UINT16, *PUINT16;
typedef unsigned int UINT32, *PUINT32;
typedef unsigned long long UINT64, *PUINT64;

typedef int LONG32, *PLONG32;
typedef unsigned int ULONG32, *PULONG32;
typedef unsigned int DWORD32, *PDWORD32;
typedef long long LONG64, *PLONG64;
typedef unsigned long long ULONG64, *PULONG64;
typedef unsigned long long DWORD64, *PDWORD64;

typedef long INT_PTR, *PINT_PTR;
typedef unsigned long UINT_PTR, *PUINT_PTR;
typedef long LONG_PTR, *PLONG_PTR;
typedef unsigned long ULONG_PTR, *PULONG_PTR;
typedef ULONG_PTR DWORD_PTR, *PDWORD_PTR;
typedef ULONG_PTR SIZE_T, *PSIZE_T;
typedef LONG_PTR SSIZE_T, *PSSIZE_T;
typedef ULONG_PTR KAFFINITY, *PKAFFINITY;

#define MAXUINT8 ((UINT8)~((UINT8)0))
#define MAXUINT16 ((UINT16)~((UINT16)0))
#define MAXUINT32 ((UINT32)~((UINT32)0))
#define MAXUINT64 ((UINT64)~((UINT64)0))
#define MAXINT32 ((INT32)(MAXUINT32 >> 1))
#define MAXINT64 ((INT64)(MAXUINT64 >> 1))
#define MAXULONG_PTR (~((ULONG_PTR)0))
#define MAXSIZE_T (~((SIZE_T)0))

#define HandleToULong(handle) ((unsigned int)(ULONG_PTR)(handle))
#define HandleToLong(handle) ((int)(LONG_PTR)(handle))
#define ULongToHandle(value) ((void *)(ULONG_PTR)(value))
#define LongToHandle(value) ((void *)(LONG_PTR)(value))
#define PtrToUlong(pointer) ((unsigned int)(ULONG_PTR)(pointer))
#define PtrToLong(pointer) ((int)(LONG_PTR)(pointer))
#define UlongToPtr(value) ((void *)(ULONG_PTR)(unsigned int)(value))
#define LongToPtr(value) ((void *)(LONG_PTR)(int)(value))
#define HandleToUlong HandleToULong
#define UlongToHandle ULongToHandle

#endif

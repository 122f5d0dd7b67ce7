/* The running program as a module: its handle and its file's name. */
#ifndef COMMONHOLD_LIBLOADERAPI_H
#define COMMONHOLD_LIBLOADERAPI_H

#include "windef.h"

EXTERN_C_START

DWORD WINAPI GetModuleFileNameA(HMODULE hModule, LPSTR lpFilename, DWORD nSize);
DWORD WINAPI GetModuleFileNameW(HMODULE hModule, LPWSTR lpFilename, DWORD nSize);
#define GetModuleFileName COMMONHOLD_AW(GetModuleFileName)

/* The program itself (NULL) is the only module. */
HMODULE WINAPI GetModuleHandleA(LPCSTR lpModuleName);
HMODULE WINAPI GetModuleHandleW(LPCWSTR lpModuleName);
#define GetModuleHandle COMMONHOLD_AW(GetModuleHandle)

EXTERN_C_END

#endif

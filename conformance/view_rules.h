/* What decides whether a view can be mapped: the access that is asked for, the handle's rights, the section's
 * protection. Windows' answer for each combination, and Wine's where that is another, so that a row is marked
 * just where they differ. */
#ifndef CONFORMANCE_VIEW_RULES_H
#define CONFORMANCE_VIEW_RULES_H

#include "report.h"

/* The protection that an access asks for. */
static inline DWORD wanted_protection(DWORD access) {
    int execute = (access & FILE_MAP_EXECUTE) != 0;
    access &= ~(DWORD)FILE_MAP_EXECUTE;
    if (access == FILE_MAP_COPY) {
        return execute ? PAGE_EXECUTE_WRITECOPY : PAGE_WRITECOPY;
    }
    if (access & FILE_MAP_WRITE) {
        return execute ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE;
    }
    if (access & FILE_MAP_READ) {
        return execute ? PAGE_EXECUTE_READ : PAGE_READONLY;
    }
    return PAGE_NOACCESS;
}

static inline int is_executable(DWORD protection) { return (protection & 0xf0) != 0; }

static inline int is_writable(DWORD protection) {
    return protection == PAGE_READWRITE || protection == PAGE_EXECUTE_READWRITE;
}

static inline DWORD rights_needed(DWORD protection) {
    DWORD execute = is_executable(protection) ? SECTION_MAP_EXECUTE : 0;
    return execute | (is_writable(protection) ? SECTION_MAP_WRITE : SECTION_MAP_READ);
}

static inline int section_allows(DWORD section, DWORD protection) {
    return !(is_writable(protection) && !is_writable(section)) &&
           !(is_executable(protection) && !is_executable(section));
}

/* The rights of CreateFileMapping's handle. */
static inline DWORD created_rights(DWORD section) {
    return SECTION_QUERY | SECTION_MAP_READ | (is_writable(section) ? SECTION_MAP_WRITE : 0) |
           (is_executable(section) ? SECTION_MAP_EXECUTE : 0);
}

/* The error of mapping, or 0. Windows looks at the handle first, then at the section; Wine at the handle only. */
static inline DWORD windows_map_error(DWORD section, DWORD rights, DWORD access) {
    DWORD protection = wanted_protection(access);
    if (rights_needed(protection) & ~rights) {
        return ERROR_ACCESS_DENIED;
    }
    return section_allows(section, protection) ? 0 : ERROR_INVALID_PARAMETER;
}

static inline DWORD wine_map_error(DWORD rights, DWORD access) {
    return rights_needed(wanted_protection(access)) & ~rights ? ERROR_ACCESS_DENIED : 0;
}

#endif

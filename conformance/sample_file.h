/* Files for the conformance programs to map: made anew, of so many bytes, each byte telling its offset. */
#ifndef CONFORMANCE_SAMPLE_FILE_H
#define CONFORMANCE_SAMPLE_FILE_H

#include "report.h"

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static inline unsigned char sample_byte(size_t offset) { return (unsigned char)(1 + offset % 251); }

/* Makes the file, or makes it anew, and closes it. */
static inline void make_file(const char *path, DWORD size) {
    DWORD written = 0;
    unsigned char *bytes = malloc(size + 1);
    for (DWORD i = 0; i < size; i++) {
        bytes[i] = sample_byte(i);
    }
    HANDLE file = CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE || !WriteFile(file, bytes, size, &written, NULL) || written != size) {
        say("no sample file: %s", err());
        exit(1);
    }
    CloseHandle(file);
    free(bytes);
}

static inline HANDLE open_file(const char *path, DWORD access) {
    return CreateFileA(path, access, SHARE_ALL, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
}

/* A new file, open for this access. */
static inline HANDLE sample_file(const char *path, DWORD access, DWORD size) {
    make_file(path, size);
    return open_file(path, access);
}

#endif

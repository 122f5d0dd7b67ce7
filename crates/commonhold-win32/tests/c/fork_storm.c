/* A process that forks while its threads use handles: the child has the handles, and can use every function at once. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORKS 60

static HANDLE event, mutex, section, over;

static void check(int condition, const char *what) {
    if (!condition) {
        printf("%s: error %u\n", what, (unsigned)GetLastError());
        fflush(stdout);
        abort();
    }
}

static DWORD WINAPI work(void *unused) {
    (void)unused;
    while (WaitForSingleObject(over, 0) == WAIT_TIMEOUT) {
        HANDLE own = CreateEventA(NULL, FALSE, FALSE, "fork-storm-own");
        check(own != NULL, "create");
        char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
        check(view != NULL, "map");
        WaitForSingleObject(mutex, INFINITE);
        view[0]++;
        ReleaseMutex(mutex);
        check(UnmapViewOfFile(view) && CloseHandle(own), "close");
    }
    return 0;
}

static void child(void) {
    /* The kernel's watchdog: what waits for a lock that a thread of the parent had would wait for ever. */
    alarm(60);
    check(SetEvent(event), "set");
    check(WaitForSingleObject(mutex, INFINITE) == WAIT_OBJECT_0 && ReleaseMutex(mutex), "lock");
    HANDLE own = CreateEventA(NULL, TRUE, FALSE, NULL), same;
    check(own != NULL && SetEvent(own), "an event of the child's");
    check(DuplicateHandle(GetCurrentProcess(), section, GetCurrentProcess(), &same, 0, FALSE, DUPLICATE_SAME_ACCESS), "duplicate");
    char *view = MapViewOfFile(same, FILE_MAP_WRITE, 0, 0, 0);
    check(view != NULL && UnmapViewOfFile(view), "map");
    check(VirtualFree(VirtualAlloc(NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE), 0, MEM_RELEASE), "memory");
    check(WaitForSingleObjectEx(own, INFINITE, TRUE) == WAIT_OBJECT_0, "an alertable wait");
    check(CloseHandle(same) && CloseHandle(own) && CloseHandle(event), "close");
    _exit(0);
}

int main(void) {
    HANDLE threads[3];
    event = CreateEventA(NULL, FALSE, FALSE, "fork-storm-event");
    mutex = CreateMutexA(NULL, FALSE, "fork-storm-mutex");
    section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL);
    over = CreateEventA(NULL, TRUE, FALSE, NULL);
    check(event && mutex && section && over, "create");
    for (int i = 0; i < 3; i++) {
        threads[i] = CreateThread(NULL, 0, work, NULL, 0, NULL);
        check(threads[i] != NULL, "thread");
    }
    for (int i = 0; i < FORKS; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            child();
        }
        int status;
        check(waitpid(pid, &status, 0) == pid && status == 0, "the child");
        check(WaitForSingleObject(event, 0) == WAIT_OBJECT_0, "the child has set the event");
    }
    SetEvent(over);
    check(WaitForMultipleObjects(3, threads, TRUE, INFINITE) == WAIT_OBJECT_0, "the threads");
    puts("done");
    return 0;
}

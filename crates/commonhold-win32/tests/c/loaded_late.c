/* The library is loaded when threads run already, as other languages load it. Its words of each thread must be there for
 * those from before and for those that come, and be each one's own. */
#include <windows.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, ROUNDS = 20000 };

static HANDLE (*create_mutex)(LPSECURITY_ATTRIBUTES, BOOL, LPCSTR);
static DWORD (*wait_for)(HANDLE, DWORD);
static BOOL (*release_mutex)(HANDLE);
static BOOL (*close_handle)(HANDLE);

static HANDLE mutex;
static long guarded;
static pthread_barrier_t loaded;

static void check(int condition, const char *what) {
    if (!condition) {
        fprintf(stderr, "failed: %s\n", what);
        exit(1);
    }
}

static void *find(void *library, const char *name) {
    void *found = dlsym(library, name);
    check(found != NULL, name);
    return found;
}

static void *count(void *waits) {
    if (waits) {
        pthread_barrier_wait(&loaded);
    }
    check(!release_mutex(mutex), "a thread owns nothing at first");
    for (int round = 0; round < ROUNDS; round++) {
        check(wait_for(mutex, INFINITE) == WAIT_OBJECT_0, "wait");
        guarded++;
        check(release_mutex(mutex), "release");
    }
    return NULL;
}

int main(int count_of_arguments, char **arguments) {
    check(count_of_arguments == 2, "the library is named");
    pthread_t threads[2 * THREADS];
    pthread_barrier_init(&loaded, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) {
        check(pthread_create(&threads[i], NULL, count, &loaded) == 0, "thread");
    }
    check(dlopen(arguments[1], RTLD_NOW | RTLD_NOLOAD) == NULL, "it is not there yet");
    void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    check(library != NULL, library ? "" : dlerror());
    *(void **)&create_mutex = find(library, "CreateMutexA");
    *(void **)&wait_for = find(library, "WaitForSingleObject");
    *(void **)&release_mutex = find(library, "ReleaseMutex");
    *(void **)&close_handle = find(library, "CloseHandle");
    mutex = create_mutex(NULL, FALSE, NULL);
    check(mutex != NULL, "create");
    pthread_barrier_wait(&loaded);
    for (int i = THREADS; i < 2 * THREADS; i++) {
        check(pthread_create(&threads[i], NULL, count, NULL) == 0, "thread");
    }
    for (int i = 0; i < 2 * THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    check(guarded == 2L * THREADS * ROUNDS, "it guarded");
    check(close_handle(mutex), "close");
    puts("done");
    return 0;
}

// What becomes of threads here that Windows has no word for: unwinding, threads of the C library's, forks, limits.
#include <windows.h>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "line %d: %s; last error %u\n", __LINE__, #condition, (unsigned)GetLastError());           \
            _exit(1);                                                                                                  \
        }                                                                                                              \
    } while (0)

static const DWORD FAILED_CALL = 0xffffffff;
static std::atomic<int> destroyed{0}, begun{0};

struct Counted {
    ~Counted() { destroyed++; }
};

static HANDLE start(DWORD(WINAPI *routine)(void *), void *argument = nullptr, DWORD flags = 0, DWORD *id = nullptr) {
    HANDLE thread = CreateThread(nullptr, 0, routine, argument, flags, id);
    CHECK(thread != nullptr);
    return thread;
}

static DWORD finish(HANDLE thread) {
    DWORD code = 0;
    CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && CloseHandle(thread));
    return code;
}

static HANDLE own_handle() {
    HANDLE own = nullptr;
    CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &own, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    return own;
}

static DWORD WINAPI begin(void *) { return (DWORD)++begun; }

static void exit_deep(int depth) {
    Counted counted;
    if (depth > 0) {
        return exit_deep(depth - 1);
    }
    if (begun == 0) {
        ExitThread(0xc0ffee);
    }
}

static DWORD WINAPI exit_from_the_depth(void *) {
    Counted counted;
    exit_deep(9);
    return 1;
}

static DWORD WINAPI terminate_itself(void *) {
    TerminateThread(GetCurrentThread(), 0xbeef);
    return 1;
}

static DWORD WINAPI exit_alertably(void *) {
    Counted counted;
    return SleepEx(INFINITE, TRUE);
}

static void CALLBACK exit_in_a_call(ULONG_PTR code) { ExitThread((DWORD)code); }

// C++ objects are destroyed on the way out.
static void unwinding() {
    CHECK(finish(start(exit_from_the_depth)) == 0xc0ffee && destroyed == 11);
    CHECK(finish(start(terminate_itself)) == 0xbeef);
    HANDLE thread = start(exit_alertably);
    CHECK(QueueUserAPC(exit_in_a_call, thread, 0xa9c));
    CHECK(finish(thread) == 0xa9c);
    // Before it begins, and so within the frames of this library.
    thread = start(begin, nullptr, CREATE_SUSPENDED);
    CHECK(QueueUserAPC(exit_in_a_call, thread, 0xa9d) && ResumeThread(thread) == 1);
    CHECK(finish(thread) == 0xa9d && begun == 0);
}

static DWORD WINAPI suspend_itself(void *at_gate) {
    SetEvent((HANDLE)at_gate);
    return SuspendThread(GetCurrentThread()) + 40;
}

static DWORD WINAPI wait_for(void *object) { return WaitForSingleObject((HANDLE)object, INFINITE); }

static DWORD WINAPI say_and_wait(void *both) {
    HANDLE *objects = (HANDLE *)both;
    return SignalObjectAndWait(objects[1], objects[0], INFINITE, FALSE);
}

static void suspending() {
    HANDLE event = CreateEventA(nullptr, FALSE, FALSE, nullptr);
    HANDLE thread = start(suspend_itself, event);
    CHECK(WaitForSingleObject(event, INFINITE) == WAIT_OBJECT_0);
    // It is at the gate, or about to be there.
    DWORD before;
    while ((before = ResumeThread(thread)) == 0) {
        SwitchToThread();
    }
    CHECK(before == 1 && finish(thread) == 40);
    HANDLE both[] = {event, CreateEventA(nullptr, FALSE, FALSE, nullptr)};
    thread = start(say_and_wait, both);
    CHECK(WaitForSingleObject(both[1], INFINITE) == WAIT_OBJECT_0);
    CHECK(SuspendThread(thread) == FAILED_CALL && GetLastError() == ERROR_NOT_SUPPORTED);
    CHECK(!TerminateThread(thread, 1) && GetLastError() == ERROR_NOT_SUPPORTED);
    SetEvent(event);
    CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    CHECK(SuspendThread(thread) == FAILED_CALL && GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(TerminateThread(thread, 1) && ResumeThread(thread) == 0);
    CHECK(finish(thread) == WAIT_OBJECT_0 && CloseHandle(event) && CloseHandle(both[1]));
}

static void opening() {
    HANDLE event = CreateEventA(nullptr, FALSE, FALSE, nullptr);
    DWORD id = 0;
    HANDLE thread = start(wait_for, event, 0, &id);
    HANDLE opened = OpenThread(SYNCHRONIZE, FALSE, id);
    CHECK(opened != nullptr && CompareObjectHandles(thread, opened) && GetThreadId(thread) == id);
    CHECK(GetThreadId(opened) == 0 && GetLastError() == ERROR_ACCESS_DENIED && CloseHandle(opened));
    CHECK(OpenThread(0x200000, FALSE, id) == nullptr && GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(OpenThread(SYNCHRONIZE, FALSE, 0) == nullptr && GetLastError() == ERROR_INVALID_PARAMETER);
    // The child of a fork has this thread, by another id, and no others.
    DWORD own = GetCurrentThreadId();
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        CHECK(GetCurrentThreadId() == GetCurrentProcessId() && GetCurrentThreadId() != own);
        CHECK(OpenThread(SYNCHRONIZE, FALSE, id) == nullptr && GetLastError() == ERROR_INVALID_PARAMETER);
        CHECK(OpenThread(SYNCHRONIZE, FALSE, own) == nullptr && GetLastError() == ERROR_INVALID_PARAMETER);
        opened = OpenThread(SYNCHRONIZE, FALSE, GetCurrentThreadId());
        CHECK(opened != nullptr && WaitForSingleObject(opened, 0) == WAIT_TIMEOUT);
        CHECK(finish(start(begin)) == 1);
        _exit(0);
    }
    int status = 1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    SetEvent(event);
    CHECK(finish(thread) == WAIT_OBJECT_0 && CloseHandle(event));
    CHECK(OpenThread(SYNCHRONIZE, FALSE, id) == nullptr && GetLastError() == ERROR_INVALID_PARAMETER);
}

// A thread that this library has not started is known from its first call on, and has no exit code but 0.
static void of_the_c_library() {
    HANDLE thread = nullptr;
    std::thread other([&] { thread = own_handle(); });
    other.join();
    CHECK(finish(thread) == 0);
    std::thread exits([&] {
        thread = own_handle();
        ExitThread(7);
    });
    exits.join();
    CHECK(finish(thread) == 7);
}

static DWORD WINAPI use_stack(void *argument) {
    size_t size = *(size_t *)argument;
    volatile char *room = (volatile char *)__builtin_alloca(size);
    for (size_t i = 0; i < size; i += 4096) {
        room[i] = 1;
    }
    return room[0];
}

static void refused() {
    size_t most = 60 << 20;
    HANDLE thread = CreateThread(nullptr, 64 << 20, use_stack, &most, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
    CHECK(thread != nullptr && finish(thread) == 1);
    CHECK(CreateThread(nullptr, 0, begin, nullptr, 1, nullptr) == nullptr && GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(CreateThread(nullptr, 0, nullptr, nullptr, 0, nullptr) == nullptr);
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(CreateThread(nullptr, (size_t)1 << 50, begin, nullptr, 0, nullptr) == nullptr);
    CHECK(GetLastError() == ERROR_NOT_ENOUGH_MEMORY);
    CHECK(CreateThread(nullptr, 0, begin, nullptr, 0, (DWORD *)16) == nullptr && GetLastError() == ERROR_NOACCESS);
    // Nothing begins whose handle cannot be made.
    STARTUPINFOA startup{};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION process;
    rlimit before, none;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    for (rlim_t spare = 0; spare < 12; spare++) {
        int next = dup(0);
        CHECK(next >= 0 && close(next) == 0);
        none = before;
        none.rlim_cur = (rlim_t)next + spare;
        CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
        if (spare == 0) {
            CHECK(CreateThread(nullptr, 0, begin, nullptr, 0, nullptr) == nullptr);
            CHECK(GetLastError() == ERROR_TOO_MANY_OPEN_FILES);
        }
        BOOL created =
            CreateProcessA("/bin/true", nullptr, nullptr, nullptr, FALSE, 0, nullptr, nullptr, &startup, &process);
        CHECK(created || GetLastError() == ERROR_TOO_MANY_OPEN_FILES);
        CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
        if (created) {
            CHECK(WaitForSingleObject(process.hProcess, INFINITE) == WAIT_OBJECT_0);
            CHECK(CloseHandle(process.hThread) && CloseHandle(process.hProcess));
        }
        CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
        next = dup(0);
        CHECK((rlim_t)next + spare == none.rlim_cur && close(next) == 0);
    }
    CHECK(begun == 0);
}

int main() {
    unwinding();
    suspending();
    opening();
    of_the_c_library();
    refused();
    printf("done\n");
}

/* Handles that go from one process to another: given to a process that was started, taken from it by their value, and
 * both from the started process's side; what they can do there, and what they keep alive. */
#include "waitables.h"

#define OWN GetCurrentProcess()

enum { EVENT, WAIT_ONLY, MUTEX, SEMAPHORE, TIMER, SECTION, INHERITABLE, VALUES };

/* Where both processes write the values of handles. */
struct board {
    ULONGLONG values[VALUES];
};

static struct board *board;

static void open_board(void) {
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, unique("board"));
    board = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    if (board == NULL) {
        say("no board: %s", err());
        exit(1);
    }
}

/* An event that both sides know by name. It is kept open. */
static HANDLE signal_named(const char *base) { return CreateEventA(NULL, FALSE, FALSE, unique(base)); }

static HANDLE on_board(int which) { return (HANDLE)(ULONG_PTR)board->values[which]; }

static void make(HANDLE *objects) {
    objects[EVENT] = CreateEventA(NULL, TRUE, FALSE, NULL);
    objects[WAIT_ONLY] = objects[EVENT];
    objects[MUTEX] = CreateMutexA(NULL, FALSE, NULL);
    objects[SEMAPHORE] = CreateSemaphoreA(NULL, 0, 5, NULL);
    objects[TIMER] = CreateWaitableTimerA(NULL, FALSE, NULL);
    objects[SECTION] = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL);
    objects[INHERITABLE] = objects[EVENT];
}

/* What each handle can do for who did not create it. The maker looks at what became of the objects. */
static void use(HANDLE *handles) {
    DWORD flags = 77;
    int multiples = 0;
    for (int i = 0; i < VALUES; i++) {
        multiples += (ULONG_PTR)handles[i] % 4 == 0 && handles[i] != NULL;
    }
    say("values that are multiples of 4: %d of %d", multiples, VALUES);
    TRY(GetHandleInformation(handles[EVENT], &flags));
    say("flags: %u", (unsigned)flags);
    TRY(GetHandleInformation(handles[INHERITABLE], &flags));
    say("flags: %u", (unsigned)flags);
    TRY_WAIT(WaitForSingleObject(handles[EVENT], 0));
    TRY(SetEvent(handles[WAIT_ONLY]));
    TRY(SetEvent(handles[EVENT]));
    TRY_WAIT(WaitForSingleObject(handles[WAIT_ONLY], 0));
    TRY_WAIT(WaitForSingleObject(handles[MUTEX], 0));
    TRY(ReleaseSemaphore(handles[SEMAPHORE], 3, NULL));
    TRY(signal_timer(handles[TIMER]));
    unsigned char *view = TRY_VIEW(MapViewOfFile(handles[SECTION], FILE_MAP_WRITE, 0, 0, 0));
    if (view != NULL) {
        say("bytes: %u %u", view[0], view[4095]);
        view[0] = 3;
        UnmapViewOfFile(view);
    }
    TRY(CloseHandle(handles[SEMAPHORE]));
    TRY(CloseHandle(handles[SEMAPHORE]));
}

static void before_use(HANDLE *objects) {
    unsigned char *view = MapViewOfFile(objects[SECTION], FILE_MAP_WRITE, 0, 0, 0);
    view[0] = 1;
    view[4095] = 2;
    UnmapViewOfFile(view);
}

static void after_use(HANDLE *objects) {
    int units = 0;
    TRY_WAIT(WaitForSingleObject(objects[EVENT], 0));
    TRY_WAIT(WaitForSingleObject(objects[MUTEX], 0));
    while (WaitForSingleObject(objects[SEMAPHORE], 0) == WAIT_OBJECT_0) {
        units++;
    }
    say("units: %d", units);
    TRY_WAIT(WaitForSingleObject(objects[TIMER], PATIENCE));
    unsigned char *view = TRY_VIEW(MapViewOfFile(objects[SECTION], FILE_MAP_READ, 0, 0, 0));
    say("bytes: %u %u", view[0], view[4095]);
    UnmapViewOfFile(view);
}

static void close_made(HANDLE *objects) {
    static const int made[] = {EVENT, MUTEX, SEMAPHORE, TIMER, SECTION};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        TRY(CloseHandle(objects[made[i]]));
    }
}

/* Puts copies of all objects into another process, with the values that they have there on the board. */
static void give(HANDLE process, HANDLE *objects) {
    for (int i = 0; i < VALUES; i++) {
        HANDLE there = NULL;
        FRESH();
        BOOL done = DuplicateHandle(OWN, objects[i], process, &there, i == WAIT_ONLY ? SYNCHRONIZE : 0,
                                    i == INHERITABLE, i == WAIT_ONLY ? 0 : DUPLICATE_SAME_ACCESS);
        say("give %d: %s, %s", i, done ? "ok" : "false", err());
        board->values[i] = (ULONG_PTR)there;
    }
}

static void take(HANDLE process, HANDLE *copies) {
    for (int i = 0; i < VALUES; i++) {
        copies[i] = NULL;
        FRESH();
        BOOL done = DuplicateHandle(process, on_board(i), OWN, &copies[i], i == WAIT_ONLY ? SYNCHRONIZE : 0,
                                    i == INHERITABLE, i == WAIT_ONLY ? 0 : DUPLICATE_SAME_ACCESS);
        say("take %d: %s, %s", i, done ? "ok" : "false", err());
    }
}

static void show(HANDLE *objects) {
    for (int i = 0; i < VALUES; i++) {
        board->values[i] = (ULONG_PTR)objects[i];
    }
}

/* The started process's side. It prints only between the signal "go" and the signal "done", or its end. Each but the
 * first ends without owning the mutex that it took, as if it had crashed. */
int role(const char *name, int argc, char **argv) {
    HANDLE objects[VALUES];
    HANDLE go = signal_named("go"), done = signal_named("done");
    open_board();
    HANDLE parent = argc > 0 ? OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)strtoul(argv[0], NULL, 10)) : NULL;
    if (strcmp(name, "is given") == 0) {
        WaitForSingleObject(go, PATIENCE);
        for (int i = 0; i < VALUES; i++) {
            objects[i] = on_board(i);
        }
        use(objects);
    } else if (strcmp(name, "is taken from") == 0) {
        make(objects);
        before_use(objects);
        show(objects);
        SetEvent(done);
        WaitForSingleObject(go, PATIENCE);
        after_use(objects);
        close_made(objects);
    } else if (strcmp(name, "gives") == 0) {
        make(objects);
        before_use(objects);
        give(parent, objects);
        SetEvent(done);
        WaitForSingleObject(go, PATIENCE);
        after_use(objects);
    } else if (strcmp(name, "takes") == 0) {
        take(parent, objects);
        use(objects);
    } else {
        SetEvent(done);
        WaitForSingleObject(go, PATIENCE);
    }
    return 5;
}

static void both_directions(HANDLE go, HANDLE done, const char *own_id) {
    HANDLE objects[VALUES];
    say("# given to a process");
    make(objects);
    before_use(objects);
    HANDLE process = start("is given");
    give(process, objects);
    SetEvent(go);
    say("exit code: %u", (unsigned)finish(process));
    after_use(objects);
    close_made(objects);

    say("# taken from a process");
    process = start("is taken from");
    TRY_WAIT(WaitForSingleObject(done, PATIENCE));
    HANDLE opened = TRY_HANDLE(OpenProcess(PROCESS_DUP_HANDLE, FALSE, GetProcessId(process)));
    take(opened, objects);
    use(objects);
    TRY(ReleaseMutex(objects[MUTEX]));
    CloseHandle(opened);
    SetEvent(go);
    say("exit code: %u", (unsigned)finish(process));
    TRY_WAIT(WaitForSingleObject(objects[MUTEX], 0));
    TRY_WAIT(WaitForSingleObject(objects[EVENT], 0));
    for (int i = 0; i < VALUES; i++) {
        if (i != SEMAPHORE) {
            TRY(CloseHandle(objects[i]));
        }
    }

    say("# given by a process to the one that started it");
    process = start("gives", own_id);
    TRY_WAIT(WaitForSingleObject(done, PATIENCE));
    for (int i = 0; i < VALUES; i++) {
        objects[i] = on_board(i);
    }
    use(objects);
    TRY(ReleaseMutex(objects[MUTEX]));
    SetEvent(go);
    say("exit code: %u", (unsigned)finish(process));
    TRY_WAIT(WaitForSingleObject(objects[EVENT], 0));
    TRY_WAIT(WaitForSingleObject(objects[MUTEX], 0));

    say("# taken by a process from the one that started it");
    make(objects);
    before_use(objects);
    show(objects);
    process = start("takes", own_id);
    say("exit code: %u", (unsigned)finish(process));
    after_use(objects);
    close_made(objects);
}

/* A handle that was given keeps its object, whether or not its process ever looks at it. */
static void lifetime(HANDLE go, HANDLE done) {
    for (int killed = 0; killed < 2; killed++) {
        const char *name = lasting("kept");
        HANDLE process = start("waits"), event = CreateEventA(NULL, FALSE, FALSE, name);
        TRY_WAIT(WaitForSingleObject(done, PATIENCE));
        TRY(DuplicateHandle(OWN, event, process, NULL, 0, FALSE, DUPLICATE_SAME_ACCESS));
        TRY(CloseHandle(event));
        event = TRY_HANDLE(OpenEventA(SYNCHRONIZE, FALSE, name));
        TRY(CloseHandle(event));
        event = TRY_HANDLE(CreateEventA(NULL, FALSE, FALSE, name));
        TRY(CloseHandle(event));
        if (killed) {
            TRY(TerminateProcess(process, 6));
        } else {
            SetEvent(go);
        }
        say("exit code: %u", (unsigned)finish(process));
        TRY(OpenEventA(SYNCHRONIZE, FALSE, name));
    }
}

static void refused(HANDLE go, HANDLE done) {
    HANDLE process = start("waits"), event = CreateEventA(NULL, FALSE, FALSE, NULL), copy = event;
    TRY_WAIT(WaitForSingleObject(done, PATIENCE));
    HANDLE weak = OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, GetProcessId(process));
    HANDLE strong = OpenProcess(PROCESS_DUP_HANDLE, FALSE, GetProcessId(process));
    TRY(DuplicateHandle(OWN, event, weak, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    TRY(DuplicateHandle(weak, (HANDLE)(intptr_t)4, OWN, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    copy = event;
    TRY(DuplicateHandle(strong, (HANDLE)(intptr_t)0x7ffffff0, OWN, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    say("copy null: %s", yes(copy == NULL));
    SetEvent(go);
    TRY_WAIT(WaitForSingleObject(process, PATIENCE));
    TRY(DuplicateHandle(OWN, event, process, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CloseHandle(weak);
    CloseHandle(strong);
    CloseHandle(process);
    CloseHandle(event);
}

void body(void) {
    char own_id[20];
    snprintf(own_id, sizeof own_id, "%u", (unsigned)GetCurrentProcessId());
    HANDLE go = signal_named("go"), done = signal_named("done");
    open_board();
    both_directions(go, done, own_id);
    lifetime(go, done);
    refused(go, done);
}

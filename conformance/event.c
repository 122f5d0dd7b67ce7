/* Events: manual and automatic, set, reset and pulsed; whom they let go; and between processes. */
#include "waitables.h"

static void manual(void) {
    HANDLE event = TRY_HANDLE(CreateEventA(NULL, TRUE, FALSE, NULL));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(ResetEvent(event));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(SetEvent(event));
    TRY(SetEvent(event));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY_WAIT(WaitForSingleObject(event, INFINITE));
    TRY(ResetEvent(event));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(SetEvent(event));
    TRY(PulseEvent(event));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(PulseEvent(event));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(CloseHandle(event));
}

static void automatic(void) {
    HANDLE event = TRY_HANDLE(CreateEventA(NULL, FALSE, FALSE, NULL));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(SetEvent(event));
    TRY(SetEvent(event));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(SetEvent(event));
    TRY(ResetEvent(event));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(SetEvent(event));
    TRY(PulseEvent(event));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(CloseHandle(event));
}

static void created(void) {
    static const struct {
        const char *text;
        BOOL manual, set;
        DWORD flags;
    } rows[] = {
        {"automatic, reset", FALSE, FALSE, 0},
        {"automatic, set", FALSE, TRUE, CREATE_EVENT_INITIAL_SET},
        {"manual, reset", TRUE, FALSE, CREATE_EVENT_MANUAL_RESET},
        {"manual, set", TRUE, TRUE, CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        HANDLE plain = CreateEventA(NULL, rows[i].manual, rows[i].set, NULL);
        HANDLE ex = CreateEventExA(NULL, NULL, rows[i].flags, EVENT_ALL_ACCESS);
        FRESH();
        DWORD results[] = {WaitForSingleObject(plain, 0), WaitForSingleObject(plain, 0), WaitForSingleObject(ex, 0),
                           WaitForSingleObject(ex, 0)};
        say("%s, two waits: %s; %s", rows[i].text, wait_text(results[0]), wait_text(results[1]));
        say("%s, by the Ex form: %s; %s", rows[i].text, wait_text(results[2]), wait_text(results[3]));
        CloseHandle(plain);
        CloseHandle(ex);
    }

    const char *name = lasting("arguments");
    HANDLE first = TRY_HANDLE(CreateEventA(NULL, FALSE, FALSE, name));
    HANDLE second = TRY_HANDLE(CreateEventA(NULL, TRUE, TRUE, name));
    TRY_WAIT(WaitForSingleObject(second, 0));
    TRY(SetEvent(second));
    TRY_WAIT(WaitForSingleObject(first, 0));
    TRY_WAIT(WaitForSingleObject(second, 0));
    CloseHandle(first);
    CloseHandle(second);
    first = TRY_HANDLE(CreateEventW(NULL, TRUE, TRUE, wide(name)));
    second = TRY_HANDLE(CreateEventExW(NULL, wide(name), 0, SYNCHRONIZE | EVENT_MODIFY_STATE));
    TRY_WAIT(WaitForSingleObject(second, 0));
    TRY_WAIT(WaitForSingleObject(second, 0));
    TRY(ResetEvent(second));
    TRY_WAIT(WaitForSingleObject(first, 0));
    CloseHandle(first);
    CloseHandle(second);
}

static void refused(void) {
    const char *name = lasting("refused");
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, name);
    HANDLE waits_only = TRY_HANDLE(OpenEventA(SYNCHRONIZE, FALSE, name));
    HANDLE sets_only = TRY_HANDLE(OpenEventA(EVENT_MODIFY_STATE, FALSE, name));
    TRY(SetEvent(waits_only));
    TRY(ResetEvent(waits_only));
    TRY(PulseEvent(waits_only));
    TRY(SetEvent(sets_only));
    TRY_WAIT(WaitForSingleObject(sets_only, 0));
    TRY_WAIT(WaitForSingleObject(waits_only, 0));
    TRY(PulseEvent(sets_only));
    TRY(ResetEvent(sets_only));
    TRY(SetEvent(NULL));
    TRY(ResetEvent(NULL));
    TRY(PulseEvent(NULL));
    TRY(SetEvent(INVALID_HANDLE_VALUE));
    TRY(CloseHandle(event));
    TRY(CloseHandle(waits_only));
    TRY(CloseHandle(sets_only));
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 1, NULL);
    TRY(SetEvent(semaphore));
    TRY(ResetEvent(semaphore));
    TRY(PulseEvent(semaphore));
    CloseHandle(semaphore);
}

struct crowd {
    HANDLE event, gone;
    LONG let_go;
};

static DWORD WINAPI wait_in_crowd(void *argument) {
    struct crowd *crowd = argument;
    DWORD result = WaitForSingleObject(crowd->event, PATIENCE);
    InterlockedIncrement(&crowd->let_go);
    ReleaseSemaphore(crowd->gone, 1, NULL);
    return result;
}

static void crowds(void) {
    HANDLE threads[4];
    for (int manual = 0; manual < 2; manual++) {
        struct crowd crowd = {CreateEventA(NULL, manual, FALSE, NULL), CreateSemaphoreA(NULL, 0, 4, NULL), 0};
        for (int i = 0; i < 4; i++) {
            threads[i] = in_background(wait_in_crowd, &crowd);
        }
        say("%s, four threads wait: %s", manual ? "manual" : "automatic",
            wait_text((FRESH(), WaitForMultipleObjects(4, threads, FALSE, A_MOMENT))));
        for (int expected = 1; expected <= 4; expected++) {
            if (expected == 1 || !manual) {
                TRY(SetEvent(crowd.event));
            }
            TRY_WAIT(WaitForSingleObject(crowd.gone, PATIENCE));
            if (!manual) {
                TRY_WAIT(WaitForSingleObject(crowd.gone, A_MOMENT));
                say("let go: %d", (int)crowd.let_go);
            }
        }
        TRY_WAIT(WaitForMultipleObjects(4, threads, TRUE, PATIENCE));
        say("let go: %d", (int)crowd.let_go);
        TRY_WAIT(WaitForSingleObject(crowd.event, 0));
        for (int i = 0; i < 4; i++) {
            CloseHandle(threads[i]);
        }
        CloseHandle(crowd.event);
        CloseHandle(crowd.gone);
    }
}

/* Nobody can tell when a thread waits, so it is pulsed until it was. */
static void pulses(void) {
    for (int manual = 0; manual < 2; manual++) {
        struct crowd crowd = {CreateEventA(NULL, manual, FALSE, NULL), CreateSemaphoreA(NULL, 0, 4, NULL), 0};
        HANDLE threads[] = {in_background(wait_in_crowd, &crowd), in_background(wait_in_crowd, &crowd)};
        for (int i = 0; i < 2000 && WaitForMultipleObjects(2, threads, TRUE, 10) == WAIT_TIMEOUT; i++) {
            PulseEvent(crowd.event);
        }
        say("%s, pulsed until two threads are gone: %d", manual ? "manual" : "automatic", (int)crowd.let_go);
        TRY_WAIT(WaitForSingleObject(crowd.event, 0));
        DWORD results[2];
        GetExitCodeThread(threads[0], &results[0]);
        GetExitCodeThread(threads[1], &results[1]);
        FRESH();
        say("their waits: %s; %s", wait_text(results[0]), wait_text(results[1]));
        CloseHandle(threads[0]);
        CloseHandle(threads[1]);
        CloseHandle(crowd.event);
        CloseHandle(crowd.gone);
    }
}

/* Answers each ping with a pong. Arguments: the names of both events, and how often. */
int role(const char *name, int argc, char **argv) {
    if (strcmp(name, "answers") != 0 || argc < 3) {
        return 99;
    }
    HANDLE ping = OpenEventA(SYNCHRONIZE, FALSE, argv[0]), pong = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[1]);
    int answered = 0;
    while (answered < atoi(argv[2]) && WaitForSingleObject(ping, PATIENCE) == WAIT_OBJECT_0) {
        answered += SetEvent(pong);
    }
    return answered;
}

static void processes(void) {
    const char *names[] = {lasting("ping"), lasting("pong")};
    HANDLE ping = CreateEventA(NULL, FALSE, FALSE, names[0]), pong = CreateEventA(NULL, FALSE, FALSE, names[1]);
    HANDLE process = start("answers", names[0], names[1], "100");
    int answers = 0;
    for (int i = 0; i < 100; i++) {
        SetEvent(ping);
        answers += WaitForSingleObject(pong, PATIENCE) == WAIT_OBJECT_0;
    }
    say("pings answered by another process: %d, by its own count %u", answers, (unsigned)finish(process));
    TRY_WAIT(WaitForSingleObject(ping, 0));
    TRY_WAIT(WaitForSingleObject(pong, 0));
    CloseHandle(ping);
    CloseHandle(pong);
}

void body(void) {
    manual();
    automatic();
    created();
    refused();
    crowds();
    pulses();
    processes();
}

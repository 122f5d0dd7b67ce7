/* DuplicateHandle within a process: rights, flags, options, pseudo handles, and what a failure does. */
#include "waitables.h"

#ifndef DUPLICATE_SAME_ATTRIBUTES /* only in the headers for drivers */
#define DUPLICATE_SAME_ATTRIBUTES 4
#endif
#define OWN GetCurrentProcess()

static const char *flags_of(HANDLE object) {
    char *text = report_text();
    DWORD flags = 0;
    BOOL known = GetHandleInformation(object, &flags);
    snprintf(text, 160, known ? "%u" : "none", (unsigned)flags);
    return text;
}

static BOOL is_open(HANDLE object) {
    DWORD flags;
    return GetHandleInformation(object, &flags);
}

static HANDLE new_event(void) { return CreateEventA(NULL, TRUE, FALSE, NULL); }

/* A line with the outcome; the copy, which was something else before, is given back. */
static HANDLE tried(const char *what, HANDLE source, DWORD access, BOOL inherit, DWORD options) {
    HANDLE copy = (HANDLE)(intptr_t)0xabc;
    FRESH();
    BOOL done = DuplicateHandle(OWN, source, OWN, &copy, access, inherit, options);
    const char *error = err();
    say("%s: %s, %s, copy %s, flags %s", what, done ? "ok" : "false", error,
        copy == NULL                        ? "null"
        : copy == (HANDLE)(intptr_t)0xabc   ? "untouched"
        : copy == source                    ? "has the same value"
                                            : "has another value",
        done ? flags_of(copy) : "none");
    return done ? copy : NULL;
}

/* A copy with the flags of its source. */
static HANDLE same_attributes(const char *what, const char *windows_flags, HANDLE source, BOOL inherit) {
    HANDLE copy;
    char line[120];
    DuplicateHandle(OWN, source, OWN, &copy, 0, inherit, DUPLICATE_SAME_ACCESS | DUPLICATE_SAME_ATTRIBUTES);
    snprintf(line, sizeof line, "%s, same attributes: flags %s", what, windows_flags);
    differs("Wine 8 does not know this option", line, "%s, same attributes: flags %s", what, flags_of(copy));
    return copy;
}

static void rights(void) {
    HANDLE event = new_event();
    HANDLE copy = tried("the same access", event, 0, FALSE, DUPLICATE_SAME_ACCESS);
    TRY(SetEvent(copy));
    TRY_WAIT(WaitForSingleObject(copy, 0));
    TRY_WAIT(WaitForSingleObject(event, 0));
    CloseHandle(copy);
    copy = tried("the same access, whatever is asked for", event, 0xffffffff, FALSE, DUPLICATE_SAME_ACCESS);
    TRY(SetEvent(copy));
    CloseHandle(copy);
    HANDLE wait_only = tried("SYNCHRONIZE", event, SYNCHRONIZE, FALSE, 0);
    TRY(ResetEvent(wait_only));
    TRY_WAIT(WaitForSingleObject(wait_only, 0));
    HANDLE set_only = tried("EVENT_MODIFY_STATE", event, EVENT_MODIFY_STATE, FALSE, 0);
    TRY(ResetEvent(set_only));
    TRY_WAIT(WaitForSingleObject(set_only, 0));
    HANDLE nothing = tried("no rights", event, 0, FALSE, 0);
    TRY(SetEvent(nothing));
    TRY_WAIT(WaitForSingleObject(nothing, 0));
    copy = tried("the same access as a handle without rights", nothing, 0, FALSE, DUPLICATE_SAME_ACCESS);
    TRY(SetEvent(copy));
    CloseHandle(copy);
    copy = tried("wider than the handle's", nothing, EVENT_ALL_ACCESS, FALSE, 0);
    TRY(SetEvent(copy));
    TRY_WAIT(WaitForSingleObject(copy, 0));
    CloseHandle(copy);
    copy = tried("GENERIC_ALL", wait_only, GENERIC_ALL, FALSE, 0);
    TRY(ResetEvent(copy));
    CloseHandle(copy);
    copy = tried("GENERIC_EXECUTE", event, GENERIC_EXECUTE, FALSE, 0);
    TRY(SetEvent(copy));
    TRY_WAIT(WaitForSingleObject(copy, 0));
    CloseHandle(copy);
    copy = tried("MAXIMUM_ALLOWED", set_only, MAXIMUM_ALLOWED, FALSE, 0);
    TRY_WAIT(WaitForSingleObject(copy, 0));
    CloseHandle(copy);
    TRY(CloseHandle(event));
    TRY(SetEvent(set_only));
    TRY_WAIT(WaitForSingleObject(wait_only, 0));
    CloseHandle(wait_only);
    CloseHandle(set_only);
    CloseHandle(nothing);

    event = new_event();
    copy = (HANDLE)(intptr_t)0xabc;
    FRESH();
    BOOL done = DuplicateHandle(OWN, event, OWN, &copy, 0xffffffff, FALSE, 0);
    const char *error = err();
    differs("Wine masks the bits that no type has", "access 0xffffffff: false, 5, copy null: yes",
            "access 0xffffffff: %s, %s, copy null: %s", done ? "ok" : "false", error, yes(copy == NULL));
    CloseHandle(event);
}

static void inheritance(void) {
    HANDLE event = new_event();
    CloseHandle(tried("bInheritHandle FALSE", event, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CloseHandle(tried("bInheritHandle TRUE", event, 0, TRUE, DUPLICATE_SAME_ACCESS));
    CloseHandle(same_attributes("TRUE", "0", event, TRUE));
    SetHandleInformation(event, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    CloseHandle(tried("of an inheritable one, FALSE", event, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CloseHandle(tried("of an inheritable one, TRUE", event, 0, TRUE, DUPLICATE_SAME_ACCESS));
    CloseHandle(same_attributes("of an inheritable one, FALSE", "1", event, FALSE));
    SetHandleInformation(event, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE);
    CloseHandle(tried("of a protected one, FALSE", event, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CloseHandle(tried("of a protected one, TRUE", event, 0, TRUE, DUPLICATE_SAME_ACCESS));
    HANDLE copy = same_attributes("of a protected one, FALSE", "3", event, FALSE);
    TRY_WINDOWS("Wine 8 does not protect it", "false, 6", CloseHandle(copy));
    SetHandleInformation(copy, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0);
    CloseHandle(copy);
    SetHandleInformation(event, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0);
    TRY(CloseHandle(event));
}

static void closing(void) {
    const DWORD move = DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE;
    HANDLE event = new_event();
    HANDLE copy = tried("close source, FALSE", event, 0, FALSE, move);
    copy = tried("close source, TRUE", copy, 0, TRUE, move);
    copy = tried("close source of an inheritable one, FALSE", copy, 0, FALSE, move);
    TRY(SetEvent(copy));
    SetHandleInformation(copy, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE);
    HANDLE other = tried("close source of a protected one, TRUE", copy, 0, TRUE, move);
    say("the source: flags %s", flags_of(copy));
    TRY(ResetEvent(copy));
    TRY_WAIT(WaitForSingleObject(other, 0));
    SetHandleInformation(copy, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0);
    CloseHandle(copy);
    CloseHandle(other);

    event = new_event();
    TRY(DuplicateHandle(OWN, event, OWN, &copy, SYNCHRONIZE, FALSE, DUPLICATE_CLOSE_SOURCE));
    TRY(SetEvent(copy));
    TRY_WAIT(WaitForSingleObject(copy, 0));
    CloseHandle(copy);

    event = new_event();
    TRY(DuplicateHandle(OWN, event, OWN, NULL, 0, FALSE, DUPLICATE_SAME_ACCESS));
    TRY(SetEvent(event));
    DuplicateHandle(OWN, event, NULL, NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE);
    say("close source, to no process: source open: %s", yes(is_open(event)));
    CloseHandle(event);
    event = new_event();
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 1, NULL);
    TRY(DuplicateHandle(OWN, event, semaphore, &copy, 0, FALSE, DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS));
    say("close source, and it fails: source open: %s", yes(is_open(event)));
    CloseHandle(event);
    CloseHandle(semaphore);
}

static void pseudo_handles(void) {
    static const struct {
        const char *text;
        BOOL inherit;
        DWORD options;
    } rows[] = {
        {"", FALSE, 0},
        {", inherited", TRUE, 0},
        {", close source", FALSE, DUPLICATE_CLOSE_SOURCE},
        {", close source, inherited", TRUE, DUPLICATE_CLOSE_SOURCE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char what[80];
        snprintf(what, sizeof what, "this process%s", rows[i].text);
        HANDLE process = tried(what, OWN, 0, rows[i].inherit, rows[i].options | DUPLICATE_SAME_ACCESS);
        snprintf(what, sizeof what, "this thread%s", rows[i].text);
        HANDLE thread = tried(what, GetCurrentThread(), 0, rows[i].inherit, rows[i].options | DUPLICATE_SAME_ACCESS);
        say("real handles, that stand for the same: %s", yes(GetProcessId(process) == GetCurrentProcessId()));
        TRY_WAIT(WaitForSingleObject(process, 0));
        TRY_WAIT(WaitForSingleObject(thread, 0));
        CloseHandle(process);
        CloseHandle(thread);
    }
    CloseHandle(same_attributes("this process, TRUE", "0", OWN, TRUE));
    CloseHandle(same_attributes("this thread, TRUE", "0", GetCurrentThread(), TRUE));
}

static void failures(void) {
    HANDLE event = new_event(), closed = new_event(), copy;
    CloseHandle(closed);
    tried("NULL", NULL, 0, FALSE, DUPLICATE_SAME_ACCESS);
    tried("a closed handle", closed, 0, FALSE, DUPLICATE_SAME_ACCESS);
    tried("a value never given", (HANDLE)(intptr_t)0x7ffffff0, 0, FALSE, DUPLICATE_SAME_ACCESS);
    TRY(DuplicateHandle(NULL, event, OWN, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    TRY(DuplicateHandle(event, event, OWN, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    TRY(DuplicateHandle(OWN, event, event, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    HANDLE real = OpenProcess(PROCESS_DUP_HANDLE, FALSE, GetCurrentProcessId());
    HANDLE weak = OpenProcess(SYNCHRONIZE, FALSE, GetCurrentProcessId());
    TRY(DuplicateHandle(real, event, real, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    TRY(SetEvent(copy));
    CloseHandle(copy);
    TRY(DuplicateHandle(weak, event, OWN, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    TRY(DuplicateHandle(OWN, event, weak, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    copy = tried("the low bits set", (HANDLE)((ULONG_PTR)event + 1), 0, FALSE, DUPLICATE_SAME_ACCESS);
    CloseHandle(copy);
    CloseHandle(real);
    CloseHandle(weak);
    CloseHandle(event);
}

NO_ROLES

void body(void) {
    rights();
    inheritance();
    closing();
    pseudo_handles();
    failures();
}

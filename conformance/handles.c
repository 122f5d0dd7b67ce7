/* Handles: their values, closing them, their two flags, and comparing what they refer to. */
#include "waitables.h"

static HANDLE new_event(void) { return CreateEventA(NULL, FALSE, FALSE, NULL); }

static HANDLE duplicate(HANDLE object, DWORD access, BOOL inherit, DWORD options) {
    HANDLE copy = NULL;
    DuplicateHandle(GetCurrentProcess(), object, GetCurrentProcess(), &copy, access, inherit, options);
    return copy;
}

static void values(void) {
    HANDLE made[] = {new_event(),
                     CreateMutexA(NULL, FALSE, NULL),
                     CreateSemaphoreA(NULL, 0, 1, NULL),
                     CreateWaitableTimerA(NULL, FALSE, NULL),
                     CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL),
                     duplicate(GetCurrentProcess(), 0, FALSE, DUPLICATE_SAME_ACCESS),
                     duplicate(GetCurrentThread(), 0, FALSE, DUPLICATE_SAME_ACCESS)};
    int multiples = 0, positive = 0, small = 0, distinct = 0;
    const int count = (int)(sizeof made / sizeof *made);
    for (int i = 0; i < count; i++) {
        multiples += (ULONG_PTR)made[i] % 4 == 0;
        positive += (intptr_t)made[i] > 0;
        small += (ULONG_PTR)made[i] < 0x1000000;
        int others = 0;
        for (int j = 0; j < count; j++) {
            others += made[i] != made[j];
        }
        distinct += others == count - 1;
    }
    say("of %d handles: multiples of 4: %d, positive: %d, small: %d, distinct: %d", count, multiples, positive, small,
        distinct);
    HANDLE again = new_event();
    CloseHandle(again);
    HANDLE reused = new_event();
    say("a value that was closed is used again: %s", yes(again == reused));
    CloseHandle(reused);
    for (int i = 0; i < count; i++) {
        CloseHandle(made[i]);
    }
    HANDLE event = new_event();
    HANDLE odd = (HANDLE)((ULONG_PTR)event + 3);
    TRY(SetEvent(odd));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(CloseHandle(odd));
    TRY(SetEvent(event));
}

static void closing(void) {
    HANDLE event = new_event();
    TRY(CloseHandle(event));
    TRY(CloseHandle(event));
    TRY(SetEvent(event));
    TRY_WAIT(WaitForSingleObject(event, 0));
    TRY(CloseHandle(NULL));
    TRY(CloseHandle((HANDLE)0x7ffffff0));
    TRY(CloseHandle(GetCurrentProcess()));
    TRY(CloseHandle(GetCurrentThread()));
    TRY(CloseHandle(INVALID_HANDLE_VALUE));
    TRY_WAIT(WaitForSingleObject(GetCurrentProcess(), 0));

    HANDLE std = GetStdHandle(STD_INPUT_HANDLE);
    event = new_event();
    TRY(SetStdHandle(STD_INPUT_HANDLE, event));
    TRY(GetStdHandle(STD_INPUT_HANDLE) == event);
    TRY(CloseHandle((HANDLE)(ULONG_PTR)STD_INPUT_HANDLE));
    TRY(SetEvent(event));
    TRY(GetStdHandle(STD_INPUT_HANDLE) == NULL);
    SetStdHandle(STD_INPUT_HANDLE, std);
}

static void show_flags(const char *what, HANDLE object) {
    DWORD flags = 77;
    FRESH();
    BOOL done = GetHandleInformation(object, &flags);
    say("%s: flags %u, %s, %s", what, (unsigned)flags, done ? "ok" : "false", err());
}

static void flags(void) {
    const DWORD both = HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE;
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE event = new_event();
    show_flags("new", event);
    TRY(SetHandleInformation(event, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
    show_flags("inherit", event);
    TRY(SetHandleInformation(event, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE));
    show_flags("and protect", event);
    TRY(CloseHandle(event));
    TRY(SetEvent(event));
    TRY(SetHandleInformation(event, 0, 0));
    show_flags("an empty mask", event);
    TRY(SetHandleInformation(event, HANDLE_FLAG_INHERIT, HANDLE_FLAG_PROTECT_FROM_CLOSE));
    show_flags("a mask without the flag", event);
    TRY(SetHandleInformation(event, both, HANDLE_FLAG_INHERIT));
    show_flags("both at once", event);
    TRY(SetHandleInformation(event, both, 0));
    show_flags("neither", event);
    TRY(CloseHandle(event));
    show_flags("closed", event);
    TRY(SetHandleInformation(event, HANDLE_FLAG_INHERIT, 0));
    show_flags("NULL", NULL);
    TRY(SetHandleInformation(NULL, HANDLE_FLAG_INHERIT, 0));

    event = CreateEventA(&inherited, FALSE, FALSE, unique("inherited"));
    show_flags("created to be inherited", event);
    HANDLE again = CreateEventA(NULL, FALSE, FALSE, unique("inherited"));
    show_flags("created again, not to be", again);
    HANDLE third = CreateEventA(&inherited, FALSE, FALSE, unique("inherited"));
    show_flags("created again, to be inherited", third);
    HANDLE opened = OpenEventA(SYNCHRONIZE, TRUE, unique("inherited"));
    show_flags("opened to be inherited", opened);
    HANDLE plain = OpenEventA(SYNCHRONIZE, FALSE, unique("inherited"));
    show_flags("opened, not to be", plain);
    HANDLE weak = duplicate(event, 0, FALSE, 0);
    TRY(SetHandleInformation(weak, both, HANDLE_FLAG_INHERIT));
    show_flags("a handle without rights", weak);
    HANDLE all[] = {event, again, third, opened, plain, weak};
    for (int i = 0; i < 6; i++) {
        CloseHandle(all[i]);
    }

    HANDLE protected = new_event();
    SetHandleInformation(protected, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE);
    for (int i = 0; i < 3; i++) {
        TRY(CloseHandle(protected));
    }
    TRY_WAIT(WaitForSingleObject(protected, 0));
    SetHandleInformation(protected, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0);
    TRY(CloseHandle(protected));
}

static void comparing(void) {
    const char *name = lasting("compared");
    HANDLE one = CreateEventA(NULL, FALSE, FALSE, name), opened = OpenEventA(SYNCHRONIZE, FALSE, name);
    HANDLE weak = duplicate(one, 0, FALSE, 0), other = new_event(), mutex = CreateMutexA(NULL, FALSE, NULL);
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL);
    HANDLE section_copy = duplicate(section, FILE_MAP_READ, FALSE, 0);
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, GetCurrentProcessId());
    HANDLE thread = duplicate(GetCurrentThread(), SYNCHRONIZE, FALSE, 0);
    TRY(CompareObjectHandles(one, one));
    TRY(CompareObjectHandles(one, opened));
    TRY(CompareObjectHandles(opened, weak));
    TRY(CompareObjectHandles(weak, weak));
    TRY(CompareObjectHandles(one, other));
    TRY(CompareObjectHandles(one, mutex));
    TRY(CompareObjectHandles(one, section));
    TRY(CompareObjectHandles(section, section_copy));
    TRY(CompareObjectHandles(process, GetCurrentProcess()));
    TRY(CompareObjectHandles(GetCurrentProcess(), GetCurrentProcess()));
    TRY(CompareObjectHandles(thread, GetCurrentThread()));
    TRY(CompareObjectHandles(GetCurrentProcess(), GetCurrentThread()));
    HANDLE all[] = {one, opened, weak, other, mutex, section, section_copy, process, thread};
    for (int i = 0; i < 9; i++) {
        CloseHandle(all[i]);
    }
}

NO_ROLES

void body(void) {
    values();
    closing();
    flags();
    comparing();
}

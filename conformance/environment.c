/* Variables of the environment in both forms: what each sees of the other, what happens where there is no room, and
 * what children inherit. (That names may differ in case is Windows' alone.) */
#include "waitables.h"

/* Puts 16-bit characters there as ASCII, where there is room for as many; others are question marks. */
static void to_ascii(const WCHAR *text, char *place) {
    size_t i = 0;
    for (; text[i] != 0; i++) {
        place[i] = text[i] < 128 ? (char)text[i] : '?';
    }
    place[i] = 0;
}

/* What the variable is, and what becomes of a place of so many characters. */
static const char *variable(const char *name, DWORD room) {
    char value[100] = "untouched", *text = report_text();
    FRESH();
    DWORD length = GetEnvironmentVariableA(name, value, room);
    const char *error = err();
    snprintf(text, 160, "%u, %s, \"%s\"", (unsigned)length, error, value);
    return text;
}

static const char *wide_variable(const char *name, DWORD room) {
    WCHAR value[100];
    char ascii[100], *text = report_text();
    const WCHAR *wide_name = wide(name);
    lstrcpyW(value, wide("untouched"));
    FRESH();
    DWORD length = GetEnvironmentVariableW(wide_name, value, room);
    const char *error = err();
    to_ascii(value, ascii);
    snprintf(text, 160, "%u, %s, \"%s\"", (unsigned)length, error, ascii);
    return text;
}

static void variables(void) {
    const char *why = "Wine does not look whether there is what it removes";
    const WCHAR *name = wide("CONFORMANCE_W");
    say("not there: %s; %s", variable("CONFORMANCE_A", 100), wide_variable("CONFORMANCE_W", 100));
    TRY(SetEnvironmentVariableW(name, wide("wide value")));
    TRY(SetEnvironmentVariableA("CONFORMANCE_A", "value"));
    say("each by the other form: %s; %s", variable("CONFORMANCE_W", 100), wide_variable("CONFORMANCE_A", 100));
    say("its own: %s; %s", variable("CONFORMANCE_A", 100), wide_variable("CONFORMANCE_W", 100));
    say("no room: %s; %s", variable("CONFORMANCE_A", 0), wide_variable("CONFORMANCE_W", 0));
    FRESH();
    DWORD length = GetEnvironmentVariableA("CONFORMANCE_A", NULL, 0);
    DWORD wide_length = GetEnvironmentVariableW(name, NULL, 0);
    const char *error = err();
    say("nowhere: %u, %u, %s", (unsigned)length, (unsigned)wide_length, error);
    say("just enough: %s; %s", variable("CONFORMANCE_A", 6), wide_variable("CONFORMANCE_W", 11));
    /* Windows may have put a zero into the wide one, or nothing. */
    WCHAR place[10];
    say("one short: %s; %u", variable("CONFORMANCE_A", 5), (unsigned)GetEnvironmentVariableW(name, place, 10));
    TRY(SetEnvironmentVariableW(name, wide("another")));
    say("another: %s", wide_variable("CONFORMANCE_W", 100));
    TRY(SetEnvironmentVariableW(name, wide("with = in it")));
    say("with =: %s", wide_variable("CONFORMANCE_W", 100));
    TRY(SetEnvironmentVariableW(name, wide("")));
    TRY(SetEnvironmentVariableA("CONFORMANCE_A", ""));
    say("empty: %s; %s", variable("CONFORMANCE_A", 100), wide_variable("CONFORMANCE_W", 100));
    say("empty, no room: %s; %s", variable("CONFORMANCE_A", 0), wide_variable("CONFORMANCE_W", 0));
    TRY(SetEnvironmentVariableW(name, NULL));
    TRY(SetEnvironmentVariableA("CONFORMANCE_A", NULL));
    say("removed: %s; %s", variable("CONFORMANCE_A", 100), wide_variable("CONFORMANCE_W", 100));
    TRY_WINDOWS(why, "false, 203", SetEnvironmentVariableW(name, NULL));
    TRY_WINDOWS(why, "false, 203", SetEnvironmentVariableA("CONFORMANCE_A", NULL));
    say("of no name: %s; %s", variable("", 100), wide_variable("", 100));
    say("of a name with =: %s; %s", variable("CONFORMANCE=A", 100), wide_variable("CONFORMANCE=W", 100));
    TRY(SetEnvironmentVariableA("CONFORMANCE=A", "x"));
    TRY(SetEnvironmentVariableW(wide("CONFORMANCE=W"), wide("x")));
    TRY(SetEnvironmentVariableA("", "x"));
    TRY(SetEnvironmentVariableW(wide(""), wide("x")));
    TRY(SetEnvironmentVariableA("", NULL));
    TRY(SetEnvironmentVariableA(NULL, "x"));
}

/* What ASCII cannot say, in 16 bits; and a value that is nearly as long as they go. */
static void unusual_values(void) {
    static const WCHAR name[] = {'C', 'O', 'N', 'F', 0xe4, 0x20ac, 0};
    static const WCHAR value[] = {0x3b1, ' ', 0xd83d, 0xde00, 0};
    static WCHAR back[32700], longest[32001];
    TRY(SetEnvironmentVariableW(name, value));
    FRESH();
    DWORD length = GetEnvironmentVariableW(name, back, 10);
    const char *error = err();
    say("in 16 bits: %u, %s, the same: %s", (unsigned)length, error, yes(memcmp(value, back, sizeof value) == 0));
    TRY(SetEnvironmentVariableW(name, NULL));
    for (int i = 0; i < 32000; i++) {
        longest[i] = (WCHAR)('a' + i % 26);
    }
    TRY(SetEnvironmentVariableW(wide("CONFORMANCE_LONG"), longest));
    length = GetEnvironmentVariableW(wide("CONFORMANCE_LONG"), back, 32700);
    say("long: %u, the same: %s", (unsigned)length, yes(memcmp(longest, back, sizeof longest) == 0));
    TRY(SetEnvironmentVariableW(wide("CONFORMANCE_LONG"), NULL));
}

int role(const char *name, int argc, char **argv) {
    (void)name, (void)argc, (void)argv;
    say("in a child: %s; %s; %s", variable("CONFORMANCE_A", 100), wide_variable("CONFORMANCE_W", 100),
        variable("CONFORMANCE_GONE", 100));
    TRY(SetEnvironmentVariableA("CONFORMANCE_A", "the child's"));
    say("its own: %s", wide_variable("CONFORMANCE_A", 100));
    return 5;
}

static void inherited(void) {
    SetEnvironmentVariableA("CONFORMANCE_A", "one");
    SetEnvironmentVariableW(wide("CONFORMANCE_W"), wide("two"));
    SetEnvironmentVariableW(wide("CONFORMANCE_GONE"), wide("three"));
    SetEnvironmentVariableW(wide("CONFORMANCE_GONE"), NULL);
    say("exit code: %u", (unsigned)finish(start("child")));
    say("here as before: %s", variable("CONFORMANCE_A", 100));
}

void body(void) {
    variables();
    unusual_values();
    inherited();
}

/* The string functions of Windows: lstr*, and UTF-8 to UTF-16 and back. */
#include "waitables.h"

static const char *bytes_text(const void *bytes, int count) {
    char *text = report_text();
    for (int i = 0; i < count && i < 40; i++) {
        snprintf(text + i * 3, 4, "%02x ", ((const unsigned char *)bytes)[i]);
    }
    text[count > 0 ? count * 3 - 1 : 0] = 0;
    return text;
}

static const char *units_text(const WCHAR *units, int count) {
    char *text = report_text();
    for (int i = 0; i < count && i < 30; i++) {
        snprintf(text + i * 5, 6, "%04x ", (unsigned)units[i]);
    }
    text[count > 0 ? count * 5 - 1 : 0] = 0;
    return text;
}

static void narrow(void) {
    char text[20] = "abc";
    say("lstrlenA: %d %d %d", lstrlenA("hello"), lstrlenA(""), lstrlenA(NULL));
    say("lstrcpyA: %s", lstrcpyA(text, "one"));
    say("lstrcatA: %s", lstrcatA(text, "two"));
    say("lstrcpynA: %s", lstrcpynA(text, "abcdef", 4));
    say("lstrcpynA, all: %s", lstrcpynA(text, "abcdef", 20));
    say("lstrcpynA, one: \"%s\"", lstrcpynA(text, "abcdef", 1));
    say("lstrcmpA: %d %d %d", lstrcmpA("same", "same"), lstrcmpA("aaa", "aab") < 0, lstrcmpA("b", "a") > 0);
    say("lstrcmpA, one longer: %d %d, case matters: %d", lstrcmpA("a", "aa") < 0, lstrcmpA("", "a") < 0,
        lstrcmpA("ABC", "abc") != 0);
    say("lstrcmpiA: %d %d %d", lstrcmpiA("ABC", "abc"), lstrcmpiA("abc", "ABD") < 0, lstrcmpiA("ABD", "abc") > 0);
}

static void sixteen_bits(void) {
    WCHAR text[20];
    const WCHAR *one = wide("one"), *upper = wide("ONE"), *other = wide("two");
    say("lstrlenW: %d %d %d", lstrlenW(one), lstrlenW(wide("")), lstrlenW(NULL));
    say("lstrcpyW: %s", units_text(lstrcpyW(text, one), 4));
    say("lstrcatW: %s", units_text(lstrcatW(text, other), 7));
    say("lstrcpynW: %s", units_text(lstrcpynW(text, other, 3), 3));
    say("lstrcmpW: %d %d %d", lstrcmpW(one, wide("one")), lstrcmpW(one, other) < 0, lstrcmpW(other, one) > 0);
    say("lstrcmpW, case matters: %d, lstrcmpiW: %d %d", lstrcmpW(one, upper) != 0, lstrcmpiW(one, upper),
        lstrcmpiW(upper, other) < 0);
}

/* Less, equal or greater. */
static char sign(int order) { return "<=>"[(order > 0) - (order < 0) + 1]; }

/* A dictionary's order: case and hyphens count only among what is equal otherwise. */
static void orders(void) {
    static const char *const pairs[][2] = {
        {"a", "B"},      {"A", "b"},         {"a", "A"},       {"aA", "Aa"},      {"co-op", "coop"}, {"co-op", "coat"},
        {"ab-c", "abd"}, {"a-b", "a'b"},     {"a-b", "A'b"},   {"-a", "A"},       {"A-", "a"},       {"ab", "a-a"},
        {"--", "-"},     {"a b", "a-b"},     {"a.b", "a_b"},   {"a_", "a"},       {"_", "0"},        {"1", "a"},
        {"a1", "a10"},   {"file10", "file9"}, {"same", "same"}, {"same", "SAME"}, {"x", ""},         {"a\tb", "a b"},
        {"[", "a"},      {"~", "z"},         {"+1", "-1"},     {"Z", "a"},        {"aa", "AB"},      {"a,b", "a;b"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const char *one = pairs[i][0], *other = pairs[i][1];
        say("\"%s\" \"%s\": %c %c, without case %c %c, the other way %c", one, other, sign(lstrcmpA(one, other)),
            sign(lstrcmpW(wide(one), wide(other))), sign(lstrcmpiA(one, other)),
            sign(lstrcmpiW(wide(one), wide(other))), sign(lstrcmpA(other, one)));
    }
    say("NULL: %d %d %d, without case %d %d %d", lstrcmpA(NULL, NULL), lstrcmpA(NULL, ""), lstrcmpA("", NULL),
        lstrcmpiA(NULL, NULL), lstrcmpiA(NULL, ""), lstrcmpiA("", NULL));
}

static void nowhere(void) {
    char text[8] = "before";
    WCHAR units[8] = {'b', 0};
    say("copies of nothing: %s %s %s %s", yes(lstrcpyA(text, NULL) == NULL), yes(lstrcpyA(NULL, "x") == NULL),
        yes(lstrcpyW(units, NULL) == NULL), yes(lstrcpyW(NULL, wide("x")) == NULL));
    say("and of a part: %s %s", yes(lstrcpynA(text, NULL, 4) == NULL), yes(lstrcpynW(NULL, wide("x"), 4) == NULL));
    say("appended: %s %s", yes(lstrcatA(text, NULL) == NULL), yes(lstrcatW(NULL, wide("x")) == NULL));
    say("as before: %s", text);
}

static void to_wide(const char *what, DWORD flags, const char *text, int length, int room) {
    WCHAR units[40];
    memset(units, 0xee, sizeof units);
    FRESH();
    int made = MultiByteToWideChar(CP_UTF8, flags, text, length, room > 0 ? units : NULL, room);
    const char *error = err();
    say("%s: %d, %s, %s", what, made, error, room > 0 && made > 0 ? units_text(units, made) : "nothing written");
}

static void to_bytes(const char *what, DWORD flags, const WCHAR *units, int length, int room) {
    char text[40];
    memset(text, 0xee, sizeof text);
    FRESH();
    int made = WideCharToMultiByte(CP_UTF8, flags, units, length, room > 0 ? text : NULL, room, NULL, NULL);
    const char *error = err();
    say("%s: %d, %s, %s", what, made, error, room > 0 && made > 0 ? bytes_text(text, made) : "nothing written");
}

static void from_utf8(void) {
    say("# UTF-8 to UTF-16");
    to_wide("ASCII, with its NUL", 0, "abc", -1, 40);
    to_wide("ASCII, without", 0, "abc", 3, 40);
    to_wide("only its size", 0, "abc", -1, 0);
    to_wide("a NUL inside", 0, "a\0b", 3, 40);
    to_wide("two bytes", 0, "\xc3\xa4", 2, 40);
    to_wide("three bytes", 0, "\xe2\x82\xac", -1, 40);
    to_wide("four bytes", 0, "\xf0\x9f\x98\x80", -1, 40);
    to_wide("only the size of four bytes", 0, "\xf0\x9f\x98\x80", 4, 0);
    to_wide("the last character", 0, "\xf4\x8f\xbf\xbf", 4, 40);
    to_wide("empty, with its NUL", 0, "", -1, 40);
    to_wide("strictly, valid", MB_ERR_INVALID_CHARS, "\xe2\x82\xac", 3, 40);
    to_wide("strictly, a byte that never occurs", MB_ERR_INVALID_CHARS, "a\xff", 2, 40);
    to_wide("strictly, cut short", MB_ERR_INVALID_CHARS, "a\xe2\x82", 3, 40);
    to_wide("strictly, a surrogate", MB_ERR_INVALID_CHARS, "\xed\xa0\x80", 3, 40);
    to_wide("strictly, longer than needed", MB_ERR_INVALID_CHARS, "\xc0\x80", 2, 40);
    to_wide("a byte that never occurs", 0, "a\xff", 2, 40);
    to_wide("a continuation alone", 0, "\x80z", 2, 40);
    to_wide("no room", 0, "abc", 3, 2);
    to_wide("no room for the NUL", 0, "abc", -1, 3);
    to_wide("length 0", 0, "abc", 0, 40);
    to_wide("NULL", 0, NULL, 3, 40);
    to_wide("length -2 is as -1", 0, "abc", -2, 40);
    to_wide("a negative room", 0, "abc", 3, -1);
    FRESH();
    int made = MultiByteToWideChar(4711, 0, "abc", 3, NULL, 0);
    say("no such code page: %d, %s", made, err());
    to_wide("flags that nobody knows", 0x1000, "abc", 3, 40);
    to_wide("for other code pages", MB_PRECOMPOSED, "abc", 3, 40);
    to_wide("composed", MB_COMPOSITE, "abc", 3, 40);
    made = MultiByteToWideChar(CP_ACP, 0, "abc", -1, NULL, 0);
    say("the ANSI code page has ASCII: %d", made);
}

static void from_utf16(void) {
    static const WCHAR euro[] = {'a', 0x20ac, 0xe4, 0}, smile[] = {0xd83d, 0xde00, 0}, high[] = {'a', 0xd83d, 'b', 0};
    static const WCHAR low[] = {0xde00, 0}, swapped[] = {0xde00, 0xd83d, 0}, last[] = {0xdbff, 0xdfff, 0};
    say("# UTF-16 to UTF-8");
    to_bytes("ASCII, with its NUL", 0, wide("abc"), -1, 40);
    to_bytes("ASCII, without", 0, wide("abc"), 3, 40);
    to_bytes("only its size", 0, wide("abc"), -1, 0);
    to_bytes("one to three bytes", 0, euro, -1, 40);
    to_bytes("four bytes", 0, smile, 2, 40);
    to_bytes("only the size of four bytes", 0, smile, 2, 0);
    to_bytes("the last character", 0, last, 2, 40);
    to_bytes("strictly, valid", WC_ERR_INVALID_CHARS, smile, 2, 40);
    to_bytes("strictly, half a pair", WC_ERR_INVALID_CHARS, high, -1, 40);
    to_bytes("strictly, the other half", WC_ERR_INVALID_CHARS, low, -1, 40);
    to_bytes("half a pair", 0, high, -1, 40);
    to_bytes("the other half", 0, low, -1, 40);
    to_bytes("a pair the wrong way round", 0, swapped, 2, 40);
    to_bytes("a pair that was cut", 0, smile, 1, 40);
    to_bytes("no room", 0, wide("abc"), 3, 2);
    to_bytes("no room for three bytes", 0, euro, 2, 3);
    to_bytes("length 0", 0, wide("abc"), 0, 40);
    to_bytes("flags that nobody knows", 0x10000, wide("abc"), 3, 40);
    to_bytes("NULL", 0, NULL, 3, 40);
}

/* A character for what the code page has not, which UTF-8 never needs. (Before 1709 Windows refused it with UTF-8.) */
static void with_default(const char *what, UINT page, const WCHAR *units, const char *standby) {
    char text[40] = "";
    BOOL used = 9;
    FRESH();
    int made = WideCharToMultiByte(page, 0, units, -1, text, 40, standby, &used);
    const char *error = err();
    say("%s: %d, %s, %s, used: %d", what, made, error, bytes_text(text, made), used);
}

static void defaults(void) {
    static const WCHAR euro[] = {'a', 0x20ac, 0}, high[] = {'a', 0xd83d, 'b', 0};
    say("# defaults");
    with_default("UTF-8, none", CP_UTF8, euro, NULL);
    with_default("UTF-8, not needed", CP_UTF8, euro, "?");
    with_default("UTF-8, half a pair, none", CP_UTF8, high, NULL);
    with_default("UTF-8, half a pair", CP_UTF8, high, "?");
    with_default("ASCII of the ANSI code page", CP_ACP, wide("ascii"), "?");
}

NO_ROLES

void body(void) {
    narrow();
    sixteen_bits();
    orders();
    nowhere();
    from_utf8();
    from_utf16();
    defaults();
}

/* Strings that never go beyond their place: the functions of strsafe.h, and the C library's with _s, for both
 * widths; what they say and leave where there is no room. Blocks of memory, and numbers that become handles and
 * pointers. */
#include "report.h"
#define STRSAFE_NO_DEPRECATE
#include <strsafe.h>

/* A place that shows what was written: so many characters and a guard behind them. */
static char place[24];

static char *fresh(const char *text) {
    memset(place, '#', sizeof place);
    strcpy(place, text);
    return place;
}

/* What is in the place up to its zero, and whether nothing from there on was touched. */
static const char *left(size_t room) {
    char *text = report_text();
    int untouched = 1;
    for (size_t i = room; i < sizeof place; i++) {
        untouched &= place[i] == '#';
    }
    snprintf(text, 160, "\"%.23s\", beyond untouched: %s", place, yes(untouched));
    return text;
}

#define SAY_RESULT(room, expression) say_result(#expression, room, (unsigned)(expression))

static void say_result(const char *what, size_t room, unsigned result) {
    say("%s: 0x%x, %s", what, result, left(room));
}

static void copied(void) {
    fresh("");
    SAY_RESULT(8, StringCchCopyA(place, 8, "seven.."));
    fresh("");
    SAY_RESULT(8, StringCchCopyA(place, 8, "eight..."));
    fresh("");
    SAY_RESULT(1, StringCchCopyA(place, 1, "x"));
    SAY_RESULT(1, StringCchCopyA(place, 1, ""));
    fresh("before");
    SAY_RESULT(7, StringCchCopyA(place, 0, "x"));
    SAY_RESULT(7, StringCchCopyA(place, (size_t)STRSAFE_MAX_CCH + 1, "x"));
    SAY_RESULT(8, StringCchCopyNA(place, 8, "abcdef", 3));
    fresh("");
    SAY_RESULT(8, StringCchCopyNA(place, 8, "abcdefghij", 7));
    fresh("");
    SAY_RESULT(8, StringCchCopyNA(place, 8, "abcdefghij", 8));
    SAY_RESULT(8, StringCchCopyNA(place, 8, "abcdefghij", 0));
    fresh("");
    SAY_RESULT(8, StringCbCopyA(place, 8, "bytes, too"));
}

static void appended(void) {
    fresh("one");
    SAY_RESULT(8, StringCchCatA(place, 8, "two"));
    SAY_RESULT(8, StringCchCatA(place, 8, "three"));
    SAY_RESULT(8, StringCchCatA(place, 8, ""));
    fresh("longer than that");
    SAY_RESULT(17, StringCchCatA(place, 8, "x"));
    SAY_RESULT(17, StringCchCatA(place, 0, "x"));
    fresh("one");
    SAY_RESULT(8, StringCbCatA(place, 8, "and more"));
}

static void measured(void) {
    static const char *const texts[] = {"", "four", "seven..", "eight..."};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t length = 99, bytes = 99;
        HRESULT result = StringCchLengthA(texts[i], 8, &length), in_bytes = StringCbLengthA(texts[i], 8, &bytes);
        say("\"%s\": 0x%x, %u; 0x%x, %u", texts[i], (unsigned)result, (unsigned)length, (unsigned)in_bytes,
            (unsigned)bytes);
    }
    size_t length = 99;
    HRESULT result = StringCchLengthA(NULL, 8, &length);
    say("NULL: 0x%x, %u", (unsigned)result, (unsigned)length);
    result = StringCchLengthA("x", 0, &length);
    say("in no room: 0x%x, %u; nobody asks: 0x%x", (unsigned)result, (unsigned)length,
        (unsigned)StringCchLengthA("x", 8, NULL));
}

static void formatted(void) {
    fresh("");
    SAY_RESULT(12, StringCchPrintfA(place, 12, "%s %d", "number", 12));
    fresh("");
    SAY_RESULT(8, StringCchPrintfA(place, 8, "%s %d", "number", 12));
    fresh("before");
    SAY_RESULT(7, StringCchPrintfA(place, 0, "x"));
    SAY_RESULT(8, StringCbPrintfA(place, 8, "%c%05.1f", 'x', 2.5));
}

static void in_16_bits(void) {
    static const WCHAR text[] = {'a', 0x20ac, 'c', 'd', 'e', 0};
    WCHAR units[8];
    size_t length = 99;
    memset(units, 0x11, sizeof units);
    HRESULT result = StringCchCopyW(units, 4, text);
    say("copied: 0x%x, units %x %x %x %x %x", (unsigned)result, units[0], units[1], units[2], units[3], units[4]);
    result = StringCbCopyW(units, 7, text);
    say("in 7 bytes: 0x%x, units %x %x %x %x", (unsigned)result, units[0], units[1], units[2], units[3]);
    result = StringCchCatW(units, 8, text);
    say("appended: 0x%x, units %x %x %x %x %x", (unsigned)result, units[1], units[2], units[3], units[6], units[7]);
    result = StringCchCatW(units, 8, text);
    say("appended again: 0x%x, units %x %x", (unsigned)result, units[6], units[7]);
    result = StringCchLengthW(text, 6, &length);
    say("length: 0x%x, %u", (unsigned)result, (unsigned)length);
    result = StringCbLengthW(text, 12, &length);
    say("in bytes: 0x%x, %u", (unsigned)result, (unsigned)length);
    result = StringCchLengthW(text, 5, &length);
    say("without a zero: 0x%x, %u", (unsigned)result, (unsigned)length);
}

/* What the C library's functions return, and leave. */
static void with_s(void) {
    fresh("");
    SAY_RESULT(8, strcpy_s(place, 8, "seven.."));
    fresh("one");
    SAY_RESULT(8, strcat_s(place, 8, "two"));
    fresh("");
    SAY_RESULT(8, strncpy_s(place, 8, "abcdef", 3));
    fresh("");
    SAY_RESULT(8, strncpy_s(place, 8, "abcdefghij", 7));
    fresh("");
    SAY_RESULT(8, strncpy_s(place, 8, "abcdefghij", _TRUNCATE));
    SAY_RESULT(8, strncpy_s(place, 8, "abc", _TRUNCATE));
    fresh("one");
    SAY_RESULT(8, strncat_s(place, 8, "two three", 3));
    SAY_RESULT(8, strncat_s(place, 8, "two three", _TRUNCATE));
    char list[] = ";;one,two;;three,", *rest = NULL;
    for (char *word = strtok_s(list, ",;", &rest); word != NULL; word = strtok_s(NULL, ",;", &rest)) {
        say("a word: %s", word);
    }
    say("without case: %d %d %d", _stricmp("ABC", "abc"), _stricmp("abc", "ABD") < 0, _stricmp("b", "A") > 0);
    say("the first three: %d %d", _strnicmp("ABCx", "abcy", 3), _strnicmp("ABCx", "abcy", 4) < 0);
    char mixed[] = "Mixed 123 Case";
    say("%s", _strupr(mixed));
    say("%s", _strlwr(mixed));
}

static void blocks(void) {
    char bytes[] = "0123456789";
    MoveMemory(bytes + 2, bytes, 5);
    say("moved: %s", bytes);
    CopyMemory(bytes, "ab", 2);
    FillMemory(bytes + 8, 2, 'z');
    say("copied and filled: %s", bytes);
    ZeroMemory(bytes + 4, 2);
    say("zeroed: %d %d %d %d", bytes[3], bytes[4], bytes[5], bytes[6]);
    say("equal: %d %d", RtlEqualMemory(bytes, "ab01", 4) != 0, RtlEqualMemory(bytes, "ab02", 4) != 0);
    const char *given = yes(SecureZeroMemory(bytes, 10) == bytes);
    say("zeroed for good, and given: %s, %d", given, bytes[0] | bytes[9]);
}

static void numbers(void) {
    say("handles: %x %d %x", (unsigned)HandleToULong(LongToHandle(-4)), (int)HandleToLong(LongToHandle(-4)),
        (unsigned)HandleToULong(ULongToHandle(0xfffffffc)));
    say("sign extended: %s, not: %s", yes(LongToHandle(-4) == (HANDLE)(LONG_PTR)-4),
        yes(ULongToHandle(0xfffffffc) == (HANDLE)(ULONG_PTR)0xfffffffc));
    say("pointers: %d %x, sign extended: %s, not: %s", (int)PtrToLong(LongToPtr(-8)),
        (unsigned)PtrToUlong(UlongToPtr(0x80000000)), yes((LONG_PTR)LongToPtr(-8) == -8),
        yes((ULONG_PTR)UlongToPtr(0x80000000) == 0x80000000));
    say("products: %lld %llu", (long long)Int32x32To64(-70000, 70000),
        (unsigned long long)UInt32x32To64(0xffffffff, 0xffffffff));
    say("bytes and words: %x %x %x %x, %x %x", LOBYTE(0x1234), HIBYTE(0x1234), LOWORD(0x12345678), HIWORD(0x12345678),
        MAKEWORD(0x34, 0x12), (unsigned)MAKELONG(0x5678, 0x1234));
}

void body(void) {
    copied();
    appended();
    measured();
    formatted();
    in_16_bits();
    with_s();
    blocks();
    numbers();
}

NO_ROLES

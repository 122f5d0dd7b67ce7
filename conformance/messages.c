/* FormatMessage with a message of the program's own: what is put into it and how, breaks and widths of lines, where it
 * goes, and what is no message. */
#include "report.h"

#define FROM_STRING (FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY)

/* What a text is, with its breaks and tabs in letters. */
static const char *shown(const char *text) {
    char *copy = report_text();
    size_t length = 0;
    for (; *text != 0 && length < 150; text++) {
        const char *special = strchr("\rr\nn\tt", *text);
        if ((unsigned char)*text < ' ') {
            copy[length++] = '\\';
            copy[length++] = special != NULL ? special[1] : '?';
        } else {
            copy[length++] = *text;
        }
    }
    copy[length] = 0;
    return copy;
}

/* What is put into messages: where there is a text, that, and else a number. */
static const char *texts[3];
static ULONG_PTR numbers[3];

static void give(const char *first, const char *second, ULONG_PTR third) {
    texts[0] = first;
    texts[1] = second;
    texts[2] = NULL;
    numbers[2] = third;
}

/* Both forms of a message, which must say the same of the same; strings in it are of the form that is asked. */
static void message(DWORD flags, const char *source) {
    char text[300] = "untouched", narrow[300];
    WCHAR wide_text[300];
    ULONG_PTR inserts[3], wide_inserts[3];
    for (int i = 0; i < 3; i++) {
        inserts[i] = texts[i] != NULL ? (ULONG_PTR)texts[i] : numbers[i];
        wide_inserts[i] = texts[i] != NULL ? (ULONG_PTR)wide(texts[i]) : numbers[i];
    }
    FRESH();
    DWORD length = FormatMessageA(FROM_STRING | flags, source, 0, 0, text, sizeof text, (va_list *)inserts);
    const char *error = err();
    FRESH();
    DWORD wide_length =
        FormatMessageW(FROM_STRING | flags, wide(source), 0, 0, wide_text, 300, (va_list *)wide_inserts);
    const char *wide_error = err();
    for (DWORD i = 0; i <= wide_length; i++) {
        narrow[i] = wide_length == 0 ? 0 : (char)wide_text[i];
    }
    int alike = length == wide_length && strcmp(error, wide_error) == 0 && (length == 0 || strcmp(text, narrow) == 0);
    say("%s: %u, %s, \"%s\"%s", shown(source), (unsigned)length, error, shown(text),
        alike ? "" : ", but not in the other form");
}

static void plain(void) {
    say("# plain");
    message(0, "a text");
    message(0, "");
    message(0, "two\nlines");
    message(0, "two\r\nlines\n");
    message(0, "a return\ralone");
    message(0, "a\ttab");
    message(0, "a%ttab and%na line");
    message(0, "the end%0 is not");
    message(0, "%%, %., %!, %x, % ");
    message(0, "100%");
    message(0, "%");
    message(0, "%rreturned");
    message(0, "%0");
    message(0, "line%n%n%n");
}

static void with_inserts(void) {
    say("# inserts");
    give("one", "two", 3);
    message(0, "%1");
    message(0, "%1%2");
    message(0, "%2 before %1");
    message(0, "%1!s! and %2!s!");
    message(0, "[%1!8s!] [%1!-8s!] [%1!.2s!] [%1!8.2s!]");
    message(0, "%3!d! %3!u! %3!x! %3!X! %3!o!");
    message(0, "[%3!5d!] [%3!-5d!] [%3!05d!] [%3!+d!] [%3!#x!]");
    give("one", "two", 0xffffffff);
    message(0, "%3!d! %3!u! %3!x!");
    give("one", "two", 'q');
    message(0, "%3!c! %3!lc! %3!hc!");
    give(NULL, NULL, 0);
    numbers[0] = 6;
    numbers[1] = 2;
    texts[2] = "star";
    message(0, "[%1!*.*s!]");
    texts[1] = "shooting";
    message(0, "[%1!*s!]");
    give("one", "two", 3);
    message(0, "%1!");
    message(0, "%1!s");
    message(FORMAT_MESSAGE_IGNORE_INSERTS, "%1 %2!d! %% %n %t %0 the end");
    message(FORMAT_MESSAGE_IGNORE_INSERTS, "%r %. %! %x");
}

static void widths(void) {
    say("# widths");
    message(FORMAT_MESSAGE_MAX_WIDTH_MASK, "two\nlines\r\nand one");
    message(FORMAT_MESSAGE_MAX_WIDTH_MASK, "kept%nbreak");
    message(10, "short");
    message(10, "words that are broken into lines");
    message(10, "a word-that-is-longer-than-a-line here");
    message(10, "a\nbreak is a blank");
    message(10, "exactly 10 and more");
    message(1, "a b c");
    give("inserted words", "", 0);
    message(10, "an %1");
}

static void where_it_goes(void) {
    char small[8], *made = NULL;
    ULONG_PTR inserts[] = {(ULONG_PTR) "one", (ULONG_PTR) "two"};
    say("# where it goes");
    TRY_WINDOWS("Wine answers anything", "false, 87", FormatMessageA(FROM_STRING, NULL, 0, 0, small, 8, NULL) != 0);
    TRY(FormatMessageA(FROM_STRING, "seven..", 0, 0, small, 8, NULL) == 7);
    memset(small, '#', sizeof small);
    TRY(FormatMessageA(FROM_STRING, "eight...", 0, 0, small, 8, NULL) == 0);
    TRY(FormatMessageA(FROM_STRING, "x", 0, 0, small, 0, NULL) == 0);
    TRY_WINDOWS("Wine answers anything", "false, 87", FormatMessageA(FROM_STRING, "x", 0, 0, NULL, 8, NULL) != 0);
    TRY(FormatMessageA(FROM_STRING | FORMAT_MESSAGE_ALLOCATE_BUFFER, "%1 of %2", 0, 0, (char *)&made, 0,
                       (va_list *)inserts) == 10);
    say("%s", made);
    TRY(LocalFree(made) == NULL);
    TRY(FormatMessageA(FROM_STRING | FORMAT_MESSAGE_ALLOCATE_BUFFER, "long", 0, 0, (char *)&made, 1000, NULL) == 4);
    memset(made, 1, 1000);
    TRY(LocalFree(made) == NULL);
    made = small;
    TRY(FormatMessageA(FROM_STRING | FORMAT_MESSAGE_ALLOCATE_BUFFER, "", 0, 0, (char *)&made, 0, NULL) == 0);
    say("where nothing was made: %s", made == NULL ? "NULL" : made == small ? "as before" : "something");
    TRY(FormatMessageA(FROM_STRING | FORMAT_MESSAGE_ALLOCATE_BUFFER, "x", 0, 0, NULL, 0, NULL) == 0);
}

static DWORD listed(char *text, DWORD room, const char *source, ...) {
    va_list arguments;
    va_start(arguments, source);
    FRESH();
    DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_STRING, source, 0, 0, text, room, &arguments);
    va_end(arguments);
    return length;
}

static void lists(void) {
    char text[100];
    say("# lists of arguments");
    DWORD length = listed(text, sizeof text, "%1 %2!d! %3!x! %4", "one", -2, 0xffffffffu, "four");
    say("%u, %s", (unsigned)length, text);
    length = listed(text, sizeof text, "%2!d! before %1", "one", 2);
    say("%u, %s", (unsigned)length, text);
    length = listed(text, sizeof text, "%1!*d!|", 5, 42);
    say("%u, %s", (unsigned)length, text);
    length = listed(text, sizeof text, "%1 again %1", "one");
    say("%u, %s", (unsigned)length, text);
}

void body(void) {
    plain();
    with_inserts();
    widths();
    where_it_goes();
    lists();
}

NO_ROLES

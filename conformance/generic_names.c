/* A program that is compiled for 16-bit characters: the names without A or W are the wide functions, and those of
 * tchar.h the C library's for such strings. */
#ifndef UNICODE
#define UNICODE
#endif
#ifndef _UNICODE
#define _UNICODE
#endif
#include "waitables.h"
#include <tchar.h>

/* ASCII of a string of this program's characters. */
static const char *shown(const TCHAR *text) {
    char *copy = report_text();
    size_t i = 0;
    for (; i < 159 && text[i] != 0; i++) {
        copy[i] = (unsigned)text[i] < 128 ? (char)text[i] : '?';
    }
    copy[i] = 0;
    return copy;
}

static void strings(void) {
    TCHAR text[40], *rest = NULL;
    say("a character has %u bytes, \"text\" %u", (unsigned)sizeof(TCHAR), (unsigned)sizeof _T("text"));
    say("%s", shown(_tcscpy(text, _T("one"))));
    say("%s", shown(_tcscat(text, TEXT(" two"))));
    say("%s", shown(_tcsncat(text, _T(" three"), 3)));
    say("its length: %u", (unsigned)_tcslen(text));
    say("of two: %d %d %d", _tcscmp(_T("a"), _T("b")) < 0, _tcscmp(_T("b"), _T("a")) > 0, _tcscmp(text, text));
    say("of the first two: %d, without case: %d %d", _tcsncmp(_T("abc"), _T("abd"), 2), _tcsicmp(_T("ABC"), _T("abc")),
        _tcsnicmp(_T("ABx"), _T("aby"), 2));
    say("found: %s, the last: %s, in it: %s", shown(_tcschr(text, _T('e'))), shown(_tcsrchr(text, _T('t'))),
        shown(_tcsstr(text, _T("two"))));
    say("not found: %d %d %d", _tcschr(text, _T('x')) == NULL, _tcsrchr(text, _T('x')) == NULL,
        _tcsstr(text, _T("four")) == NULL);
    say("of a set: %u, of none: %u, the first: %s", (unsigned)_tcsspn(text, _T("eon")),
        (unsigned)_tcscspn(text, _T(" ")), shown(_tcspbrk(text, _T("wt"))));
    int failed = _tcscpy_s(text, 40, _T("a,b;;c"));
    say("copied: %d, %s", failed, shown(text));
    for (TCHAR *word = _tcstok_s(text, _T(",;"), &rest); word != NULL; word = _tcstok_s(NULL, _T(",;"), &rest)) {
        say("a word: %s", shown(word));
    }
    TCHAR *copy = _tcsdup(_T("Mixed Case"));
    say("%s", shown(_tcsupr(copy)));
    say("%s", shown(_tcslwr(copy)));
    free(copy);
    failed = _tcsncpy_s(text, 4, _T("abcdef"), _TRUNCATE);
    say("cut: %d, %s", failed, shown(text));
    memset(text, 0x11, sizeof text);
    _tcsncpy(text, _T("ab"), 4);
    say("filled up: %x %x %x %x %x", text[0], text[1], text[2], text[3], text[4]);
}

static void numbers(void) {
    TCHAR *end = NULL;
    long number = _tcstol(_T(" -12x"), &end, 10);
    say("%ld, then %s", number, shown(end));
    say("%lx, %ld, %ld", (unsigned long)_tcstoul(_T("0xfe"), NULL, 0), (long)_tcstol(_T("none"), NULL, 10),
        (long)_tcstol(_T("077"), NULL, 0));
    double fraction = _tcstod(_T("2.5e2;"), &end);
    say("%.3f, then %s", fraction, shown(end));
    say("%d %lld", _ttoi(_T("42nd")), (long long)_ttoi64(_T("-9000000000")));
    say("kinds: %d%d%d%d %d%d%d", _istalpha(_T('a')) != 0, _istalpha(_T('1')) != 0, _istdigit(_T('1')) != 0,
        _istspace(_T(' ')) != 0, _istupper(_T('a')) != 0, _istpunct(_T('.')) != 0, _istxdigit(_T('F')) != 0);
    say("case: %c %c", (char)_totupper(_T('q')), (char)_totlower(_T('Q')));
}

static void formatted(void) {
    TCHAR text[40];
    int length = _stprintf_s(text, 40, _T("%d %x %c %5.2f"), -5, 0xbeef, _T('c'), 1.5);
    say("%d, %s", length, shown(text));
    length = _stprintf_s(text, 40, _T("%s|%-6s|%.2s"), _T("wide"), _T("left"), _T("cut short"));
    say("%d, %s", length, shown(text));
    length = _sntprintf_s(text, 8, _TRUNCATE, _T("%s %d"), _T("number"), 12);
    say("cut: %d, %s", length, shown(text));
    length = wsprintf(text, _T("%s %u %lX %03d"), _T("all"), 7u, (DWORD)0xabc, 5);
    say("%d, %s", length, shown(text));
    say("how long: %d", _sctprintf(_T("%s %d"), _T("number"), 12));
}

/* What was made by a name in one form is found by it in the other. */
static void objects(void) {
    const TCHAR *name = wide(unique("generic"));
    const char *narrow = unique("generic");
    HANDLE mutex = TRY_HANDLE(CreateMutex(NULL, TRUE, name));
    HANDLE found = TRY_HANDLE(OpenMutexA(SYNCHRONIZE, FALSE, narrow));
    HANDLE again = TRY_HANDLE(OpenMutex(SYNCHRONIZE, FALSE, name));
    TRY(CreateEvent(NULL, FALSE, FALSE, name));
    TRY(CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name));
    TRY(ReleaseMutex(found));
    TRY(CloseHandle(found));
    TRY(CloseHandle(again));
    TRY(CloseHandle(mutex));
    HANDLE event = TRY_HANDLE(CreateEvent(NULL, TRUE, TRUE, name));
    found = TRY_HANDLE(OpenEvent(EVENT_MODIFY_STATE, FALSE, name));
    TRY(SetEvent(found));
    TRY(CloseHandle(found));
    TRY(OpenSemaphore(SYNCHRONIZE, FALSE, name));
    TRY(CloseHandle(event));
    HANDLE semaphore = TRY_HANDLE(CreateSemaphoreEx(NULL, 1, 1, wide(unique("other")), 0, SEMAPHORE_ALL_ACCESS));
    TRY(OpenSemaphoreA(SYNCHRONIZE, FALSE, unique("other")));
    TRY(CloseHandle(semaphore));
    TRY(OpenWaitableTimer(SYNCHRONIZE, FALSE, wide(unique("third"))));
    TRY(lstrcmp(TEXT("a"), TEXT("a")) == 0);
}

void body(void) {
    strings();
    numbers();
    formatted();
    objects();
}

NO_ROLES

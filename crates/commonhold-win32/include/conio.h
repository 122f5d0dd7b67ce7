/* The console's single characters, over the terminal that standard input is. Where it is none, they read bytes. */
#ifndef COMMONHOLD_CONIO_H
#define COMMONHOLD_CONIO_H

#include <poll.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "commonhold/stdio_format.h"

/* Each key at once, and Enter as 13, as on Windows; Ctrl+C still interrupts. False where there is no terminal. */
static inline int commonhold_keys_begin(struct termios *before, int echo)
{
    struct termios keys;
    /* A prompt without a newline is still in the buffer. */
    fflush(stdout);
    if (tcgetattr(STDIN_FILENO, before) != 0) {
        return 0;
    }
    keys = *before;
    keys.c_lflag &= ~(tcflag_t)(ICANON | (echo ? 0 : ECHO));
    keys.c_iflag &= ~(tcflag_t)ICRNL;
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, TCSANOW, &keys) == 0;
}

static inline int commonhold_key(int echo)
{
    struct termios before;
    unsigned char key;
    int result;
    if (!commonhold_keys_begin(&before, echo)) {
        return getchar();
    }
    result = read(STDIN_FILENO, &key, 1) == 1 ? key : EOF;
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    return result;
}

static inline int _getch(void)
{
    return commonhold_key(0);
}

static inline int _getche(void)
{
    return commonhold_key(1);
}

static inline int _kbhit(void)
{
    struct termios before;
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    int terminal = commonhold_keys_begin(&before, 1);
    int ready = poll(&input, 1, 0) == 1;
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
    return ready;
}

static inline int _putch(int character)
{
    putchar(character);
    fflush(stdout);
    return character;
}

static inline int _cputs(const char *text)
{
    int result = fputs(text, stdout) < 0 ? -1 : 0;
    fflush(stdout);
    return result;
}

static inline int commonhold_vcprintf(const char *format, va_list list)
{
    int written = commonhold_vprintf(format, list);
    fflush(stdout);
    return written;
}

COMMONHOLD_VARIADIC(_cprintf, commonhold_vcprintf, (const char *format, ...), format)

/* The older names, unless the program has functions of these names. */
#ifndef NO_OLDNAMES
#define getch _getch
#define getche _getche
#define kbhit _kbhit
#define putch _putch
#endif

#endif

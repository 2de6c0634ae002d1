#include "base/handle.h"

#include <stdio.h>
#include <string.h>

static const char *const NAMES[] = {
#define NAME(name, text) "WICK_" #name,
    WICK_STATUS_LIST(NAME)
#undef NAME
};

static const char *const TEXTS[] = {
#define TEXT(name, text) text,
    WICK_STATUS_LIST(TEXT)
#undef TEXT
};

enum { N_CODES = sizeof NAMES / sizeof *NAMES };

const char *wick_code_name(wick_code code)
{
    return (unsigned)code < N_CODES ? NAMES[code] : "unknown code";
}

const char *wick_code_text(wick_code code)
{
    return (unsigned)code < N_CODES ? TEXTS[code] : "unknown code";
}

const char *wick_version(void)
{
    return PACKAGE_VERSION;
}

wick_code wick_status(const wick *w)
{
    return w ? w->status : WICK_ERR_MEMORY;
}

const char *wick_message(const wick *w)
{
    if (!w)
        return "no handle: wick_new had no memory, or half an allocator";
    return w->status == WICK_OK ? TEXTS[WICK_OK] : w->message;
}

/* One line: names may have anything in them. */
static void make_one_line(char *message)
{
    for (; *message; message++)
        if ((unsigned char)*message < ' ' || *message == 0x7f)
            *message = '?';
}

void wick_fail(wick *w, wick_code code, const char *format, ...)
{
    va_list arguments;

    if (!wicki_ok(w))
        return;
    w->status = code;
    va_start(arguments, format);
    const int n = vsnprintf(w->message, sizeof w->message, format, arguments);
    va_end(arguments);
    wicki_text text = { w->message, sizeof w->message, n < 0 ? 0 : (size_t)n };
    if (text.length >= text.size) {
        text.length = text.size - 1;
        memcpy(w->message + text.size - 4, "...", 4);
    }
    if (w->describe)
        w->describe(w, &text);
    make_one_line(w->message);
}

void wicki_fail_memory(wick *w, size_t size)
{
    if (!wicki_ok(w))
        return;
    w->status = WICK_ERR_MEMORY;
    snprintf(w->message, sizeof w->message, "out of memory: %zu bytes more were needed", size);
}

#include "base/handle.h"

#include <stdio.h>

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

void wick_fail(wick *w, wick_code code, const char *format, ...)
{
    wicki_text text = { .size = WICKI_MESSAGE_SIZE };
    va_list arguments;

    if (!wicki_ok(w))
        return;
    w->status = code;
    text.buffer = w->message;
    va_start(arguments, format);
    const int n = vsnprintf(w->message, sizeof w->message, format, arguments);
    va_end(arguments);
    text.length = n < 0 ? 0 : (size_t)n < sizeof w->message ? (size_t)n : sizeof w->message - 1;
    if (w->describe)
        w->describe(w, &text);
}

void wicki_fail_memory(wick *w, size_t size)
{
    if (!wicki_ok(w))
        return;
    w->status = WICK_ERR_MEMORY;
    snprintf(w->message, sizeof w->message, "out of memory: %zu bytes more were needed", size);
}

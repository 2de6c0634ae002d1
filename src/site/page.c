#include "site/page.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_CAPACITY = 512 };

/* Room for n bytes more and a zero. */
static bool reserve(wicki_page *page, size_t n)
{
    if (!wicki_ok(page->w))
        return false;
    if (n < page->capacity - page->length)
        return true;
    const size_t capacity = 2 * page->capacity + n + FIRST_CAPACITY;
    char *text = wick_alloc(page->w, capacity);
    if (!text)
        return false;
    if (page->length > 0)
        memcpy(text, page->text, page->length);
    page->text = text;
    page->capacity = capacity;
    return true;
}

void wicki_page_add(wicki_page *page, const char *format, ...)
{
    va_list arguments, again;

    va_start(arguments, format);
    va_copy(again, arguments);
    const int n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (n >= 0 && reserve(page, (size_t)n))
        page->length += (size_t)vsnprintf(page->text + page->length, (size_t)n + 1, format, again);
    va_end(again);
}

void wicki_page_spaces(wicki_page *page, size_t n)
{
    if (!reserve(page, n))
        return;
    memset(page->text + page->length, ' ', n);
    page->length += n;
    page->text[page->length] = '\0';
}

const char *wicki_page_text(const wicki_page *page)
{
    return wicki_ok(page->w) && page->text ? page->text : "";
}

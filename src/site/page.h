/**
 * Text that grows, in the memory of the tape. After an error of the handle adding to it does
 * nothing: look once, at the end.
 */
#ifndef WICKI_SITE_PAGE_H
#define WICKI_SITE_PAGE_H

#include "base/handle.h"

/** Begin with the handle alone: { .w = w }. */
typedef struct wicki_page {
    wick *w;
    char *text;
    size_t length, capacity;
} wicki_page;

void wicki_page_add(wicki_page *page, const char *format, ...) WICK_PRINTF(2, 3);
void wicki_page_spaces(wicki_page *page, size_t n);

/** The text; after an error, or if there is none, the empty one. */
const char *wicki_page_text(const wicki_page *page);

#endif

/**
 * Looking for findings about chains.
 */
#ifndef TESTS_SUPPORT_FINDINGS_H
#define TESTS_SUPPORT_FINDINGS_H

#include <wick/diagnose.h>

#include "tests/support/chains.h"

/** What is wrong with chains. */
static inline const wick_findings *diagnose(sampled s)
{
    const wick_findings *f = wick_diagnose(s.chains, NULL);

    ck_assert_ptr_nonnull(f);
    return f;
}

/** The first of a kind, or NULL. */
static inline const wick_finding *find(const wick_findings *f, wick_finding_kind kind)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->list[i].kind == kind)
            return &f->list[i];
    return NULL;
}

/** There is one of this kind about these words. */
static inline const wick_finding *need(
    const wick_findings *f, wick_finding_kind kind, const char *words)
{
    const wick_finding *found = find(f, kind);

    ck_assert_msg(found != NULL, "no %s in: %s", wick_finding_name(kind), f->text);
    ck_assert_msg(strstr(found->text, words) != NULL, "no '%s' in: %s", words, found->text);
    ck_assert_ptr_nonnull(strstr(f->text, "- "));
    return found;
}

/** Of all kinds only these, a list ended by -1. */
static inline void assert_only(const wick_findings *f, const int *kinds)
{
    for (size_t i = 0; i < f->n; i++) {
        const int *k = kinds;
        while (*k >= 0 && *k != (int)f->list[i].kind)
            k++;
        ck_assert_msg(*k >= 0, "found: %s", f->list[i].text);
    }
}

#define assert_nothing_but(f, ...) assert_only(f, (const int[]){ __VA_ARGS__, -1 })

#endif

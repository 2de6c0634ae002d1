/*
 * Steps of a chain in probabilities: values and gradients against log-sum-exp in long double, over
 * all that may come before a sum of products: chains of first and second order, several chains,
 * plates, zeros and numbers that underflow.
 */
#include "tests/tape/fixture.h"

#include "tape/chain.h"
#include "tape/mixture.h"
#include "tape/take.h"

/* --- the dimensions ---------------------------------------------------------------------------- */

/* Variables a, b and c, a plate n, a smaller plate s; the letters of a factor. */
enum { MOST_FACTORS = 4, LETTERS = 5 };
static const char LETTER[LETTERS + 1] = "abcsn";

typedef struct step_case {
    const char *factors[MOST_FACTORS + 1]; /* the table is first; a is summed out */
    bool shared;                           /* the table has twins */
} step_case;

static const step_case CASES[] = {
    { { "ab", "a" }, true },                /* a chain */
    { { "ab", "a", "a" }, true },           /* its states, seen */
    { { "ab", "a", "an" }, false },         /* one in a plate */
    { { "ab", "an", "an", "a" }, true },    /* ... */
    { { "ab", "asn" }, false },             /* in two plates */
    { { "ab", "asn", "an", "as" }, false }, /* ... */
    { { "abc", "ab" }, true },              /* of second order */
    { { "abc", "ab", "a" }, true },         /* ... */
    { { "abc", "abn", "an" }, false },      /* ... in a plate */
    { { "ac", "ab" }, false },              /* beside another */
    { { "ac", "ab", "a" }, true },          /* ... */
    { { "ab", "ac", "c" }, false },         /* ... that comes later */
    { { "ac", "abn", "an" }, false },       /* in a plate */
    { { "abc", "a" }, true },               /* a table of all that is left */
    { { "abc", "an" }, false },             /* ... */
};
enum { N_CASES = sizeof CASES / sizeof *CASES };

static const size_t SIZES[] = { 2, 3, 8, 11, 16, 17 }, MEMBERS[] = { 1, 2, 7, 8, 19 };
enum { N_SIZES = sizeof SIZES / sizeof *SIZES, N_MEMBERS = sizeof MEMBERS / sizeof *MEMBERS };

/* What the numbers are like. */
enum { NEAR, FAR, RARE, FORBIDDEN, IMPOSSIBLE, HUGE_LOGS, KINDS };

static double log_like(int kind, size_t j, size_t i)
{
    const double u = pseudo_random(17 * j + 3, i), v = pseudo_random(5 * j + 101, i);

    switch (kind) {
    case FAR:
        return -300.0 * u;
    case RARE:
        return v < 0.4 ? -690.0 - 20.0 * u : -u; /* 1e-300, and where exp of wick is 0 */
    case FORBIDDEN:
        return v < 0.3 ? -INFINITY : v < 0.5 ? -1000.0 - u : -3.0 * u;
    case IMPOSSIBLE:
        return v < 0.7 ? -INFINITY : -1000.0 * u;
    case HUGE_LOGS:
        return 2000.0 * (u - 0.5);
    default:
        return 4.0 * u - 3.0;
    }
}

typedef struct step {
    uint32_t dim[LETTERS];
    size_t size[LETTERS], n_factors;
    wick_node *factor[MOST_FACTORS], *out;
    double *want, *adjoint[MOST_FACTORS]; /* what is expected */
} step;

static uint32_t set_by_letters(wick *w, const step *s, const char *letters)
{
    uint32_t set = 0;

    for (size_t i = 0; i < LETTERS; i++)
        if (strchr(letters, LETTER[i]))
            set = wicki_set_with(w, set, s->dim[i]);
    return set;
}

static void make_factors(wick *w, const step_case *c, size_t k, size_t n, int kind, step *s)
{
    static const char *const NAME[] = { "a", "b", "c" };

    *s = (step){ .n_factors = 0 };
    for (size_t i = 0; i < 3; i++) {
        s->size[i] = i < 2 ? k : k / 2 + 1;
        s->dim[i] = other_dim(w, WICKI_ENUMERATED, NAME[i], s->size[i]);
    }
    s->dim[3] = closed_plate(w, "s", s->size[3] = 2);
    s->dim[4] = closed_plate(w, "n", s->size[4] = n);
    for (size_t j = 0; c->factors[j]; j++, s->n_factors++) {
        const wick_var x = leaf(w, 0, NULL, set_by_letters(w, s, c->factors[j]));
        s->factor[j] = node_of(x);
        for (size_t i = 0; i < s->factor[j]->members; i++)
            s->factor[j]->value[i] = log_like(kind, j, i);
    }
    s->factor[0]->shared = c->shared;
}

static size_t place_in(const wick_node *x, const step *s, const size_t *at)
{
    size_t place = 0;

    for (size_t i = 0; i < LETTERS; i++)
        place += at[i] * wicki_dim_stride(x, s->dim[i]);
    return place;
}

/* The next of all results; dimensions that the result has not stay 0. */
static bool next_place(const step *s, size_t *at)
{
    for (size_t i = LETTERS; i-- > 1;) {
        if (wicki_dim_stride(s->out, s->dim[i]) == 0)
            continue;
        if (++at[i] < s->size[i])
            return true;
        at[i] = 0;
    }
    return false;
}

static long double term_of(const step *s, size_t *at, size_t a)
{
    long double sum = 0.0;

    at[0] = a;
    for (size_t j = 0; j < s->n_factors; j++)
        sum += (long double)s->factor[j]->value[place_in(s->factor[j], s, at)];
    at[0] = 0;
    return sum;
}

static long double log_sum(const step *s, size_t *at)
{
    long double top = -INFINITY, sum = 0.0;

    for (size_t a = 0; a < s->size[0]; a++)
        top = fmaxl(top, term_of(s, at, a));
    for (size_t a = 0; a < s->size[0] && top > -INFINITY; a++)
        sum += expl(term_of(s, at, a) - top);
    return top > -INFINITY ? top + logl(sum) : top;
}

static double weight_of(size_t i)
{
    return between(-1.0, 1.0, 77, i);
}

static void expect(step *s)
{
    size_t at[LETTERS] = { 0 };

    s->want = calloc(s->out->members, sizeof *s->want);
    for (size_t j = 0; j < s->n_factors; j++)
        s->adjoint[j] = calloc(s->factor[j]->members, sizeof *s->adjoint[j]);
    do {
        const size_t out = place_in(s->out, s, at);
        const long double value = log_sum(s, at);
        s->want[out] = (double)value;
        for (size_t a = 0; a < s->size[0] && value > -INFINITY; a++) {
            const double share = (double)expl(term_of(s, at, a) - value) * weight_of(out);
            at[0] = a;
            for (size_t j = 0; j < s->n_factors; j++)
                s->adjoint[j][place_in(s->factor[j], s, at)] += share;
            at[0] = 0;
        }
    } while (next_place(s, at));
}

static void forget(step *s)
{
    free(s->want);
    for (size_t j = 0; j < s->n_factors; j++)
        free(s->adjoint[j]);
}

/* The sum of weights times values, where these are finite. */
static bool weighted_shape(wick *w, wick_node *node)
{
    return wicki_node_shape(w, node, 0, NULL, 0);
}

static void weighted_forward(wick_node *node)
{
    const wick_node *x = node->in[0];

    *node->value = 0.0;
    for (size_t i = 0; i < x->members; i++)
        if (x->value[i] > -INFINITY)
            *node->value += weight_of(i) * x->value[i];
}

static void weighted_reverse(wick_node *node)
{
    const wick_node *x = node->in[0];

    for (size_t i = 0; i < x->members; i++)
        if (x->value[i] > -INFINITY)
            x->adjoint[i] += *node->adjoint * weight_of(i);
}

static const wick_op weighted = { .name = "weighted",
    .shape = weighted_shape,
    .forward = weighted_forward,
    .reverse = weighted_reverse };

static void run_back(wick *w, step *s)
{
    wick_backward(wicki_var_of(w, wicki_record(w, &weighted, 1, &s->out, NULL, 0)));
    if (wick_status(w) != WICK_OK)
        ck_abort_msg("%s", wick_message(w));
}

static bool near(double got, double want, double relative)
{
    return got == want || fabs(got - want) <= relative * fmax(1.0, fabs(want));
}

static void check_step(const step_case *c, size_t k, size_t n, int kind)
{
    wick *w = wick_new(NULL);
    step s;

    make_factors(w, c, k, n, kind, &s);
    s.out = wicki_mixture(w, WICKI_SUM, s.n_factors, s.factor, s.dim[0]);
    if (!s.out || s.out->op != &wicki_op_chain)
        ck_abort_msg("%s, %s is no chain: %s", c->factors[0], c->factors[1], wick_message(w));
    expect(&s);
    for (size_t i = 0; i < s.out->members; i++)
        if (!near(s.out->value[i], s.want[i], 1e-13))
            ck_abort_msg("%s, %s, %zu values, %zu members, kind %d: value %zu is %.17g, want %.17g",
                c->factors[0], c->factors[1], k, n, kind, i, s.out->value[i], s.want[i]);
    run_back(w, &s);
    for (size_t j = 0; j < s.n_factors; j++)
        for (size_t i = 0; i < s.factor[j]->members; i++)
            if (!near(s.factor[j]->adjoint[i], s.adjoint[j][i], 1e-11))
                ck_abort_msg(
                    "%s, %s, %zu values, %zu members, kind %d: adjoint %zu of %zu is %.17g, want "
                    "%.17g",
                    c->factors[0], c->factors[1], k, n, kind, i, j, s.factor[j]->adjoint[i],
                    s.adjoint[j][i]);
    forget(&s);
    wick_free(w);
}

START_TEST(a_step_is_a_log_of_sums_with_its_shares)
{
    for (size_t k = 0; k < N_SIZES; k++)
        for (size_t n = 0; n < N_MEMBERS; n++)
            for (int kind = 0; kind < KINDS; kind++)
                check_step(&CASES[_i], SIZES[k], MEMBERS[n], kind);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chain");
    TCase *tests = tcase_create("steps");

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_step_is_a_log_of_sums_with_its_shares, 0, N_CASES);
    return run_suite(suite);
}

/* Bytes as a constraint and values: what is set unconstrained lies in the set, and what is set in the
 * set, whatever it is, is refused or read back. */
#include "fuzz/fuzz.h"

enum { MOST = 9 };

/* A set, how many axes it ties together, and whether x of n elements is in it. */
typedef struct space {
    wick_constraint (*make)(double low, double high);
    unsigned axes;
    bool (*holds)(const double *x, size_t n, double low, double high);
} space;

/* --- sets ------------------------------------------------------------------------------------- */

#define MAKE(name, constraint)                                  \
    static wick_constraint make_##name(double low, double high) \
    {                                                           \
        (void)low;                                              \
        (void)high;                                             \
        return constraint;                                      \
    }
#define HOLDS(name, condition)                                                   \
    static bool holds_##name(const double *x, size_t n, double low, double high) \
    {                                                                            \
        bool ok = true;                                                          \
        (void)low;                                                               \
        (void)high;                                                              \
        for (size_t i = 0; i < n; i++)                                           \
            ok = ok && (condition);                                              \
        return ok;                                                               \
    }

MAKE(real, wick_real())
MAKE(positive, wick_positive())
MAKE(softplus, wick_softplus_positive())
MAKE(nonnegative, wick_nonnegative())
MAKE(unit_interval, wick_unit_interval())
MAKE(interval, wick_interval(low, high))
MAKE(greater_than, wick_greater_than(low))
MAKE(less_than, wick_less_than(high))
MAKE(simplex, wick_simplex())
MAKE(ordered, wick_ordered())
MAKE(positive_ordered, wick_positive_ordered())
MAKE(sum_to_zero, wick_sum_to_zero())
MAKE(lower_cholesky, wick_lower_cholesky())
MAKE(corr_cholesky, wick_corr_cholesky())
MAKE(positive_definite, wick_positive_definite())

HOLDS(real, isfinite(x[i]))
HOLDS(positive, x[i] > 0.0)
HOLDS(nonnegative, x[i] >= 0.0)
HOLDS(unit_interval, x[i] > 0.0 && x[i] < 1.0)
HOLDS(interval, x[i] >= low && x[i] <= high)
HOLDS(greater_than, x[i] >= low)
HOLDS(less_than, x[i] <= high)
HOLDS(ordered, i == 0 || x[i] > x[i - 1])
HOLDS(positive_ordered, x[i] > (i ? x[i - 1] : 0.0))

static double sum_of(const double *x, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

static bool holds_simplex(const double *x, size_t n, double low, double high)
{
    return holds_nonnegative(x, n, low, high) && fabs(sum_of(x, n) - 1.0) < 1e-12;
}

static bool holds_sum_to_zero(const double *x, size_t n, double low, double high)
{
    return holds_real(x, n, low, high) && fabs(sum_of(x, n)) < 1e-12;
}

/* Matrices of 2 by 2. */
static bool holds_lower_cholesky(const double *x, size_t n, double low, double high)
{
    return holds_real(x, n, low, high) && x[0] > 0.0 && x[1] == 0.0 && x[3] > 0.0;
}

static bool holds_corr_cholesky(const double *x, size_t n, double low, double high)
{
    return holds_lower_cholesky(x, n, low, high) && x[0] == 1.0 &&
        fabs(x[2] * x[2] + x[3] * x[3] - 1.0) < 1e-12;
}

static bool holds_positive_definite(const double *x, size_t n, double low, double high)
{
    return holds_real(x, n, low, high) && x[0] > 0.0 && x[1] == x[2] &&
        x[0] * x[3] - x[1] * x[2] > 0.0;
}

#define SPACE(name, axes)               \
    {                                   \
        make_##name, axes, holds_##name \
    }
static const space SPACES[] = { SPACE(real, 0), SPACE(positive, 0),
    { make_softplus, 0, holds_positive }, SPACE(nonnegative, 0), SPACE(unit_interval, 0),
    SPACE(interval, 0), SPACE(greater_than, 0), SPACE(less_than, 0), SPACE(simplex, 1),
    SPACE(ordered, 1), SPACE(positive_ordered, 1), SPACE(sum_to_zero, 1), SPACE(lower_cholesky, 2),
    SPACE(corr_cholesky, 2), SPACE(positive_definite, 2) };

/* --- the target ------------------------------------------------------------------------------- */

static const wick_code CODES[] = { WICK_ERR_DOMAIN, WICK_OK };

/* Any double at all, or one of between -4 and 4. */
static double hostile(bytes *b)
{
    uint64_t bits = 0;
    double x;

    if (take_below(b, 4) < 2)
        return take_number(b);
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | take_byte(b);
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double largest(const double *x, size_t n)
{
    double most = 1.0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

/* Refused, and then nothing is changed; or read back, to what its coordinates can tell. */
static void set_anything(wick *w, const double *x, size_t n)
{
    double before[MOST], got[MOST];

    REQUIRE(wick_param_get(w, "x", before, n) == n, "not read: %s", wick_message(w));
    const size_t set = wick_param_set(w, "x", x, n);
    const bool refused = wick_status(w) != WICK_OK;
    require_documented(w, CODES);
    REQUIRE(set == (refused ? 0 : n), "%zu of %zu were set", set, n);
    wick_clear(w);
    REQUIRE(wick_param_get(w, "x", got, n) == n, "not read: %s", wick_message(w));
    for (size_t i = 0; i < n; i++) {
        const double want = refused ? before[i] : x[i];
        REQUIRE(
            same_number(got[i], want) || (!refused && fabs(got[i] - want) <= 2e-6 * largest(x, n)),
            "[%zu] is %.17g, not %.17g", i, got[i], want);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes b = { data, size };
    const space *s = &SPACES[take_below(&b, sizeof SPACES / sizeof *SPACES)];
    const double low = take_number(&b), high = low + 0.5 + fabs(take_number(&b));
    const size_t sizes[] = { 2 + (s->axes < 2) * take_below(&b, 4), 2 };
    const size_t n = sizes[0] * (s->axes == 2 ? 2 : 1);
    memory m = { 0 };
    const wick_options options = memory_options(&m, 2);
    wick *w = wick_new(&options);
    double u[MOST], x[MOST];

    for (size_t i = 0; i < n; i++)
        u[i] = take_number(&b);
    const wick_var point =
        wick_transform_to(s->make(low, high), wick_const_array(w, u, s->axes == 2 ? 2 : 1, sizes));
    REQUIRE(wick_get(point, x, n) == n, "not transformed: %s", wick_message(w));
    REQUIRE(s->holds(x, n, low, high), "not in the set");
    wick_param(w, "x", wick_init_values_array(x, s->axes == 2 ? 2 : 1, sizes), s->make(low, high));
    REQUIRE(wick_status(w) == WICK_OK, "not a start: %s", wick_message(w));
    set_anything(w, x, n);
    for (size_t i = 0; i < n; i++)
        x[i] = hostile(&b);
    set_anything(w, x, n);
    end_handle(w, &m);
    return 0;
}

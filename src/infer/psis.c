#include "infer/psis.h"

#include "base/special.h"

#include <math.h>
#include <string.h>

/* --- the fit of the generalised Pareto distribution -------------------------------------------- */

enum { GRID = 30, PRIOR_VALUES = 10, FEWEST = 5 };

typedef struct pareto {
    double k, scale;
} pareto;

static double mean_log(size_t n, const double *x, double theta)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += wicki_log1p(-theta * x[i]);
    return sum / (double)n;
}

/* The log-likelihood in theta = -k/scale, with the k that is best for it. */
static double profile(size_t n, const double *x, double theta)
{
    const double k = mean_log(n, x, theta);

    return (double)n * (wicki_log(-theta / k) - k - 1.0);
}

/* Of sorted values. */
static const double *quartile_of(size_t n, const double *x)
{
    return x + (size_t)((double)n / 4.0 + 0.5) - 1;
}

/* The i-th of m points for theta. */
static double grid_point(size_t n, const double *x, size_t m, size_t i)
{
    return 1.0 / x[n - 1] +
        (1.0 - sqrt((double)m / ((double)i + 0.5))) / (3.0 * *quartile_of(n, x));
}

/* The posterior mean of theta over the grid, by weights that are summed up as they come. */
static double mean_theta(size_t n, const double *x)
{
    const size_t m = GRID + (size_t)sqrt((double)n);
    double most = -INFINITY, weights = 0.0, sum = 0.0;

    for (size_t i = 0; i < m; i++) {
        const double theta = grid_point(n, x, m, i), l = profile(n, x, theta);
        if (l > most) {
            const double shrink = wicki_exp(most - l);
            weights *= shrink;
            sum *= shrink;
            most = l;
        }
        weights += wicki_exp(l - most);
        sum += wicki_exp(l - most) * theta;
    }
    return sum / weights;
}

/* Zhang & Stephens (2009), with k as if of PRIOR_VALUES more values that say 0.5. */
static pareto fit(size_t n, const double *x)
{
    const double theta = mean_theta(n, x), k = mean_log(n, x, theta);
    const double all = (double)n + PRIOR_VALUES;

    return (pareto){ .k = (k * (double)n + 0.5 * PRIOR_VALUES) / all, .scale = -k / theta };
}

static double quantile(const pareto *p, double u)
{
    const double t = -wicki_log1p(-u);

    return p->scale * (p->k == 0.0 ? t : wicki_expm1(p->k * t) / p->k);
}

/* --- the largest weights ----------------------------------------------------------------------- */

bool wicki_psis_init(wicki_psis *p, wick *w, size_t n)
{
    p->n = n;
    p->order = wick_alloc(w, n * sizeof *p->order);
    p->tail = wicki_alloc_doubles(w, n);
    return wicki_ok(w);
}

/* Of equal ones the later one is the larger. */
static bool is_larger(const double *x, size_t a, size_t b)
{
    return x[a] > x[b] || (x[a] == x[b] && a > b);
}

static void sift(size_t *heap, size_t n, size_t i, const double *x)
{
    const size_t moved = heap[i];

    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && is_larger(x, heap[child + 1], heap[child]))
            child++;
        if (!is_larger(x, heap[child], moved))
            break;
        heap[i] = heap[child];
    }
    heap[i] = moved;
}

/* The last `count` of the order become the largest draws, sorted. */
static void sort_largest(const wicki_psis *p, const double *x, size_t count)
{
    for (size_t i = 0; i < p->n; i++)
        p->order[i] = i;
    for (size_t i = p->n / 2; i-- > 0;)
        sift(p->order, p->n, i, x);
    for (size_t last = p->n; last-- > p->n - count;) {
        const size_t largest = p->order[0];
        p->order[0] = p->order[last];
        p->order[last] = largest;
        sift(p->order, last, 0, x);
    }
}

static size_t tail_length(size_t n)
{
    return (size_t)ceil(fmin(0.2 * (double)n, 3.0 * sqrt((double)n)));
}

/* Two log-weights that differ by less are equal but for rounding. */
static const double EQUAL = 1e-9;

double wicki_psis_smooth(const wicki_psis *p, double *x)
{
    size_t m = tail_length(p->n);

    if (m < FEWEST || m >= p->n)
        return INFINITY;
    sort_largest(p, x, m + 1);
    const size_t *largest = p->order + p->n - m;
    const double most = x[p->order[p->n - 1]];
    const double cutoff = x[*(largest - 1)] - most;
    if (most - x[*largest] < EQUAL)
        return -INFINITY;
    while (m > 0 && x[*largest] - most <= cutoff) {
        m--;
        largest++;
    }
    for (size_t i = 0; i < m; i++)
        p->tail[i] = wicki_exp(x[largest[i]] - most) - wicki_exp(cutoff);
    if (m < FEWEST || *quartile_of(m, p->tail) == 0.0) /* too few, but for those that underflow */
        return INFINITY;
    const pareto g = fit(m, p->tail);
    if (!isfinite(g.k))
        return INFINITY;
    for (size_t i = 0; i < m; i++) {
        const double u = ((double)i + 0.5) / (double)m;
        x[largest[i]] = most + fmin(0.0, wicki_log(quantile(&g, u) + wicki_exp(cutoff)));
    }
    return g.k;
}

/* --- log-weights ------------------------------------------------------------------------------- */

double wicki_log_sum_exp(size_t n, const double *x)
{
    double most = -INFINITY, sum = 0.0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, x[i]);
    for (size_t i = 0; i < n; i++)
        sum += wicki_exp(x[i] - most);
    return most + wicki_log(sum);
}

double wicki_normalise(size_t n, double *x)
{
    const double sum = wicki_log_sum_exp(n, x);

    for (size_t i = 0; i < n; i++)
        x[i] -= sum;
    return sum;
}

double wicki_effective_draws(size_t n, const double *x)
{
    double squares = 0.0;

    for (size_t i = 0; i < n; i++)
        squares += wicki_exp(2.0 * x[i]);
    return 1.0 / squares;
}

/* --- the public face --------------------------------------------------------------------------- */

bool wicki_ratios_are_usable(wick *w, const char *function, const double *x, size_t n)
{
    bool some = false;

    if (n == 0 || !x)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: %s", function,
            x ? "no draws, need at least one" : "the log-ratios are NULL");
    for (size_t i = 0; i < n && wicki_ok(w); i++) {
        if (isnan(x[i]) || x[i] == INFINITY)
            wick_fail(w, WICK_ERR_NONFINITE,
                "%s: the log-ratio of draw %zu is %g, need a number or -inf", function, i, x[i]);
        some |= x[i] > -INFINITY;
    }
    if (wicki_ok(w) && !some)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: all %zu log-ratios are -inf: no draw is where the target is", function, n);
    return wicki_ok(w);
}

double wick_psis(wick *w, const double *log_ratios, size_t n, double *log_weights, double *k)
{
    double sum = NAN, shape = NAN;
    wicki_psis p;

    if (k)
        *k = NAN;
    if (!wicki_ok(w) || !wicki_ratios_are_usable(w, "wick_psis", log_ratios, n))
        return NAN;
    const wicki_mark mark = wicki_arena_mark(&w->arena);
    double *x = log_weights ? log_weights : wicki_alloc_doubles(w, n);
    if (x && wicki_psis_init(&p, w, n)) {
        memmove(x, log_ratios, n * sizeof *x);
        shape = wicki_psis_smooth(&p, x);
        sum = wicki_normalise(n, x);
    }
    wicki_arena_release(&w->arena, mark);
    if (k)
        *k = shape;
    return sum - wicki_log((double)n);
}

double wick_psis_threshold(size_t n)
{
    return n > 1 ? fmin(1.0 - 1.0 / log10((double)n), 0.7) : -INFINITY;
}

#include "mcmc/halves.h"

#include <math.h>
#include <string.h>

#include "base/special.h"

/* --- moments ---------------------------------------------------------------------------------- */

/* About the first: of numbers that are all the same it is that number, and their variance is 0. */
double wicki_mean_of(size_t n, const double *x)
{
    double sum = 0.0;

    for (size_t i = 1; i < n; i++)
        sum += x[i] - x[0];
    return x[0] + sum / (double)n;
}

double wicki_variance_of(size_t n, const double *x)
{
    const double mean = wicki_mean_of(n, x);
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sum / (double)(n - 1);
}

/* --- order ------------------------------------------------------------------------------------ */

/* Runs of so many places are sorted by insertion, then merged. */
enum { RUN = 8 };

static void insert(size_t n, wicki_place *places)
{
    for (size_t i = 1; i < n; i++) {
        const wicki_place p = places[i];
        size_t j = i;
        for (; j > 0 && p.x < places[j - 1].x; j--)
            places[j] = places[j - 1];
        places[j] = p;
    }
}

static void merge(
    const wicki_place *a, size_t n_a, const wicki_place *b, size_t n_b, wicki_place *out)
{
    const wicki_place *const end_a = a + n_a, *const end_b = b + n_b;

    while (a < end_a && b < end_b) {
        const bool second = b->x < a->x;
        *out++ = *(second ? b : a);
        b += second;
        a += !second;
    }
    memcpy(out, a, (size_t)(end_a - a) * sizeof *out);
    memcpy(out + (end_a - a), b, (size_t)(end_b - b) * sizeof *out);
}

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

void wicki_sort_places(size_t n, wicki_place *places, wicki_place *scratch)
{
    wicki_place *from = places, *to = scratch;

    for (size_t i = 0; i < n; i += RUN)
        insert(at_most(RUN, n - i), places + i);
    for (size_t run = RUN; run < n; run *= 2) {
        for (size_t i = 0; i < n; i += 2 * run) {
            const size_t first = at_most(run, n - i), second = at_most(run, n - i - first);
            merge(from + i, first, from + i + first, second, to + i);
        }
        wicki_place *swap = from;
        from = to;
        to = swap;
    }
    if (from != places)
        memcpy(places, from, n * sizeof *places);
}

wicki_place *wicki_sorted_places(wick *w, size_t n, const double *x)
{
    wicki_place *places = wicki_allocate(w, 2 * n * sizeof *places);

    if (!places)
        return NULL;
    for (size_t i = 0; i < n; i++)
        places[i] = (wicki_place){ x[i], i };
    wicki_sort_places(n, places, places + n);
    return places;
}

double wicki_sorted_quantile(size_t n, const wicki_place *sorted, double prob)
{
    const double at = prob * (double)(n - 1);
    const size_t i = (size_t)at;

    return i + 1 < n ? sorted[i].x + (at - (double)i) * (sorted[i + 1].x - sorted[i].x)
                     : sorted[n - 1].x;
}

double wicki_rank_score(double rank, size_t n)
{
    return wicki_normal_quantile((rank - 0.375) / ((double)n + 0.25));
}

void wicki_rank_scores(size_t n, const wicki_place *sorted, const double *scores, double *out)
{
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && sorted[end].x == sorted[i].x; end++)
            ;
        const double score =
            scores && end == i + 1 ? scores[i] : wicki_rank_score(0.5 * (double)(i + end + 1), n);
        for (size_t k = i; k < end; k++)
            out[sorted[k].i] = score;
    }
}

/* --- halves ----------------------------------------------------------------------------------- */

bool wicki_can_tell(wick_chains x)
{
    bool finite = true, same = true;

    for (size_t i = 0; i < x.chains * x.n; i++) {
        finite = finite && isfinite(x.draws[i]);
        same = same && x.draws[i] == x.draws[0];
    }
    return x.n >= WICKI_FEWEST_DRAWS && finite && !same;
}

size_t wicki_split(wick_chains x, double *draws)
{
    const size_t half = x.n / 2;

    for (size_t i = 0; i < x.chains; i++) {
        memmove(draws + 2 * i * half, x.draws + i * x.n, half * sizeof *draws);
        memmove(draws + (2 * i + 1) * half, x.draws + (i + 1) * x.n - half, half * sizeof *draws);
    }
    return 2 * x.chains * half;
}

/* The mean variance of halves, and their means. */
static double within(const wicki_halves *h)
{
    double sum = 0.0;

    for (size_t i = 0; i < h->m; i++) {
        h->means[i] = wicki_mean_of(h->n, h->x + i * h->n);
        sum += wicki_variance_of(h->n, h->x + i * h->n) / (double)h->m;
    }
    return sum;
}

double wicki_basic_rhat(const wicki_halves *h)
{
    const double n = (double)h->n, inside = within(h);

    return sqrt((n * wicki_variance_of(h->m, h->means) / inside + n - 1.0) / n);
}

/* What autocorrelations are made of: equation 10. */
typedef struct correlations {
    const wicki_halves *h;
    double inside, all;
} correlations;

static double correlation(const correlations *c, size_t lag)
{
    const wicki_halves *h = c->h;
    double sum = 0.0;

    for (size_t i = 0; i < h->m; i++) {
        const double *x = h->x + i * h->n, mean = h->means[i];
        for (size_t t = 0; t + lag < h->n; t++)
            sum += (x[t] - mean) * (x[t + lag] - mean);
    }
    return 1.0 - (c->inside - sum / (double)(h->m * h->n)) / c->all;
}

/*
 * Geyer's initial monotone sequence: sums of pairs of autocorrelations as long as they are positive,
 * each at most the one before. The even lag of the pair that ends it counts once.
 */
static double correlation_time(const correlations *c)
{
    double even = 1.0, odd = correlation(c, 1), least = even + odd, sum = 0.0;

    for (size_t lag = 2; lag + 3 < c->h->n && even + odd > 0.0; lag += 2) {
        least = fmin(least, even + odd);
        sum += least;
        even = correlation(c, lag);
        odd = correlation(c, lag + 1);
    }
    return -1.0 + 2.0 * sum + (even > 0.0 || even + odd >= 0.0 ? even : 0.0);
}

/* At most m n log10(m n), for chains that go back and forth. */
double wicki_basic_ess(const wicki_halves *h)
{
    const double n = (double)h->n, inside = within(h);
    const correlations c = { h, inside,
        inside * (n - 1.0) / n + wicki_variance_of(h->m, h->means) };
    const double all = (double)(h->m * h->n), log_10 = 2.302585092994045684;

    return c.all > 0.0 ? all / fmax(correlation_time(&c), log_10 / wicki_log(all)) : NAN;
}

/*
 * Do the default settings of EM find the best mixture? On 200 random data sets, with the default
 * settings and with 200 restarts. Prints a table:
 *
 *     set  components  dimensions  rows  separated  truth  default  best  short
 *
 * with log-likelihoods in nats: `truth` of the mixture that the data were drawn from, `default` of the
 * default settings, `best` of the best of 200 restarts from another seed that has no collapsed
 * component; `short` is what `default` lacks per row. Up to 0.01 it has found the optimum; how often it
 * has goes to standard error.
 *
 * Data set i of 0 .. 199 is drawn by SplitMix64 from seed i + 1 (bench/random.h), in this order:
 * K = 2 + i mod 7 components, D = 1 + (i / 7) mod 5 columns, separated where i is even. For each
 * component floor(100 + 101 u) rows; its loc: of overlapping ones 2 z in each column; of separated ones
 * uniform in a cube of side 16 K^(1/D), again and again until it is at least 8 from those before; row
 * by row the lower triangle of its scale, exp(0.3 z) on the diagonal and 0.5 z below; its rows. Here u
 * is uniform on (0, 1) and z normal.
 *
 * An argument names a file for the data, doubles, set after set and row by row, which
 * bench/peers/gmm_restarts.py fits by scikit-learn.
 */
#include "bench/random.h"
#include "models/gmm_em.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 200, RESTARTS = 200, MAX_K = 8, MAX_D = 5, MAX_ROWS = MAX_K * 200 };

static const double NEAR = 0.01; /* nats per row */

typedef struct data_set {
    size_t k, d, n;
    bool separated;
    double loc[MAX_K][MAX_D], tril[MAX_K][MAX_D][MAX_D];
    size_t rows[MAX_K];
    double x[MAX_ROWS * MAX_D];
} data_set;

/* --- data ------------------------------------------------------------------------------------ */

static bool lies_apart(const data_set *s, size_t k)
{
    for (size_t other = 0; other < k; other++) {
        double squares = 0.0;
        for (size_t j = 0; j < s->d; j++)
            squares += (s->loc[k][j] - s->loc[other][j]) * (s->loc[k][j] - s->loc[other][j]);
        if (squares < 64.0)
            return false;
    }
    return true;
}

static void draw_loc(data_set *s, size_t k, uint64_t *state)
{
    const double side = 16.0 * wicki_exp(wicki_log((double)s->k) / (double)s->d);

    do
        for (size_t j = 0; j < s->d; j++)
            s->loc[k][j] = s->separated ? side * random_uniform(state) : 2.0 * random_normal(state);
    while (s->separated && !lies_apart(s, k));
}

static void draw_rows(data_set *s, size_t k, uint64_t *state)
{
    for (size_t i = 0; i < s->rows[k]; i++, s->n++) {
        double z[MAX_D];
        for (size_t a = 0; a < s->d; a++) {
            double *x = &s->x[s->n * s->d + a];
            z[a] = random_normal(state);
            *x = s->loc[k][a];
            for (size_t b = 0; b <= a; b++)
                *x += s->tril[k][a][b] * z[b];
        }
    }
}

static void draw(data_set *s, size_t set)
{
    uint64_t state = set + 1;

    *s = (data_set){ .k = 2 + set % 7, .d = 1 + set / 7 % 5, .separated = set % 2 == 0 };
    for (size_t k = 0; k < s->k; k++) {
        s->rows[k] = 100 + (size_t)(101.0 * random_uniform(&state));
        draw_loc(s, k, &state);
        for (size_t a = 0; a < s->d; a++)
            for (size_t b = 0; b <= a; b++)
                s->tril[k][a][b] =
                    a == b ? wicki_exp(0.3 * random_normal(&state)) : 0.5 * random_normal(&state);
        draw_rows(s, k, &state);
    }
}

/* --- log-likelihoods ------------------------------------------------------------------------- */

static void fill_truth(const data_set *s, gmm_mixture *m)
{
    for (size_t k = 0; k < s->k; k++) {
        m->weights[k] = (double)s->rows[k] / (double)s->n;
        for (size_t a = 0; a < s->d; a++) {
            m->loc[k * s->d + a] = s->loc[k][a];
            memcpy(m->scale + (k * s->d + a) * s->d, s->tril[k][a], s->d * sizeof *m->scale);
        }
    }
}

static double find_truth(wick *w, const data_set *s, gmm_mixture *m)
{
    fill_truth(s, m);
    gmm_em *em = gmm_em_new(w, m, NULL);
    gmm_em_push(em, s->n, s->x, NULL);
    const double log_likelihood = gmm_em_update(em, 0.0);
    gmm_em_free(em);
    return log_likelihood;
}

/* The best of so many restarts; -INFINITY if all have collapsed. */
static double fit(wick *w, const data_set *s, size_t restarts, gmm_mixture *m)
{
    const gmm data = { .components = s->k, .dimensions = s->d, .n = s->n, .x = s->x };
    const gmm_em_result r = gmm_em_fit(w, &data, &(gmm_em_options){ .restarts = restarts }, m);

    return r.collapsed ? -INFINITY : r.log_likelihood;
}

static double fit_by_default(wick *w, const data_set *s, gmm_mixture *m)
{
    return fit(w, s, 0, m);
}

static double find_best(wick *w, const data_set *s, gmm_mixture *m)
{
    return fit(w, s, RESTARTS, m);
}

typedef double score(wick *w, const data_set *s, gmm_mixture *m);

static score *const SCORES[] = { find_truth, fit_by_default, find_best };
enum { TRUTH, BY_DEFAULT, BEST, N_SCORES };

/* Each with draws of its own. */
static bool find_scores(const data_set *s, double out[N_SCORES])
{
    bool good = true;

    for (size_t i = 0; i < N_SCORES && good; i++) {
        wick *w = wick_new(&(wick_options){ .seed = i });
        gmm_mixture *m = gmm_mixture_new(w, s->k, s->d, GMM_FULL);
        out[i] = m ? SCORES[i](w, s, m) : NAN;
        good = w && wick_status(w) == WICK_OK;
        if (!good)
            fprintf(stderr, "gmm_restarts: %s\n", w ? wick_message(w) : "no memory");
        gmm_mixture_free(m);
        wick_free(w);
    }
    return good;
}

/* --- the table ------------------------------------------------------------------------------- */

static bool save(FILE *to, const data_set *s)
{
    return !to || fwrite(s->x, sizeof *s->x, s->n * s->d, to) == s->n * s->d;
}

/* One row; counts it in found, of separated ones in found[1]. */
static bool report(size_t set, FILE *to, int found[2])
{
    static data_set s;
    double l[N_SCORES];

    draw(&s, set);
    if (!find_scores(&s, l) || !save(to, &s))
        return false;
    const double lacks = (l[BEST] - l[BY_DEFAULT]) / (double)s.n;
    found[s.separated] += lacks <= NEAR;
    printf("%zu\t%zu\t%zu\t%zu\t%d\t%.6f\t%.6f\t%.6f\t%.6f\n", set, s.k, s.d, s.n, s.separated,
        l[TRUTH], l[BY_DEFAULT], l[BEST], lacks);
    return true;
}

int main(int argc, char **argv)
{
    const char *file = argc > 1 ? argv[1] : NULL;
    FILE *to = file ? fopen(file, "wb") : NULL;
    int found[2] = { 0 };
    bool good = !file || to;

    puts("set\tcomponents\tdimensions\trows\tseparated\ttruth\tdefault\tbest\tshort");
    for (size_t set = 0; set < SETS && good; set++)
        good = report(set, to, found);
    if (to)
        good &= fclose(to) == 0;
    if (!good) {
        fprintf(stderr, "gmm_restarts: stopped%s%s\n", file ? " at " : "", file ? file : "");
        return 1;
    }
    fprintf(stderr, "# the best optimum found: %.1f %% (separated %.1f %%, overlapping %.1f %%)\n",
        100.0 * (found[0] + found[1]) / SETS, 200.0 * found[1] / SETS, 200.0 * found[0] / SETS);
    return 0;
}

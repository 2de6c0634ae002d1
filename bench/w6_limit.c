#include "bench/w6_limit.h"

#include "bench/vector.h"

enum { T = W6_T, K = W6_K, VECS = K / LANES };

static const double HALF_LOG_2_PI = 0.9189385332046727;

/* One number for each state. */
typedef struct states {
    vec at[VECS];
} states;

typedef struct chain {
    double transition[K][K], transposed[K][K];
    double initial[K];
    double forward[T][K]; /* probabilities of the states, given the observations so far */
    double weight[T][K];  /* likelihoods of y_t, scaled; then what comes back, times these */
    double norm[T];       /* 1 / sum of the forward probabilities before they were scaled */
} chain;

WICKI_INLINE states load(const double *x)
{
    states s;

    for (int v = 0; v < VECS; v++)
        s.at[v] = vec_load(x + v * LANES);
    return s;
}

WICKI_INLINE void store(double *x, states s)
{
    for (int v = 0; v < VECS; v++)
        vec_store(x + v * LANES, s.at[v]);
}

WICKI_INLINE states times(states a, states b)
{
    for (int v = 0; v < VECS; v++)
        a.at[v] *= b.at[v];
    return a;
}

WICKI_INLINE states scaled(states a, double by)
{
    for (int v = 0; v < VECS; v++)
        a.at[v] *= vec_of(by);
    return a;
}

WICKI_INLINE double sum(states a)
{
    vec s = a.at[0];

    for (int v = 1; v < VECS; v++)
        s += a.at[v];
    return vec_sum(s);
}

WICKI_INLINE double largest(states a)
{
    double x[LANES], top;
    vec m = a.at[0];

    for (int v = 1; v < VECS; v++)
        m = vec_max(m, a.at[v]);
#ifdef __AVX512F__
    (void)x;
    top = _mm512_reduce_max_pd(m);
#else
    vec_store(x, m);
    top = x[0];
    for (int i = 1; i < LANES; i++)
        top = wicki_max(top, x[i]);
#endif
    return top;
}

/* sum_i x_i row_i, in four sums so that an addition need not wait for the one before */
WICKI_INLINE states product(const double *x, double row[K][K])
{
    states part[4];

    for (int p = 0; p < 4; p++)
        part[p] = scaled(load(row[p]), x[p]);
    for (int i = 4; i < K; i += 4)
        for (int p = 0; p < 4; p++)
            for (int v = 0; v < VECS; v++)
                part[p].at[v] += vec_of(x[i + p]) * vec_load(row[i + p] + v * LANES);
    for (int v = 0; v < VECS; v++)
        part[0].at[v] = (part[0].at[v] + part[1].at[v]) + (part[2].at[v] + part[3].at[v]);
    return part[0];
}

static void softmax(const double *logit, double *p)
{
    states s = load(logit);
    const double top = largest(s);

    for (int v = 0; v < VECS; v++)
        s.at[v] = vec_exp(s.at[v] - vec_of(top));
    store(p, scaled(s, 1.0 / sum(s)));
}

WICKI_INLINE states residuals(double y, const double *loc, double inverse)
{
    states z;

    for (int v = 0; v < VECS; v++)
        z.at[v] = (vec_of(y) - vec_load(loc + v * LANES)) * vec_of(inverse);
    return z;
}

/* Likelihoods by their largest; returns the sum of the logs of those. */
static double weigh(chain *c, const double *y, const double *loc, double inverse)
{
    double logs = 0.0;

    for (int t = 0; t < T; t++) {
        states s = residuals(y[t], loc, inverse);
        for (int v = 0; v < VECS; v++)
            s.at[v] *= s.at[v] * vec_of(-0.5);
        const double top = largest(s);
        for (int v = 0; v < VECS; v++)
            s.at[v] = vec_exp(s.at[v] - vec_of(top));
        store(c->weight[t], s);
        logs += top;
    }
    return logs;
}

/* One logarithm serves 8 steps. */
static double go_forward(chain *c)
{
    double logs = 0.0, rest = 1.0;

    for (int t = 0; t < T; t++) {
        const states before = t ? product(c->forward[t - 1], c->transition) : load(c->initial);
        const states now = times(before, load(c->weight[t]));
        const double total = sum(now);
        c->norm[t] = 1.0 / total;
        store(c->forward[t], scaled(now, c->norm[t]));
        rest *= total;
        if (t % 8 == 7) {
            logs += wicki_log(rest);
            rest = 1.0;
        }
    }
    return logs + wicki_log(rest);
}

/* Gradients by loc and log scale; weight[t] becomes that by the forward probabilities of t - 1, before
 * the transition. */
static void go_back(chain *c, const double *y, const double *loc, double inverse, double *g)
{
    states back, by_loc;
    vec by_scale = vec_of(0.0);

    for (int v = 0; v < VECS; v++) {
        back.at[v] = vec_of(1.0);
        by_loc.at[v] = vec_of(0.0);
    }
    for (int t = T; t-- > 0;) {
        const states posterior = times(load(c->forward[t]), back);
        const states z = residuals(y[t], loc, inverse);
        for (int v = 0; v < VECS; v++) {
            const vec slope = posterior.at[v] * z.at[v];
            by_loc.at[v] += slope;
            by_scale += slope * z.at[v];
        }
        if (t == 0)
            store(g + W6_INITIAL, scaled(posterior, -1.0));
        store(c->weight[t], scaled(times(back, load(c->weight[t])), c->norm[t]));
        back = product(c->weight[t], c->transposed);
    }
    store(g + W6_LOC, scaled(by_loc, -inverse));
    g[W6_LOG_SCALE] = T - vec_sum(by_scale);
}

/* The expected transitions, 8 rows at a time: minus their gradient by the logits. */
static void count_transitions(const chain *c, double *g)
{
    enum { ROWS = 8 };

    for (int i = 0; i < K; i += ROWS) {
        states count[ROWS];
        for (int r = 0; r < ROWS; r++)
            count[r] = scaled(load(c->weight[1]), c->forward[0][i + r]);
        for (int t = 2; t < T; t++) {
            const states w = load(c->weight[t]);
            for (int r = 0; r < ROWS; r++)
                for (int v = 0; v < VECS; v++)
                    count[r].at[v] += vec_of(c->forward[t - 1][i + r]) * w.at[v];
        }
        for (int r = 0; r < ROWS; r++) {
            const states p = load(c->transition[i + r]);
            const states n = times(p, count[r]);
            const double all = sum(n);
            for (int v = 0; v < VECS; v++)
                vec_store(g + (i + r) * K + v * LANES, vec_of(all) * p.at[v] - n.at[v]);
        }
    }
}

double w6_limit_gradient(const double *y, const double *u, double *g)
{
    static chain c;
    const double *loc = u + W6_LOC, inverse = wicki_exp(-u[W6_LOG_SCALE]);

    softmax(u + W6_INITIAL, c.initial);
    for (int i = 0; i < K; i++)
        softmax(u + W6_TRANSITION + i * K, c.transition[i]);
    for (int i = 0; i < K; i++)
        for (int j = 0; j < K; j++)
            c.transposed[j][i] = c.transition[i][j];
    const double logs = weigh(&c, y, loc, inverse) + go_forward(&c);
    go_back(&c, y, loc, inverse, g);
    count_transitions(&c, g + W6_TRANSITION);
    for (int k = 0; k < K; k++)
        g[W6_INITIAL + k] += c.initial[k];
    return T * (u[W6_LOG_SCALE] + HALF_LOG_2_PI) - logs;
}

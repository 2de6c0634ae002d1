#include "baum_welch.h"

#include <math.h>
#include <string.h>

chain chain_start(size_t states, const double *rates)
{
    chain c = { .states = states };

    for (size_t i = 0; i < states; i++) {
        c.initial[i] = 1.0 / (double)states;
        c.rate[i] = rates[i];
        for (size_t j = 0; j < states; j++)
            c.transition[i][j] = i == j ? 1.0 - 0.1 * (double)(states - 1) : 0.1;
    }
    return c;
}

void chain_densities(const chain *c, size_t n, const double *x, chain_row *density)
{
    for (size_t t = 0; t < n; t++)
        for (size_t i = 0; i < c->states; i++)
            density[t][i] =
                isnan(x[t]) ? 1.0 : exp(x[t] * log(c->rate[i]) - c->rate[i] - lgamma(x[t] + 1.0));
}

/* --- forward, backward ----------------------------------------------------------------------- */

/* forward[t][i] = P(state_t = i | x_0 .. x_t); scale[t] = P(x_t | x_0 .. x_(t-1)) */
static double run_forward(
    const chain *c, size_t n, chain_row *density, chain_row *forward, double *scale)
{
    double log_likelihood = 0.0;

    for (size_t t = 0; t < n; t++) {
        scale[t] = 0.0;
        for (size_t j = 0; j < c->states; j++) {
            double p = t == 0 ? c->initial[j] : 0.0;
            for (size_t i = 0; t > 0 && i < c->states; i++)
                p += forward[t - 1][i] * c->transition[i][j];
            forward[t][j] = p * density[t][j];
            scale[t] += forward[t][j];
        }
        for (size_t j = 0; j < c->states; j++)
            forward[t][j] /= scale[t];
        log_likelihood += log(scale[t]);
    }
    return log_likelihood;
}

double chain_forward_backward(
    const chain *c, size_t n, chain_row *density, chain_row *probs, chain_row *transitions)
{
    chain_row forward[CHAIN_TIMES], later = { 0.0 };
    double scale[CHAIN_TIMES];
    const double log_likelihood = run_forward(c, n, density, forward, scale);

    for (size_t i = 0; i < c->states; i++) {
        later[i] = 1.0; /* P(x_(t+1) .. | state_t = i) over its scale */
        if (transitions)
            memset(transitions[i], 0, sizeof transitions[i]);
    }
    for (size_t t = n; t-- > 0;) {
        chain_row now = { 0.0 };
        for (size_t i = 0; i < c->states; i++) {
            if (probs)
                probs[t][i] = forward[t][i] * later[i];
            for (size_t j = 0; t > 0 && j < c->states; j++) {
                const double step = c->transition[i][j] * density[t][j] * later[j] / scale[t];
                now[i] += step;
                if (transitions)
                    transitions[i][j] += forward[t - 1][i] * step;
            }
        }
        memcpy(later, now, sizeof later);
    }
    return log_likelihood;
}

/* --- Baum-Welch ------------------------------------------------------------------------------ */

double chain_improve(chain *c, size_t n, const double *x)
{
    chain_row density[CHAIN_TIMES], probs[CHAIN_TIMES], transitions[CHAIN_STATES];

    chain_densities(c, n, x, density);
    const double log_likelihood = chain_forward_backward(c, n, density, probs, transitions);
    for (size_t i = 0; i < c->states; i++) {
        double times = 0.0, sum = 0.0, leaving = 0.0;
        for (size_t t = 0; t < n; t++) {
            times += probs[t][i];
            sum += probs[t][i] * x[t];
        }
        for (size_t j = 0; j < c->states; j++)
            leaving += transitions[i][j];
        for (size_t j = 0; j < c->states; j++)
            c->transition[i][j] = transitions[i][j] / leaving;
        c->initial[i] = probs[0][i];
        c->rate[i] = sum / times;
    }
    return log_likelihood;
}

/* --- Viterbi --------------------------------------------------------------------------------- */

void chain_viterbi(const chain *c, size_t n, chain_row *density, size_t *states)
{
    size_t from[CHAIN_TIMES][CHAIN_STATES];
    chain_row best = { 0.0 };

    for (size_t t = 0; t < n; t++) {
        chain_row next = { 0.0 };
        for (size_t j = 0; j < c->states; j++) {
            from[t][j] = 0;
            for (size_t i = 1; t > 0 && i < c->states; i++)
                if (best[i] + log(c->transition[i][j]) >
                    best[from[t][j]] + log(c->transition[from[t][j]][j]))
                    from[t][j] = i;
            const size_t i = from[t][j];
            next[j] = log(density[t][j]) +
                (t == 0 ? log(c->initial[j]) : best[i] + log(c->transition[i][j]));
        }
        memcpy(best, next, sizeof best);
    }
    states[n - 1] = 0;
    for (size_t i = 1; i < c->states; i++)
        if (best[i] > best[states[n - 1]])
            states[n - 1] = i;
    for (size_t t = n - 1; t > 0; t--)
        states[t - 1] = from[t][states[t]];
}

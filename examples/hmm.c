/*
 * A hidden Markov model of earthquakes: the running example of Zucchini & MacDonald (2009), Hidden
 * Markov Models for Time Series.
 *
 * 107 counts, one for each year. Each year is in one of K states that nobody sees, and has a
 * Poisson number of earthquakes by the rate of its state. wick sums the states out and climbs the
 * likelihood by Adam; Baum-Welch, in plain C, climbs it by EM and must arrive at the same place.
 * For 2 and 3 states the book (tables 4.1 and 4.2) has minus log-likelihoods of 341.87870 and
 * 328.52748 and rates of (15.421, 26.018) and (13.134, 19.713, 29.710); 342.31827 and 329.46028
 * where the chain starts from its stationary distribution.
 */
#include "baum_welch.h"
#include "common.h"
#include "earthquakes.h"
#include "models/hmm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wick/wick.h>

enum { MOST = 3, YEARS = EARTHQUAKE_YEARS, AHEAD = 30, STARTS = 100, MOST_ITERATIONS = 1000 };

struct fit {
    hmm model;
    uint64_t seed;
    size_t steps;
    double *losses; /* per step */
    double log_likelihood, initial[MOST], transition[MOST * MOST], rate[MOST];
    double path[YEARS];                   /* the most probable sequence of states */
    double probs[(YEARS + AHEAD) * MOST]; /* of the states in each year, and after the last */
};

/* --- by gradient ----------------------------------------------------------------------------- */

static void train(wick *w, struct fit *f, size_t first, size_t end, wick_optim adam, long seed)
{
    wick_svi *svi = wick_svi_new(w, hmm_model(&f->model), hmm_guide(),
        &(wick_svi_options){ .loss = wick_trace_enum_elbo, .optim = adam, .compile = true });

    if (first == 0 && seed < 0) {
        f->seed = wick_multistart(svi, STARTS, NULL);
    } else if (first == 0) {
        f->seed = (uint64_t)seed;
        wick_set_seed(w, f->seed);
        wick_params_clear(w);
    }
    for (size_t i = first; i < end && wick_status(w) == WICK_OK; i++)
        f->losses[i] = wick_svi_step(svi);
    f->log_likelihood = -wick_svi_evaluate(svi);
    wick_svi_free(svi);
}

/*
 * The likelihood is largest where some probabilities are 0, and softmax gets there in the limit
 * only. An Adam that forgets old gradients soon (beta2 = 0.9) takes them to 1e-9 in the first half
 * of the steps, but shakes all the time; one that does not forget settles the rest.
 */
static void run_fit(wick *w, struct fit *f, long seed)
{
    const size_t states = f->model.states;

    train(w, f, 0, f->steps / 2, wick_adam(.lr = 0.1, .beta1 = 0.8, .beta2 = 0.9), seed);
    train(w, f, f->steps / 2, f->steps, wick_adam(.lr = 0.01), seed);
    hmm_sort(w, &f->model);
    hmm_initial(w, &f->model, f->initial);
    wick_param_get(w, "transition", f->transition, states * states);
    wick_param_get(w, "rate", f->rate, states);
}

/* What the states were, and what they will be: the years to come are years without a count. */
static void infer_states(wick *w, struct fit *f)
{
    double x[YEARS + AHEAD];
    hmm longer = f->model;

    for (size_t t = 0; t < YEARS + AHEAD; t++)
        x[t] = t < YEARS ? EARTHQUAKES[t] : NAN;
    longer.x = x;
    longer.n = YEARS + AHEAD;
    hmm_decode(w, &f->model, f->path);
    hmm_marginals(w, &longer, f->probs);
}

/* --- by Baum-Welch --------------------------------------------------------------------------- */

struct em {
    chain found;
    size_t iterations;
    double gained[MOST_ITERATIONS]; /* log-likelihood before each iteration */
};

/* From the book's starting values, until an iteration gains less than 1e-9. */
static void run_em(struct em *em, size_t states)
{
    static const double RATES[][MOST] = { { 10.0, 30.0 }, { 10.0, 20.0, 30.0 } };
    double gain = INFINITY;

    em->found = chain_start(states, RATES[states - 2]);
    for (em->iterations = 0; em->iterations < MOST_ITERATIONS && gain > 1e-9; em->iterations++) {
        const size_t i = em->iterations;
        em->gained[i] = chain_improve(&em->found, YEARS, EARTHQUAKES);
        gain = i > 0 ? em->gained[i] - em->gained[i - 1] : INFINITY;
    }
}

static double em_log_likelihood(const struct em *em)
{
    return em->gained[em->iterations - 1];
}

/* --- showing it ------------------------------------------------------------------------------ */

/* The state of the highest probability in a year. */
static size_t likeliest(const struct fit *f, size_t year)
{
    const double *p = f->probs + year * f->model.states;
    size_t best = 0;

    for (size_t k = 1; k < f->model.states; k++)
        best = p[k] > p[best] ? k : best;
    return best;
}

static void print_row(const char *what, double two, double three, int digits)
{
    printf("%-38s %12.*f %12.*f\n", what, digits, two, digits, three);
}

static void print_likelihoods(const struct fit *fit, const struct em *em)
{
    char text[60];

    printf("%-38s %12s %12s\n", "log-likelihood", "2 states", "3 states");
    snprintf(text, sizeof text, "states summed out, %zu steps of Adam", fit->steps);
    print_row(text, fit[0].log_likelihood, fit[1].log_likelihood, 6);
    snprintf(text, sizeof text, "Baum-Welch, %zu and %zu iterations", em[0].iterations,
        em[1].iterations);
    print_row(text, em_log_likelihood(&em[0]), em_log_likelihood(&em[1]), 6);
    print_row("started stationary, Adam", fit[2].log_likelihood, fit[3].log_likelihood, 6);
    print_row("   and its AIC (4 and 9 parameters)", 2.0 * (4.0 - fit[2].log_likelihood),
        2.0 * (9.0 - fit[3].log_likelihood), 2);
}

static void print_fit(const struct fit *f)
{
    const size_t n = f->model.states;

    printf("\n%zu states%s\nstate     rate  initial  transition\n", n,
        f->model.stationary ? ", started stationary" : "");
    for (size_t i = 0; i < n; i++) {
        printf("%5zu  %7.4f   %.4f ", i + 1, f->rate[i], f->initial[i]);
        for (size_t j = 0; j < n; j++)
            printf(" %.4f", f->transition[i * n + j]);
        printf("\n");
    }
}

static void print_paths(const struct fit *fit)
{
    printf("\nmost probable sequence of states\n        2 states    3 states\n");
    for (size_t t = 0; t < YEARS; t += 10) {
        printf("%zus   ", EARTHQUAKES_FROM + t);
        for (size_t m = 0; m < 2; m++) {
            for (size_t i = t; i < t + 10 && i < YEARS; i++)
                printf("%d", 1 + (int)fit[m].path[i]);
            printf("%*s", m == 0 ? 2 + (int)(t + 10 > YEARS ? t + 10 - YEARS : 0) : 0, "");
        }
        printf("\n");
    }
}

static void print_differences(const struct fit *f)
{
    printf("years in which another state is likelier by itself, %zu states:", f->model.states);
    for (size_t t = 0; t < YEARS; t++)
        if (likeliest(f, t) != (size_t)f->path[t])
            printf(" %zu", EARTHQUAKES_FROM + t);
    printf("\n");
}

static void print_forecast(const struct fit *f)
{
    static const size_t SHOWN[] = { 2007, 2008, 2009, 2016, 2026, 2036 };

    printf("\nprobabilities of the %zu states in years to come, started stationary\n",
        f->model.states);
    for (size_t i = 0; i < sizeof SHOWN / sizeof *SHOWN; i++) {
        printf("%zu ", SHOWN[i]);
        for (size_t k = 0; k < f->model.states; k++)
            printf("  %.3f", f->probs[(SHOWN[i] - EARTHQUAKES_FROM) * f->model.states + k]);
        printf("\n");
    }
}

static const char *const COLORS[MOST] = { "#0072b2", "#e69f00", "#d55e00" };

/* The counts, and the rate of the state that each year is put in. */
static void draw_path(wick *w, const struct example_options *o, const struct fit *f)
{
    double year[YEARS], edge[YEARS + 1], rate[YEARS + 1];
    char title[100];

    for (size_t t = 0; t <= YEARS; t++) {
        const size_t last = t < YEARS ? t : YEARS - 1;
        year[last] = EARTHQUAKES_FROM + (double)last;
        edge[t] = EARTHQUAKES_FROM + (double)t - 0.5;
        rate[t] = f->rate[(size_t)f->path[last]];
    }
    snprintf(title, sizeof title, "Earthquakes of magnitude 7 and more: %zu hidden states",
        f->model.states);
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = f->model.states == 2 ? "01_path_2" : "02_path_3",
            .title = title,
            .xlabel = "year",
            .ylabel = "earthquakes",
            .xrange = { 1898.0, 2008.0 },
            .yrange = { 0.0, 45.0 } });
    wick_figure_add(figure,
        &(wick_series){ .x = year, .y = EARTHQUAKES, .n = YEARS, .color = "gray", .width = 1.0 });
    wick_figure_add(figure,
        &(wick_series){ .title = "count",
            .x = year,
            .y = EARTHQUAKES,
            .n = YEARS,
            .style = WICK_POINTS,
            .color = "black",
            .size = 0.7 });
    wick_figure_add(figure,
        &(wick_series){ .title = "rate of the most probable states",
            .x = edge,
            .y = rate,
            .n = YEARS + 1,
            .style = WICK_STEPS,
            .color = COLORS[2],
            .width = 2.5 });
    wick_figure_write(figure);
    wick_figure_free(figure);
}

static void draw_probabilities(wick *w, const struct example_options *o, const struct fit *f)
{
    double year[YEARS + AHEAD], p[YEARS + AHEAD], now[] = { 2006.5, 2006.5 }, ends[] = { 0.0, 1.0 };
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = "03_probabilities",
            .title = "Probability of each state given the counts of 1900 to 2006",
            .xlabel = "year",
            .ylabel = "probability",
            .xrange = { 1898.0, 2038.0 },
            .yrange = { 0.0, 1.0 },
            .key = WICK_KEY_ABOVE });

    for (size_t k = 0; k < f->model.states; k++) {
        char title[60];
        for (size_t t = 0; t < YEARS + AHEAD; t++) {
            year[t] = EARTHQUAKES_FROM + (double)t;
            p[t] = f->probs[t * f->model.states + k];
        }
        snprintf(title, sizeof title, "rate %.1f", f->rate[k]);
        wick_figure_add(figure,
            &(wick_series){ .title = title,
                .x = year,
                .y = p,
                .n = YEARS + AHEAD,
                .color = COLORS[k],
                .width = 2.0 });
    }
    wick_figure_add(figure,
        &(wick_series){
            .x = now, .y = ends, .n = 2, .color = "black", .dash = WICK_DASHED, .width = 1.0 });
    wick_figure_write(figure);
    wick_figure_free(figure);
}

/* How far from the largest log-likelihood, by steps and by iterations. */
static void draw_convergence(
    wick *w, const struct example_options *o, const struct fit *f, const struct em *em)
{
    const double most = fmax(f->log_likelihood, em_log_likelihood(em));
    double *gap = calloc(f->steps + em->iterations, sizeof *gap);
    double *em_gap = gap ? gap + f->steps : NULL;
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = "04_convergence",
            .title = "Three states: what is missing to the largest log-likelihood",
            .xlabel = "steps, iterations",
            .ylabel = "log-likelihood missing",
            .log_y = true });

    for (size_t i = 0; gap && i < f->steps; i++)
        gap[i] = fmax(most + f->losses[i], 0.0);
    for (size_t i = 0; gap && i < em->iterations; i++)
        em_gap[i] = fmax(most - em->gained[i], 0.0);
    wick_figure_add(figure, &(wick_series){ .title = "Adam", .y = gap, .n = f->steps });
    wick_figure_add(
        figure, &(wick_series){ .title = "Baum-Welch", .y = em_gap, .n = em->iterations });
    wick_figure_write(figure);
    wick_figure_free(figure);
    free(gap);
}

static void write_fit(wick_summary *s, const struct fit *f)
{
    const size_t n = f->model.states;
    char key[60], prefix[30];

    snprintf(prefix, sizeof prefix, "%s%zu", f->model.stationary ? "stationary_" : "states_", n);
#define KEY(name) (snprintf(key, sizeof key, "%s_%s", prefix, name), key)
    wick_summary_count(s, KEY("seed"), f->seed);
    wick_summary_number(s, KEY("log_likelihood"), f->log_likelihood);
    wick_summary_array(s, KEY("rate"), n, f->rate);
    wick_summary_array(s, KEY("initial"), n, f->initial);
    wick_summary_matrix(s, KEY("transition"), n, n, f->transition);
    wick_summary_array(s, KEY("path"), YEARS, f->path);
    wick_summary_matrix(s, KEY("probabilities"), YEARS + AHEAD, n, f->probs);
    wick_summary_array(s, KEY("losses"), f->steps, f->losses);
#undef KEY
}

static void write_summary(
    wick *w, const struct example_options *o, const struct fit *fit, const struct em *em)
{
    wick_summary *s = wick_summary_new(w, example_path(o, "summary.json"));

    for (size_t m = 0; m < 4; m++)
        write_fit(s, &fit[m]);
    for (size_t m = 0; m < 2; m++) {
        char key[60];
        snprintf(key, sizeof key, "baum_welch_%zu_log_likelihoods", em[m].found.states);
        wick_summary_array(s, key, em[m].iterations, em[m].gained);
        snprintf(key, sizeof key, "baum_welch_%zu_rate", em[m].found.states);
        wick_summary_array(s, key, em[m].found.states, em[m].found.rate);
    }
    wick_summary_close(s);
}

static void show(
    wick *w, const struct example_options *o, const struct fit *fit, const struct em *em)
{
    if (!o->quiet) {
        print_likelihoods(fit, em);
        for (size_t m = 0; m < 4; m++)
            print_fit(&fit[m]);
        print_paths(fit);
        for (size_t m = 0; m < 2; m++)
            print_differences(&fit[m]);
        print_forecast(&fit[3]);
    }
    draw_path(w, o, &fit[0]);
    draw_path(w, o, &fit[1]);
    draw_probabilities(w, o, &fit[3]);
    draw_convergence(w, o, &fit[1], &em[1]);
    write_summary(w, o, fit, em);
}

int main(int argc, char **argv)
{
    static struct fit fit[4]; /* 2 and 3 states, and the same started stationary */
    static struct em em[2];
    struct example_options o = { .name = "hmm",
        .about = "Fits hidden Markov models to yearly counts of earthquakes.",
        .seed = -1,
        .steps = 1000,
        .out = "hmm" };

    example_read_options(&o, argc, argv);
    double *losses = calloc(4 * o.steps, sizeof *losses);
    wick *w = losses ? wick_new(NULL) : NULL;
    for (size_t m = 0; losses && m < 4 && wick_status(w) == WICK_OK; m++) {
        fit[m].model =
            (hmm){ .states = 2 + m % 2, .stationary = m > 1, .n = YEARS, .x = EARTHQUAKES };
        fit[m].steps = o.steps;
        fit[m].losses = losses + m * o.steps;
        run_fit(w, &fit[m], o.seed);
        infer_states(w, &fit[m]);
        if (m < 2)
            run_em(&em[m], fit[m].model.states);
    }
    if (wick_status(w) == WICK_OK)
        show(w, &o, fit, em);

    const bool failed = wick_status(w) != WICK_OK;
    if (failed)
        fprintf(stderr, "hmm: %s\n", wick_message(w));
    wick_free(w);
    free(losses);
    return failed;
}

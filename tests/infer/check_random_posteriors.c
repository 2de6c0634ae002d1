/* Random discrete models: marginals, mode and draws against brute force over every state
 * (tests/support/brute_force.h). */
#include "tests/support/brute_force.h"
#include "tests/support/discrete.h"
#include "tests/support/random_programs.h"

enum { POSTERIORS = 150, DRAWN = 40 };

/* Probabilities of all states, the last cell fastest. */
typedef struct states {
    size_t n;
    double *p, log_evidence, marginal[MAX_CELLS][MAX_K];
    int mode[MAX_CELLS];
} states;

static bool next_state(const brute_force *b, int *z)
{
    for (int c = b->n_cells; c-- > 0; z[c] = 0)
        if (++z[c] < b->k[c])
            return true;
    return false;
}

/* Scales do not count; a masked discrete site keeps its prior. */
static states all_states(const random_pair *r)
{
    static brute_force b;
    states s = { .n = 1 };
    int z[MAX_CELLS] = { 0 };
    double sum = 0.0, top = -INFINITY;

    pair_unroll(&b, r);
    for (int c = 0; c < b.n_cells; c++)
        s.n *= (size_t)b.k[c];
    s.p = malloc(s.n * sizeof *s.p);
    size_t at = 0;
    do {
        double log_p = 0.0;
        for (int f = 0; f < b.n_model; f++)
            log_p += b.log_p[pair_entry(&b.model[f], z)];
        if (log_p > top)
            memcpy(s.mode, z, sizeof z);
        top = fmax(top, log_p);
        s.p[at++] = exp(log_p);
        sum += exp(log_p);
    } while (next_state(&b, z));
    s.log_evidence = log(sum);
    at = 0;
    do {
        s.p[at] /= sum;
        for (int c = 0; c < b.n_cells; c++)
            s.marginal[c][z[c]] += s.p[at];
        at++;
    } while (next_state(&b, z));
    return s;
}

/* Where wick_get has a member: plates lie from the smallest to the largest, equal ones by name. */
static int place_in_memory(const random_pair *r, int set, int m)
{
    int member[PLATES], place = 0;

    for (int p = PLATES; p-- > 0; m /= pair_has(set, p) ? r->present[p] : 1)
        member[p] = pair_has(set, p) ? m % r->present[p] : 0;
    for (int size = 1; size <= MAX_SIZE; size++)
        for (int p = 0; p < PLATES; p++)
            if (pair_has(set, p) && r->present[p] == size)
                place = place * size + member[p];
    return place;
}

/* The assignment of a trace: its cells, and their number as a state. */
static size_t read_state(wick *w, const wick_trace *trace, const random_pair *r, int *z)
{
    size_t state = 0;
    int cell = 0;

    for (int i = 0; i < r->n; i++) {
        const int n = pair_members(r, r->v[i].set, false);
        double x[MAX_MEMBERS];
        wick_trace_get(trace, wick_name(w, "z_%d", i), x, (size_t)n);
        assert_ok(w);
        for (int m = 0; m < n; m++) {
            z[cell] = (int)x[place_in_memory(r, r->v[i].set, m)];
            state = state * (size_t)r->v[i].k + (size_t)z[cell++];
        }
    }
    return state;
}

START_TEST(a_random_models_marginals_and_mode_are_those_of_all_its_states)
{
    const random_pair r = pair_make((uint64_t)_i, false);
    const given_pair given = { .r = &r };
    const wick_program program = { pair_model, (void *)&given };
    const states want = all_states(&r);
    wick *w = wick_new(NULL);
    const wick_marginals *marginals = wick_infer_marginals(w, program);

    if (pair_is_coupled(&r)) {
        assert_error(w, WICK_ERR_SHAPE, "not a tree of plates");
        ck_assert_ptr_null(wick_infer_discrete(w, program, WICK_MODE));
        assert_error(w, WICK_ERR_SHAPE, "not a tree of plates");
        wick_free(w);
        free(want.p);
        return;
    }
    assert_ok(w);
    assert_close(wick_marginals_log_evidence(marginals), want.log_evidence, 1e-12);
    for (int i = 0, cell = 0; i < r.n; i++) {
        const int n = pair_members(&r, r.v[i].set, false), k = r.v[i].k;
        double p[MAX_MEMBERS * MAX_K];
        wick_get(wick_marginal(marginals, wick_name(w, "z_%d", i)), p, (size_t)(n * k));
        assert_ok(w);
        for (int m = 0; m < n; m++, cell++)
            for (int e = 0; e < k; e++)
                assert_close(
                    p[place_in_memory(&r, r.v[i].set, m) * k + e], want.marginal[cell][e], 1e-12);
    }
    int z[MAX_CELLS] = { 0 };
    const wick_trace *mode = wick_infer_discrete(w, program, WICK_MODE);
    assert_ok(w);
    read_state(w, mode, &r, z);
    ck_assert_mem_eq(z, want.mode, sizeof z);
    wick_free(w);
    free(want.p);
}
END_TEST

/* The tail of 1e-6 in assert_distributed is for each of the DRAWN models: by chance alone one of them
 * would fail for one seed in 25,000. The seed is fixed. */
START_TEST(a_random_models_draws_have_the_joint_posterior)
{
    enum { DRAWS = 3000 };
    const random_pair r = pair_make((uint64_t)_i, false);
    const given_pair given = { .r = &r };
    const states want = all_states(&r);
    int *counts = calloc(want.n, sizeof *counts), z[MAX_CELLS];
    wick *w = wick_new(&(wick_options){ .seed = 31 });

    for (int d = 0; d < DRAWS && !pair_is_coupled(&r); d++) {
        const wick_trace *trace =
            wick_infer_discrete(w, (wick_program){ pair_model, (void *)&given }, WICK_DRAW);
        assert_ok(w);
        counts[read_state(w, trace, &r, z)]++;
        wick_reset(w);
    }
    if (!pair_is_coupled(&r))
        assert_distributed("states", want.n, want.p, counts);
    wick_free(w);
    free(counts);
    free(want.p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random_posteriors");
    TCase *posteriors = new_case(suite, "posteriors");

    tcase_add_loop_test(
        posteriors, a_random_models_marginals_and_mode_are_those_of_all_its_states, 0, POSTERIORS);
    tcase_add_loop_test(posteriors, a_random_models_draws_have_the_joint_posterior, 0, DRAWN);
    return run_suite(suite);
}

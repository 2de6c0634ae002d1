/* Parameters by member that move only where they are present, against Adam written out. */
#include "tests/support/fit.h"

enum { N = 10, BATCH = 3, STEPS = 40 };

static const double X[N] = { 0.3, -1.2, 2.2, 0.9, -0.4, 1.7, 3.1, -2.3, 0.1, 1.1 };

struct fit {
    size_t indices[BATCH];
    bool sparse;
};

/* loc_i by member, two numbers each; x_i ~ normal(loc_i0 - loc_i1, 1) */
static void model(wick *w, void *arg)
{
    const struct fit *f = arg;
    const wick_init start = wick_init_fill(0.25, 2);

    WICK_PLATE (w, "data", N, .subsample = BATCH, .indices = f->indices) {
        const wick_var loc =
            wick_param(w, "loc", f->sparse ? wick_init_sparse(start) : start, wick_real());
        const wick_var mean = wick_sub(wick_pick(loc, 0), wick_mul(1.5, wick_pick(loc, 1)));
        wick_observe(w, "x", wick_normal(mean, 1.0), wick_data(w, X, N));
    }
}

static void guide(wick *w, void *arg)
{
    (void)w;
    (void)arg;
}

static wick *w;

static void setup(void)
{
    w = wick_new(NULL);
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

/* Three other members in each step. */
static void choose(size_t step, size_t *indices)
{
    for (size_t i = 0; i < BATCH; i++)
        indices[i] = (7 * step + 3 * i) % N;
}

/* Adam as published (Kingma & Ba 2015, algorithm 1), for the members present; the others stay, or
 * have a gradient of 0. The gradient of -log p times N / BATCH is (mean - x) d mean. */
static void reference(double loc[N][2], bool sparse, double most)
{
    double m[N][2] = { { 0 } }, v[N][2] = { { 0 } };

    for (size_t i = 0; i < N; i++)
        loc[i][0] = loc[i][1] = 0.25;
    for (size_t t = 1; t <= STEPS; t++) {
        size_t indices[BATCH];
        double g[N][2] = { { 0 } };
        bool present[N] = { false };
        choose(t - 1, indices);
        for (size_t i = 0; i < BATCH; i++) {
            const size_t k = indices[i];
            const double off = (loc[k][0] - 1.5 * loc[k][1] - X[k]) * N / BATCH;
            present[k] = true;
            g[k][0] = fmin(most, fmax(-most, off));
            g[k][1] = fmin(most, fmax(-most, -1.5 * off));
        }
        for (size_t k = 0; k < N; k++)
            for (size_t j = 0; j < 2; j++) {
                if (sparse && !present[k])
                    continue;
                m[k][j] = 0.9 * m[k][j] + 0.1 * g[k][j];
                v[k][j] = 0.999 * v[k][j] + 0.001 * g[k][j] * g[k][j];
                loc[k][j] -= 0.05 * m[k][j] / (1 - pow(0.9, (double)t)) /
                    (sqrt(v[k][j] / (1 - pow(0.999, (double)t))) + 1e-8);
            }
    }
}

static void run(struct fit *f, bool compile, double clip, double loc[N][2])
{
    wick_svi *svi = wick_svi_new(w, (wick_program){ model, f }, (wick_program){ guide, NULL },
        &(wick_svi_options){
            .optim = wick_adam(.lr = 0.05), .compile = compile, .clip_value = clip });

    for (size_t i = 0; i < STEPS; i++) {
        choose(i, f->indices);
        wick_svi_step(svi);
    }
    assert_ok(w);
    wick_param_get(w, "loc", &loc[0][0], 2 * N);
    wick_svi_free(svi);
}

START_TEST(members_that_are_not_there_stay)
{
    const bool compile = _i & 1, sparse = _i & 2;
    const double clip = _i & 4 ? 1.25 : 0;
    struct fit f = { .sparse = sparse };
    double got[N][2], want[N][2];

    reference(want, sparse, clip > 0 ? clip : INFINITY);
    run(&f, compile, clip, got);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < 2; j++)
            ck_assert_msg(fabs(got[i][j] - want[i][j]) < 1e-11, "loc %zu %zu: %.15g, not %.15g", i,
                j, got[i][j], want[i][j]);
}
END_TEST

/* A member that was never in a minibatch is where it began. */
START_TEST(a_member_never_met_never_moves)
{
    struct fit f = { .indices = { 4, 1, 8 }, .sparse = true };
    double loc[N][2];
    wick_svi *svi = wick_svi_new(w, (wick_program){ model, &f }, (wick_program){ guide, NULL },
        &(wick_svi_options){ .optim = wick_adam(.lr = 0.05), .compile = _i });

    for (size_t i = 0; i < 10; i++)
        wick_svi_step(svi);
    assert_ok(w);
    wick_param_get(w, "loc", &loc[0][0], 2 * N);
    for (size_t i = 0; i < N; i++) {
        const bool met = i == 4 || i == 1 || i == 8;
        ck_assert(met == (loc[i][0] != 0.25));
        ck_assert(met == (loc[i][1] != 0.25));
    }
    wick_svi_free(svi);
}
END_TEST

/* All members present: the same as without. */
START_TEST(with_all_members_nothing_changes)
{
    const size_t rows = N;
    double loc[2][N];

    for (int sparse = 0; sparse < 2; sparse++) {
        wick_reset(w);
        wick_params_clear(w);
        WICK_PLATE (w, "data", rows) {
            const wick_init start = wick_init_num(0.7);
            const wick_var p =
                wick_param(w, "p", sparse ? wick_init_sparse(start) : start, wick_positive());
            wick_get(p, loc[sparse], N);
        }
    }
    assert_ok(w);
    for (size_t i = 0; i < N; i++)
        ck_assert_double_eq(loc[0][i], loc[1][i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sparse parameters");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, members_that_are_not_there_stay, 0, 8);
    tcase_add_loop_test(all, a_member_never_met_never_moves, 0, 2);
    tcase_add_test(all, with_all_members_nothing_changes);
    return run_suite(suite);
}

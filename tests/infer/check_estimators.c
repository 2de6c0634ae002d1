/* What all losses share: particles in one run, the weight of the KL, minibatches, tiles, memory. */
#include "tests/support/estimator.h"
#include "tests/support/memory.h"

enum { N = 8, B = 3, SUBSETS = 56 };
static const double Y[N] = { 1.3, -0.4, 2.2, 0.7, 0.1, -1.6, 0.9, 0.5 };

/*
 * mu ~ normal(0, 1); in a plate z ~ bernoulli(0.3), t ~ normal(mu, 0.9), y ~ normal(t + 1.5 z,
 * 0.8). The guide draws z, enumerates it, or leaves it to the loss.
 */
typedef enum z_is { DRAWN, ENUMERATED, ONE_BY_ONE, SUMMED } z_is;

typedef struct both {
    z_is z;
    size_t n, present;
    const size_t *indices;
    const double *y;
    bool ambient; /* the programs open one themselves */
    bool named;   /* the guide passes its data through a site */
} both;

static wick_plate_options rows(const both *b)
{
    return (wick_plate_options){ "rows", b->n, b->present, b->indices };
}

static void sites(wick *w, const both *b)
{
    const wick_plate_options plate = rows(b);
    const wick_var mu = wick_sample(w, "mu", wick_normal(0.0, 1.0));

    wick_plate_enter(w, &plate);
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));
    const wick_var t = wick_sample(w, "t", wick_normal(mu, 0.9));
    wick_observe(w, "y", wick_normal(wick_add(t, wick_mul(z, 1.5)), 0.8), wick_data(w, b->y, b->n));
    wick_exit(w);
}

static void guide_sites(wick *w, const both *b)
{
    const wick_plate_options plate = rows(b);
    const wick_var m = wick_param(w, "m", wick_init_num(0.4), wick_real());
    const wick_var s = wick_param(w, "s", wick_init_num(0.7), wick_positive());
    const wick_var slope = wick_param(w, "slope", wick_init_num(0.3), wick_real());

    wick_sample(w, "mu", wick_normal(m, s));
    wick_plate_enter(w, &plate);
    wick_var y = wick_data(w, b->y, b->n);
    if (b->named)
        y = wick_deterministic(w, "y", y);
    const wick_dist q = wick_bernoulli_logits(wick_add(slope, wick_mul(y, 0.5)));
    if (b->z != SUMMED)
        wick_sample(w, "z",
            b->z == ENUMERATED       ? wick_enumerate(q)
                : b->z == ONE_BY_ONE ? wick_enumerate_sequential(q)
                                     : q);
    wick_sample(w, "t", wick_normal(wick_mul(y, slope), s));
    wick_exit(w);
}

static void model(wick *w, void *arg)
{
    const both *b = arg;

    if (b->ambient)
        WICK_AMBIENT (w, "particles", 5)
            sites(w, b);
    else
        sites(w, b);
}

static void guide(wick *w, void *arg)
{
    const both *b = arg;

    if (b->ambient)
        WICK_AMBIENT (w, "particles", 5)
            guide_sites(w, b);
    else
        guide_sites(w, b);
}

static const struct {
    const char *name;
    wick_loss loss;
    z_is z;
    bool linear; /* in the sums over a plate */
} LOSSES[] = {
    { "elbo", wick_trace_elbo, DRAWN, true },
    { "enum, drawn", wick_trace_enum_elbo, DRAWN, true },
    { "enum, in the guide", wick_trace_enum_elbo, ENUMERATED, true },
    { "enum, one by one", wick_trace_enum_elbo, ONE_BY_ONE, true },
    { "enum, in the model", wick_trace_enum_elbo, SUMMED, true },
    { "mean field, drawn", wick_trace_mean_field_elbo, DRAWN, true },
    { "mean field, in the guide", wick_trace_mean_field_elbo, ENUMERATED, true },
    { "mean field, in the model", wick_trace_mean_field_elbo, SUMMED, true },
    { "renyi", wick_renyi_elbo, DRAWN, false },
    { "renyi, in the model", wick_renyi_elbo, SUMMED, false },
    { "wake-sleep", wick_reweighted_wake_sleep, DRAWN, false },
    { "wake-sleep, in the model", wick_reweighted_wake_sleep, SUMMED, false },
};
enum { N_LOSSES = sizeof LOSSES / sizeof *LOSSES };

static both of_loss(int i)
{
    return (both){ .z = LOSSES[i].z, .n = N, .y = Y };
}

static problem problem_of(wick *w, int i, both *b, const wick_elbo_options *options)
{
    return (problem){ w, { model, b }, { guide, b }, LOSSES[i].loss, options };
}

/* --- particles -------------------------------------------------------------------------------- */

START_TEST(particles_in_one_run_are_an_ambient_dimension_around_both_programs)
{
    const wick_elbo_options inside = { .num_particles = 1 },
                            around = { .num_particles = 5, .vectorize_particles = true };
    double got[8], want[8];
    both b = of_loss(_i);
    wick *w = wick_new(&(wick_options){ .seed = 4 });
    problem p = problem_of(w, _i, &b, &around);

    const double loss = gradient_of(&p, got);
    b.ambient = true;
    p.options = &inside;
    ck_assert_double_eq(loss, gradient_of(&p, want));
    ck_assert_uint_eq(count_values(w), 3);
    assert_same_bits(got, want, 3);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(particles_in_one_run_and_in_their_own_have_one_expectation)
{
    sampled s[2];

    for (int vectorize = 0; vectorize < 2; vectorize++) {
        const wick_elbo_options options = { .num_particles = 3, .vectorize_particles = vectorize };
        both b = of_loss(_i);
        wick *w = wick_new(&(wick_options){ .seed = 4 });
        problem p = problem_of(w, _i, &b, &options);
        s[vectorize] = sample_gradient(&p, "slope", 4000);
        wick_free(w);
    }
    for (int i = 0; i < 2; i++)
        ck_assert_double_lt(fabs(s[0].mean[i] - s[1].mean[i]),
            Z_LIMIT * sqrt((s[0].variance[i] + s[1].variance[i]) / 4000.0) + 1e-12);
}
END_TEST

/* --- minibatches ------------------------------------------------------------------------------ */

/* Draws are by member: those of a minibatch are those of the full plate. */
START_TEST(the_mean_over_all_minibatches_is_the_full_loss_if_that_is_linear)
{
    const wick_elbo_options options = { .num_particles = 2 };
    both b = of_loss(_i);
    wick *w = wick_new(&(wick_options){ .seed = 4 });
    const problem p = problem_of(w, _i, &b, &options);
    double full[8], part[8], mean[8] = { 0.0 }, mean_loss = 0.0;
    const double loss = gradient_of(&p, full);
    size_t indices[B];

    b.present = B;
    b.indices = indices;
    for (indices[0] = 0; indices[0] < N; indices[0]++)
        for (indices[1] = indices[0] + 1; indices[1] < N; indices[1]++)
            for (indices[2] = indices[1] + 1; indices[2] < N; indices[2]++) {
                mean_loss += gradient_of(&p, part) / SUBSETS;
                for (int k = 0; k < 3; k++)
                    mean[k] += part[k] / SUBSETS;
            }
    assert_ok(w);
    if (LOSSES[_i].linear) {
        assert_close(mean_loss, loss, 1e-12);
        for (int k = 0; k < 3; k++)
            assert_close(mean[k], full[k], 1e-12);
    } else {
        ck_assert_double_gt(fabs(mean_loss - loss), 1e-3);
    }
    wick_free(w);
}
END_TEST

/* --- the weight of the KL --------------------------------------------------------------------- */

static double log_mixture(double y, double t)
{
    return log(0.7 * exp(log_normal(y, t, 0.8)) + 0.3 * exp(log_normal(y, t + 1.5, 0.8)));
}

START_TEST(the_weight_multiplies_log_p_and_log_q_of_latent_sites_that_are_not_summed_out)
{
    double weight = 0.35, mu, t[N];
    const wick_elbo_options options = { .kl_weight = &weight };
    both b = { .z = SUMMED, .n = N, .y = Y };
    wick *w = wick_new(&(wick_options){ .seed = 4 });
    problem p = { w, { model, &b }, { guide, &b }, wick_trace_enum_elbo, &options };

    loss_of(&p);
    draws_in(&p, 4, "mu", &mu, 1);
    draws_in(&p, 4, "t", t, N);
    double kl = log_normal(mu, 0.4, 0.7) - log_normal(mu, 0.0, 1.0), data = 0.0;
    for (int i = 0; i < N; i++) {
        kl += log_normal(t[i], 0.3 * Y[i], 0.7) - log_normal(t[i], mu, 0.9);
        data += log_mixture(Y[i], t[i]);
    }
    assert_close(loss_of(&p), 0.35 * kl - data, 1e-13);
    assert_gradient(&p, 1e-9);
    weight = 0.0;
    assert_close(loss_of(&p), -data, 1e-13);
    wick_free(w);
}
END_TEST

/* 0 and 1 make a line for the losses that are linear in it. */
START_TEST(the_weight_is_read_anew_in_each_run_also_of_a_compiled_step)
{
    double weight, loss[2][6];
    const wick_elbo_options options = { .num_particles = 2, .kl_weight = &weight };
    both b = of_loss(_i);

    for (int compile = 0; compile < 2; compile++) {
        wick *w = wick_new(&(wick_options){ .seed = 4 });
        wick_svi *svi = wick_svi_new(w, (wick_program){ model, &b }, (wick_program){ guide, &b },
            &(wick_svi_options){
                .loss = LOSSES[_i].loss, .loss_options = &options, .compile = compile });
        for (int step = 0; step < 6; step++) {
            weight = step / 5.0;
            loss[compile][step] = wick_svi_step(svi);
        }
        assert_ok(w);
        wick_svi_free(svi);
        wick_free(w);
    }
    assert_same_bits(loss[0], loss[1], 6);
    wick *w = wick_new(&(wick_options){ .seed = 4 });
    const problem p = problem_of(w, _i, &b, &options);
    double line[3];
    for (int i = 0; i < 3; i++) {
        weight = i / 2.0;
        line[i] = loss_of(&p);
    }
    ck_assert_double_ne(line[0], line[2]);
    if (LOSSES[_i].linear)
        assert_close(line[1], 0.5 * (line[0] + line[2]), 1e-12);
    wick_free(w);
}
END_TEST

START_TEST(a_weight_that_is_negative_or_no_number_is_refused)
{
    const double bad[] = { -0.5, NAN, INFINITY };
    both b = of_loss(_i);

    for (int i = 0; i < 3; i++) {
        wick *w = wick_new(NULL);
        const wick_elbo_options options = { .num_particles = 2, .kl_weight = &bad[i] };
        const problem p = problem_of(w, _i, &b, &options);
        ck_assert_double_nan(loss_of(&p));
        assert_error(w, WICK_ERR_DOMAIN, "kl_weight");
        ck_assert_uint_eq(wick_param_count(w), 0);
        wick_free(w);
    }
}
END_TEST

/* --- compiled --------------------------------------------------------------------------------- */

enum { LARGE = 3000 };

START_TEST(tiles_give_what_eager_steps_give)
{
    static double y[LARGE];
    double got[3][3], loss[3];
    both b = of_loss(_i);
    const wick_elbo_options options = { .num_particles = 2,
        .vectorize_particles = _i % 2,
        .insomnia = LOSSES[_i].loss == wick_reweighted_wake_sleep && b.z == DRAWN ? 0.5 : 0.0 };

    for (int i = 0; i < LARGE; i++)
        y[i] = 2.0 * cos(2.3 * i);
    b.n = LARGE;
    b.y = y;
    b.named = options.insomnia > 0.0;
    for (int how = 0; how < 3; how++) {
        wick *w = wick_new(&(wick_options){ .seed = 4 });
        wick_svi *svi = wick_svi_new(w, (wick_program){ model, &b }, (wick_program){ guide, &b },
            &(wick_svi_options){ .loss = LOSSES[_i].loss,
                .loss_options = &options,
                .compile = how > 0,
                .threads = how > 1 ? 3 : 1,
                .optim = wick_adam(.lr = 0.01) });
        for (int step = 0; step < 4; step++)
            loss[how] = wick_svi_step(svi);
        assert_ok(w);
        get_all(w, got[how]);
        assert_close(loss[how], loss[0], 1e-10);
        for (int k = 0; k < 3; k++)
            assert_close(got[how][k], got[0][k], 1e-9);
        wick_svi_free(svi);
        wick_free(w);
    }
    assert_same_bits(got[1], got[2], 3); /* threads change nothing */
}
END_TEST

/* --- memory, failures ------------------------------------------------------------------------- */

START_TEST(warm_steps_of_any_loss_allocate_nothing)
{
    for (int how = 0; how < 4; how++) {
        memory m = { 0 };
        const wick_options handle = memory_options(&m, 5);
        wick *w = wick_new(&handle);
        both b = of_loss(_i);
        const wick_elbo_options options = { .num_particles = 3,
            .vectorize_particles = how / 2,
            .baseline = LOSSES[_i].linear ? 0.9 : 0.0 };
        b.present = B;
        wick_svi *svi = wick_svi_new(w, (wick_program){ model, &b }, (wick_program){ guide, &b },
            &(wick_svi_options){
                .loss = LOSSES[_i].loss, .loss_options = &options, .compile = how % 2 });
        for (int i = 0; i < 10; i++)
            wick_svi_step(svi);
        const memory warm = m;
        for (int i = 0; i < 200; i++)
            wick_svi_step(svi);
        assert_ok(w);
        ck_assert_uint_eq(m.calls, warm.calls);
        ck_assert_uint_eq(m.bytes, warm.bytes);
        wick_svi_free(svi);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
}
END_TEST

START_TEST(a_step_that_fails_leaves_the_state_of_any_loss_as_it_was)
{
    double y[N], before[16], after[16];
    both b = of_loss(_i);
    const wick_elbo_options options = { .num_particles = 2,
        .baseline = LOSSES[_i].linear ? 0.9 : 0.0 };

    b.y = y;
    for (int compile = 0; compile < 2; compile++) {
        wick *w = wick_new(&(wick_options){ .seed = 5 });
        wick_svi *svi = wick_svi_new(w, (wick_program){ model, &b }, (wick_program){ guide, &b },
            &(wick_svi_options){
                .loss = LOSSES[_i].loss, .loss_options = &options, .compile = compile });
        memcpy(y, Y, sizeof Y);
        for (int i = 0; i < 3; i++)
            wick_svi_step(svi);
        assert_ok(w);
        get_all(w, before);
        y[5] = NAN;
        ck_assert_double_nan(wick_svi_step(svi));
        wick_clear(w);
        get_all(w, after);
        assert_same_bits(before, after, count_values(w));
        ck_assert_uint_eq(wick_svi_steps(svi), 3);
        wick_svi_free(svi);
        wick_free(w);
    }
}
END_TEST

/* Every allocation of a few steps fails in turn. */
START_TEST(any_loss_survives_the_failure_of_each_of_its_allocations)
{
    size_t calls = 1;
    double want[16] = { 0.0 }, got[16];
    both b = of_loss(_i);
    const wick_elbo_options options = { .num_particles = 2,
        .baseline = LOSSES[_i].linear ? 0.9 : 0.0 };

    for (size_t n = 0; n <= calls; n++) {
        memory m = { .fail_at = n };
        const wick_options handle = memory_options(&m, 5);
        wick *w = NULL;
        wick_svi *svi = NULL;
        for (int tries = 0; tries < 2 && !w; tries++)
            w = wick_new(&handle);
        for (int tries = 0; tries < 2 && !svi; tries++) {
            wick_clear(w);
            svi = wick_svi_new(w, (wick_program){ model, &b }, (wick_program){ guide, &b },
                &(wick_svi_options){ .loss = LOSSES[_i].loss, .loss_options = &options });
        }
        for (int step = 0; step < 3;) {
            wick_svi_step(svi);
            step += wick_status(w) == WICK_OK;
            wick_clear(w);
        }
        get_all(w, n ? got : want);
        for (size_t k = 0; n && k < count_values(w); k++)
            ck_assert_double_eq(got[k], want[k]);
        calls = n ? calls : m.calls;
        wick_svi_free(svi);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("estimators");
    TCase *particles = new_case(suite, "particles"), *minibatches = new_case(suite, "minibatches");
    TCase *weight = new_case(suite, "weight"), *steps = new_case(suite, "steps");

    tcase_add_loop_test(
        particles, particles_in_one_run_are_an_ambient_dimension_around_both_programs, 0, N_LOSSES);
    tcase_add_loop_test(
        particles, particles_in_one_run_and_in_their_own_have_one_expectation, 0, N_LOSSES);
    tcase_add_loop_test(
        minibatches, the_mean_over_all_minibatches_is_the_full_loss_if_that_is_linear, 0, N_LOSSES);
    tcase_add_test(
        weight, the_weight_multiplies_log_p_and_log_q_of_latent_sites_that_are_not_summed_out);
    tcase_add_loop_test(
        weight, the_weight_is_read_anew_in_each_run_also_of_a_compiled_step, 0, N_LOSSES);
    tcase_add_loop_test(weight, a_weight_that_is_negative_or_no_number_is_refused, 0, N_LOSSES);
    tcase_add_loop_test(steps, tiles_give_what_eager_steps_give, 0, N_LOSSES);
    tcase_add_loop_test(steps, warm_steps_of_any_loss_allocate_nothing, 0, N_LOSSES);
    tcase_add_loop_test(
        steps, a_step_that_fails_leaves_the_state_of_any_loss_as_it_was, 0, N_LOSSES);
    tcase_add_loop_test(
        steps, any_loss_survives_the_failure_of_each_of_its_allocations, 0, N_LOSSES);
    return run_suite(suite);
}

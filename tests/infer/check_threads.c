/* Handles on several threads with the same data give the bits that one thread gives. */
#include "tests/support/five_point.h"

#include <pthread.h>

enum { THREADS = 8, STEPS = 100, STARTS = 5, RUNS = 3 };

/* One fit, and what came out of it. */
typedef struct run {
    uint64_t seed;
    double starts[STARTS], losses[STEPS], weights[2], locs[2], scale;
    wick_code status, error;
    char message[200];
} run;

static void fit_once(run *r)
{
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    five_point_fit fit = five_point_new(&(wick_options){ .seed = r->seed }, &f);

    wick_multistart(fit.svi, STARTS, r->starts);
    for (int i = 0; i < STEPS; i++)
        r->losses[i] = wick_svi_step(fit.svi);
    wick_guide_get(fit.guide, "weights", r->weights, 2);
    wick_guide_get(fit.guide, "locs", r->locs, 2);
    wick_guide_get(fit.guide, "scale", &r->scale, 1);
    r->status = wick_status(fit.w);
    wick_param_read(fit.w, "no such parameter"); /* errors and their messages too */
    r->error = wick_status(fit.w);
    strncpy(r->message, wick_message(fit.w), sizeof r->message - 1);
    five_point_free(fit);
}

static void *fit_several_times(void *arg)
{
    run *r = arg;

    for (int i = 0; i < RUNS; i++)
        fit_once(r);
    return NULL;
}

START_TEST(fits_side_by_side_give_the_bits_of_fits_one_after_the_other)
{
    static run alone[THREADS], beside[THREADS];
    const int threads = _i;
    pthread_t thread[THREADS];

    for (int i = 0; i < threads; i++) {
        alone[i].seed = beside[i].seed = (uint64_t)(i / 2); /* two of each seed */
        fit_once(&alone[i]);
        ck_assert_int_eq(alone[i].status, WICK_OK);
        ck_assert_int_eq(alone[i].error, WICK_ERR_NAME);
    }
    for (int i = 0; i < threads; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, fit_several_times, &beside[i]), 0);
    for (int i = 0; i < threads; i++)
        ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
    for (int i = 0; i < threads; i++)
        ck_assert_mem_eq(&alone[i], &beside[i], sizeof alone[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads");
    TCase *tests = new_case(suite, "threads");

    tcase_add_loop_test(tests, fits_side_by_side_give_the_bits_of_fits_one_after_the_other, 2, 3);
    tcase_add_loop_test(tests, fits_side_by_side_give_the_bits_of_fits_one_after_the_other, 8, 9);
    return run_suite(suite);
}

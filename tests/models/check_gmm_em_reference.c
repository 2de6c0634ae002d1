/* EM for Gaussian mixtures beside other programs: the same optima from the same starts. */
#include "models/gmm_em.h"

#include "tests/support/gmm_data.h"

enum { N_FORMS = GMM_SPHERICAL + 1 };

/* The optima of two programs differ by 5e-10 in log-likelihood and 3e-6 in the parameters. */
static const double LIKELIHOOD_TOLERANCE = 1e-6, PARAMETER_TOLERANCE = 1e-5;

static wick *w;
static double *x;
static gmm_mixture *start, *end;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 61 });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    gmm_mixture_free(start);
    gmm_mixture_free(end);
    free(x);
    wick_free(w);
}

/* The set's data go to x, its start to start. */
static gmm prepare(const gmm_data_set *set, gmm_covariance covariance)
{
    x = gmm_data_of(set);
    start = gmm_start_of(w, set, covariance, x);
    end = gmm_mixture_copy(w, start);
    assert_ok(w);
    return (gmm){
        .components = set->k, .dimensions = set->d, .covariance = covariance, .n = set->n, .x = x
    };
}

/* EM from the start; the mixture goes to end. No floor: the others have none. */
static gmm_em_result fit(const gmm *m, double tolerance, size_t iterations)
{
    const gmm_em_result r = gmm_em_fit(w, m,
        &(gmm_em_options){ .start = GMM_START_GIVEN,
            .given = start,
            .max_iterations = iterations,
            .tolerance = tolerance,
            .variance_floor = WICK_ZERO },
        end);

    assert_ok(w);
    ck_assert_uint_eq(r.restarted, 0);
    return r;
}

static gmm_em_result converge(const gmm *m)
{
    const gmm_em_result r = fit(m, 1e-13, 100000);

    ck_assert(r.converged);
    return r;
}

static void assert_all_close(size_t n, const double *got, const double *want, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        assert_close(got[i], want[i], tolerance);
}

/* --- scikit-learn and mclust ----------------------------------------------------------------- */

static void assert_covariances(const gmm_wanted *want)
{
    const size_t d = end->dimensions;
    double covariance[GMM_MAX_D * GMM_MAX_D], tril[GMM_MAX_D * GMM_MAX_D];

    for (size_t k = 0; k < end->components; k++) {
        double log_det = 0;
        gmm_mixture_covariance(end, k, covariance);
        gmm_mixture_scale_tril(end, k, tril);
        for (size_t j = 0; j < d; j++) {
            assert_close(covariance[j * d + j], want->variances[k * d + j], PARAMETER_TOLERANCE);
            log_det += 2.0 * log(tril[j * d + j]);
        }
        assert_close(log_det, want->log_dets[k], PARAMETER_TOLERANCE);
    }
}

static void assert_arrived(const gmm_em_result *r, const gmm_wanted *want)
{
    ck_assert_double_eq_tol(r->log_likelihood, want->by_sklearn, LIKELIHOOD_TOLERANCE);
    ck_assert_double_eq_tol(r->log_likelihood, want->by_mclust, LIKELIHOOD_TOLERANCE);
    assert_all_close(end->components, end->weights, want->weights, PARAMETER_TOLERANCE);
    assert_all_close(end->components * end->dimensions, end->loc, want->loc, PARAMETER_TOLERANCE);
    assert_covariances(want);
}

START_TEST(scikit_learn_and_mclust_arrive_at_the_same_mixture)
{
    const gmm_wanted *want = &GMM_WANTED[_i];
    const gmm m = prepare(gmm_find_set(want->set), want->covariance);
    const gmm_em_result r = converge(&m);

    assert_arrived(&r, want);
}
END_TEST

/* --- weights of rows ------------------------------------------------------------------------- */

static const gmm_wanted *wanted_of(const char *set, gmm_covariance covariance)
{
    for (size_t i = 0; i < GMM_N_WANTED; i++)
        if (GMM_WANTED[i].covariance == covariance && strcmp(GMM_WANTED[i].set, set) == 0)
            return &GMM_WANTED[i];
    ck_abort_msg("no fit of %s", set);
    return NULL;
}

/* A fixed number of iterations, so that both stop at the same one. */
START_TEST(a_row_with_a_weight_is_a_row_repeated)
{
    const gmm_data_set *set = gmm_find_set("repeated"), *all = gmm_find_set("faithful");
    const gmm repeated = prepare(set, (gmm_covariance)_i);
    const size_t n_scale = gmm_scale_size(set->k, set->d, repeated.covariance);
    double weights[272], *rows = gmm_data_of(all);
    gmm weighted = repeated;

    const gmm_em_result want = fit(&repeated, WICK_ZERO, 8);
    gmm_mixture *other = gmm_mixture_copy(w, end);
    for (size_t i = 0; i < all->n; i++)
        weights[i] = (double)(i % 4);
    weighted.n = all->n;
    weighted.x = rows;
    weighted.row_weights = weights;
    const gmm_em_result got = fit(&weighted, WICK_ZERO, 8);

    ck_assert(!got.converged && !want.converged);
    assert_close(got.log_likelihood, want.log_likelihood, 1e-10);
    assert_all_close(set->k, end->weights, other->weights, 1e-10);
    assert_all_close(set->k * set->d, end->loc, other->loc, 1e-10);
    assert_all_close(n_scale, end->scale, other->scale, 1e-10);
    const gmm_em_result best = converge(&weighted);
    assert_arrived(&best, wanted_of("repeated", weighted.covariance));
    gmm_mixture_free(other);
    free(rows);
}
END_TEST

/* --- numbers that are missing ---------------------------------------------------------------- */

START_TEST(with_holes_in_the_data_it_is_the_em_of_conditional_moments)
{
    const gmm_wanted_missing *want = &GMM_WANTED_MISSING[_i];
    const gmm m = prepare(gmm_find_set("iris"), want->covariance);
    double covariance[4 * 4];

    gmm_make_holes(m.n, m.dimensions, x);
    const gmm_em_result r = converge(&m);
    ck_assert_double_eq_tol(r.log_likelihood, want->log_likelihood, LIKELIHOOD_TOLERANCE);
    assert_all_close(3, end->weights, want->weights, PARAMETER_TOLERANCE);
    assert_all_close(3 * 4, end->loc, want->loc, PARAMETER_TOLERANCE);
    for (size_t k = 0; k < 3; k++) {
        gmm_mixture_covariance(end, k, covariance);
        assert_all_close(4 * 4, covariance, want->covariances + k * 4 * 4, PARAMETER_TOLERANCE);
    }
}
END_TEST

/* --- batches --------------------------------------------------------------------------------- */

/* Batches of this many rows; of the last what is left. */
static const size_t BATCHES[] = { 1, 7, 64, 149, 150 };
enum { N_BATCHES = sizeof BATCHES / sizeof *BATCHES, ITERATIONS = 12 };

/* Iterations whose rows come in batches; the log-likelihood before the last. */
static double stream(gmm_em *em, const gmm *m, size_t batch, size_t iterations)
{
    double log_likelihood = NAN;

    for (size_t t = 0; t < iterations; t++) {
        for (size_t i = 0; i < m->n; i += batch) {
            const size_t n = m->n - i < batch ? m->n - i : batch;
            ck_assert(gmm_em_push(em, n, x + i * m->dimensions, m->row_weights + i));
        }
        log_likelihood = gmm_em_update(em, 0.0);
        assert_ok(w);
    }
    return log_likelihood;
}

/* With holes, and weights that are no integers. */
START_TEST(batches_of_any_size_arrive_where_all_rows_at_once_do)
{
    const gmm_data_set *set = gmm_find_set("iris");
    gmm m = prepare(set, (gmm_covariance)(_i % N_FORMS));
    const size_t n_scale = gmm_scale_size(set->k, set->d, m.covariance);
    double weights[150];

    for (size_t i = 0; i < m.n; i++)
        weights[i] = 0.25 + 0.5 * (double)(i % 5);
    m.row_weights = weights;
    if (_i < N_FORMS)
        gmm_make_holes(m.n, m.dimensions, x);
    const gmm_em_result want = fit(&m, WICK_ZERO, ITERATIONS);
    ck_assert_uint_eq(want.iterations, ITERATIONS);

    for (size_t b = 0; b < N_BATCHES; b++) {
        gmm_em *em = gmm_em_new(w, start, NULL);
        assert_ok(w);
        stream(em, &m, BATCHES[b], ITERATIONS);
        const gmm_mixture *got = gmm_em_mixture(em);
        assert_all_close(set->k, got->weights, end->weights, 1e-10);
        assert_all_close(set->k * set->d, got->loc, end->loc, 1e-10);
        assert_all_close(n_scale, got->scale, end->scale, 1e-10);
        assert_close(stream(em, &m, BATCHES[b], 1), want.log_likelihood, 1e-10);
        gmm_em_free(em);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gmm_em_reference");
    TCase *tests = new_case(suite, "gmm_em_reference");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, scikit_learn_and_mclust_arrive_at_the_same_mixture, 0, GMM_N_WANTED);
    tcase_add_loop_test(tests, a_row_with_a_weight_is_a_row_repeated, 0, N_FORMS);
    tcase_add_loop_test(
        tests, with_holes_in_the_data_it_is_the_em_of_conditional_moments, 0, GMM_N_WANTED_MISSING);
    tcase_add_loop_test(
        tests, batches_of_any_size_arrive_where_all_rows_at_once_do, 0, 2 * N_FORMS);
    return run_suite(suite);
}

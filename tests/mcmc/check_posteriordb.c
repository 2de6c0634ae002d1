/* The models of tests/long/posteriordb have the densities that they should have. */
#include "tests/long/posteriordb_models.h"
#include "tests/support/suite.h"

enum { MOST_COORDINATES = 10 };

static const struct row {
    const char *posterior;
    size_t n;
    double q[MOST_COORDINATES], log_density, gradient[MOST_COORDINATES];
} ROWS[] = {
#include "tests/data/posteriordb_density.h"
};

enum { N_ROWS = sizeof ROWS / sizeof *ROWS };

/* Sums of hundreds of terms that may cancel: relative to the largest element of the gradient. */
static void assert_row(const struct row *row, double value, const double *gradient)
{
    double largest = 1.0;

    for (size_t i = 0; i < row->n; i++)
        largest = fmax(largest, fabs(row->gradient[i]));
    assert_close(value, -row->log_density, 1e-12);
    for (size_t i = 0; i < row->n; i++)
        assert_close(gradient[i] / largest, -row->gradient[i] / largest, 1e-11);
}

static size_t assert_rows(const posteriordb *model, wick_potential *p)
{
    double gradient[MOST_COORDINATES];
    size_t found = 0;

    for (size_t i = 0; i < N_ROWS; i++) {
        if (strcmp(ROWS[i].posterior, model->name) != 0)
            continue;
        ck_assert_uint_eq(wick_potential_dimension(p), ROWS[i].n);
        assert_row(&ROWS[i], wick_potential_value(p, ROWS[i].q, gradient), gradient);
        found++;
    }
    return found;
}

START_TEST(densities_and_gradients_are_those_of_mpmath)
{
    const posteriordb *model = &posteriordb_models[_i];
    wick *w = wick_new(NULL);
    wick_potential *p = wick_potential_new(w, (wick_program){ model->model, NULL }, NULL);

    assert_ok(w);
    ck_assert_uint_eq(assert_rows(model, p), N_ROWS / POSTERIORDB_MODELS);
    assert_ok(w);
    wick_potential_free(p);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("posteriordb");
    TCase *tests = new_case(suite, "posteriordb");

    tcase_add_loop_test(tests, densities_and_gradients_are_those_of_mpmath, 0, POSTERIORDB_MODELS);
    return run_suite(suite);
}

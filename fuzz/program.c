/* Bytes as a program of ops on parameters, with shapes and plates: its loss is made or an error is
 * documented; compiled it is the same; and where all ops are smooth the gradient is that of central
 * differences. */
#include "fuzz/fuzz.h"

enum { PARAMS = 5, MOST_VALUES = 24, MOST_OPS = 40, MOST_SIZE = 12 };

typedef struct program {
    bytes input;
    bool smooth;
    wick_var param[PARAMS];
    wick_var pool[MOST_VALUES];
    unsigned n, open; /* values; plates */
} program;

static const char *const NAME[PARAMS] = { "number", "vector", "matrix", "by_a", "by_b" };
static const char *const PLATE[] = { "a", "b" };
static const size_t PLATE_SIZE[] = { 3, 2 };

/* --- ops -------------------------------------------------------------------------------------- */

typedef wick_var (*unary)(wick_var x);
typedef wick_var (*binary)(wick_operand a, wick_operand b);
typedef wick_var (*binary_var)(wick_var a, wick_var b);
typedef wick_var (*along)(wick_var x, size_t axis);
typedef wick_var (*over)(wick_var x, const char *plate);

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof *(array)))

static const unary SMOOTH[] = { wick_neg, wick_square, wick_sqrt, wick_exp, wick_expm1, wick_log,
    wick_log1p, wick_sigmoid, wick_softplus, wick_tanh, wick_lgamma, wick_digamma, wick_erf,
    wick_trigamma, wick_log1mexp, wick_sin, wick_cos, wick_tan, wick_atan, wick_normal_cdf,
    wick_log_normal_cdf, wick_normal_quantile, wick_log_bessel_i0, wick_bessel_ratio,
    wick_sum_event, wick_mean_event, wick_logsumexp_event, wick_softmax, wick_log_softmax,
    wick_total, wick_transpose, wick_diagonal, wick_diagonal_matrix, wick_cholesky, wick_logdet };
static const unary ROUGH[] = { wick_abs, wick_detach, wick_max_event };
static const binary SMOOTH_2[] = { wick_add, wick_sub, wick_mul, wick_div, wick_pow,
    wick_log_normal_interval, wick_gamma_p, wick_gamma_q, wick_gamma_p_inverse,
    wick_gamma_q_inverse };
static const binary ROUGH_2[] = { wick_minimum, wick_maximum, wick_equal, wick_less };
static const binary_var MATRIX[] = { wick_dot, wick_outer, wick_matvec, wick_matmul,
    wick_scale_columns, wick_solve_triangular, wick_solve_triangular_transposed };
static const binary_var TAKE[] = { wick_take, wick_at };
static const along ALONG[] = { wick_sum_axis, wick_mean_axis, wick_logsumexp_axis, wick_cumsum,
    wick_pick };
static const over OVER[] = { wick_sum, wick_mean, wick_logsumexp, wick_split, wick_join };

static wick_var chosen(program *p)
{
    return p->pool[take_below(&p->input, p->n)];
}

static wick_operand operand(program *p)
{
    return take_below(&p->input, 4) == 3 ? wick_operand_number(take_number(&p->input))
                                         : wick_operand_var(chosen(p));
}

static wick_var three_operands(program *p)
{
    const unsigned which = take_below(&p->input, 4);
    const wick_var x = chosen(p);
    const wick_operand a = operand(p), b = operand(p);

    p->smooth = p->smooth && which < 2;
    return which == 0 ? (wick_beta_i)(a, b, wick_operand_var(x))
        : which == 1  ? (wick_beta_i_inverse)(a, b, wick_operand_var(x))
        : which == 2  ? (wick_clamp)(x, a, b)
                      : (wick_where)(x, a, b);
}

/* What depends on several numbers or vars. */
static wick_var shape_op(program *p, wick *w)
{
    const unsigned which = take_below(&p->input, 6);
    const size_t i = take_below(&p->input, 4), j = take_below(&p->input, 4);
    const char *plate = PLATE[j % 2];
    const wick_var x = chosen(p), y = chosen(p);

    switch (which) {
    case 0:
        return wick_select(x, i, j);
    case 1:
        return wick_slice(x, i, j, take_below(&p->input, 4));
    case 2:
        return wick_reshape_array(x, i, (size_t[]){ 1 + j, 2, 1, 1 });
    case 3:
        return wick_stack(w, 1 + i % 2, (wick_var[]){ x, y });
    case 4:
        return wick_sum_into(x, PLATE[i % 2], y, plate);
    default:
        return i == 0 ? wick_take_over(x, plate, y) : wick_index(w, plate);
    }
}

static void plate_op(program *p, wick *w)
{
    const unsigned which = take_below(&p->input, 3);

    if (which == 2 && p->open > 0) {
        wick_exit(w);
        p->open--;
    } else if (which < 2) {
        wick_plate_enter(
            w, &(wick_plate_options){ .name = PLATE[which], .size = PLATE_SIZE[which] });
        p->open++;
    }
}

static wick_var op(program *p, wick *w)
{
    bytes *b = &p->input;
    const unsigned kind = take_below(b, 10), which = take_byte(b);
    const wick_var x = chosen(p);

    p->smooth = p->smooth && kind != 6 && kind != 7;
    switch (kind) {
    case 0:
    case 1:
        return SMOOTH[which % COUNT(SMOOTH)](x);
    case 2:
        return SMOOTH_2[which % COUNT(SMOOTH_2)](wick_operand_var(x), operand(p));
    case 3:
        return MATRIX[which % COUNT(MATRIX)](x, chosen(p));
    case 4:
        return ALONG[which % COUNT(ALONG)](x, take_below(b, 4));
    case 5:
        return OVER[which % COUNT(OVER)](x, PLATE[take_below(b, 2)]);
    case 6:
        return ROUGH[which % COUNT(ROUGH)](x);
    case 7:
        return ROUGH_2[which % COUNT(ROUGH_2)](wick_operand_var(x), operand(p));
    case 8:
        return which % 2 ? three_operands(p) : TAKE[which / 2 % COUNT(TAKE)](x, chosen(p));
    default:
        return shape_op(p, w);
    }
}

/* --- the program ------------------------------------------------------------------------------ */

static void make_params(program *p, wick *w)
{
    double x[4];

    for (int i = 0; i < 4; i++)
        x[i] = take_number(&p->input);
    p->param[0] = wick_param(w, NAME[0], wick_init_num(x[0]), wick_real());
    p->param[1] = wick_param(w, NAME[1], wick_init_values(x, 3), wick_real());
    p->param[2] = wick_param(w, NAME[2], wick_init_values(x, 2, 2), wick_real());
    WICK_PLATE (w, PLATE[0], PLATE_SIZE[0])
        p->param[3] = wick_param(w, NAME[3], wick_init_num(x[1]), wick_real());
    WICK_PLATE (w, PLATE[1], PLATE_SIZE[1])
        p->param[4] = wick_param(w, NAME[4], wick_init_values(x, 2), wick_real());
    memcpy(p->pool, p->param, sizeof p->param);
    p->n = PARAMS;
}

static wick_var loss(wick *w, void *arg)
{
    program *p = arg;
    const bytes all = p->input;

    p->open = 0;
    make_params(p, w);
    for (int i = 0; i < MOST_OPS && p->input.left > 0 && wick_status(w) == WICK_OK; i++) {
        if (take_below(&p->input, 16) == 15) {
            plate_op(p, w);
            continue;
        }
        const wick_var y = op(p, w);
        if (p->n < MOST_VALUES)
            p->pool[p->n++] = y;
    }
    for (; p->open > 0 && wick_status(w) == WICK_OK; p->open--)
        wick_exit(w);
    p->input = all;
    return wick_total(p->pool[p->n - 1]);
}

static double value_of(wick *w, program *p)
{
    wick_reset(w);
    return wick_value(loss(w, p));
}

/* --- gradients -------------------------------------------------------------------------------- */

static double value_at(wick *w, program *p, int i, double *x, size_t n, size_t j, double move)
{
    const double before = x[j];

    x[j] += move;
    wick_param_set(w, NAME[i], x, n);
    x[j] = before;
    const double value = value_of(w, p);
    if (wick_status(w) != WICK_OK)
        wick_clear(w);
    wick_param_set(w, NAME[i], x, n);
    return value;
}

/* A slope by differences, extrapolated. */
typedef struct slope {
    double value, off; /* off: how far two such estimates are apart */
    double bend;       /* the slope to the right less that to the left */
} slope;

static slope slope_of(wick *w, program *p, int i, double *x, size_t n, size_t j, double h)
{
    const double middle = value_at(w, p, i, x, n, j, 0.0);
    double d[3];
    slope s = { 0 };

    for (int k = 0; k < 3; k++, h /= 2.0) {
        const double right = value_at(w, p, i, x, n, j, h), left = value_at(w, p, i, x, n, j, -h);
        d[k] = (right - left) / (2.0 * h);
        s.bend = (right - 2.0 * middle + left) / h;
    }
    s.value = (4.0 * d[2] - d[1]) / 3.0;
    s.off = fabs((4.0 * d[1] - d[0]) / 3.0 - s.value);
    return s;
}

/* Differences tell only where they agree with each other, at two scales, and there is no corner. */
static void check_slope(wick *w, program *p, int i, double *x, size_t n, size_t j, double g)
{
    static const double STEP[] = { 1e-3, 3.1e-5 };
    slope s = { 0 };

    for (int k = 0; k < 2; k++) {
        s = slope_of(w, p, i, x, n, j, STEP[k]);
        const double size = 1.0 + fabs(s.value);
        if (!(s.off <= 1e-4 * size && fabs(s.bend) <= 1e-2 * size) ||
            fabs(g - s.value) <= 1e-4 * (size + fabs(g)) + 100.0 * s.off)
            return;
    }
    REQUIRE(false, "d loss / d %s[%zu] is %.17g, by differences %.17g", NAME[i], j, g, s.value);
}

/* Of one parameter; gradients that are not finite say nothing. */
static void check_gradient(wick *w, program *p, int i)
{
    double gradient[MOST_SIZE], x[MOST_SIZE];
    const size_t n = wick_size(p->param[i]);

    REQUIRE(n <= MOST_SIZE && wick_get_gradient(p->param[i], gradient, n) == n, "no gradient");
    wick_param_get(w, NAME[i], x, n);
    for (size_t j = 0; j < n; j++)
        if (isfinite(gradient[j]))
            check_slope(w, p, i, x, n, j, gradient[j]);
    wick_clear(w);
}

/* --- compiled --------------------------------------------------------------------------------- */

static void check_compiled(wick *w, program *p, double value)
{
    wick_graph *g = wick_graph_new(w, loss, p, NULL);

    for (int i = 0; i < 3; i++) {
        const double x = wick_graph_run(g);
        REQUIRE(wick_status(w) == WICK_OK || wick_status(w) == WICK_ERR_NONFINITE, "compiled: %s",
            wick_message(w));
        REQUIRE(wick_status(w) != WICK_OK || fabs(x - value) <= 1e-12 * (1.0 + fabs(value)),
            "compiled %.17g, eager %.17g", x, value);
        REQUIRE(isfinite(value) || wick_status(w) != WICK_OK, "no error for %g", value);
    }
    wick_graph_free(g);
    wick_clear(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const wick_code CODES[] = { WICK_ERR_ARGUMENT, WICK_ERR_SHAPE, WICK_ERR_DOMAIN,
        WICK_ERR_NONFINITE, WICK_ERR_NAME, WICK_ERR_STATE, WICK_ERR_LIMIT, WICK_ERR_NUMERIC,
        WICK_OK };
    memory m = { 0 };
    const wick_options options = memory_options(&m, 3);
    program p = { .input = { data, size }, .smooth = true };
    wick *w = wick_new(&options);
    const int which = (int)take_below(&p.input, PARAMS);
    const wick_var l = loss(w, &p);
    const double value = wick_value(l);

    require_documented(w, CODES);
    if (wick_status(w) == WICK_OK && isfinite(value)) {
        wick_backward(l);
        require_documented(w, CODES);
        if (p.smooth && fabs(value) < 1e6)
            check_gradient(w, &p, which);
        wick_clear(w);
        check_compiled(w, &p, value);
    }
    end_handle(w, &m);
    return 0;
}

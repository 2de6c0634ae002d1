#include "base/handle.h"

#include <float.h>
#include <math.h>

enum { LR, BETA1, BETA2, EPS };

wick_adam_options wick_adam_options_default(void)
{
    return (wick_adam_options){ .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8 };
}

/* 0 is the default, -0.0 (WICK_ZERO) is zero. */
static double chosen(double option, double otherwise)
{
    if (option != 0.0 || signbit(option))
        return option + 0.0;
    return otherwise;
}

/* x^n by squaring: the same bits on every machine. The bits of n are no branches: they are hard to
 * foresee. Below 2^-60 it no longer matters beside 1. */
static double power(double x, uint64_t n)
{
    double result = 1.0;

    for (; n > 0 && x > 0x1p-60; n /= 2, x *= x) {
        const double factor[] = { 1.0, x };
        result *= factor[n % 2];
    }
    return n > 0 ? 0.0 : result;
}

/* A moment that decays would stay subnormal, and slow, for ever: 0.8 * 5e-324 rounds up. */
static double flushed(double x)
{
    return fabs(x) < DBL_MIN ? 0.0 : x;
}

enum { RATE, ROOT };

static void share(const wick_optim *self, uint64_t step, double *shared)
{
    shared[RATE] = self->option[LR] / (1.0 - power(self->option[BETA1], step));
    shared[ROOT] = sqrt(1.0 - power(self->option[BETA2], step));
}

static void update(const wick_optim *self, const wick_update *u)
{
    const double beta1 = self->option[BETA1], beta2 = self->option[BETA2], eps = self->option[EPS];
    const double rate = u->shared[RATE], root = u->shared[ROOT];
    double *m = u->state, *v = u->state + u->n;

    for (size_t i = 0; i < u->n; i++) {
        const double g = u->gradient[i];
        m[i] = flushed(beta1 * m[i] + (1.0 - beta1) * g);
        v[i] = flushed(beta2 * v[i] + (1.0 - beta2) * g * g);
        const double move = rate * m[i] / (sqrt(v[i]) / root + eps);
        u->value[i] -= m[i] == 0.0 ? 0.0 : move;
    }
}

static bool check(wick *w, const wick_optim *self)
{
    static const char *const NAMES[] = { "lr", "beta1", "beta2", "eps" };

    for (int i = LR; i <= EPS; i++) {
        const double x = self->option[i];
        const bool is_beta = i == BETA1 || i == BETA2;
        if (x >= 0.0 && x < (is_beta ? 1.0 : INFINITY))
            continue;
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_adam: %s is %g, need %s", NAMES[i], x,
            is_beta ? "0 <= beta < 1" : "0 or more, finite");
        return false;
    }
    return true;
}

wick_optim wick_adam_with(wick_adam_options options)
{
    const wick_adam_options standard = wick_adam_options_default();

    return (wick_optim){ .update = update,
        .check = check,
        .share = share,
        .n_state = 2,
        .option = { [LR] = chosen(options.lr, standard.lr),
            [BETA1] = chosen(options.beta1, standard.beta1),
            [BETA2] = chosen(options.beta2, standard.beta2),
            [EPS] = chosen(options.eps, standard.eps) } };
}

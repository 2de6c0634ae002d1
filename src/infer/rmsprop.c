/* RMSprop. */
#include "infer/optim.h"

enum { LR, ALPHA, EPS, MOMENTUM, CENTERED };

wick_rmsprop_options wick_rmsprop_options_default(void)
{
    return (wick_rmsprop_options){ .lr = 0.01, .alpha = 0.99, .eps = 1e-8 };
}

/* r = g / (sqrt(v) + eps), then the move; without momentum b is r. */
static void update(const wick_optim *self, const wick_update *u)
{
    const double alpha = self->option[ALPHA], eps = self->option[EPS];
    const double rate = u->rate * self->option[LR], momentum = self->option[MOMENTUM];
    double *v = u->state, *b = v + u->n;

    for (size_t i = 0; i < u->n; i++) {
        const double g = u->gradient[i];
        v[i] = wicki_flushed(alpha * v[i] + (1.0 - alpha) * g * g);
        const double r = g / (sqrt(v[i]) + eps);
        b[i] = wicki_flushed(momentum * b[i] + (g == 0.0 ? 0.0 : r));
        u->value[i] -= rate * b[i];
    }
}

static void update_centered(const wick_optim *self, const wick_update *u)
{
    const double alpha = self->option[ALPHA], eps = self->option[EPS];
    const double rate = u->rate * self->option[LR], momentum = self->option[MOMENTUM];
    double *v = u->state, *b = v + u->n, *a = b + u->n;

    for (size_t i = 0; i < u->n; i++) {
        const double g = u->gradient[i];
        v[i] = wicki_flushed(alpha * v[i] + (1.0 - alpha) * g * g);
        a[i] = wicki_flushed(alpha * a[i] + (1.0 - alpha) * g);
        const double variance = v[i] - a[i] * a[i];
        const double r = g / (sqrt(variance > 0.0 ? variance : 0.0) + eps);
        b[i] = wicki_flushed(momentum * b[i] + (g == 0.0 ? 0.0 : r));
        u->value[i] -= rate * b[i];
    }
}

static bool check(wick *w, const wick_optim *self)
{
    static const wicki_option OPTIONS[] = { { "lr", WICKI_NOT_NEGATIVE },
        { "alpha", WICKI_BELOW_ONE }, { "eps", WICKI_NOT_NEGATIVE },
        { "momentum", WICKI_BELOW_ONE } };

    return wicki_options_hold(w, "wick_rmsprop", self, CENTERED, OPTIONS);
}

wick_optim wick_rmsprop_with(wick_rmsprop_options options)
{
    const wick_rmsprop_options standard = wick_rmsprop_options_default();

    return (wick_optim){ .name = "rmsprop",
        .update = options.centered ? update_centered : update,
        .check = check,
        .n_state = options.centered ? 3 : 2,
        .option = { [LR] = wicki_chosen(options.lr, standard.lr),
            [ALPHA] = wicki_chosen(options.alpha, standard.alpha),
            [EPS] = wicki_chosen(options.eps, standard.eps),
            [MOMENTUM] = wicki_chosen(options.momentum, standard.momentum),
            [CENTERED] = options.centered } };
}

/* Gradient descent, with momentum or without. */
#include "infer/optim.h"

enum { LR, MOMENTUM, DAMPENING, NESTEROV };

wick_sgd_options wick_sgd_options_default(void)
{
    return (wick_sgd_options){ .lr = 1e-3 };
}

static void descend(const wick_optim *self, const wick_update *u)
{
    const double rate = u->rate * self->option[LR];

    for (size_t i = 0; i < u->n; i++)
        u->value[i] -= rate * u->gradient[i];
}

static void roll(const wick_optim *self, const wick_update *u)
{
    const double rate = u->rate * self->option[LR], momentum = self->option[MOMENTUM];
    const double part = u->step == 1 ? 1.0 : 1.0 - self->option[DAMPENING];
    const double ahead = self->option[NESTEROV] != 0.0 ? momentum : 1.0; /* of b in the move ... */
    const double own = self->option[NESTEROV] != 0.0 ? 1.0 : 0.0;        /* ... and of g */
    double *b = u->state;

    for (size_t i = 0; i < u->n; i++) {
        b[i] = wicki_flushed(momentum * b[i] + part * u->gradient[i]);
        u->value[i] -= rate * (own * u->gradient[i] + ahead * b[i]);
    }
}

static bool check(wick *w, const wick_optim *self)
{
    static const wicki_option OPTIONS[] = { { "lr", WICKI_NOT_NEGATIVE },
        { "momentum", WICKI_BELOW_ONE }, { "dampening", WICKI_UP_TO_ONE } };

    if (!wicki_options_hold(w, "wick_sgd", self, NESTEROV, OPTIONS))
        return false;
    if (self->option[NESTEROV] == 0.0 ||
        (self->option[MOMENTUM] > 0.0 && self->option[DAMPENING] == 0.0))
        return true;
    wick_fail(w, WICK_ERR_ARGUMENT,
        "wick_sgd: nesterov needs momentum and no dampening, they are %g and %g",
        self->option[MOMENTUM], self->option[DAMPENING]);
    return false;
}

wick_optim wick_sgd_with(wick_sgd_options options)
{
    const wick_sgd_options standard = wick_sgd_options_default();
    const double momentum = wicki_chosen(options.momentum, standard.momentum);

    return (wick_optim){ .name = "sgd",
        .update = momentum == 0.0 ? descend : roll,
        .check = check,
        .n_state = momentum == 0.0 ? 0 : 1,
        .option = { [LR] = wicki_chosen(options.lr, standard.lr),
            [MOMENTUM] = momentum,
            [DAMPENING] = wicki_chosen(options.dampening, standard.dampening),
            [NESTEROV] = options.nesterov } };
}

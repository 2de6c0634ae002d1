/* Adagrad. */
#include "infer/optim.h"

enum { LR, LR_DECAY, ACCUMULATOR, EPS };

wick_adagrad_options wick_adagrad_options_default(void)
{
    return (wick_adagrad_options){ .lr = 0.01, .eps = 1e-10 };
}

static void update(const wick_optim *self, const wick_update *u)
{
    const double eps = self->option[EPS];
    const double first = u->step == 1 ? self->option[ACCUMULATOR] : 0.0;
    const double rate =
        u->rate * self->option[LR] / (1.0 + (double)(u->step - 1) * self->option[LR_DECAY]);
    double *s = u->state;

    for (size_t i = 0; i < u->n; i++) {
        const double g = u->gradient[i];
        s[i] = s[i] + first + g * g;
        const double move = rate * g / (sqrt(s[i]) + eps);
        u->value[i] -= g == 0.0 ? 0.0 : move;
    }
}

static bool check(wick *w, const wick_optim *self)
{
    static const wicki_option OPTIONS[] = { { "lr", WICKI_NOT_NEGATIVE },
        { "lr_decay", WICKI_NOT_NEGATIVE }, { "accumulator", WICKI_NOT_NEGATIVE },
        { "eps", WICKI_NOT_NEGATIVE } };

    return wicki_options_hold(w, "wick_adagrad", self, EPS + 1, OPTIONS);
}

wick_optim wick_adagrad_with(wick_adagrad_options options)
{
    const wick_adagrad_options standard = wick_adagrad_options_default();

    return (wick_optim){ .name = "adagrad",
        .update = update,
        .check = check,
        .n_state = 1,
        .option = { [LR] = wicki_chosen(options.lr, standard.lr),
            [LR_DECAY] = wicki_chosen(options.lr_decay, standard.lr_decay),
            [ACCUMULATOR] = wicki_chosen(options.accumulator, standard.accumulator),
            [EPS] = wicki_chosen(options.eps, standard.eps) } };
}

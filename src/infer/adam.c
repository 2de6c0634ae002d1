/* Adam and its relatives. */
#include "infer/optim.h"

enum { LR, BETA1, BETA2, EPS, DECAY, CLIP, LRD };

/* Adam has the first four, AdamW one more. */
static const wicki_option OPTIONS[] = { { "lr", WICKI_NOT_NEGATIVE }, { "beta1", WICKI_BELOW_ONE },
    { "beta2", WICKI_BELOW_ONE }, { "eps", WICKI_NOT_NEGATIVE },
    { "weight_decay", WICKI_NOT_NEGATIVE }, { "clip_norm", WICKI_POSITIVE },
    { "lrd", WICKI_FRACTION } };

enum { RATE, ROOT };

static void share(const wick_optim *self, uint64_t step, double *shared)
{
    shared[RATE] = self->option[LR] / (1.0 - wicki_power(self->option[BETA1], step));
    shared[ROOT] = sqrt(1.0 - wicki_power(self->option[BETA2], step));
}

/* --- Adam ------------------------------------------------------------------------------------ */

wick_adam_options wick_adam_options_default(void)
{
    return (wick_adam_options){ .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8 };
}

static void update(const wick_optim *self, const wick_update *u)
{
    const double beta1 = self->option[BETA1], beta2 = self->option[BETA2], eps = self->option[EPS];
    const double rate = u->rate * u->shared[RATE], root = u->shared[ROOT];
    double *m = u->state, *v = u->state + u->n;

    for (size_t i = 0; i < u->n; i++) {
        const double g = u->gradient[i];
        m[i] = wicki_flushed(beta1 * m[i] + (1.0 - beta1) * g);
        v[i] = wicki_flushed(beta2 * v[i] + (1.0 - beta2) * g * g);
        const double move = rate * m[i] / (sqrt(v[i]) / root + eps);
        u->value[i] -= m[i] == 0.0 ? 0.0 : move;
    }
}

static bool check(wick *w, const wick_optim *self)
{
    return wicki_options_hold(w, "wick_adam", self, EPS + 1, OPTIONS);
}

wick_optim wick_adam_with(wick_adam_options options)
{
    const wick_adam_options standard = wick_adam_options_default();

    return (wick_optim){ .name = "adam",
        .update = update,
        .check = check,
        .share = share,
        .n_state = 2,
        .option = { [LR] = wicki_chosen(options.lr, standard.lr),
            [BETA1] = wicki_chosen(options.beta1, standard.beta1),
            [BETA2] = wicki_chosen(options.beta2, standard.beta2),
            [EPS] = wicki_chosen(options.eps, standard.eps) } };
}

/* --- AdamW ----------------------------------------------------------------------------------- */

wick_adamw_options wick_adamw_options_default(void)
{
    return (wick_adamw_options){
        .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.01
    };
}

static void update_w(const wick_optim *self, const wick_update *u)
{
    const double left = 1.0 - u->rate * self->option[LR] * self->option[DECAY];

    for (size_t i = 0; i < u->n; i++)
        u->value[i] *= left;
    update(self, u);
}

static bool check_w(wick *w, const wick_optim *self)
{
    return wicki_options_hold(w, "wick_adamw", self, DECAY + 1, OPTIONS);
}

wick_optim wick_adamw_with(wick_adamw_options options)
{
    const wick_adamw_options standard = wick_adamw_options_default();

    return (wick_optim){ .name = "adamw",
        .update = update_w,
        .check = check_w,
        .share = share,
        .n_state = 2,
        .option = { [LR] = wicki_chosen(options.lr, standard.lr),
            [BETA1] = wicki_chosen(options.beta1, standard.beta1),
            [BETA2] = wicki_chosen(options.beta2, standard.beta2),
            [EPS] = wicki_chosen(options.eps, standard.eps),
            [DECAY] = wicki_chosen(options.weight_decay, standard.weight_decay) } };
}

/* --- ClippedAdam ----------------------------------------------------------------------------- */

wick_clipped_adam_options wick_clipped_adam_options_default(void)
{
    return (wick_clipped_adam_options){
        .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .clip_norm = 10.0, .lrd = 1.0
    };
}

static void share_clipped(const wick_optim *self, uint64_t step, double *shared)
{
    share(self, step, shared);
    shared[RATE] *= shared[ROOT] * wicki_power(self->option[LRD], step);
}

static void update_clipped(const wick_optim *self, const wick_update *u)
{
    const double beta1 = self->option[BETA1], beta2 = self->option[BETA2], eps = self->option[EPS];
    const double decay = self->option[DECAY], most = self->option[CLIP];
    const double rate = u->rate * u->shared[RATE];
    double *m = u->state, *v = u->state + u->n;

    for (size_t i = 0; i < u->n; i++) {
        const double below = u->gradient[i] > most ? most : u->gradient[i];
        const double g = (below < -most ? -most : below) + decay * u->value[i];
        m[i] = wicki_flushed(beta1 * m[i] + (1.0 - beta1) * g);
        v[i] = wicki_flushed(beta2 * v[i] + (1.0 - beta2) * g * g);
        const double move = rate * m[i] / (sqrt(v[i]) + eps);
        u->value[i] -= m[i] == 0.0 ? 0.0 : move;
    }
}

static bool check_clipped(wick *w, const wick_optim *self)
{
    return wicki_options_hold(w, "wick_clipped_adam", self, LRD + 1, OPTIONS);
}

wick_optim wick_clipped_adam_with(wick_clipped_adam_options options)
{
    const wick_clipped_adam_options standard = wick_clipped_adam_options_default();

    return (wick_optim){ .name = "clipped_adam",
        .update = update_clipped,
        .check = check_clipped,
        .share = share_clipped,
        .n_state = 2,
        .option = { [LR] = wicki_chosen(options.lr, standard.lr),
            [BETA1] = wicki_chosen(options.beta1, standard.beta1),
            [BETA2] = wicki_chosen(options.beta2, standard.beta2),
            [EPS] = wicki_chosen(options.eps, standard.eps),
            [DECAY] = wicki_chosen(options.weight_decay, standard.weight_decay),
            [CLIP] = wicki_chosen(options.clip_norm, standard.clip_norm),
            [LRD] = wicki_chosen(options.lrd, standard.lrd) } };
}

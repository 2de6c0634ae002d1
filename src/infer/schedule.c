/* How the learning rate changes. */
#include "base/special.h"
#include "base/trigonometry.h"
#include "infer/svi.h"

#include <math.h>

/* (1 + cos(pi x)) / 2 = cos(pi x / 2)^2 for x from 0 to 1. */
static double half_wave(double x)
{
    const double cosine = wicki_cos(0.5 * WICKI_PI * x);

    return cosine * cosine;
}

static double decay(const wick_schedule *s, double t)
{
    const double part = t / (double)s->steps, end = s->factor;

    switch (s->decay) {
    case WICK_DECAY_EXPONENTIAL:
        return wicki_exp(part * wicki_log(s->factor));
    case WICK_DECAY_STAIRS:
        return wicki_exp(floor(part) * wicki_log(s->factor));
    case WICK_DECAY_LINEAR:
        return part < 1.0 ? 1.0 - (1.0 - end) * part : end;
    case WICK_DECAY_COSINE:
        return part < 1.0 ? end + (1.0 - end) * half_wave(part) : end;
    default:
        return 1.0;
    }
}

double wick_schedule_factor(const wick_schedule *s, uint64_t t)
{
    if (!s)
        return 1.0;
    if (s->function)
        return s->function(t, s->arg);
    if (t < s->warmup)
        return (double)(t + 1) / (double)(s->warmup + 1);
    return s->decay == WICK_DECAY_NONE ? 1.0 : decay(s, (double)(t - s->warmup));
}

bool wicki_schedule_check(wick *w, const wick_schedule *s)
{
    const bool power = s->decay == WICK_DECAY_EXPONENTIAL || s->decay == WICK_DECAY_STAIRS;

    if (s->function || s->decay == WICK_DECAY_NONE)
        return true;
    if ((unsigned)s->decay > WICK_DECAY_COSINE)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_svi_new: schedule.decay is %d, need a wick_decay",
            (int)s->decay);
    else if (s->steps == 0)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_svi_new: schedule.steps is 0, need the number of steps that the decay takes");
    else if (!(s->factor >= 0.0 && s->factor < INFINITY) || (power && s->factor == 0.0))
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_svi_new: schedule.factor is %g, need %s", s->factor,
            power ? "more than 0, finite" : "0 or more, finite");
    return wicki_ok(w);
}

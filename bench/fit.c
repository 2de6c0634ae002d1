#include "bench/fit.h"

#include <stdlib.h>
#include <string.h>

enum { WARM_STEPS = 3 };

/* --- optimisers --------------------------------------------------------------------------------- */

static void do_nothing(const wick_optim *self, const wick_update *u)
{
    (void)self;
    (void)u;
}

wick_optim workload_idle(void)
{
    return (wick_optim){ .update = do_nothing };
}

/* Leaves the gradient in place of the parameter. */
static void keep_gradient(const wick_optim *self, const wick_update *u)
{
    (void)self;
    memcpy(u->value, u->gradient, u->n * sizeof *u->value);
}

/* --- memory ------------------------------------------------------------------------------------- */

static void *count_allocation(size_t size, void *arg)
{
    size_t *allocations = arg;

    ++*allocations;
    return malloc(size);
}

static void release(void *memory, void *arg)
{
    (void)arg;
    free(memory);
}

/* --- a fit -------------------------------------------------------------------------------------- */

static void start(fit *f, const workload *work, const fit_engine *engine, wick_program model,
    wick_program guide, wick_optim optim)
{
    *f = (fit){ .work = work };
    f->w = wick_new(&(wick_options){
        .allocator = { count_allocation, release, &f->allocations }, .math = engine->math });
    if (!guide.fn) {
        f->guide = wick_auto_delta_new(f->w, model, NULL);
        guide = wick_guide_program(f->guide);
    }
    f->svi = wick_svi_new(f->w, model, guide,
        &(wick_svi_options){ .loss = wick_trace_enum_elbo,
            .optim = optim,
            .compile = engine->compile,
            .threads = engine->threads });
    if (work->parameters.fn)
        wick_call(f->w, work->parameters);
    else
        wick_svi_evaluate(f->svi);

    double *u = calloc(fit_size(work), sizeof *u);
    if (u) {
        work->start(u);
        fit_set(f, u);
    }
    free(u);
}

void fit_start(fit *f, const workload *work, const fit_engine *engine)
{
    start(f, work, engine, work->model, work->guide, work->optim);
}

void fit_start_gradient(fit *f, const workload *work, const fit_engine *engine)
{
    start(f, work, engine, work->model, work->guide, (wick_optim){ .update = keep_gradient });
}

void fit_start_watched(fit *f, const workload *work, const fit_engine *engine)
{
    const wick_program model = work->watched_model.fn ? work->watched_model : work->model;
    const wick_program guide = work->watched_guide.fn ? work->watched_guide : work->guide;

    start(f, work, engine, model, guide, (wick_optim){ .update = keep_gradient });
}

void fit_stop(fit *f)
{
    wick_svi_free(f->svi);
    wick_guide_free(f->guide);
    wick_free(f->w);
}

size_t fit_size(const workload *work)
{
    size_t n = 0;

    for (const workload_parameter *p = work->list; p->name; p++)
        n += p->size;
    return n;
}

void fit_set(fit *f, const double *u)
{
    for (const workload_parameter *p = f->work->list; p->name; u += p->size, p++)
        wick_param_set_unconstrained(f->w, p->name, u, p->size);
}

double fit_gradient(fit *f, const double *u, double *g)
{
    fit_set(f, u);
    const double loss = wick_svi_step(f->svi);
    for (const workload_parameter *p = f->work->list; p->name; g += p->size, p++)
        wick_param_get_unconstrained(f->w, p->name, g, p->size);
    return loss;
}

void fit_run(void *arg, size_t times)
{
    fit *f = arg;

    for (size_t i = 0; i < times; i++) {
        wick_svi_step(f->svi);
        if (++f->steps == WARM_STEPS)
            f->warm_allocations = f->allocations;
    }
}

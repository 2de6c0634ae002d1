/* Long runs of the five-point mixture: SVI each way, steps whose counters pass 2^32, and NUTS. */
#include "infer/svi.h"

#include "tests/support/five_point.h"
#include "tests/support/memory.h"

#include <stdio.h>

enum { WARM = 1000, STEPS = 1000000, RUNS = 100, DRAWS = 2500 };

/* The loss at the optimum, by Newton's method with 30 digits (as in check_five_point). */
static const double OPTIMUM = 17.443254879108;

/* One row of the table. */
typedef struct run {
    const char *name;
    uint64_t steps;
    memory warm, end; /* as the allocator was then */
    size_t calls;     /* of the allocator in between that there should be */
    bool ok;          /* no error, all losses finite, all freed, counters right */
    double off;       /* of the last loss from the optimum */
} run;

static int passed, failed;

static void report(const run *r)
{
    const size_t calls = r->end.calls - r->warm.calls;
    const bool same = r->warm.blocks == r->end.blocks && r->warm.bytes == r->end.bytes;
    const bool good = same && calls == r->calls && r->ok && fabs(r->off) <= 1e-9;

    printf("| %s | %.0f | %zu, %zu | %zu, %zu | %zu | ", r->name, (double)r->steps, r->warm.blocks,
        r->warm.bytes, r->end.blocks, r->end.bytes, calls);
    printf(r->off != 0.0 ? "%.1e | " : "- | ", fabs(r->off));
    printf("%s |\n", good ? "passed" : "FAILED");
    fflush(stdout);
    *(good ? &passed : &failed) += 1;
}

/* --- SVI -------------------------------------------------------------------------------------- */

typedef struct fit {
    memory m;
    five_point f;
    wick *w;
    wick_guide *guide;
    wick_svi *svi;
} fit;

/* The learning rate falls, since Adam's bursts would not let the loss settle. */
static void begin(fit *t, bool compile)
{
    static const double START[2] = { 1.0, 10.0 };

    *t = (fit){ .f = { FIVE_POINTS, START, 0.0 } };
    const wick_options options = memory_options(&t->m, 5);
    const wick_program model = { five_point_model, &t->f };
    t->w = wick_new(&options);
    t->guide = wick_auto_delta_new(
        t->w, model, &(wick_auto_options){ .init = five_point_start, .init_arg = &t->f });
    t->svi = wick_svi_new(t->w, model, wick_guide_program(t->guide),
        &(wick_svi_options){ .loss = wick_trace_enum_elbo,
            .optim = wick_adam(.lr = 0.1, .beta1 = 0.8, .beta2 = 0.99),
            .schedule = { .decay = WICK_DECAY_EXPONENTIAL, .steps = 1000, .factor = 0.9 },
            .compile = compile });
}

/* So many more steps. */
static run go_on(fit *t, const char *name, uint64_t steps)
{
    const uint64_t end = wick_svi_steps(t->svi) + steps;
    run r = { name, steps, .ok = true };
    double loss = NAN;

    for (uint64_t i = 0; i < steps; i++) {
        if (i == WARM)
            r.warm = t->m;
        loss = wick_svi_step(t->svi);
        r.ok = r.ok && isfinite(loss);
    }
    r.end = t->m;
    r.off = loss - OPTIMUM;
    r.ok = r.ok && wick_status(t->w) == WICK_OK && wick_svi_steps(t->svi) == end;
    return r;
}

/* As after four thousand million steps, but for the last few. */
static void wind_on(fit *t)
{
    const uint64_t steps = (UINT64_C(1) << 32) - 2 * WARM;

    t->svi->steps = steps;
    t->w->step += steps;
    t->w->last_serial = UINT32_MAX - 2 * WARM;
    for (size_t i = 0; i < t->w->store->count; i++)
        t->w->store->entry[i]->steps = steps;
}

static void soak_svi(bool compile)
{
    fit t;

    begin(&t, compile);
    run r = go_on(&t, compile ? "SVI, compiled" : "SVI", STEPS);
    report(&r);
    wind_on(&t);
    r = go_on(&t, compile ? "compiled, counters pass 2^32" : "counters pass 2^32", 4 * WARM);
    wick_svi_free(t.svi);
    wick_guide_free(t.guide);
    wick_free(t.w);
    r.ok = r.ok && t.m.blocks == 0;
    report(&r);
}

/* --- NUTS ------------------------------------------------------------------------------------- */

/* All draws have a finite density. */
static bool are_finite(wick_chains x)
{
    bool ok = x.draws != NULL;

    for (size_t i = 0; ok && i < x.chains * x.n; i++)
        ok = isfinite(x.draws[i]);
    return ok;
}

/* Runs of four chains each, from another seed each. Each asks the allocator as often as the second
 * one, which is the warm one: for room for its chains, not for transitions. */
static void soak_nuts(void)
{
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    memory m = { 0 };
    const wick_options options = memory_options(&m, 6);
    wick *w = wick_new(&options);
    wick_potential *p = wick_potential_new(w, (wick_program){ five_point_model, &f }, NULL);
    wick_mcmc *chains = wick_mcmc_new(p, &(wick_mcmc_options){ .chains = 4, .samples = DRAWS });
    run r = { "NUTS, 4 chains", 0, .ok = true };
    size_t first = 0;

    for (int i = 0; i < RUNS && r.ok; i++) {
        wick_set_seed(w, (uint64_t)i);
        r.ok = wick_mcmc_run(chains) && are_finite(wick_mcmc_statistic(chains, WICK_LP));
        r.steps += 4 * DRAWS;
        if (i == 0)
            first = m.calls;
        if (i == 1) {
            r.warm = m;
            r.calls = (m.calls - first) * (RUNS - 2);
        }
    }
    r.end = m;
    wick_mcmc_free(chains);
    wick_potential_free(p);
    wick_free(w);
    r.ok = r.ok && m.blocks == 0;
    report(&r);
}

int main(void)
{
    puts("## Long runs\n");
    puts("The mixture of five points, run until a leak, a drift or a full counter would show. What "
         "the library holds\nafter 1000 steps, or two runs of the chains, it must hold at the end; "
         "steps must not call the allocator in between,\nand runs of chains, of 10,000 draws, all "
         "equally often. Losses and densities must be finite, the last loss that of\nthe optimum "
         "to 1e-9, and nothing may be left when all is freed.\n");
    puts("| run | steps or draws | blocks, bytes warm | at the end | allocations between | off the "
         "optimum | result |");
    puts("|---|---|---|---|---|---|---|");
    soak_svi(false);
    soak_svi(true);
    soak_nuts();
    printf("\n%d passed, %d failed\n", passed, failed);
    return failed > 0;
}

/* Bytes as a model and a guide: sites, plates, minibatches, masks, enumerated variables. A loss of
 * them is made, or an error is documented; compiled steps are those of eager ones. */
#include "fuzz/fuzz.h"

enum { MOST_VALUES = 16, MOST_STATEMENTS = 10, STEPS = 3 };

/* A program, and what it has made so far in this run. */
typedef struct program {
    bytes input;
    bytes left;
    unsigned n, open;                    /* values, plates */
    size_t members[MOST_STATEMENTS + 1]; /* within so many plates */
    wick_var value[MOST_VALUES];
} program;

static const char *const NAME[] = { "x0", "x1", "x2", "x3", "x4", "x5" };
static const double DATA[] = { 0.5, -1.25, 2.0, 1.0, 0.0, 3.0, 0.75, 1.5, -0.5, 1.0, 2.0, 0.25 };

/* --- statements ------------------------------------------------------------------------------- */

static void keep(program *p, wick_var x)
{
    if (p->n < MOST_VALUES)
        p->value[p->n++] = x;
}

static wick_var chosen(program *p)
{
    return p->value[take_below(&p->left, p->n)];
}

static wick_operand any(program *p)
{
    return take_below(&p->left, 2) ? wick_operand_var(chosen(p))
                                   : wick_operand_number(take_number(&p->left));
}

/* Mostly a positive number. */
static wick_operand positive(program *p)
{
    switch (take_below(&p->left, 4)) {
    case 0:
        return wick_operand_number(1.5);
    case 1:
        return wick_operand_var(wick_exp(chosen(p)));
    case 2:
        return wick_operand_var(chosen(p));
    default:
        return wick_operand_number(take_number(&p->left));
    }
}

static wick_var weights(program *p, wick *w)
{
    return take_below(&p->left, 2) ? wick_softmax(chosen(p)) : wick_fill(w, 0.5, 3);
}

static wick_dist dist(program *p, wick *w)
{
    switch (take_below(&p->left, 16)) {
    case 0:
    case 1:
        return (wick_normal)(any(p), positive(p));
    case 2:
        return (wick_lognormal)(any(p), positive(p));
    case 3:
        return (wick_half_normal)(positive(p));
    case 4:
        return (wick_gamma)(positive(p), positive(p));
    case 5:
        return (wick_beta)(positive(p), positive(p));
    case 6:
        return (wick_student_t)(positive(p), any(p), positive(p));
    case 7:
        return (wick_uniform)(any(p), positive(p));
    case 8:
        return wick_dirichlet(weights(p, w));
    case 9:
    case 10:
        return wick_categorical(weights(p, w));
    case 11:
        return wick_enumerate(wick_categorical(weights(p, w)));
    case 12:
        return wick_enumerate_sequential(wick_bernoulli(0.25));
    case 13:
        return (wick_bernoulli_logits)(any(p));
    case 14:
        return (wick_poisson)(positive(p));
    default:
        return wick_iid((wick_normal)(any(p), positive(p)), 2);
    }
}

static void param(program *p, wick *w)
{
    const char *name = wick_name(w, "p%u", take_below(&p->left, 3));
    const unsigned which = take_below(&p->left, 3);
    const wick_init init = which == 2 ? wick_init_fill(0.25, 3) : wick_init_num(0.5);

    keep(p, wick_param(w, name, init, which == 1 ? wick_positive() : wick_real()));
}

static void plate(program *p, wick *w)
{
    static const unsigned SIZE[] = { 3, 4 };
    const unsigned which = take_below(&p->left, 2), batch = take_below(&p->left, 2);

    wick_plate_enter(w,
        &(wick_plate_options){
            .name = which ? "q" : "p", .size = SIZE[which], .subsample = batch ? 2 : 0 });
    p->members[p->open + 1] = p->members[p->open] * SIZE[which];
    p->open++;
}

/* What the program did not open it does not close: that would be the handler around it. */
static void leave(program *p, wick *w)
{
    if (p->open == 0)
        return;
    wick_exit(w);
    p->open--;
}

static void site(program *p, wick *w, bool observed)
{
    const char *name = NAME[take_below(&p->left, sizeof NAME / sizeof *NAME)];
    const wick_dist d = dist(p, w);

    if (observed)
        keep(p,
            wick_observe(w, name, d,
                take_below(&p->left, 2) ? chosen(p) : wick_data(w, DATA, p->members[p->open])));
    else
        keep(p, wick_sample(w, name, d));
}

static void derived(program *p, wick *w)
{
    const wick_var x = chosen(p), y = chosen(p);

    switch (take_below(&p->left, 6)) {
    case 0:
        keep(p, wick_take(x, y));
        break;
    case 1:
        keep(p, wick_sum(x, take_below(&p->left, 2) ? "p" : "q"));
        break;
    case 2:
        keep(p, wick_mul(x, y));
        break;
    case 3:
        keep(p, wick_at(x, y));
        break;
    case 4:
        keep(p, wick_deterministic(w, "d", x));
        break;
    default:
        wick_factor(w, "f", x);
    }
}

static void statement(program *p, wick *w)
{
    const unsigned which = take_below(&p->left, 12);

    if (which < 6)
        site(p, w, which >= 3);
    else if (which == 6)
        param(p, w);
    else if (which == 7)
        plate(p, w);
    else if (which == 8)
        leave(p, w);
    else if (which == 9)
        derived(p, w);
    else
        WICK_WITH (w, which == 10 ? wick_scale(w, 2.0) : wick_mask(w, chosen(p)))
            site(p, w, take_below(&p->left, 2));
}

static void run(wick *w, void *arg)
{
    program *p = arg;

    p->left = p->input;
    p->n = p->open = 0;
    p->members[0] = 1;
    keep(p, wick_num(w, 0.75));
    keep(p, wick_fill(w, 0.5, 3));
    for (int i = 0; i < MOST_STATEMENTS && p->left.left > 0 && wick_status(w) == WICK_OK; i++)
        statement(p, w);
    for (; p->open > 0 && wick_status(w) == WICK_OK; p->open--)
        wick_exit(w);
}

/* --- fits ------------------------------------------------------------------------------------- */

/* What is chosen for a fit: model, guide, loss; and how it goes. */
typedef struct fit {
    program model, guide;
    unsigned guide_kind, loss;
    wick_code code;
    int steps; /* until the error */
    double losses[STEPS];
} fit;

static wick_guide *auto_guide(wick *w, wick_program model, unsigned kind)
{
    switch (kind) {
    case 1:
        return wick_auto_delta_new(w, model, NULL);
    case 2:
        return wick_auto_normal_new(w, model, NULL);
    default:
        return wick_auto_multivariate_normal_new(w, model, NULL);
    }
}

static void steps(fit *f, wick *w, bool compile)
{
    static const wick_loss LOSS[] = { wick_trace_enum_elbo, wick_trace_elbo,
        wick_trace_mean_field_elbo, wick_renyi_elbo };
    const wick_program model = { run, &f->model };
    wick_guide *guide = f->guide_kind ? auto_guide(w, model, f->guide_kind) : NULL;
    wick_svi *svi = wick_svi_new(w, model,
        f->guide_kind ? wick_guide_program(guide) : (wick_program){ run, &f->guide },
        &(wick_svi_options){ .loss = LOSS[f->loss], .compile = compile });

    while (f->steps < STEPS && wick_status(w) == WICK_OK) {
        f->losses[f->steps] = wick_svi_step(svi);
        f->steps += wick_status(w) == WICK_OK;
    }
    f->code = wick_status(w);
    wick_svi_free(svi);
    wick_guide_free(guide);
}

/* A trace of the model, then a fit. */
static void make(fit *f, bool compile)
{
    static const wick_code CODES[] = { WICK_ERR_ARGUMENT, WICK_ERR_SHAPE, WICK_ERR_DOMAIN,
        WICK_ERR_NONFINITE, WICK_ERR_NAME, WICK_ERR_STATE, WICK_ERR_LIMIT, WICK_ERR_NUMERIC,
        WICK_OK };
    memory m = { 0 };
    const wick_options options = memory_options(&m, 4);
    wick *w = wick_new(&options);
    const wick_trace *trace = wick_trace_run(w, (wick_program){ run, &f->model });

    require_documented(w, CODES);
    REQUIRE((trace == NULL) == (wick_status(w) != WICK_OK), "trace and status do not agree");
    if (trace)
        wick_format_shapes(w, trace);
    wick_clear(w);
    steps(f, w, compile);
    require_documented(w, CODES);
    end_handle(w, &m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes b = { data, size };
    fit eager = { .guide_kind = take_below(&b, 4) };

    eager.loss = take_below(&b, 4);
    const size_t half = eager.guide_kind ? b.left : b.left / 2;
    eager.model.input = (bytes){ b.next, half };
    eager.guide.input = (bytes){ b.next + half, b.left - half };
    fit compiled = eager;
    make(&eager, false);
    make(&compiled, true);
    REQUIRE(eager.code == compiled.code && eager.steps == compiled.steps,
        "eager: %d steps, %s; compiled: %d steps, %s", eager.steps, wick_code_name(eager.code),
        compiled.steps, wick_code_name(compiled.code));
    for (int i = 0; i < eager.steps; i++)
        REQUIRE(fabs(eager.losses[i] - compiled.losses[i]) <= 1e-9 * (1.0 + fabs(eager.losses[i])),
            "step %d: eager %.17g, compiled %.17g", i, eager.losses[i], compiled.losses[i]);
    return 0;
}

/* Members of a step whose sums are not safely away from underflow. */
#include "base/special.h"
#include "tape/chain_step.h"

#include <float.h>
#include <math.h>

/* A result, and where its terms begin. */
typedef struct result {
    size_t out, weights, table;
} result;

typedef void result_body(wick_node *node, const result *r);

static void for_results(wick_node *node, size_t member, result_body *body)
{
    const wicki_chain_step *s = wicki_chain_step_at(node->data);
    const wicki_chain_product *q = &s->product;
    const size_t begin = s->plates ? member : 0, end = s->plates ? member + 1 : q->n;

    for (size_t j = 0; j < s->n_places; j++)
        for (size_t r = 0; r < q->rows; r++)
            for (size_t i = begin; i < end; i++) {
                const size_t one = s->place[j].one + r * q->one_row, many = s->place[j].many + i;
                const size_t out = s->place[j].out + r * q->out_row + i;
                body(node,
                    &(result){ out, s->weights_one ? one : many, s->weights_one ? many : one });
            }
}

typedef struct term {
    size_t weights, table;
    double log;
} term;

static double message_log(const wick_node *node, size_t i)
{
    const wicki_chain_data *c = node->data;
    const size_t members = c->form->step.members, member = i % members;
    const wicki_chain_message m = wicki_chain_message_in(c->room, members);

    if (!wicki_chain_is_quiet(node) || m.scale[member] == 0.0)
        return node->value[i];
    return wicki_log(m.p[i]) + m.offset[member];
}

static term term_at(const wick_node *node, const result *r, size_t a)
{
    const wicki_chain_data *c = node->data;
    const wicki_chain_product *q = &c->form->step.product;
    const bool one = c->form->step.weights_one;
    const wick_node *log = wicki_chain_log(node);
    term t = { r->weights + a * (one ? q->one_term : q->many_term),
        r->table + a * (one ? q->many_term : q->one_term), 0.0 };

    if (c->message)
        t.log = message_log(node->in[FIRST], t.weights);
    if (log)
        t.log += log->value[t.weights];
    t.log += node->in[LOG_TABLE]->value[t.table];
    return t;
}

static size_t terms_of(const wick_node *node)
{
    return ((const wicki_chain_data *)node->data)->form->step.product.terms;
}

static size_t member_of(const wick_node *node, const result *r)
{
    return r->out % ((const wicki_chain_data *)node->data)->form->step.members;
}

/* NaN if a term is. */
static void sum_logs(wick_node *node, const result *r)
{
    double top = -INFINITY, sum = 0.0;

    for (size_t a = 0; a < terms_of(node); a++)
        top = wicki_max(top, term_at(node, r, a).log);
    const double base = wicki_max(-DBL_MAX, wicki_min(DBL_MAX, top));
    for (size_t a = 0; a < terms_of(node); a++)
        sum += wicki_exp(term_at(node, r, a).log - base);
    node->value[r->out] = sum > 0.0 ? top + wicki_log(sum) : isnan(sum) ? sum : -INFINITY;
}

/* The greatest value is the offset. */
static void find_top(wick_node *node, const result *r)
{
    double *top = wicki_chain_part(node->data, OFFSET) + member_of(node, r);

    *top = wicki_max(*top, node->value[r->out]);
}

static void take_out_top(wick_node *node, const result *r)
{
    const double top = wicki_chain_part(node->data, OFFSET)[member_of(node, r)];

    wicki_chain_step_at(node->data)->out.p[r->out] =
        top > -INFINITY ? wicki_exp(node->value[r->out] - top) : 0.0;
}

enum { LOST = 2 };

/* A sum of 0 that can be nothing else is exact; any other that is too small is not. */
static void look_for_lost(wick_node *node, const result *r)
{
    const size_t member = member_of(node, r);
    const wicki_chain_step *s = wicki_chain_step_at(node->data);

    if (s->out.p[r->out] > SAFE * s->out.scale[member])
        return;
    for (size_t a = 0; a < terms_of(node); a++)
        if (!(term_at(node, r, a).log == -INFINITY))
            wicki_chain_part(node->data, UNSAFE)[member] = LOST;
}

void wicki_chain_forward_in_logs(wick_node *node, size_t member)
{
    const wicki_chain_data *c = node->data;

    for_results(node, member, look_for_lost);
    if (wicki_chain_part(c, UNSAFE)[member] < LOST)
        return;
    for_results(node, member, sum_logs);
    wicki_chain_part(c, OFFSET)[member] = -INFINITY;
    wicki_chain_part(c, SCALE)[member] = 0.0;
    for_results(node, member, find_top);
    for_results(node, member, take_out_top);
}

static void hand_back(wick_node *node, const result *r)
{
    const double g = node->adjoint[r->out], value = node->value[r->out];
    double *table = node->in[LOG_TABLE]->adjoint;

    if (g == 0.0 || !(fabs(value) < INFINITY))
        return;
    for (size_t a = 0; a < terms_of(node); a++) {
        const term t = term_at(node, r, a);
        const double share = g * wicki_exp(t.log - value);
        for (uint32_t j = FIRST; j < node->n_in; j++)
            if (node->in[j]->adjoint)
                node->in[j]->adjoint[t.weights] += share;
        if (table)
            table[t.table] += share;
    }
}

void wicki_chain_reverse_in_logs(wick_node *node, size_t member)
{
    for_results(node, member, hand_back);
}

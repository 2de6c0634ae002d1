#include "kernel/chain.h"

#include "kernel/kernels.h"
#include "kernel/lanes_math.h"

#include <float.h>
#include <string.h>

/* Rows that share what they load, and groups of 8 neighbours side by side. */
enum { ROWS = 4, GROUPS = LANES_WIDTH == 8 ? 2 : 1, OUTER_ROWS = LANES_WIDTH == 8 ? 8 : 4 };

/* Weights lose less than 1e-278 times a message of at most the states times e^16, and so what is
 * lost of a sum of 1e-240 does not matter. */
static const double SAFE = 1e-240, LN2 = 0.6931471805599453;

/* n is a constant, LANES, but for the last */
WICKI_INLINE lanes load(const double *p, size_t n)
{
    return n == LANES ? lanes_load(p) : lanes_load_part(p, n, 0.0);
}

WICKI_INLINE void store(double *p, lanes x, size_t n)
{
    if (n == LANES)
        lanes_store(p, x);
    else
        lanes_store_part(p, x, n);
}

WICKI_INLINE double greatest(lanes x)
{
    double s[LANES];

    lanes_store(s, x);
    return wicki_max(wicki_max(wicki_max(s[0], s[4]), wicki_max(s[2], s[6])),
        wicki_max(wicki_max(s[1], s[5]), wicki_max(s[3], s[7])));
}

/* Finite, so that what is infinite stays so when this is subtracted from it. */
WICKI_INLINE lanes bounded(lanes top)
{
    return lanes_min(lanes_fill(DBL_MAX), lanes_max(lanes_fill(-DBL_MAX), top));
}

/* --- products --------------------------------------------------------------------------------- */

/* Some rows, each of whose sums is in `parts`, by the term's number mod parts. */
WICKI_INLINE void product_block(const wicki_chain_product *q, const double *one, const double *many,
    double *out, const size_t rows, const size_t parts, const size_t groups, size_t n, bool add)
{
    lanes sum[ROWS][GROUPS];
    size_t a = 0;

    LANES_UNROLL
    for (size_t r = 0; r < rows * parts; r++)
        LANES_UNROLL
    for (size_t g = 0; g < groups; g++)
        sum[r][g] = lanes_fill(0.0);
    for (; a + parts <= q->terms; a += parts)
        LANES_UNROLL
    for (size_t p = 0; p < parts; p++)
        LANES_UNROLL
    for (size_t g = 0; g < groups; g++) {
        const lanes x = load(many + (a + p) * q->many_term + g * LANES, n);
        LANES_UNROLL
        for (size_t r = 0; r < rows; r++) {
            const lanes y = lanes_fill(one[(a + p) * q->one_term + r * q->one_row]);
            sum[r + p][g] = lanes_muladd(y, x, sum[r + p][g]);
        }
    }
    for (; a < q->terms; a++)
        LANES_UNROLL
    for (size_t g = 0; g < groups; g++) {
        const lanes x = load(many + a * q->many_term + g * LANES, n);
        const lanes y = lanes_fill(one[a * q->one_term]);
        sum[0][g] = lanes_muladd(y, x, sum[0][g]);
    }
    LANES_UNROLL
    for (size_t r = 0; r < rows; r++)
        LANES_UNROLL
    for (size_t g = 0; g < groups; g++) {
        double *to = out + r * q->out_row + g * LANES;
        lanes s = sum[r][g];
        if (parts == 4)
            s = lanes_add(lanes_add(s, sum[1][g]), lanes_add(sum[2][g], sum[3][g]));
        store(to, add ? lanes_add(load(to, n), s) : s, n);
    }
}

/* parts is 4 for one row and 1 for more. */
WICKI_INLINE void product_rows(const wicki_chain_product *q, const double *one, const double *many,
    double *out, const size_t rows, const size_t parts, const bool add)
{
    size_t i = 0;

    for (; GROUPS > 1 && i + GROUPS * LANES <= q->n; i += GROUPS * LANES)
        product_block(q, one, many + i, out + i, rows, parts, GROUPS, LANES, add);
    for (; i + LANES <= q->n; i += LANES)
        product_block(q, one, many + i, out + i, rows, parts, 1, LANES, add);
    if (i < q->n)
        product_block(q, one, many + i, out + i, rows, parts, 1, q->n - i, add);
}

WICKI_INLINE void product(const wicki_chain_product *q, const double *one, const double *many,
    double *out, const bool add)
{
    size_t r = 0;

    for (; r + ROWS <= q->rows; r += ROWS)
        product_rows(q, one + r * q->one_row, many, out + r * q->out_row, ROWS, 1, add);
    for (; r < q->rows; r++)
        product_rows(q, one + r * q->one_row, many, out + r * q->out_row, 1, ROWS, add);
}

/* Of h[r] and many[a]: the products of neighbours, in lanes, are added to sums[a, r][8], or their
 * sum to sums[a, r]. */
WICKI_INLINE void dot(const wicki_chain_product *q, size_t a, size_t r, const double *h,
    const double *many, double *sums, const size_t terms, const bool in_lanes)
{
    const size_t tail = q->n % LANES, whole = q->n - tail;
    const double *y = h + r * q->out_row;
    lanes s[ROWS];

    LANES_UNROLL
    for (size_t j = 0; j < terms; j++) {
        const size_t at = (a + j) * q->one_term + r * q->one_row;
        s[j] = in_lanes ? lanes_load(sums + at * LANES) : lanes_fill(0.0);
    }
    for (size_t i = 0; i < whole; i += LANES) {
        const lanes v = lanes_load(y + i);
        LANES_UNROLL
        for (size_t j = 0; j < terms; j++)
            s[j] = lanes_muladd(v, lanes_load(many + (a + j) * q->many_term + i), s[j]);
    }
    if (tail > 0) {
        const lanes v = lanes_load_part(y + whole, tail, 0.0);
        LANES_UNROLL
        for (size_t j = 0; j < terms; j++) {
            const double *x = many + (a + j) * q->many_term + whole;
            s[j] = lanes_muladd(v, lanes_load_part(x, tail, 0.0), s[j]);
        }
    }
    LANES_UNROLL
    for (size_t j = 0; j < terms; j++) {
        const size_t at = (a + j) * q->one_term + r * q->one_row;
        double lane[LANES];
        lanes_store(in_lanes ? sums + at * LANES : lane, s[j]);
        if (!in_lanes)
            sums[at] += lanes_tree(lane);
    }
}

WICKI_INLINE void dots(const wicki_chain_product *q, const double *h, const double *many,
    double *sums, const bool in_lanes)
{
    for (size_t r = 0; r < q->rows; r++) {
        size_t a = 0;
        for (; a + ROWS <= q->terms; a += ROWS)
            dot(q, a, r, h, many, sums, ROWS, in_lanes);
        for (; a < q->terms; a++)
            dot(q, a, r, h, many, sums, 1, in_lanes);
    }
}

/* --- forward ---------------------------------------------------------------------------------- */

/* n neighbours; base is what is taken out of their logs. */
WICKI_INLINE lanes weigh(const wicki_chain_step *s, const double *log, const double *message,
    size_t i, lanes base, size_t n)
{
    lanes u = lanes_fill(1.0);

    if (log)
        u = lanes_exp_falling(lanes_sub(load(log + i, n), base));
    if (message)
        u = log ? lanes_mul(load(message + i, n), u) : load(message + i, n);
    store(s->u + i, u, n);
    return u;
}

/* 2^-k of a number from 2^k on, below 2^(k + 1) */
WICKI_INLINE piece piece_inverse_power(piece x)
{
    return piece_from_bits(0x7fe0000000000000u - (piece_to_bits(x) & 0x7ff0000000000000u));
}

/* k */
WICKI_INLINE piece piece_exponent(piece x)
{
    return piece_from_bits((piece_to_bits(x) >> 52) | 0x4330000000000000u) - (0x1p52 + 1023);
}

LANES_1(inverse_power, piece_inverse_power)
LANES_1(exponent, piece_exponent)

/* 2^-k and k ln 2, where the greatest weight is from 2^k to 2^(k + 1), or k is -1000. */
WICKI_INLINE lanes scale_of(lanes most, lanes *log)
{
    const lanes x = lanes_min(lanes_fill(0x1p1000), lanes_max(most, lanes_fill(0x1p-1000)));

    *log = lanes_mul(exponent(x), lanes_fill(LN2));
    return inverse_power(x);
}

static void weigh_all(
    const wicki_chain_step *s, const double *log, const double *message, double before)
{
    const size_t n = s->states, tail = n % LANES, whole = n - tail;
    lanes most = lanes_fill(-INFINITY), power;
    double top = 0.0;

    if (log) {
        for (size_t i = 0; i < whole; i += LANES)
            most = lanes_max(lanes_load(log + i), most);
        if (tail > 0)
            most = lanes_max(lanes_load_part(log + whole, tail, -INFINITY), most);
        top = greatest(most);
    }
    const lanes base = bounded(lanes_fill(top));
    most = lanes_fill(0.0);
    for (size_t i = 0; i < whole; i += LANES)
        most = lanes_max(weigh(s, log, message, i, base, LANES), most);
    if (tail > 0)
        most = lanes_max(
            lanes_first(tail, weigh(s, log, message, whole, base, tail), lanes_fill(0.0)), most);
    const lanes scale = scale_of(lanes_fill(greatest(most)), &power);
    lanes_store_part(s->out.scale, scale, 1);
    lanes_store_part(s->out.offset, lanes_add(lanes_fill(before + top), power), 1);
}

/* Some members of plates. */
WICKI_INLINE void weigh_members(const wicki_chain_step *s, const double *log, const double *message,
    lanes before, size_t i, size_t n)
{
    lanes top = lanes_fill(0.0), most = top, power;

    if (log) {
        top = load(log + i, n);
        for (size_t k = 1; k < s->states; k++)
            top = lanes_max(load(log + k * s->members + i, n), top);
    }
    const lanes base = bounded(top);
    for (size_t k = 0; k < s->states; k++)
        most = lanes_max(weigh(s, log, message, k * s->members + i, base, n), most);
    store(s->out.scale + i, scale_of(most, &power), n);
    store(s->out.offset + i, lanes_add(lanes_add(before, top), power), n);
}

/* 1 in lanes whose sum is not safely away from 0, where NaN counts. */
WICKI_INLINE lanes unsafe_of(lanes sum)
{
    return lanes_select_less(lanes_fill(SAFE), sum, lanes_fill(0.0), lanes_fill(1.0));
}

/* Makes messages, and perhaps values, of n sums. */
WICKI_INLINE lanes settle(
    const wicki_chain_step *s, size_t i, size_t n, lanes scale, lanes offset, double *value)
{
    double *at = s->out.p + i;
    const lanes sum = n == LANES ? lanes_load(at) : lanes_load_part(at, n, 1.0);
    const lanes p = lanes_mul(sum, scale);

    store(at, p, n);
    if (value)
        store(value + i, lanes_add(lanes_log(p), offset), n);
    return unsafe_of(sum);
}

static double settle_all(const wicki_chain_step *s, double *value)
{
    const size_t tail = s->results % LANES, whole = s->results - tail;
    const lanes scale = lanes_fill(*s->out.scale), offset = lanes_fill(*s->out.offset);
    lanes bad = lanes_fill(0.0);

    for (size_t i = 0; i < whole; i += LANES)
        bad = lanes_max(bad, settle(s, i, LANES, scale, offset, value));
    if (tail > 0)
        bad = lanes_max(bad, settle(s, whole, tail, scale, offset, value));
    return greatest(bad);
}

/* Says which of the members are unsafe, and how many. */
static size_t settle_members(const wicki_chain_step *s, double *value, double *unsafe)
{
    size_t n_unsafe = 0;

    for (size_t i = 0; i < s->members; i += LANES) {
        const size_t n = s->members - i < LANES ? s->members - i : LANES;
        const lanes scale = load(s->out.scale + i, n), offset = load(s->out.offset + i, n);
        lanes bad = lanes_fill(0.0);
        for (size_t r = 0; r < s->results; r++)
            bad = lanes_max(bad, settle(s, r * s->members + i, n, scale, offset, value));
        store(unsafe + i, bad, n);
        if (greatest(bad) > 0.0)
            for (size_t j = 0; j < n; j++)
                n_unsafe += unsafe[i + j] > 0.0;
    }
    return n_unsafe;
}

static void all_products(const wicki_chain_step *s)
{
    const double *one = s->weights_one ? s->u : s->table;
    const double *many = s->weights_one ? s->table : s->u;

    for (size_t j = 0; j < s->n_places; j++) {
        const wicki_chain_place *at = &s->place[j];
        product(&s->product, one + at->one, many + at->many, s->out.p + at->out, false);
    }
}

static size_t chain_forward(const wicki_chain_step *s, const double *log,
    const wicki_chain_message *message, double shift, double *value, double *unsafe)
{
    const double *p = message ? message->p : NULL;

    if (!s->plates) {
        weigh_all(s, log, p, shift + (message ? *message->offset : 0.0));
        all_products(s);
        *unsafe = settle_all(s, value);
        return *unsafe > 0.0;
    }
    for (size_t i = 0; i < s->members; i += LANES) {
        const size_t n = s->members - i < LANES ? s->members - i : LANES;
        const lanes before = message ? load(message->offset + i, n) : lanes_fill(0.0);
        weigh_members(s, log, p, lanes_add(before, lanes_fill(shift)), i, n);
    }
    all_products(s);
    return settle_members(s, value, unsafe);
}

/* --- the way back ----------------------------------------------------------------------------- */

/* g / sum; 0 where g is 0, and where the sum is impossible or was found in logs. */
WICKI_INLINE lanes slope(lanes g, lanes p, lanes scale)
{
    const lanes zero = lanes_fill(0.0), one = lanes_fill(1.0);
    const lanes there = lanes_select_less(zero, p, p, one);
    const lanes h = lanes_mul(lanes_div(g, there), scale);

    return lanes_select_equal(g, zero, zero, lanes_select_less(zero, p, h, zero));
}

static void slopes(const wicki_chain_step *s, const double *g, double *h)
{
    const size_t all = s->results * s->members;

    if (!s->plates) {
        const lanes scale = lanes_fill(*s->out.scale);
        for (size_t i = 0; i < all; i += LANES) {
            const size_t n = all - i < LANES ? all - i : LANES;
            store(h + i, slope(load(g + i, n), load(s->out.p + i, n), scale), n);
        }
        return;
    }
    for (size_t r = 0; r < s->results; r++)
        for (size_t i = 0; i < s->members; i += LANES) {
            const size_t n = s->members - i < LANES ? s->members - i : LANES;
            const size_t at = r * s->members + i;
            const lanes scale = load(s->out.scale + i, n);
            store(h + at, slope(load(g + at, n), load(s->out.p + at, n), scale), n);
        }
}

/* out becomes the lane operand, and the other way round. */
static wicki_chain_product backwards(const wicki_chain_product *q)
{
    return (wicki_chain_product){ .rows = q->terms,
        .terms = q->rows,
        .n = q->n,
        .out_row = q->many_term,
        .one_row = q->one_term,
        .one_term = q->one_row,
        .many_term = q->out_row };
}

/* A vector times the table with its axes exchanged. */
static void turned_back(const wicki_chain_step *s, const wicki_chain_adjoint *a)
{
    const wicki_chain_product q = {
        .rows = 1, .terms = s->results, .n = s->states, .one_term = 1, .many_term = s->states
    };

    product(&q, a->h, s->turned, a->du, false);
}

static void to_weights(const wicki_chain_step *s, const wicki_chain_adjoint *a)
{
    const wicki_chain_product back = backwards(&s->product);

    if (s->turned) {
        turned_back(s, a);
        return;
    }
    if (s->weights_one || s->n_places > 1)
        memset(a->du, 0, s->states * s->members * sizeof *a->du);
    for (size_t j = 0; j < s->n_places; j++) {
        const wicki_chain_place *at = &s->place[j];
        if (s->weights_one)
            dots(&s->product, a->h + at->out, s->table + at->many, a->du + at->one, false);
        else if (s->n_places > 1)
            product(&back, s->table + at->one, a->h + at->out, a->du + at->many, true);
        else
            product(&back, s->table + at->one, a->h + at->out, a->du + at->many, false);
    }
}

static void to_table(const wicki_chain_step *s, const wicki_chain_adjoint *a)
{
    const wicki_chain_product back = backwards(&s->product);

    for (size_t j = 0; j < s->n_places; j++) {
        const wicki_chain_place *at = &s->place[j];
        if (s->weights_one)
            product(&back, s->u + at->one, a->h + at->out, a->table + at->many, true);
        else if (a->sums)
            dots(&s->product, a->h + at->out, s->u + at->many, a->sums + at->one * LANES, true);
        else
            dots(&s->product, a->h + at->out, s->u + at->many, a->table + at->one, false);
    }
}

/* A log weight's adjoint is the weight times its own. */
WICKI_INLINE void hand_out(
    const wicki_chain_step *s, const wicki_chain_adjoint *a, size_t i, size_t n)
{
    const lanes more = lanes_mul(load(s->u + i, n), load(a->du + i, n));

    LANES_UNROLL
    for (size_t j = 0; j < 2; j++)
        if (a->to[j])
            store(a->to[j] + i, a->fresh[j] ? more : lanes_add(load(a->to[j] + i, n), more), n);
}

static void chain_reverse(const wicki_chain_step *s, const wicki_chain_adjoint *a)
{
    const size_t all = s->states * s->members;

    slopes(s, a->g, a->h);
    if (a->table || a->sums)
        to_table(s, a);
    if (!a->to[0] && !a->to[1])
        return;
    to_weights(s, a);
    for (size_t i = 0; i + LANES <= all; i += LANES)
        hand_out(s, a, i, LANES);
    if (all % LANES)
        hand_out(s, a, all - all % LANES, all % LANES);
}

/* --- runs ------------------------------------------------------------------------------------- */

WICKI_INLINE size_t part(size_t k, size_t i)
{
    return k - i < LANES ? k - i : LANES;
}

/* Exponentials of the logs, before any step has run. Their greatest is the offset. */
WICKI_INLINE void weigh_link(const wicki_chain_link *l, const size_t k)
{
    lanes most = lanes_fill(-INFINITY);

    *l->out.offset = 0.0;
    if (!l->log)
        return;
    for (size_t i = 0; i < k; i += LANES)
        most = lanes_max(part(k, i) == LANES ? lanes_load(l->log + i)
                                             : lanes_load_part(l->log + i, part(k, i), -INFINITY),
            most);
    *l->out.offset = greatest(most);
    const lanes base = bounded(lanes_fill(*l->out.offset));
    for (size_t i = 0; i < k; i += LANES)
        store(
            l->u + i, lanes_exp_falling(lanes_sub(load(l->log + i, part(k, i)), base)), part(k, i));
}

/* The weights, and what a sum is scaled by. */
WICKI_INLINE lanes carry(const wicki_chain_link *l, const double *message, double before, size_t k)
{
    lanes most = lanes_fill(0.0), power;

    for (size_t i = 0; i < k; i += LANES) {
        const size_t n = part(k, i);
        lanes u = lanes_fill(1.0);
        if (l->log)
            u = load(l->u + i, n);
        if (message)
            u = l->log ? lanes_mul(load(message + i, n), u) : load(message + i, n);
        store(l->u + i, u, n);
        most = lanes_max(n == LANES ? u : lanes_first(n, u, lanes_fill(0.0)), most);
    }
    const lanes scale = scale_of(lanes_fill(greatest(most)), &power);
    lanes_store_part(l->out.scale, scale, 1);
    lanes_store_part(l->out.offset, lanes_add(lanes_fill(before + *l->out.offset), power), 1);
    return scale;
}

WICKI_INLINE wicki_chain_product square(size_t k)
{
    return (wicki_chain_product){ .rows = 1, .terms = k, .n = k, .one_term = 1, .many_term = k };
}

WICKI_INLINE bool forward_run(const wicki_chain_step *s, size_t n, const wicki_chain_link *link,
    const wicki_chain_message *message, double shift, const size_t k)
{
    const wicki_chain_product q = square(k);
    const double *p = message ? message->p : NULL;
    double before = message ? *message->offset : 0.0;
    lanes bad = lanes_fill(0.0);

    for (size_t j = 0; j < n; j++)
        weigh_link(&link[j], k);
    for (size_t j = 0; j < n; j++) {
        const wicki_chain_link *l = &link[j];
        const lanes scale = carry(l, p, shift + before, k);
        product(&q, l->u, s->table, l->out.p, false);
        for (size_t i = 0; i < k; i += LANES) {
            double *at = l->out.p + i;
            const size_t m = part(k, i);
            const lanes sum = m == LANES ? lanes_load(at) : lanes_load_part(at, m, 1.0);
            store(at, lanes_mul(sum, scale), m);
            bad = lanes_max(bad, unsafe_of(sum));
        }
        p = l->out.p;
        before = *l->out.offset;
    }
    return greatest(bad) > 0.0;
}

/* Two sizes that are common are constants. */
static bool chain_forward_run(const wicki_chain_step *s, size_t n, const wicki_chain_link *link,
    const wicki_chain_message *message, double shift)
{
    if (s->states == 16)
        return forward_run(s, n, link, message, shift, 16);
    if (s->states == 8)
        return forward_run(s, n, link, message, shift, 8);
    return forward_run(s, n, link, message, shift, s->states);
}

WICKI_INLINE void reverse_run(const wicki_chain_step *s, size_t n, const wicki_chain_link *link,
    double *du, double *to, bool fresh, const size_t k)
{
    const wicki_chain_product q = square(k);

    for (size_t j = n; j-- > 0;) {
        const wicki_chain_link *l = &link[j];
        const lanes scale = lanes_fill(*l->out.scale);
        double *next = j > 0 ? link[j - 1].h : to;
        for (size_t i = 0; i < k; i += LANES) {
            const size_t m = part(k, i);
            store(l->h + i, slope(load(l->h + i, m), load(l->out.p + i, m), scale), m);
        }
        product(&q, l->h, s->turned, du, false);
        for (size_t i = 0; i < k; i += LANES) {
            const size_t m = part(k, i);
            const lanes more = lanes_mul(load(l->u + i, m), load(du + i, m));
            if (next)
                store(next + i, j > 0 || fresh ? more : lanes_add(load(next + i, m), more), m);
            if (l->to)
                store(l->to + i, l->fresh ? more : lanes_add(load(l->to + i, m), more), m);
        }
    }
}

static void chain_reverse_run(const wicki_chain_step *s, size_t n, const wicki_chain_link *link,
    double *du, double *to, bool fresh)
{
    if (s->states == 16)
        reverse_run(s, n, link, du, to, fresh, 16);
    else if (s->states == 8)
        reverse_run(s, n, link, du, to, fresh, 8);
    else
        reverse_run(s, n, link, du, to, fresh, s->states);
}

/* --- sums of products of pairs ---------------------------------------------------------------- */

/* Rows from r on, columns from c on. */
WICKI_INLINE void outer_block(size_t n, const wicki_chain_pair *pair, size_t r, size_t c,
    size_t columns, double *table, const size_t rows, const size_t groups, size_t m)
{
    lanes sum[OUTER_ROWS][GROUPS];

    LANES_UNROLL
    for (size_t i = 0; i < rows; i++)
        LANES_UNROLL
    for (size_t g = 0; g < groups; g++)
        sum[i][g] = load(table + (r + i) * columns + c + g * LANES, m);
    for (size_t j = 0; j < n; j++) {
        const double *u = pair[j].u + r, *h = pair[j].h + c;
        LANES_UNROLL
        for (size_t g = 0; g < groups; g++) {
            const lanes x = load(h + g * LANES, m);
            LANES_UNROLL
            for (size_t i = 0; i < rows; i++)
                sum[i][g] = lanes_muladd(lanes_fill(u[i]), x, sum[i][g]);
        }
    }
    LANES_UNROLL
    for (size_t i = 0; i < rows; i++)
        LANES_UNROLL
    for (size_t g = 0; g < groups; g++)
        store(table + (r + i) * columns + c + g * LANES, sum[i][g], m);
}

WICKI_INLINE void outer_rows(size_t n, const wicki_chain_pair *pair, size_t r, size_t columns,
    double *table, const size_t rows)
{
    size_t c = 0;

    for (; GROUPS > 1 && c + GROUPS * LANES <= columns; c += GROUPS * LANES)
        outer_block(n, pair, r, c, columns, table, rows, GROUPS, LANES);
    for (; c + LANES <= columns; c += LANES)
        outer_block(n, pair, r, c, columns, table, rows, 1, LANES);
    if (c < columns)
        outer_block(n, pair, r, c, columns, table, rows, 1, columns - c);
}

static void chain_outer(
    size_t n, const wicki_chain_pair *pair, size_t rows, size_t columns, double *table)
{
    size_t r = 0;

    for (; r + OUTER_ROWS <= rows; r += OUTER_ROWS)
        outer_rows(n, pair, r, columns, table, OUTER_ROWS);
    for (; r < rows; r++)
        outer_rows(n, pair, r, columns, table, 1);
}

const wicki_chain_kernels WICKI_KERNEL(wicki_chain_kernels) = { .forward = chain_forward,
    .reverse = chain_reverse,
    .forward_run = chain_forward_run,
    .reverse_run = chain_reverse_run,
    .outer = chain_outer };

/* A step of a chain in probabilities: sums of products over the values of a variable.
 *
 * The weights of the values, u[states][members], are exp(log - its greatest) times a message, and
 *
 *     out[r] = sum over a of u[a, r] table[a, r],   value[r] = log out[r] + what was taken out
 *
 * where u and table each lack some of the results' axes. The sums times a power of 2, the inverse
 * of that of the greatest weight, are a message to the next step. Each member of a plate has its
 * own greatest, else there is one for all. Where a sum is so small that what underflowed might
 * matter, the member is reported, and the caller does it in logs.
 */
#ifndef WICKI_KERNEL_CHAIN_H
#define WICKI_KERNEL_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

/**
 * What products of rows have in common: in each place, for `rows` rows of n neighbours,
 * out[r][i] = sum over a of one[a, r] many[a][i]. `one` are the weights or the table.
 */
typedef struct wicki_chain_product {
    size_t rows, terms, n;
    size_t out_row, one_row, one_term, many_term; /* steps */
} wicki_chain_product;

/** Where out, one and many begin. */
typedef struct wicki_chain_place {
    size_t out, one, many;
} wicki_chain_place;

/**
 * What messages are: probabilities of each member times exp(-offset), with a scale of 0 where they
 * were found in logs.
 */
typedef struct wicki_chain_message {
    double *p;              /* [results][members] */
    double *offset, *scale; /* [members]; p is the sums times the scale */
} wicki_chain_message;

typedef struct wicki_chain_step {
    size_t states, results, members;
    bool plates;      /* members are those of plates: in lanes, each with a scale of its own */
    bool weights_one; /* `one` are the weights, otherwise the table */
    wicki_chain_product product;
    size_t n_places;
    const wicki_chain_place *place;
    const double *table;
    const double *turned; /* the table with its axes exchanged, where a vector is multiplied by a
                             matrix; or NULL */
    double *u;            /* [states][members] */
    wicki_chain_message out;
} wicki_chain_step;

/** The way back. */
typedef struct wicki_chain_adjoint {
    const double *g; /* [results][members] */
    double *h;       /* [results][members]: room, or g itself */
    double *du;      /* [states][members]: room */
    double *to[2];   /* adjoints of the message and of the logs, or NULL */
    bool fresh[2];   /* holds nothing yet: stored, not added */
    double *table;   /* adjoint of the table, or NULL, */
    double *sums;    /* or with plates [table][8], by members with an index mod 8 each */
} wicki_chain_adjoint;

/** The weights of a step, and what its reverse left in h. */
typedef struct wicki_chain_pair {
    const double *u, *h;
} wicki_chain_pair;

/** A step of a run: vectors times one square table, each the message to the next. */
typedef struct wicki_chain_link {
    const double *log; /* [states], or NULL */
    double *u;         /* [states] */
    wicki_chain_message out;
    double *h;  /* the way back: the adjoint of the result, which becomes h; */
    double *to; /* the adjoint of log, or NULL, */
    bool fresh; /* which holds nothing yet */
} wicki_chain_link;

typedef struct wicki_chain_kernels {
    /**
     * Weights, sums, and the message. Returns the number of members with a sum that is not safely
     * away from underflow; `unsafe` [members] has 1 for them, 0 for others.
     *
     * @param log      [states][members], or NULL: zeros
     * @param message  with the axes of the weights, or NULL: ones
     * @param shift    logarithm of what the table was divided by
     * @param value    [results][members], or NULL: not wanted
     */
    size_t (*forward)(const wicki_chain_step *s, const double *log,
        const wicki_chain_message *message, double shift, double *value, double *unsafe);

    /** Adds to the adjoints; h is then the slopes by the sums. Members with a scale of 0 are left
     * out. */
    void (*reverse)(const wicki_chain_step *s, const wicki_chain_adjoint *a);

    /**
     * What forward and reverse of n steps do one by one, with the same bits. Of the last only the
     * message is made. Returns whether a sum is unsafe, and then nothing is of use.
     *
     * @param to  the adjoint of the first message, or NULL
     */
    bool (*forward_run)(const wicki_chain_step *s, size_t n, const wicki_chain_link *link,
        const wicki_chain_message *message, double shift);
    void (*reverse_run)(const wicki_chain_step *s, size_t n, const wicki_chain_link *link,
        double *du, double *to, bool fresh);

    /** Adds the sum of the products of n pairs of vectors to a table [rows][columns]. */
    void (*outer)(
        size_t n, const wicki_chain_pair *pair, size_t rows, size_t columns, double *table);
} wicki_chain_kernels;

#endif

/**
 * A step of a chain in probabilities: eliminating a variable without a logarithm for each term.
 */
#ifndef WICKI_TAPE_CHAIN_H
#define WICKI_TAPE_CHAIN_H

#include "tape/tape.h"

/**
 * log sum over `dim` of exp(sum of the factors), as wicki_mixture, where it pays: one of the
 * factors, a table over enumerated variables, has variables that no other has, and either others
 * vary over more than it does, or the table is that of other steps too. Sums are made of products
 * then, and only the table and what the others add up to are exponentiated; sums that underflow, or
 * nearly so, are made in logs.
 *
 * @return  NULL if it does not pay, and after an error
 */
wick_node *wicki_chain(wick *w, size_t n, wick_node *const *factors, uint32_t dim);

/**
 * The exponentials of a table: an event of exp(x - shift), the same with the axes exchanged if x
 * has two dimensions, and the shift, which is 0 unless the greatest x is far from it. The shift is
 * a constant: who uses the table takes it out again. Twins of a table have one.
 */
wick_node *wicki_exp_table(wick *w, wick_node *x);

#endif

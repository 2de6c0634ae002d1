/**
 * The multivariate normal over a large plate that only its value varies over: what is done by the
 * kernels of kernel/mvn.h and kernel/quadratic.h. The plan stands in wicki_density.
 */
#ifndef WICKI_DIST_MVN_PLAN_H
#define WICKI_DIST_MVN_PLAN_H

#include "dist/density.h"

/** Makes the node's plan if it is of that kind, else none. Returns false after an error. */
bool wicki_mvn_plan(wick *w, wick_node *node);

void wicki_mvn_prepare(wick_node *node);
void wicki_mvn_finish(wick_node *node);

/* Each returns false, and does nothing, if the node has no plan. */
bool wicki_mvn_forward(wick_node *node);
bool wicki_mvn_reverse(wick_node *node);

#endif

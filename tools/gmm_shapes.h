/**
 * Curves that show the components of a mixture.
 */
#ifndef TOOLS_GMM_SHAPES_H
#define TOOLS_GMM_SHAPES_H

#include "models/gmm.h"

enum { SHAPE_POINTS = 401 };

/** The ellipse in the first two columns that holds 95 % of a component: SHAPE_POINTS points, the last
 * the first. False after an error of the handle. */
bool tool_ellipse(wick *w, const gmm_mixture *mixture, size_t component, double *x, double *y);

/**
 * Densities of a mixture of one column, where the n numbers of the data are: SHAPE_POINTS points x;
 * in y as many values of the mixture, then of weight times density of each component. False after an
 * error.
 */
bool tool_densities(
    wick *w, const gmm_mixture *mixture, size_t n, const double *data, double *x, double *y);

#endif

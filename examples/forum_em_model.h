/**
 * The programs of the forum's mixture, and where its data come from.
 *
 * Parameters, by name in the store of the handle: weights on the simplex; and for each component
 * means, chol_factor (a full matrix that begins as the identity) and scale_diag > 0, of which
 * scale_tril = chol_factor diag(scale_diag). They are made by the guide; the model reads them. The
 * other parameterisation has scale_tril itself, a lower triangle with a positive diagonal, in place
 * of the last two.
 */
#ifndef EXAMPLES_FORUM_EM_MODEL_H
#define EXAMPLES_FORUM_EM_MODEL_H

#include "models/gmm.h"

#include <wick/wick.h>

enum { K = 3, D = 2 };

/** Rows of D numbers; arg of the programs below. */
struct rows {
    size_t n;
    const double *x;
};

/* --- data ------------------------------------------------------------------------------------ */

/** "covariances" of the document; the second one is not symmetric. */
extern const double FORUM_COVARIANCES[K][D * D];

/**
 * What NumPy draws from where a covariance C is not symmetric. Its multivariate_normal decomposes
 * C = U S V' and multiplies standard normals by sqrt(S) V', so that their covariance is
 * V S V' = (C'C)^(1/2). For a symmetric C that is C.
 *
 * @param c    [D][D], of a determinant that is not 0
 * @param out  [D][D]: by Cayley and Hamilton, with m = C'C and r = sqrt(det m) = |det C|,
 *             m^(1/2) = (m + r I) / sqrt(tr m + 2 r)
 */
void forum_effective_covariance(const double *c, double *out);

/** The document's weights and means, with those covariances. To be freed by gmm_mixture_free. */
gmm_mixture *forum_truth(wick *w);

/** Draws n rows of D numbers from it, by the seed of the handle. */
void forum_draw(wick *w, size_t n, double *x);

/* --- programs; arg: struct rows -------------------------------------------------------------- */

/** Makes the parameters, and draws nothing. */
void forum_define(wick *w, void *arg);

/** Makes them, and draws each assignment from its posterior under them: the E step. */
void forum_guide(wick *w, void *arg);

/** Reads them. */
void forum_model(wick *w, void *arg);

/** The document's first attempt, which does not: equal weights, means 0, unit covariances. */
void forum_first_model(wick *w, void *arg);

/** forum_define and forum_model in the other parameterisation. */
void forum_cholesky_define(wick *w, void *arg);
void forum_cholesky_model(wick *w, void *arg);

/** The parameters, of either parameterisation, as a mixture of K components. */
void forum_read(wick *w, gmm_mixture *out);

/* --- the loss of the document ---------------------------------------------------------------- */

/**
 * A wick_loss, the M step of EM by gradients: -log p(x, z), z drawn by the guide, whose own density
 * is left out. Where the guide is the posterior, the expectation of its gradient is that of -log
 * p(x) (Fisher's identity); the expectation of its value is larger by the entropy of the
 * assignments.
 */
wick_var forum_em_loss(wick *w, wick_program model, wick_program guide, const void *options);

#endif

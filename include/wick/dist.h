/**
 * Distributions, constraints, transforms.
 *
 * A wick_dist is a small value: a type and its parameters, vars or numbers. It draws nothing and
 * computes nothing until it is used at a site or by wick_log_prob. Its *event* is that of its
 * parameters together (for elementwise distributions also of the value); its density sums over
 * the event. What a distribution varies over is what its parameters vary over.
 *
 * A parameter outside its domain, or a NaN, makes the density NaN; the loss then reports the
 * parameter, its member and the site. A value outside the support has the density -inf.
 */
#ifndef WICK_DIST_H
#define WICK_DIST_H

#include <wick/var.h>

WICK_BEGIN

typedef struct wick_dist_type wick_dist_type;

enum { WICK_MAX_PARAMETERS = 4 };

/** How a discrete latent site of a guide is summed over (wick_trace_enum_elbo). */
typedef enum wick_enumeration {
    WICK_NOT_ENUMERATED = 0,
    WICK_PARALLEL,  /**< as a dimension: one run has all values */
    WICK_SEQUENTIAL /**< one run for each value, for programs whose C code depends on it */
} wick_enumeration;

/** A distribution. Lives as long as the vars in it. */
typedef struct wick_dist {
    const wick_dist_type *type;
    wick_argument parameter[WICK_MAX_PARAMETERS];
    size_t iid_sizes[WICK_MAX_RANK]; /**< leading event axes made by wick_iid */
    unsigned char iid_rank;
    bool auxiliary;               /**< marked by wick_auxiliary */
    wick_enumeration enumerate;   /**< marked by wick_enumerate */
    wick_var baseline;            /**< given by wick_baseline */
    const struct wick_dist *base; /**< distributions that it is made from, n_bases of them */
    size_t n_bases;
} wick_dist;

/* --- continuous ------------------------------------------------------------------------------ */

/** (2 pi scale^2)^(-1/2) exp(-(x - loc)^2 / (2 scale^2)), x real, scale > 0. */
WICK_API wick_dist wick_normal(wick_operand loc, wick_operand scale);

/** exp of a normal(loc, scale), x > 0, scale > 0. */
WICK_API wick_dist wick_lognormal(wick_operand loc, wick_operand scale);

/** |y| of a y ~ normal(0, scale), x >= 0, scale > 0. */
WICK_API wick_dist wick_half_normal(wick_operand scale);

/** 1 / (high - low) for low <= x <= high, low < high. */
WICK_API wick_dist wick_uniform(wick_operand low, wick_operand high);

/** rate exp(-rate x), x >= 0, rate > 0. */
WICK_API wick_dist wick_exponential(wick_operand rate);

/** 1 / (pi scale (1 + z^2)) with z = (x - loc) / scale, x real, scale > 0. It has no mean. */
WICK_API wick_dist wick_cauchy(wick_operand loc, wick_operand scale);

/** |y| of a y ~ cauchy(0, scale), x >= 0, scale > 0. Its mean is infinite. */
WICK_API wick_dist wick_half_cauchy(wick_operand scale);

/** exp(-|x - loc| / scale) / (2 scale), x real, scale > 0. */
WICK_API wick_dist wick_laplace(wick_operand loc, wick_operand scale);

/** e^-z / (scale (1 + e^-z)^2) with z = (x - loc) / scale, x real, scale > 0. */
WICK_API wick_dist wick_logistic(wick_operand loc, wick_operand scale);

/** exp(-(z + e^-z)) / scale with z = (x - loc) / scale, x real, scale > 0: of maxima. */
WICK_API wick_dist wick_gumbel(wick_operand loc, wick_operand scale);

/** (k / scale) t^(k-1) exp(-t^k) with t = x / scale, x > 0, scale > 0, k = concentration > 0. */
WICK_API wick_dist wick_weibull(wick_operand scale, wick_operand concentration);

/**
 * (alpha / scale) (scale / x)^(alpha+1), x >= scale > 0, alpha > 0. The mean is infinite for alpha up to
 * 1, the variance up to 2.
 */
WICK_API wick_dist wick_pareto(wick_operand scale, wick_operand alpha);

/**
 * a b x^(a-1) (1 - x^a)^(b-1), 0 < x < 1, a = concentration1 > 0, b = concentration0 > 0: close to a
 * beta with these parameters, with a distribution function in closed form.
 */
WICK_API wick_dist wick_kumaraswamy(wick_operand concentration1, wick_operand concentration0);

/**
 * exp(k cos(x - loc)) / (2 pi I_0(k)) of an angle x in radians, k = concentration > 0.
 *
 * The density is that of the direction: it is the same for x and x + 2 pi. Draws lie from -pi to pi,
 * which is also what the density integrates to 1 over. Mean and variance are the circular ones, loc
 * and 1 - I_1(k) / I_0(k). Draws have no gradient.
 *
 * Source: Best & Fisher (1979), Efficient simulation of the von Mises distribution, Applied
 * Statistics 28.
 */
WICK_API wick_dist wick_von_mises(wick_operand loc, wick_operand concentration);

/**
 * A normal(loc, scale) given low <= x <= high: its density over P = Phi((high - loc) / scale) -
 * Phi((low - loc) / scale), scale > 0, low < high. A bound of -INFINITY or INFINITY leaves its side
 * open.
 *
 * Density, draws and moments keep their digits however far from loc the interval is; a draw is by
 * inversion, and gradients flow through it to all four parameters.
 */
WICK_API wick_dist wick_truncated_normal(
    wick_operand loc, wick_operand scale, wick_operand low, wick_operand high);

/** rate^a x^(a-1) exp(-rate x) / Gamma(a), x > 0, a = concentration > 0, rate > 0. */
WICK_API wick_dist wick_gamma(wick_operand concentration, wick_operand rate);

/** x^(a-1) (1-x)^(b-1) / B(a, b), 0 < x < 1, a = concentration1 > 0, b = concentration0 > 0. */
WICK_API wick_dist wick_beta(wick_operand concentration1, wick_operand concentration0);

/** prod x_k^(a_k - 1) Gamma(sum a) / prod Gamma(a_k), x on the simplex, a = concentration [K] > 0. */
WICK_API wick_dist wick_dirichlet(wick_var concentration);

/**
 * Gamma((df + 1) / 2) / (Gamma(df / 2) sqrt(pi df) scale) (1 + z^2 / df)^(-(df + 1) / 2) with
 * z = (x - loc) / scale, x real, df > 0, scale > 0.
 */
WICK_API wick_dist wick_student_t(wick_operand df, wick_operand loc, wick_operand scale);

/** rate^a x^(-a-1) exp(-rate / x) / Gamma(a), x > 0, a = concentration > 0, rate > 0. */
WICK_API wick_dist wick_inverse_gamma(wick_operand concentration, wick_operand rate);

/** Chi-squared: gamma(df / 2, 1/2), x > 0, df > 0. */
WICK_API wick_dist wick_chi2(wick_operand df);

/**
 * Normal with loc [D] and covariance scale_tril scale_tril', scale_tril [D][D] lower-triangular
 * with a positive diagonal. The upper triangle is not read and gets no gradient.
 */
WICK_API wick_dist wick_multivariate_normal(wick_var loc, wick_var scale_tril);

/*
 * The same by other forms of the covariance, from which scale_tril is computed at once. Errors are
 * those of wick_cholesky: a matrix that is not symmetric, or not positive definite.
 */

/** By the covariance itself, [D][D]. */
WICK_API wick_dist wick_multivariate_normal_covariance(wick_var loc, wick_var covariance);

/** By the inverse of the covariance. */
WICK_API wick_dist wick_multivariate_normal_precision(wick_var loc, wick_var precision);

/** With independent elements of standard deviations scale [D]: wick_normal(loc, scale) as a vector. */
WICK_API wick_dist wick_multivariate_normal_diagonal(wick_var loc, wick_var scale);

/**
 * With the covariance cov_factor cov_factor' + diag(cov_diag), cov_factor [D][R], cov_diag [D] > 0.
 * Density, draws and divergences take D R^2 operations, not D^3.
 */
WICK_API wick_dist wick_low_rank_multivariate_normal(
    wick_var loc, wick_var cov_factor, wick_var cov_diag);

/**
 * Gamma((df + D) / 2) / (Gamma(df / 2) (pi df)^(D/2) |L|) (1 + t't / df)^(-(df + D) / 2) with
 * L t = x - loc, L = scale_tril [D][D], df > 0. The covariance is L L' df / (df - 2) for df > 2.
 */
WICK_API wick_dist wick_multivariate_student_t(wick_operand df, wick_var loc, wick_var scale_tril);

/**
 * Cholesky factors L of correlation matrices of dim rows, dim >= 2: in the elements below the diagonal
 * the density prod_i L_ii^(dim - i + 2 (concentration - 1)), i = 2 .. dim, over its integral. So L L'
 * has a density proportional to det(L L')^(concentration - 1), which 1 makes uniform; concentration > 0.
 *
 * Source: Lewandowski, Kurowicka & Joe (2009); Stan's lkj_corr_cholesky, PyTorch's LKJCholesky.
 */
WICK_API wick_dist wick_lkj_cholesky(size_t dim, wick_operand concentration);

/**
 * |x|^((df - D - 1) / 2) exp(-tr(V^-1 x) / 2) / (2^(df D / 2) |V|^(df / 2) Gamma_D(df / 2)) for positive
 * definite x [D][D], V = L L', L = scale_tril [D][D], df > D - 1. The mean is df V. With df near D - 1
 * some draws are singular to the precision of doubles.
 */
WICK_API wick_dist wick_wishart(wick_operand df, wick_var scale_tril);

/** All mass at value: density 0 (in logs) there, -inf elsewhere. A draw is the value itself. */
WICK_API wick_dist wick_delta(wick_operand value);

/**
 * The same with log_density, a scalar, for the density (in logs) at the value: of a value that a
 * guide has from another draw, u ~ q and value = f(u), log q(u) - log |det df/du|. Gradients go to
 * both. It counts once, whatever the event.
 */
WICK_API wick_dist wick_delta_density(wick_operand value, wick_operand log_density);

/* --- discrete -------------------------------------------------------------------------------- */

/** 1 with probability probs, else 0; 0 <= probs <= 1. */
WICK_API wick_dist wick_bernoulli(wick_operand probs);

/** The same with probability sigmoid(logits). */
WICK_API wick_dist wick_bernoulli_logits(wick_operand logits);

/**
 * 0 .. K-1 with probabilities proportional to probs [K] >= 0, along the last event axis.
 *
 * Normalised here: rows need not sum to 1. A row that sums to 0 has density NaN.
 */
WICK_API wick_dist wick_categorical(wick_var probs);

/** The same with probabilities softmax(logits). */
WICK_API wick_dist wick_categorical_logits(wick_var logits);

/**
 * rate^x exp(-rate) / x!, x = 0, 1, 2, ..., rate >= 0. With rate 0 all mass is at 0. The support is
 * not finite: such a site cannot be summed out.
 */
WICK_API wick_dist wick_poisson(wick_operand rate);

/**
 * n! / (x! (n-x)!) probs^x (1-probs)^(n-x), x = 0 .. n, n = total_count = 0, 1, ..., 0 <= probs <= 1.
 *
 * No gradient goes to total_count, here and in the other distributions of counts up to it. Where it
 * varies over members, summing out takes the values up to the greatest.
 */
WICK_API wick_dist wick_binomial(wick_operand total_count, wick_operand probs);

/** The same with probability sigmoid(logits). */
WICK_API wick_dist wick_binomial_logits(wick_operand total_count, wick_operand logits);

/**
 * A binomial whose probability is a beta(a, b): n! / (x! (n-x)!) B(x+a, n-x+b) / B(a, b), x = 0 .. n,
 * a = concentration1 > 0, b = concentration0 > 0, n = total_count.
 */
WICK_API wick_dist wick_beta_binomial(
    wick_operand concentration1, wick_operand concentration0, wick_operand total_count);

/** (1 - probs)^x probs, x = 0, 1, 2, ...: failures before the first success; 0 < probs <= 1. */
WICK_API wick_dist wick_geometric(wick_operand probs);

/** The same with probability sigmoid(logits). */
WICK_API wick_dist wick_geometric_logits(wick_operand logits);

/**
 * Gamma(x+r) / (x! Gamma(r)) (1 - probs)^r probs^x, x = 0, 1, 2, ..., r = total_count > 0, any real
 * number, 0 <= probs < 1: successes of that probability before the r-th failure, as in torch. (SciPy
 * and R have the probability of the other outcome, 1 - probs.) The mean is r probs / (1 - probs).
 */
WICK_API wick_dist wick_negative_binomial(wick_operand total_count, wick_operand probs);

/** The same with probability sigmoid(logits). */
WICK_API wick_dist wick_negative_binomial_logits(wick_operand total_count, wick_operand logits);

/**
 * A poisson whose rate is a gamma(concentration, rate), both > 0, x = 0, 1, 2, ...: the negative
 * binomial with total_count = concentration and probs = 1 / (1 + rate).
 */
WICK_API wick_dist wick_gamma_poisson(wick_operand concentration, wick_operand rate);

/** 1 / (high - low + 1), x = low .. high, integers, low <= high. No gradient goes to either. */
WICK_API wick_dist wick_discrete_uniform(wick_operand low, wick_operand high);

/**
 * A category as a vector [K] of zeros and a one, at k with probability proportional to
 * probs [K] >= 0, normalised as in wick_categorical. Summed out, its value k is the k-th of them.
 */
WICK_API wick_dist wick_one_hot_categorical(wick_var probs);

/** The same with probabilities softmax(logits). */
WICK_API wick_dist wick_one_hot_categorical_logits(wick_var logits);

/**
 * n! prod p_k^x_k / x_k!, x [K] of integers >= 0 with the sum n = total_count, p proportional to
 * probs [K] >= 0, normalised as in wick_categorical.
 */
WICK_API wick_dist wick_multinomial(wick_operand total_count, wick_var probs);

/** The same with probabilities softmax(logits). */
WICK_API wick_dist wick_multinomial_logits(wick_operand total_count, wick_var logits);

/**
 * A multinomial whose probs are a dirichlet(a): n! Gamma(s) / Gamma(s+n) prod Gamma(x_k+a_k) /
 * (x_k! Gamma(a_k)), a = concentration [K] > 0, s = sum a, n = total_count.
 */
WICK_API wick_dist wick_dirichlet_multinomial(wick_var concentration, wick_operand total_count);

/** No value at all, only a term of the log-density: what wick_factor observes. */
WICK_API wick_dist wick_unit(wick_operand log_factor);

#ifndef __cplusplus
#define wick_normal(loc, scale) wick_normal(WICK_OPERAND(loc), WICK_OPERAND(scale))
#define wick_lognormal(loc, scale) wick_lognormal(WICK_OPERAND(loc), WICK_OPERAND(scale))
#define wick_half_normal(scale) wick_half_normal(WICK_OPERAND(scale))
#define wick_uniform(low, high) wick_uniform(WICK_OPERAND(low), WICK_OPERAND(high))
#define wick_exponential(rate) wick_exponential(WICK_OPERAND(rate))
#define wick_cauchy(loc, scale) wick_cauchy(WICK_OPERAND(loc), WICK_OPERAND(scale))
#define wick_half_cauchy(scale) wick_half_cauchy(WICK_OPERAND(scale))
#define wick_laplace(loc, scale) wick_laplace(WICK_OPERAND(loc), WICK_OPERAND(scale))
#define wick_logistic(loc, scale) wick_logistic(WICK_OPERAND(loc), WICK_OPERAND(scale))
#define wick_gumbel(loc, scale) wick_gumbel(WICK_OPERAND(loc), WICK_OPERAND(scale))
#define wick_weibull(scale, concentration) \
    wick_weibull(WICK_OPERAND(scale), WICK_OPERAND(concentration))
#define wick_pareto(scale, alpha) wick_pareto(WICK_OPERAND(scale), WICK_OPERAND(alpha))
#define wick_kumaraswamy(a, b) wick_kumaraswamy(WICK_OPERAND(a), WICK_OPERAND(b))
#define wick_von_mises(loc, concentration) \
    wick_von_mises(WICK_OPERAND(loc), WICK_OPERAND(concentration))
#define wick_truncated_normal(loc, scale, low, high) \
    wick_truncated_normal(                           \
        WICK_OPERAND(loc), WICK_OPERAND(scale), WICK_OPERAND(low), WICK_OPERAND(high))
#define wick_gamma(concentration, rate) wick_gamma(WICK_OPERAND(concentration), WICK_OPERAND(rate))
#define wick_beta(a, b) wick_beta(WICK_OPERAND(a), WICK_OPERAND(b))
#define wick_student_t(df, loc, scale) \
    wick_student_t(WICK_OPERAND(df), WICK_OPERAND(loc), WICK_OPERAND(scale))
#define wick_inverse_gamma(concentration, rate) \
    wick_inverse_gamma(WICK_OPERAND(concentration), WICK_OPERAND(rate))
#define wick_chi2(df) wick_chi2(WICK_OPERAND(df))
#define wick_multivariate_student_t(df, loc, scale_tril) \
    wick_multivariate_student_t(WICK_OPERAND(df), loc, scale_tril)
#define wick_lkj_cholesky(dim, concentration) wick_lkj_cholesky(dim, WICK_OPERAND(concentration))
#define wick_wishart(df, scale_tril) wick_wishart(WICK_OPERAND(df), scale_tril)
#define wick_delta(value) wick_delta(WICK_OPERAND(value))
#define wick_delta_density(value, log_density) \
    wick_delta_density(WICK_OPERAND(value), WICK_OPERAND(log_density))
#define wick_bernoulli(probs) wick_bernoulli(WICK_OPERAND(probs))
#define wick_bernoulli_logits(logits) wick_bernoulli_logits(WICK_OPERAND(logits))
#define wick_poisson(rate) wick_poisson(WICK_OPERAND(rate))
#define wick_binomial(n, probs) wick_binomial(WICK_OPERAND(n), WICK_OPERAND(probs))
#define wick_binomial_logits(n, logits) wick_binomial_logits(WICK_OPERAND(n), WICK_OPERAND(logits))
#define wick_beta_binomial(a, b, n) \
    wick_beta_binomial(WICK_OPERAND(a), WICK_OPERAND(b), WICK_OPERAND(n))
#define wick_geometric(probs) wick_geometric(WICK_OPERAND(probs))
#define wick_geometric_logits(logits) wick_geometric_logits(WICK_OPERAND(logits))
#define wick_negative_binomial(n, probs) \
    wick_negative_binomial(WICK_OPERAND(n), WICK_OPERAND(probs))
#define wick_negative_binomial_logits(n, logits) \
    wick_negative_binomial_logits(WICK_OPERAND(n), WICK_OPERAND(logits))
#define wick_gamma_poisson(concentration, rate) \
    wick_gamma_poisson(WICK_OPERAND(concentration), WICK_OPERAND(rate))
#define wick_discrete_uniform(low, high) \
    wick_discrete_uniform(WICK_OPERAND(low), WICK_OPERAND(high))
#define wick_multinomial(n, probs) wick_multinomial(WICK_OPERAND(n), probs)
#define wick_multinomial_logits(n, logits) wick_multinomial_logits(WICK_OPERAND(n), logits)
#define wick_dirichlet_multinomial(a, n) wick_dirichlet_multinomial(a, WICK_OPERAND(n))
#define wick_unit(log_factor) wick_unit(WICK_OPERAND(log_factor))
#endif

/* --- using one ------------------------------------------------------------------------------- */

/** Independent copies along new leading event axes: wick_iid(wick_normal(0.0, 1.0), D). */
WICK_API wick_dist wick_iid_array(wick_dist dist, size_t rank, const size_t *sizes);

#ifndef __cplusplus
#define wick_iid(dist, ...) wick_iid_array(dist, WICK_COUNT(__VA_ARGS__), (size_t[]){ __VA_ARGS__ })
#endif

/**
 * Marks a discrete distribution with finite support for enumeration at its site in a guide:
 * wick_trace_enum_elbo takes the exact expectation over it. In a model nothing need be marked.
 *
 * Those are single draws of wick_bernoulli, wick_categorical, wick_one_hot_categorical,
 * wick_discrete_uniform, wick_binomial and wick_beta_binomial.
 */
WICK_API wick_dist wick_enumerate(wick_dist dist);

/**
 * The same, one run of guide and model for each value: for C code that depends on the value, read by
 * wick_value, or by wick_get in a plate, whose members all have the same one.
 */
WICK_API wick_dist wick_enumerate_sequential(wick_dist dist);

/**
 * Marks the distribution of a site in a guide that has no counterpart in the model: values of other
 * sites are made from its draw. Its log q counts like that of any site.
 */
WICK_API wick_dist wick_auxiliary(wick_dist dist);

/**
 * Gives a draw without a gradient, at its site in a guide, what its cost is compared with in the
 * evidence lower bounds: one number for each draw. The gradient is (cost - baseline) grad log q, where
 * the cost is what of the loss depends on the draw; it is unbiased whatever the baseline, since that was
 * known before the draw, and has the less noise the nearer the two are.
 *
 * The parameters that the baseline is made of are fitted along: the gradient of sum (baseline -
 * cost)^2 / 2 goes to them. So make it of parameters of its own and of data; use wick_detach on
 * draws and on parameters of the guide that it looks at, or on the whole of it if it is not to be
 * fitted.
 *
 * Errors, in the loss: WICK_ERR_SHAPE for a baseline with an event, or over plates that the site does
 * not stand in.
 * Source: Mnih & Gregor (2014), "Neural variational inference and learning in belief networks".
 */
WICK_API wick_dist wick_baseline(wick_dist dist, wick_var baseline);

/**
 * The log-density at x, per member, summed over the event.
 *
 * Errors: WICK_ERR_SHAPE if the event of x does not fit the parameters.
 */
WICK_API wick_var wick_log_prob(wick *w, wick_dist dist, wick_var x);

/*
 * What is known of a distribution in closed form, as vars that have gradients to its parameters, which
 * are taken to be in their domains. Errors: WICK_ERR_ARGUMENT if it is not known.
 */

/** The mean, with the event of a draw; NaN or infinite where there is none. */
WICK_API wick_var wick_dist_mean(wick *w, wick_dist dist);

/** The variance of each element, with the event of a draw. */
WICK_API wick_var wick_dist_variance(wick *w, wick_dist dist);

/** The entropy -E[log p] in nats, per member, summed over the event; differential if continuous. */
WICK_API wick_var wick_dist_entropy(wick *w, wick_dist dist);

/** P(X <= x) for each element of the event; of distributions of one number. */
WICK_API wick_var wick_dist_cdf(wick *w, wick_dist dist, wick_var x);

/** The smallest x with P(X <= x) >= p for each element, 0 <= p <= 1; NaN for p beyond. */
WICK_API wick_var wick_dist_quantile(wick *w, wick_dist dist, wick_var p);

/**
 * The Kullback-Leibler divergence KL(p || q) = E_p[log p - log q], per member, summed over the event.
 *
 * Errors: WICK_ERR_ARGUMENT if it is not known for this pair; WICK_ERR_SHAPE if their draws have
 * different events.
 */
WICK_API wick_var wick_kl_divergence(wick *w, wick_dist p, wick_dist q);

/* --- constraints and transforms -------------------------------------------------------------- */

/** Constraints: name, axes of the event that it ties together. */
#define WICK_CONSTRAINT_LIST(X)                \
    X(REAL, real, 0)                           \
    X(POSITIVE, positive, 0)                   \
    X(NONNEGATIVE, nonnegative, 0)             \
    X(UNIT_INTERVAL, unit_interval, 0)         \
    X(INTERVAL, interval, 0)                   \
    X(GREATER_THAN, greater_than, 0)           \
    X(LESS_THAN, less_than, 0)                 \
    X(SOFTPLUS_POSITIVE, softplus_positive, 0) \
    X(SIMPLEX, simplex, 1)                     \
    X(ORDERED, ordered, 1)                     \
    X(POSITIVE_ORDERED, positive_ordered, 1)   \
    X(SUM_TO_ZERO, sum_to_zero, 1)             \
    X(LOWER_CHOLESKY, lower_cholesky, 2)       \
    X(CORR_CHOLESKY, corr_cholesky, 2)         \
    X(POSITIVE_DEFINITE, positive_definite, 2) \
    X(BOOLEAN, boolean, 0)                     \
    X(INTEGER_INTERVAL, integer_interval, 0)   \
    X(ONE_HOT, one_hot, 1)                     \
    X(MULTINOMIAL, multinomial, 1)

typedef enum wick_constraint_kind {
#define WICK_CONSTRAINT_ENUM(upper, lower, rank) WICK_##upper,
    WICK_CONSTRAINT_LIST(WICK_CONSTRAINT_ENUM)
#undef WICK_CONSTRAINT_ENUM
} wick_constraint_kind;

/**
 * A set that values lie in. Bounds are those of the intervals, of greater_than and of less_than; one
 * that is a var goes by lower_var or upper_var (set if its `w` is), and the number beside it is its
 * value where that is the same everywhere, else NaN. Such a set lives as long as the var.
 */
typedef struct wick_constraint {
    wick_constraint_kind kind;
    double lower, upper;
    wick_var lower_var, upper_var;
} wick_constraint;

WICK_API wick_constraint wick_real(void);
WICK_API wick_constraint wick_positive(void);          /**< x > 0 */
WICK_API wick_constraint wick_softplus_positive(void); /**< the same by softplus instead of exp */
WICK_API wick_constraint wick_nonnegative(void);       /**< x >= 0; transforms as positive does */
WICK_API wick_constraint wick_unit_interval(void);     /**< 0 < x < 1 */
WICK_API wick_constraint wick_simplex(void);           /**< x_k >= 0, sum 1; last event axis */
WICK_API wick_constraint wick_ordered(void);           /**< x_1 < x_2 < ...; last event axis */
WICK_API wick_constraint wick_positive_ordered(void);  /**< 0 < x_1 < x_2 < ...; last event axis */
WICK_API wick_constraint wick_sum_to_zero(void);       /**< sum 0; last event axis */
WICK_API wick_constraint wick_lower_cholesky(void);    /**< lower triangle, positive diagonal */
WICK_API wick_constraint wick_positive_definite(void); /**< symmetric positive definite matrices */

/** Cholesky factors of correlation matrices: lower_cholesky whose rows have length 1. */
WICK_API wick_constraint wick_corr_cholesky(void);

/*
 * Bounds are numbers or vars, such as parameters; the ends belong to the set. Gradients flow to a
 * bound that is a var. With such a bound a set is good for wick_transform_to, wick_biject_to and
 * wick_biject_log_det, but not for wick_param.
 */

WICK_API wick_constraint wick_interval(wick_operand lower, wick_operand upper);
WICK_API wick_constraint wick_greater_than(wick_operand lower); /**< x >= lower */
WICK_API wick_constraint wick_less_than(wick_operand upper);    /**< x <= upper */

#ifndef __cplusplus
#define wick_interval(lower, upper) wick_interval(WICK_OPERAND(lower), WICK_OPERAND(upper))
#define wick_greater_than(lower) wick_greater_than(WICK_OPERAND(lower))
#define wick_less_than(upper) wick_less_than(WICK_OPERAND(upper))
#endif

/** The constraint's name, such as "simplex". */
WICK_API const char *wick_constraint_name(wick_constraint constraint);

/** Where the draws of a distribution lie. */
WICK_API wick_constraint wick_support(wick_dist dist);

/**
 * Unconstrained coordinates to the constrained set, as parameters use it. Coordinates and value
 * have one shape:
 *
 * - positive, nonnegative, greater_than, less_than: exp; softplus_positive: softplus
 * - interval, unit_interval: sigmoid
 * - simplex: softmax; sum_to_zero: x less its mean (K coordinates for K elements)
 * - ordered: x_1, then sums of exp; positive_ordered: sums of exp
 * - lower_cholesky: the lower triangle, with exp on the diagonal; positive_definite: L L' of that L
 * - corr_cholesky: with z = tanh x of the coordinates below the diagonal, row i is
 *   z_i1, z_i2 (1 - z_i1^2)^(1/2), ..., the last of them with z = 1
 *
 * Source: Stan reference manual, "Constraint transforms"; Lewandowski, Kurowicka & Joe (2009) for
 * the partial correlations z.
 */
WICK_API wick_var wick_transform_to(wick_constraint constraint, wick_var unconstrained);

/**
 * The same as a bijection, as guides and samplers use it: the same maps but for the number of
 * coordinates. The simplex has K - 1, by stick-breaking, centred so that zeros give equal weights;
 * sum_to_zero K - 1, by a map that keeps lengths and angles. Matrices have a vector, row by row:
 * lower_cholesky and positive_definite n (n + 1) / 2 coordinates, corr_cholesky n (n - 1) / 2.
 */
WICK_API wick_var wick_biject_to(wick_constraint constraint, wick_var unconstrained);

/**
 * log |det d biject_to / d unconstrained|, a scalar per member, of the elements that are free: all
 * weights of a simplex but the last, a lower triangle, that of corr_cholesky without the diagonal.
 * For sum_to_zero it is 0: volumes are those within the plane.
 */
WICK_API wick_var wick_biject_log_det(wick_constraint constraint, wick_var unconstrained);

/**
 * The density 1 (0 in logs) everywhere in a continuous set: a flat prior, as Stan has it for a
 * parameter of which nothing is said, NumPyro's ImproperUniform. It need not have an integral; whether
 * the posterior has one is for the model to see to.
 *
 *     wick_improper_uniform(wick_positive())      a number
 *     wick_improper_uniform(wick_ordered(), 3)    a vector [3]
 *     wick_improper_uniform(wick_simplex(), 2, 3) a matrix [2][3] whose rows are on the simplex
 *
 * With a factor for the density that is meant it is any distribution on the set; of an ordered pair
 * of which each element has a normal prior:
 *
 *     wick_var mu = wick_sample(w, "mu", wick_improper_uniform(wick_ordered(), 2));
 *     wick_factor(w, "prior of mu", wick_log_prob(w, wick_normal(0.0, 2.0), mu));
 *
 * It cannot be drawn from. Where a program needs a value that nobody gives, as when a guide or a
 * potential first looks at a model, that is wick_biject_to of coordinates that are uniform between -2
 * and 2: predictions from such a prior mean nothing.
 *
 * @param sizes  the event; at least the axes that the set ties together
 * Errors, when it is used: WICK_ERR_ARGUMENT for a discrete set, WICK_ERR_SHAPE without those axes.
 */
WICK_API wick_dist wick_improper_uniform_array(
    wick_constraint support, size_t rank, const size_t *sizes);

#define WICK_FIRST(first, ...) first
#define WICK_REST(first, ...) __VA_ARGS__

#ifndef __cplusplus
/* A 0 ends the sizes, of which there may be none. */
#define wick_improper_uniform(...)                          \
    wick_improper_uniform_array(WICK_FIRST(__VA_ARGS__, 0), \
        WICK_COUNT(WICK_REST(__VA_ARGS__, 0)) - 1, (size_t[]){ WICK_REST(__VA_ARGS__, 0) })
#endif

/* --- made of others --------------------------------------------------------------------------- */

/*
 * These take the handle, and live until the tape is reset, as vars do. Axes of the event before those
 * of one draw are independent: wick_iid makes copies of the whole.
 */

/** The density of base where mask is not 0, and 0 (in logs) where it is. Draws are those of base. */
WICK_API wick_dist wick_masked(wick *w, wick_dist base, wick_operand mask);

/**
 * base given low <= x <= high: its density over P(low <= x <= high). base has a distribution function
 * in closed form, and for draws a quantile. Infinite bounds leave a side open.
 *
 * The probability is a difference of two; far out in the upper tail it loses digits, for which
 * wick_truncated_normal is made. Errors: WICK_ERR_ARGUMENT if base has no distribution function.
 */
WICK_API wick_dist wick_truncated(wick *w, wick_dist base, wick_operand low, wick_operand high);

/**
 * An invertible map of numbers, or of the axes of one draw, made of ops.
 *
 * The functions get the struct itself, for its parameters.
 */
typedef struct wick_transform {
    const char *name;
    wick_var (*forward)(const struct wick_transform *self, wick_var x);
    wick_var (*inverse)(const struct wick_transform *self, wick_var y);
    /** log |det dy / dx| for one draw, or for each number if event_rank is 0. */
    wick_var (*log_det)(const struct wick_transform *self, wick_var x, wick_var y);
    wick_constraint codomain; /**< where y lies if x is any number of the support of base */
    bool increasing;          /**< of numbers: keeps their order, so that quantiles are known */
    uint8_t event_rank;       /**< axes that it ties together */
    wick_argument parameter[2];
} wick_transform;

WICK_API wick_transform wick_transform_exp(void);     /**< e^x > 0 */
WICK_API wick_transform wick_transform_sigmoid(void); /**< 1 / (1 + e^-x), between 0 and 1 */
WICK_API wick_transform wick_transform_tanh(void);    /**< between -1 and 1 */
WICK_API wick_transform wick_transform_affine(
    wick_operand loc, wick_operand scale); /**< loc + scale x, scale > 0 */
WICK_API wick_transform wick_transform_power(
    wick_operand exponent); /**< x^exponent, x > 0, exponent > 0 */

/**
 * The distribution of transform(x), x from base: log p(y) = log p_base(x) - log |det dy / dx|.
 *
 * Errors: WICK_ERR_SHAPE if the transform ties more axes together than one draw of base has.
 */
WICK_API wick_dist wick_transformed(wick *w, wick_dist base, wick_transform transform);

/** 0 with probability gate, else a draw of base, which is discrete; 0 <= gate <= 1. */
WICK_API wick_dist wick_zero_inflated(wick *w, wick_operand gate, wick_dist base);

/**
 * The last `axes` axes of the event, before those that one draw of base has, belong to one draw too: a
 * vector of independent numbers that is a component of a mixture as a whole.
 *
 *   wick_to_event(w, wick_normal(loc, scale), 1)      loc [D], scale [D]
 */
WICK_API wick_dist wick_to_event(wick *w, wick_dist base, size_t axes);

/**
 * sum_k P(k) p(x | k): mixing is a distribution of 0 .. K-1, and component varies over a plate of K
 * members, which is closed here:
 *
 *   wick_mixture_same_family(w, wick_categorical(weights), "components", wick_normal(locs, scale))
 *
 * Axes of the event before those of one draw are mixtures of their own: see wick_to_event.
 * The component is summed out in the density. To have it as a variable, sample it.
 */
WICK_API wick_dist wick_mixture_same_family(
    wick *w, wick_dist mixing, const char *plate, wick_dist component);

#ifndef __cplusplus
#define wick_masked(w, base, mask) wick_masked(w, base, WICK_OPERAND(mask))
#define wick_truncated(w, base, low, high) \
    wick_truncated(w, base, WICK_OPERAND(low), WICK_OPERAND(high))
#define wick_transform_affine(loc, scale) \
    wick_transform_affine(WICK_OPERAND(loc), WICK_OPERAND(scale))
#define wick_transform_power(exponent) wick_transform_power(WICK_OPERAND(exponent))
#define wick_zero_inflated(w, gate, base) wick_zero_inflated(w, WICK_OPERAND(gate), base)
#endif

WICK_END

#endif

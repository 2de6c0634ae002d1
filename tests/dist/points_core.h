/* Name, size of the event, value, parameters, accuracy. A lognormal divides the rounding error of log x
 * by its scale: 256. The upper triangle of scale_tril is not to be read: it holds numbers that would be
 * noticed. */
/* clang-format off */
{ "normal", 0, { 0.73 }, { { -0.41 }, { 1.37 } }, 16 },
{ "lognormal", 0, { 1.73 }, { { -0.41 }, { 1.37 } }, 256 },
{ "half_normal", 0, { 0.73 }, { { 1.37 } }, 16 },
{ "uniform", 0, { 0.73 }, { { -0.41 }, { 1.37 } }, 16 },
{ "exponential", 0, { 0.73 }, { { 1.37 } }, 16 },
{ "gamma", 0, { 0.73 }, { { 2.41 }, { 1.37 } }, 256 },
{ "beta", 0, { 0.43 }, { { 2.41 }, { 0.87 } }, 256 },
{ "dirichlet", 3, { 0.21, 0.33, 0.46 }, { { 2.41, 0.87, 13.7 } }, 256 },
{ "multivariate_normal", 3, { 0.73, -1.1, 2.3 },
    { { -0.41, 0.3, 1.7 }, { 1.37, 1e9, -1e9, -0.6, 0.9, 1e9, 0.4, 1.1, 2.2 } }, 2048 },
{ "delta", 0, { 0.73 }, { { 0.73 } }, 16 },
{ "bernoulli", 0, { 1 }, { { 0.37 } }, 16 },
{ "bernoulli_logits", 0, { 1 }, { { 0.37 } }, 16 },
{ "categorical", 4, { 2 }, { { 0.37, 2.1, 0.9, 0.3 } }, 16 },
{ "categorical_logits", 4, { 2 }, { { 0.37, -2.1, 0.9, 0.3 } }, 16 },
{ "poisson", 0, { 3 }, { { 2.41 } }, 16 },
{ "unit", 0, { 0 }, { { 0.37 } }, 16 },

/* As points_core.h. A weibull takes powers, a von_mises and a truncated_normal divide by integrals: 256. */
/* clang-format off */
{ "cauchy", 0, { 0.73 }, { { -0.41 }, { 1.37 } }, 16 },
{ "half_cauchy", 0, { 0.73 }, { { 1.37 } }, 16 },
{ "laplace", 0, { 0.73 }, { { -0.41 }, { 1.37 } }, 16 },
{ "logistic", 0, { 0.73 }, { { -0.41 }, { 1.37 } }, 16 },
{ "gumbel", 0, { 0.73 }, { { -0.41 }, { 1.37 } }, 16 },
{ "weibull", 0, { 0.73 }, { { 1.37 }, { 2.41 } }, 16 },
{ "pareto", 0, { 1.73 }, { { 0.83 }, { 2.41 } }, 16 },
{ "kumaraswamy", 0, { 0.43 }, { { 2.41 }, { 0.87 } }, 16 },
{ "von_mises", 0, { 0.73 }, { { -0.41 }, { 1.37 } }, 256 },
{ "truncated_normal", 0, { 0.73 }, { { -0.41 }, { 1.37 }, { -0.93 }, { 1.61 } }, 256 },

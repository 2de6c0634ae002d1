/* As points_core.h. An inverse_gamma divides by x: the rounding error counts as often as rate / x
 * is away from the concentration, 2048. */
/* clang-format off */
{ "student_t", 0, { 0.73 }, { { 5.3 }, { -0.41 }, { 1.37 } }, 256 },
{ "inverse_gamma", 0, { 0.73 }, { { 4.41 }, { 1.37 } }, 2048 },
{ "chi2", 0, { 2.73 }, { { 3.41 } }, 256 },

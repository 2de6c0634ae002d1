/* Name, size of the event, value, parameters, accuracy. A draw of lkj_cholesky has as many rows as its
 * first parameter says; cov_factor is square here. What is above the diagonal of scale_tril would be
 * noticed. */
/* clang-format off */
{ "low_rank_multivariate_normal", 3, { 0.73, -1.1, 2.3 },
    { { -0.41, 0.3, 1.7 }, { 0.37, -0.6, 0.9, 0.4, 1.1, -0.2, 0.7, 0.3, -1.3 }, { 0.7, 1.9, 0.4 } }, 2048 },
{ "multivariate_student_t", 3, { 0.73, -1.1, 2.3 },
    { { 3.7 }, { -0.41, 0.3, 1.7 }, { 1.37, 1e9, -1e9, -0.6, 0.9, 1e9, 0.4, 1.1, 2.2 } }, 2048 },
{ "lkj_cholesky", 3, { 1, 0, 0, 0.6, 0.8, 0, -0.48, 0.64, 0.6 }, { { 3 }, { 1.37 } }, 2048 },
{ "wishart", 3, { 12.7, -3.1, 1.9, -3.1, 14.2, 2.3, 1.9, 2.3, 16.1 },
    { { 4.7 }, { 1.37, 1e9, -1e9, -0.6, 0.9, 1e9, 0.4, 1.1, 2.2 } }, 2048 },

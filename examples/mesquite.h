/**
 * Mesquite bushes: the diameters of the canopy along its longer and its shorter axis and its height,
 * in metres, and the weight of the leaves that were harvested, in grams. 46 bushes.
 *
 * Source: Gelman & Hill (2007), Data Analysis Using Regression and Multilevel/Hierarchical Models,
 * 4.6, as the file mesquite.json of https://github.com/stan-dev/posteriordb has it (BSD 3-Clause,
 * Copyright (c) 2011-2024 Stan Developers and their Assignees).
 */
#ifndef EXAMPLES_MESQUITE_H
#define EXAMPLES_MESQUITE_H

enum { MESQUITE_BUSHES = 46 };

/* clang-format off */
static const struct mesquite {
    double longer, shorter, height, weight;
} MESQUITE[MESQUITE_BUSHES] = {
    { 1.8, 1.15, 1, 401.3 },    { 1.7, 1.35, 1.33, 513.7 }, { 2.8, 2.55, 0.6, 1179.2 },
    { 1.3, 0.85, 1.2, 308 },    { 3.3, 1.9, 1.05, 855.2 },  { 1.4, 1.4, 1, 268.7 },
    { 1.5, 0.5, 0.9, 155.5 },   { 3.9, 2.3, 1.3, 1253.2 },  { 1.8, 1.35, 0.6, 328 },
    { 2.1, 1.6, 0.8, 614.6 },   { 0.8, 0.63, 0.6, 60.2 },   { 1.3, 0.95, 0.95, 269.6 },
    { 1.2, 0.9, 1.2, 448.4 },   { 1.5, 0.7, 0.7, 120.4 },   { 2.8, 1.7, 1.2, 378.7 },
    { 1.4, 0.85, 1.1, 266.4 },  { 1.5, 0.6, 0.64, 138.9 },  { 2.4, 2.4, 1.2, 1020.8 },
    { 1.9, 1.55, 1.2, 635.7 },  { 2.3, 1.6, 1.3, 621.8 },   { 2.1, 1.7, 1, 579.8 },
    { 2.4, 1.3, 0.9, 326.8 },   { 1, 0.4, 1, 66.7 },        { 1.3, 0.6, 0.5, 68 },
    { 1.1, 0.7, 0.9, 153.1 },   { 1.3, 1.2, 0.6, 256.4 },   { 2.5, 2.3, 1.4, 723 },
    { 5.2, 4, 2.5, 4052 },      { 2, 1.6, 1.4, 345 },       { 1.6, 1.6, 1.3, 330.9 },
    { 1.4, 1, 1.1, 163.5 },     { 3.2, 1.9, 1.5, 1160 },    { 1.9, 1.8, 0.8, 386.6 },
    { 2.4, 2.4, 1.1, 693.5 },   { 2.5, 1.8, 1.3, 674.4 },   { 2.1, 1.5, 0.85, 217.5 },
    { 2.4, 2.2, 1.5, 771.3 },   { 2.4, 1.7, 1.2, 341.7 },   { 1.9, 1.2, 1.15, 125.7 },
    { 2.7, 2.5, 1.5, 462.5 },   { 1.3, 1.1, 0.7, 64.5 },    { 2.9, 2.7, 1.9, 850.6 },
    { 2.1, 1, 1.5, 226 },       { 4.1, 3.8, 1.5, 1745.1 },  { 2.8, 2.5, 1.5, 908 },
    { 1.27, 1, 0.62, 213.5 },
};
/* clang-format on */

#endif

/**
 * Earthquakes of magnitude 7 and more in each year from 1900 to 2006: 107 counts, 2072 in all.
 *
 * Source: U.S. Geological Survey, as printed in Zucchini & MacDonald (2009), Hidden Markov Models
 * for Time Series, Chapman & Hall, table 1.1. Two copies were compared and are the same: that in
 * the documentation of hmmlearn (auto_examples/plot_poisson_hmm), and R scripts with the numbers
 * of http://www.hmms-for-time-series.de/second/data/earthquakes.txt, the page of the second
 * edition.
 */
#ifndef EXAMPLES_EARTHQUAKES_H
#define EXAMPLES_EARTHQUAKES_H

enum { EARTHQUAKE_YEARS = 107, EARTHQUAKES_FROM = 1900 };

/* clang-format off */
static const double EARTHQUAKES[EARTHQUAKE_YEARS] = {
    13, 14,  8, 10, 16, 26, 32, 27, 18, 32, /* 1900 */
    36, 24, 22, 23, 22, 18, 25, 21, 21, 14, /* 1910 */
     8, 11, 14, 23, 18, 17, 19, 20, 22, 19, /* 1920 */
    13, 26, 13, 14, 22, 24, 21, 22, 26, 21, /* 1930 */
    23, 24, 27, 41, 31, 27, 35, 26, 28, 36, /* 1940 */
    39, 21, 17, 22, 17, 19, 15, 34, 10, 15, /* 1950 */
    22, 18, 15, 20, 15, 22, 19, 16, 30, 27, /* 1960 */
    29, 23, 20, 16, 21, 21, 25, 16, 18, 15, /* 1970 */
    18, 14, 10, 15,  8, 15,  6, 11,  8,  7, /* 1980 */
    18, 16, 13, 12, 13, 20, 15, 16, 12, 18, /* 1990 */
    15, 16, 13, 15, 16, 11, 11              /* 2000 */
};
/* clang-format on */

#endif

/**
 * What the examples share: their command line. Public headers only.
 */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#include <stdbool.h>
#include <stddef.h>

struct example_options {
    const char *name;       /* of the program, for messages */
    const char *about;      /* one line for --help */
    long seed;              /* -1: choose the best start */
    const char *seed_about; /* NULL: start from this seed instead of the best of several */
    size_t steps;
    const char *steps_about; /* NULL: optimiser steps */
    size_t threads;          /* 0: the program has no such option */
    const char *out;         /* where pictures and summary.json go */
    bool quiet;
    const char *flag, *flag_about; /* one more option, without a value; NULL: none */
    bool flagged;                  /* was it given? */
};

/** Reads --seed --steps --threads --out --quiet --help and the flag over the defaults given; exits
 * at --help or an error. */
void example_read_options(struct example_options *options, int argc, char **argv);

/** out/file, in a buffer of its own that the next call reuses. */
const char *example_path(const struct example_options *options, const char *file);

#endif

#include "common.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_help(const struct example_options *o)
{
    printf("Usage: %s [OPTION]...\n%s\n\n", o->name, o->about);
    printf("  --seed N    %s\n",
        o->seed_about ? o->seed_about : "start from this seed instead of the best of several");
    printf("  --steps N   %s (default %zu)\n", o->steps_about ? o->steps_about : "optimiser steps",
        o->steps);
    if (o->threads > 0)
        printf("  --threads N chains that run at a time (default %zu)\n", o->threads);
    printf("  --out DIR   where pictures and summary.json go (default %s)\n", o->out);
    printf("  --quiet     print nothing but errors\n");
    if (o->flag)
        printf("  --%s  %s\n", o->flag, o->flag_about);
    printf("  --help      print this and exit\n");
}

static long number(
    const struct example_options *o, const char *option, const char *text, long least)
{
    char *end;

    errno = 0;
    const long n = strtol(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && n >= least)
        return n;
    fprintf(stderr, "%s: --%s: '%s' is not a whole number of at least %ld; see --help\n", o->name,
        option, text, least);
    exit(2);
}

void example_read_options(struct example_options *o, int argc, char **argv)
{
    struct option known[8] = {
        { "seed", required_argument, NULL, 's' },
        { "steps", required_argument, NULL, 'n' },
        { "out", required_argument, NULL, 'o' },
        { "quiet", no_argument, NULL, 'q' },
        { "help", no_argument, NULL, 'h' },
    };
    size_t n = 5;
    int option;

    if (o->threads > 0)
        known[n++] = (struct option){ "threads", required_argument, NULL, 't' };
    if (o->flag)
        known[n] = (struct option){ o->flag, no_argument, NULL, 'f' };
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 's':
            o->seed = number(o, "seed", optarg, 0);
            break;
        case 'n':
            o->steps = (size_t)number(o, "steps", optarg, 1);
            break;
        case 't':
            o->threads = (size_t)number(o, "threads", optarg, 1);
            break;
        case 'o':
            o->out = optarg;
            break;
        case 'q':
            o->quiet = true;
            break;
        case 'f':
            o->flagged = true;
            break;
        case 'h':
            print_help(o);
            exit(0);
        default:
            fprintf(stderr, "see %s --help\n", o->name);
            exit(2);
        }
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s'; see --help\n", o->name, argv[optind]);
        exit(2);
    }
}

const char *example_path(const struct example_options *o, const char *file)
{
    static char path[4096];

    snprintf(path, sizeof path, "%s/%s", o->out, file);
    return path;
}

#include "gmm_options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wick/wick.h>

/* Codes of getopt_long for options: the index in OPTIONS and this. */
enum { FIRST_CODE = 256, COUNT_LIMIT = 1000000 };

static const char *const METHODS[] = { "em", "map", "vb" };

const char *tool_method_name(enum tool_method method)
{
    return METHODS[method];
}

static bool usage_error(const char *format, ...) WICK_PRINTF(1, 2);

/* Always false. */
static bool usage_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("wick-gmm: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("\nTry 'wick-gmm --help' for more information.\n", stderr);
    va_end(arguments);
    return false;
}

/* --- values ---------------------------------------------------------------------------------- */

/* A whole number, all of the text up to `end`. */
static bool read_count(const char *text, const char *end, uint64_t most, uint64_t *out)
{
    char *rest;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    const unsigned long long n = strtoull(text, &rest, 10);
    *out = n;
    return errno == 0 && rest == end && n <= most;
}

static bool read_size(const char *option, const char *text, uint64_t least, size_t *out)
{
    uint64_t n = 0;

    if (!read_count(text, text + strlen(text), COUNT_LIMIT, &n) || n < least)
        return usage_error("--%s: '%s' is not a whole number from %llu to %d", option, text,
            (unsigned long long)least, COUNT_LIMIT);
    *out = (size_t)n;
    return true;
}

static bool read_part(const char *option, const char *text, double *out)
{
    char *rest;
    const double x = strtod(text, &rest);

    if (rest == text || *rest || !(x >= 0.0 && x < 1.0))
        return usage_error("--%s: '%s' is not a number from 0 up to 1", option, text);
    *out = x > 0.0 ? x : WICK_ZERO;
    return true;
}

/* Which of n words the text is up to `end`; n if none. */
static size_t find_word(const char *text, const char *end, size_t n, const char *const *words)
{
    const size_t length = (size_t)(end - text);
    size_t i = 0;

    while (i < n && !(strlen(words[i]) == length && memcmp(words[i], text, length) == 0))
        i++;
    return i;
}

/* --- options --------------------------------------------------------------------------------- */

static bool set_components(struct tool_options *o, const char *text)
{
    const char *end = text + strlen(text), *dots = strstr(text, "..");
    uint64_t fewest = 0, most = 0;

    const bool fine = dots ? read_count(text, dots, COUNT_LIMIT, &fewest) &&
            read_count(dots + 2, end, COUNT_LIMIT, &most)
                           : read_count(text, end, COUNT_LIMIT, &fewest);
    if (!dots)
        most = fewest;
    if (!fine || fewest < 1 || most < fewest)
        return usage_error("--components: '%s' is neither a number from 1 to %d nor a range of "
                           "them, such as 1..6",
            text, COUNT_LIMIT);
    o->fewest = (size_t)fewest;
    o->most = (size_t)most;
    return true;
}

static bool set_covariance(struct tool_options *o, const char *text)
{
    const char *words[FORMS + 1];

    for (size_t i = 0; i < FORMS; i++)
        words[i] = gmm_covariance_name((gmm_covariance)i);
    words[FORMS] = "all";
    memset(o->forms, 0, sizeof o->forms);
    for (const char *p = text;; p++) {
        const char *end = p + strcspn(p, ",");
        const size_t form = find_word(p, end, FORMS + 1, words);
        if (form > FORMS)
            return usage_error("--covariance: '%.*s' is none of full, tied, diagonal, spherical "
                               "and all",
                (int)(end - p), p);
        for (size_t i = 0; i < FORMS; i++)
            o->forms[i] = o->forms[i] || form == i || form == FORMS;
        p = end;
        if (!*p)
            return true;
    }
}

static bool set_method(struct tool_options *o, const char *text)
{
    const size_t method = find_word(text, text + strlen(text), 3, METHODS);

    if (method == 3)
        return usage_error("--method: '%s' is none of em, map and vb", text);
    o->method = (enum tool_method)method;
    return true;
}

static bool set_seeds(struct tool_options *o, const char *text)
{
    return read_size("seeds", text, 1, &o->starts);
}

static bool set_seed(struct tool_options *o, const char *text)
{
    if (!read_count(text, text + strlen(text), UINT64_MAX, &o->seed))
        return usage_error("--seed: '%s' is not a whole number from 0 to %llu", text,
            (unsigned long long)UINT64_MAX);
    return true;
}

static bool set_threads(struct tool_options *o, const char *text)
{
    if (strcmp(text, "all") == 0) {
        o->threads = WICK_ALL_THREADS;
        return true;
    }
    return read_size("threads", text, 1, &o->threads);
}

static bool set_columns(struct tool_options *o, const char *text)
{
    const size_t n = strlen(text);

    o->columns = text;
    if (n > 0 && *text != ',' && text[n - 1] != ',' && !strstr(text, ",,"))
        return true;
    return usage_error("--columns: '%s' has an empty name in it", text);
}

static bool set_weights(struct tool_options *o, const char *text)
{
    o->weights = text;
    return true;
}

static bool set_max_iterations(struct tool_options *o, const char *text)
{
    return read_size("max-iterations", text, 1, &o->max_iterations);
}

static bool set_tolerance(struct tool_options *o, const char *text)
{
    return read_part("tolerance", text, &o->tolerance);
}

static bool set_variance_floor(struct tool_options *o, const char *text)
{
    return read_part("variance-floor", text, &o->variance_floor);
}

static bool set_out(struct tool_options *o, const char *text)
{
    o->out = text;
    return *text || usage_error("--out: the name of the directory is empty");
}

static bool set_model(struct tool_options *o, const char *text)
{
    o->model = text;
    return *text || usage_error("--model: the name of the file is empty");
}

static bool set_format(struct tool_options *o, const char *text)
{
    static const char *const FORMATS[] = { "text", "json" };
    const size_t format = find_word(text, text + strlen(text), 2, FORMATS);

    o->json = format == 1;
    return format < 2 || usage_error("--format: '%s' is neither text nor json", text);
}

static bool set_no_plots(struct tool_options *o, const char *text)
{
    (void)text;
    o->no_plots = true;
    return true;
}

static bool set_progress(struct tool_options *o, const char *text)
{
    static const char *const WHEN[] = { "auto", "always", "never" };
    const size_t when = text ? find_word(text, text + strlen(text), 3, WHEN) : PROGRESS_ALWAYS;

    o->progress = (enum tool_progress)when;
    return when < 3 || usage_error("--progress: '%s' is none of auto, always and never", text);
}

static bool set_quiet(struct tool_options *o, const char *text)
{
    (void)text;
    o->quiet = true;
    return true;
}

enum { NO, REQUIRED, OPTIONAL };

/* What getopt_long and --help know; those without a function are --help and --version. */
static const struct {
    const char *name;
    int takes;
    const char *argument; /* as --help has it */
    bool fits;            /* has no meaning with --model */
    bool (*set)(struct tool_options *options, const char *text);
    const char *help;
} OPTIONS[] = {
    { "components", REQUIRED, "=K", true, set_components,
        "number of components, such as 4, or a range, such\n"
        "as 1..6: the best of it by BIC (default 1..6)" },
    { "covariance", REQUIRED, "=FORM", true, set_covariance,
        "full, tied, diagonal, spherical, several with\n"
        "commas between, or all: the best by BIC\n"
        "(default full)" },
    { "method", REQUIRED, "=METHOD", true, set_method,
        "em: maximum likelihood; map: with priors;\n"
        "vb: variational Bayes (default em)" },
    { "seeds", REQUIRED, "=N", true, set_seeds,
        "starts of each fit; the best is kept (default 20)" },
    { "seed", REQUIRED, "=S", true, set_seed, "seed of the random numbers (default 0)" },
    { "max-iterations", REQUIRED, "=N", true, set_max_iterations,
        "iterations of a start (default 1000)" },
    { "tolerance", REQUIRED, "=X", true, set_tolerance,
        "stop when an iteration gains no more than this in\n"
        "log-likelihood per row (default 1e-8)" },
    { "variance-floor", REQUIRED, "=X", true, set_variance_floor,
        "smallest variance, as a part of the variance of\n"
        "its column (default 1e-6)" },
    { "model", REQUIRED, "=MODEL", false, set_model,
        "do not fit: read this model.csv and label the\n"
        "rows of FILE" },
    { "columns", REQUIRED, "=LIST", false, set_columns,
        "names or numbers of the columns to take, with\n"
        "commas between (default all)" },
    { "weights", REQUIRED, "=COLUMN", false, set_weights,
        "the column that says how often a row counts" },
    { "threads", REQUIRED, "=N", false, set_threads,
        "threads, or all; the results are the same\n"
        "(default 1)" },
    { "out", REQUIRED, "=DIR", false, set_out,
        "write model.csv, responsibilities.csv,\n"
        "summary.json, report.md and pictures to DIR" },
    { "no-plots", NO, "", false, set_no_plots, "write no pictures" },
    { "format", REQUIRED, "=FORMAT", false, set_format,
        "of what is printed: text or json (default text)" },
    { "progress", OPTIONAL, "[=WHEN]", false, set_progress,
        "progress on standard error: auto (on a terminal),\n"
        "always, never (default auto; without WHEN always)" },
    { "quiet", NO, "", false, set_quiet, "print nothing but errors" },
    { "help", NO, "", false, NULL, "print this and exit" },
    { "version", NO, "", false, NULL, "print the version and exit" },
};

enum { N_OPTIONS = sizeof OPTIONS / sizeof *OPTIONS, HELP = N_OPTIONS - 2 };

/* --- help ------------------------------------------------------------------------------------ */

static void print_option(size_t i)
{
    enum { MARGIN = 26 };
    int width = printf("  --%s%s", OPTIONS[i].name, OPTIONS[i].argument);

    for (const char *line = OPTIONS[i].help; *line;) {
        const size_t length = strcspn(line, "\n");
        printf("%*s%.*s\n", MARGIN - width, "", (int)length, line);
        line += length + (line[length] == '\n');
        width = 0;
    }
}

static void print_help(void)
{
    printf("Usage: wick-gmm [OPTION]... FILE\n"
           "Fits Gaussian mixtures to the rows of FILE, or labels them by one (--model).\n\n"
           "FILE is CSV, TSV or NPY; - is standard input. Empty cells, NA and nan are values\n"
           "that were not seen; they are integrated out.\n\n");
    for (size_t i = 0; i < N_OPTIONS; i++)
        print_option(i);
    printf("\nExit status: 0 if all went well, 1 if a file or a fit failed, 2 for a mistake in\n"
           "the command line.\n"
           "\nExample: wick-gmm --components 1..6 --covariance all --out fit data.csv\n");
}

static void print_version(void)
{
    printf("wick-gmm (wick) %s\n", wick_version());
}

/* --- the command line ------------------------------------------------------------------------ */

static void fill_long_options(struct option *to)
{
    for (size_t i = 0; i < N_OPTIONS; i++)
        to[i] = (struct option){ OPTIONS[i].name,
            OPTIONS[i].takes == NO             ? no_argument
                : OPTIONS[i].takes == REQUIRED ? required_argument
                                               : optional_argument,
            NULL, FIRST_CODE + (int)i };
    to[N_OPTIONS] = (struct option){ 0 };
}

/* What getopt_long did not accept, after its code. */
static bool refuse(int code, char **argv)
{
    if (code == ':')
        return usage_error("option '%s' needs an argument", argv[optind - 1]);
    if (optopt >= FIRST_CODE)
        return usage_error("option '%s' takes no argument", argv[optind - 1]);
    if (optopt)
        return usage_error("there is no option '-%c'", optopt);
    return usage_error(
        "there is no option '%s', or more than one of that beginning", argv[optind - 1]);
}

/* `fits`: an option that was given and has no meaning with --model. */
static bool take_file(struct tool_options *o, int argc, char **argv, const char *fits)
{
    if (optind == argc)
        return usage_error("no FILE; - is standard input");
    if (optind + 1 < argc)
        return usage_error("more than one FILE: '%s' and '%s'", argv[optind], argv[optind + 1]);
    if (o->model && fits)
        return usage_error("--%s belongs to a fit, and --model fits nothing", fits);
    if (o->method != METHOD_EM && (o->variance_floor > 0.0 || signbit(o->variance_floor)))
        return usage_error(
            "--variance-floor belongs to --method em; in the others the prior has that part");
    if (o->model && strcmp(o->model, "-") == 0 && strcmp(argv[optind], "-") == 0)
        return usage_error("both --model and FILE are standard input");
    o->file = argv[optind];
    return *o->file || usage_error("the name of FILE is empty");
}

bool tool_read_options(struct tool_options *o, int argc, char **argv, int *status)
{
    struct option known[N_OPTIONS + 1];
    const char *fits = NULL;
    int code;

    *o = (struct tool_options){
        .argc = argc, .argv = argv, .fewest = 1, .most = 6, .forms = { true }, .starts = 20
    };
    fill_long_options(known);
    opterr = 0;
    *status = EXIT_USAGE;
    while ((code = getopt_long(argc, argv, ":", known, NULL)) != -1) {
        const size_t i = (size_t)(code - FIRST_CODE);
        if (code < FIRST_CODE)
            return refuse(code, argv);
        if (!OPTIONS[i].set) {
            if (i == HELP)
                print_help();
            else
                print_version();
            *status = EXIT_FINE;
            return false;
        }
        if (!OPTIONS[i].set(o, optarg))
            return false;
        if (OPTIONS[i].fits)
            fits = OPTIONS[i].name;
    }
    return take_file(o, argc, argv, fits);
}

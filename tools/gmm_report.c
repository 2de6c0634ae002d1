#include "gmm_report.h"

#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "gmm_text.h"
#include "models/gmm_em.h"
#include "models/gmm_summary.h"

enum { OWN_FINDINGS = 3 };

const struct tool_fit *tool_report_best(const struct tool_report *r)
{
    return &r->fits->fits[r->fits->best];
}

/* --- looking at the chosen fit --------------------------------------------------------------- */

/* The variances that EM had as its floor, to be freed; NULL where there were none. */
static double *floor_of(wick *w, const struct tool_options *o, const gmm *m)
{
    double *floor = o->method == METHOD_EM ? calloc(m->dimensions, sizeof *floor) : NULL;

    if (!floor ||
        gmm_em_floor(w, m, &(gmm_em_options){ .variance_floor = o->variance_floor }, floor))
        return floor;
    free(floor);
    return NULL;
}

/* Takes over a text; NULL is an error of the handle that is there already. */
static void add_finding(struct tool_report *r, char *text)
{
    if (text)
        r->findings[r->n_findings++] = text;
}

static void add_mixture_findings(wick *w, const gmm_findings *findings, struct tool_report *r)
{
    for (size_t i = 0; i < findings->n; i++)
        add_finding(
            r, tool_text(w, "%s", gmm_format_finding(w, &findings->list[i], r->data->names)));
}

/* About the fit, not the mixture: OWN_FINDINGS at most. */
static void add_own_findings(wick *w, struct tool_report *r)
{
    const struct tool_fit *best = tool_report_best(r);
    const size_t most = r->options->most, fewest = r->options->fewest;

    if (!best->converged)
        add_finding(r,
            tool_text(w, "it did not converge in %zu iterations; allow more, --max-iterations",
                best->iterations));
    if (best->best_found == 1 && best->starts > 1)
        add_finding(r,
            tool_text(w,
                "only one of %zu starts came this far, there may be better fits; try more, --seeds",
                best->starts));
    if (fewest < most && best->components == most && r->n_findings == 0)
        add_finding(r,
            tool_text(w,
                "%zu components are the most that were tried; try more, --components %zu..%zu",
                most, fewest, 2 * most));
}

static void add_failures(wick *w, struct tool_report *r)
{
    for (size_t i = 0; i < r->fits->n; i++) {
        const struct tool_fit *fit = &r->fits->fits[i];
        if (fit->failure)
            add_finding(r,
                tool_text(w, "the fit of %zu components, %s, failed: %s", fit->components,
                    gmm_covariance_name(fit->covariance), fit->failure));
    }
}

static bool add_findings(wick *w, const gmm_findings *findings, struct tool_report *r)
{
    r->findings = calloc(findings->n + OWN_FINDINGS + r->fits->n, sizeof *r->findings);
    if (!r->findings) {
        wick_fail(w, WICK_ERR_MEMORY, "no memory for %zu findings", findings->n);
        return false;
    }
    add_mixture_findings(w, findings, r);
    add_own_findings(w, r);
    add_failures(w, r);
    return wick_status(w) == WICK_OK;
}

bool tool_report_make(wick *w, const struct tool_options *o, const struct tool_data *d,
    const struct tool_fits *fits, struct tool_report *r)
{
    *r = (struct tool_report){ .options = o, .data = d, .fits = fits };
    const gmm_mixture *mixture = tool_report_best(r)->mixture;
    const gmm m = tool_data_gmm(d, mixture->components, mixture->covariance);
    double *floor = floor_of(w, o, &m);

    r->mixture = tool_text(w, "%s", gmm_format_summary(w, mixture, &m, d->names));
    gmm_findings *findings =
        gmm_diagnose(w, mixture, &m, &(gmm_diagnose_options){ .floor = floor });
    const bool fine = findings && add_findings(w, findings, r);
    gmm_findings_free(findings);
    free(floor);
    return fine;
}

void tool_report_free(struct tool_report *r)
{
    for (size_t i = 0; i < r->n_findings; i++)
        free(r->findings[i]);
    free(r->findings);
    free(r->mixture);
    *r = (struct tool_report){ 0 };
}

/* --- the table of fits ----------------------------------------------------------------------- */

/* Why a fit is not as it should be; "" if it is. */
static const char *remark(const struct tool_fit *fit)
{
    return !fit->mixture  ? "failed"
        : fit->collapsed  ? "collapsed"
        : !fit->converged ? "not converged"
                          : "";
}

/* `bar` is "" for text, "| " for Markdown. */
static void print_fit(
    const struct tool_report *r, const struct tool_fit *fit, FILE *to, const char *bar)
{
    const gmm_evaluation *e = &fit->evaluation;

    fprintf(
        to, "%s%-10s %s%10zu ", bar, gmm_covariance_name(fit->covariance), bar, fit->components);
    if (fit->mixture)
        fprintf(to, "%s%10zu %s%14.3f %s%12.3f %s%12.3f %s%12.3f %s%4zu of %zu", bar, e->parameters,
            bar, e->log_likelihood, bar, e->bic, bar, e->aic, bar, e->icl, bar, fit->best_found,
            fit->starts);
    else
        for (size_t i = 0; *bar && i < 6; i++)
            fputs(bar, to);
    const char *why = remark(fit), *best = fit == tool_report_best(r) ? "best" : "";
    fprintf(to, "%s%s%s%s%s%s\n",
        *bar                ? " "
            : *why || *best ? "  "
                            : "",
        bar, best, *why && *best ? ", " : "", why, *bar ? " |" : "");
}

static void print_fits(const struct tool_report *r, FILE *to, const char *bar)
{
    fprintf(to, "%s%-10s %s%10s %s%10s %s%14s %s%12s %s%12s %s%12s %s%s%s\n", bar, "covariance",
        bar, "components", bar, "parameters", bar, "log-likelihood", bar, "BIC", bar, "AIC", bar,
        "ICL", bar, "best starts", *bar ? " | remark |" : "");
    if (*bar)
        fputs("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |\n", to);
    for (size_t i = 0; i < r->fits->n; i++)
        print_fit(r, &r->fits->fits[i], to, bar);
}

/* --- what there is to look at ---------------------------------------------------------------- */

static void print_findings(const struct tool_report *r, FILE *to)
{
    for (size_t i = 0; i < r->n_findings; i++)
        fprintf(to, "- %s\n", r->findings[i]);
    if (r->n_findings == 0)
        fputs("Nothing looks wrong with this fit.\n", to);
}

static void print_choice(const struct tool_report *r, FILE *to)
{
    const struct tool_fit *best = tool_report_best(r);

    fprintf(to, "%s %s, start %zu, %zu iterations", r->fits->n > 1 ? "Best by BIC, by" : "By",
        tool_method_name(r->options->method), best->best_start, best->iterations);
    if (r->options->method == METHOD_VB)
        fprintf(to, "; ELBO %.3f (+- %.3f), k-hat %.2f", best->elbo, best->elbo_se, best->k);
    fputs(":\n", to);
}

void tool_report_print(const struct tool_report *r, FILE *to)
{
    tool_data_print(r->options, r->data, to);
    fputc('\n', to);
    print_fits(r, to, "");
    fputc('\n', to);
    print_choice(r, to);
    fprintf(to, "\n%s\n", r->mixture);
    print_findings(r, to);
}

/* --- report.md ------------------------------------------------------------------------------- */

/* As a shell has to be given it. */
static void print_word(const char *word, FILE *to)
{
    const bool plain = *word &&
        strspn(word,
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
            "0123456789_-+=.,:/@%") == strlen(word);

    fputs(plain ? " " : " '", to);
    for (const char *p = word; *p; p++)
        fputs(*p == '\'' ? "'\\''" : (char[]){ *p, '\0' }, to);
    fputs(plain ? "" : "'", to);
}

static void print_call(const struct tool_options *o, FILE *to)
{
    fputs("    wick-gmm", to);
    for (int i = 1; i < o->argc; i++)
        print_word(o->argv[i], to);
    fprintf(to, "\n\nwick %s, seed %llu.\n", wick_version(), (unsigned long long)o->seed);
}

static void print_picture(bool there, bool drawn, const char *name, const char *what, FILE *to)
{
    if (there && drawn)
        fprintf(to, "\n![%s](%s.png)\n", what, name);
    else if (there)
        fprintf(
            to, "\n%s: [%s.tsv](%s.tsv), to be drawn by `gnuplot %s.gp`\n", what, name, name, name);
}

static void print_pictures(const struct tool_pictures *p, FILE *to)
{
    if (!p->components)
        return;
    fputs("\n## Pictures\n", to);
    print_picture(p->bic, p->rendered, "bic", "BIC of all fits", to);
    print_picture(p->components, p->rendered, "components", "Rows and components", to);
    print_picture(p->starts, p->rendered, "starts", "Starts of the chosen fit", to);
}

static void print_markdown(
    const struct tool_report *r, const struct tool_pictures *pictures, FILE *to)
{
    fputs("# Gaussian mixture\n\n## Data\n\n", to);
    tool_data_print(r->options, r->data, to);
    fputs("\n## Call\n\n", to);
    print_call(r->options, to);
    fputs("\n## Fits\n\n", to);
    print_fits(r, to, "| ");
    fputs("\nSmaller is better, but for the log-likelihood. Best starts: how many of the starts "
          "came to within 0.001 per row of the best.\n\n## The chosen one\n\n",
        to);
    print_choice(r, to);
    fprintf(to,
        "\n```\n%s```\n\nIts numbers are in [model.csv](model.csv), those of the rows in "
        "[%s](%s).\n\n## What to look at\n\n",
        r->mixture, tool_rows_name(r->options), tool_rows_name(r->options));
    print_findings(r, to);
    print_pictures(pictures, to);
}

bool tool_report_write(wick *w, const struct tool_report *r, const struct tool_pictures *pictures)
{
    char *path = tool_path(w, r->options, "report.md");
    FILE *file = path ? tool_file_open(w, path) : NULL;

    if (file)
        print_markdown(r, pictures, file);
    const bool written = file && tool_file_close(w, path, file);
    free(path);
    return written;
}

#include "io/stan_csv.h"

#include <string.h>

#include "io/number.h"

static const char FUNCTION[] = "wick_stan_csv_new";

enum { MOST_COLUMNS = 1 << 24 };

/* --- names ----------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What a name with this character has, which Stan's names do not have. */
static const char *what_is(char c)
{
    return c == ','              ? "has a comma"
        : c == '\n' || c == '\r' ? "has a line end"
        : c == '"' || c == '\''  ? "has a quote"
        : c == '.'               ? "has a point, which stands between indices"
        : c == ':'               ? "has a colon, which stands between parts"
        : c == ' '               ? "has a blank"
                                 : "has a character of another kind";
}

/* NULL: nothing. */
static const char *what_is_wrong(const char *name)
{
    const size_t n = strlen(name);

    for (const char *p = name; *p; p++)
        if (!is_letter(*p) && *p != '_' && !(*p >= '0' && *p <= '9'))
            return what_is(*p);
    if (!is_letter(name[0]))
        return "does not begin with a letter";
    return n >= 2 && strcmp(name + n - 2, "__") == 0 ? "ends in __ as Stan's own" : NULL;
}

static bool fail_name(wick *w, const char *of, const char *name, const char *why)
{
    wicki_buffer shown = { .w = w };

    wicki_buffer_text(&shown, name, strlen(name));
    if (wicki_ok(w))
        wick_fail(w, WICK_ERR_NAME,
            "%s: the name \"%s\" of a %s %s; need letters, digits and _, with a letter first",
            FUNCTION, shown.text, of, why);
    wicki_buffer_free(&shown);
    return false;
}

static bool check_name(wick *w, const char *of, const char *name)
{
    if (!name || !*name) {
        wick_fail(w, WICK_ERR_NAME, "%s: a %s has no name", FUNCTION, of);
        return false;
    }
    const char *why = what_is_wrong(name);
    return why ? fail_name(w, of, name, why) : true;
}

/* --- variables ------------------------------------------------------------------------------- */

static bool check_twins(wick *w, const wick_stan_variable *variables, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(variables[i].name, variables[j].name) == 0) {
            wick_fail(w, WICK_ERR_NAME, "%s: variables %zu and %zu are both named %s", FUNCTION,
                j + 1, i + 1, variables[i].name);
            return false;
        }
    return true;
}

/* Elements of a variable; 0 after an error. */
static size_t count_elements(wick *w, const wick_stan_variable *v)
{
    size_t n = 1;

    if (v->n_sizes > 0 && !v->sizes)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: the sizes of %s are NULL", FUNCTION, v->name);
    for (size_t i = 0; i < v->n_sizes && wicki_ok(w); i++) {
        if (v->sizes[i] == 0)
            wick_fail(w, WICK_ERR_SHAPE, "%s: size %zu of %s is 0", FUNCTION, i + 1, v->name);
        else if (n > MOST_COLUMNS / v->sizes[i])
            wick_fail(w, WICK_ERR_LIMIT, "%s: %s has more than %d elements", FUNCTION, v->name,
                MOST_COLUMNS);
        else
            n *= v->sizes[i];
    }
    return wicki_ok(w) ? n : 0;
}

static bool check_variables(wick *w, size_t n, const wick_stan_variable *variables, size_t *columns)
{
    *columns = 0;
    for (size_t i = 0; i < n && wicki_ok(w); i++) {
        if (!check_name(w, "variable", variables[i].name) || !check_twins(w, variables, i))
            return false;
        *columns += count_elements(w, &variables[i]);
        if (*columns > MOST_COLUMNS)
            wick_fail(w, WICK_ERR_LIMIT, "%s: the variables have more than %d elements", FUNCTION,
                MOST_COLUMNS);
    }
    return wicki_ok(w);
}

/* --- all ------------------------------------------------------------------------------------- */

static bool has_line_end(const char *text)
{
    return text && strpbrk(text, "\r\n");
}

static bool check_path(wick *w, const char *path)
{
    const size_t n = path ? strlen(path) : 0;

    if (n == 0)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: no path, need the name of a file", FUNCTION);
    else if (has_line_end(path))
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: the path has a line end", FUNCTION);
    else if (n < 4 || strcmp(path + n - 4, ".csv") != 0)
        wick_fail(
            w, WICK_ERR_ARGUMENT, "%s: the path is %s, need one that ends in .csv", FUNCTION, path);
    return wicki_ok(w);
}

static bool check_options(wick *w, const char *path, const wick_stan_csv_options *o)
{
    char delta[WICKI_NUMBER_SIZE];

    wicki_number_text(delta, o->delta);
    if (o->model && !check_name(w, "model", o->model))
        return false;
    if (has_line_end(o->data))
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: the data of %s have a line end", FUNCTION, path);
    else if (!(o->delta >= 0.0 && o->delta < 1.0))
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: delta of %s is %s, need a number between 0 and 1",
            FUNCTION, path, delta);
    else if (o->metric != WICK_METRIC_DIAGONAL && o->metric != WICK_METRIC_DENSE &&
        o->metric != WICK_METRIC_UNIT)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: the metric of %s is %d, which is none", FUNCTION, path,
            (int)o->metric);
    return wicki_ok(w);
}

bool wicki_stan_check(wick *w, const char *path, size_t n, const wick_stan_variable *variables,
    const wick_stan_csv_options *options, size_t *columns)
{
    if (!check_path(w, path))
        return false;
    if (n == 0 || !variables || !options) {
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: no %s for %s", FUNCTION,
            n == 0 || !variables ? "variables" : "options", path);
        return false;
    }
    return check_options(w, path, options) && check_variables(w, n, variables, columns);
}

#include "gmm_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "gmm_data.h"

static bool fail_io(wick *w, const char *what, const char *path, int error)
{
    wick_fail(w, WICK_ERR_IO, "cannot %s %s: %s", what, path, strerror(error));
    return false;
}

FILE *tool_file_open(wick *w, const char *path)
{
    char *temporary = tool_text(w, "%s.tmp", path);
    FILE *file = temporary ? fopen(temporary, "w") : NULL;

    if (temporary && !file)
        fail_io(w, "write", temporary, errno);
    free(temporary);
    return file;
}

bool tool_file_close(wick *w, const char *path, FILE *file)
{
    char *temporary = tool_text(w, "%s.tmp", path);
    const bool bad = ferror(file) != 0;

    if ((fclose(file) != 0 || bad) && wick_status(w) == WICK_OK)
        fail_io(w, "write", path, errno);
    if (temporary && wick_status(w) == WICK_OK && rename(temporary, path) != 0)
        fail_io(w, "write", path, errno);
    if (temporary && wick_status(w) != WICK_OK)
        remove(temporary);
    free(temporary);
    return wick_status(w) == WICK_OK;
}

bool tool_file_print(wick *w, const char *path)
{
    char block[4096];
    size_t n;
    FILE *file = fopen(path, "r");

    if (!file)
        return fail_io(w, "read", path, errno);
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        fwrite(block, 1, n, stdout);
    const bool fine = !ferror(file) || fail_io(w, "read", path, errno);
    fclose(file);
    return fine;
}

const char *tool_message(const wick *w)
{
    const char *message = wick_message(w);
    const size_t name = strspn(message, "abcdefghijklmnopqrstuvwxyz_0123456789");
    const bool is_function = strncmp(message, "wick_", 5) == 0 || strncmp(message, "gmm_", 4) == 0;

    return is_function && strncmp(message + name, ": ", 2) == 0 ? message + name + 2 : message;
}

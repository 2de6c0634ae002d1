#include "io/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"

enum { BLOCK = 256 * 1024 };

static bool fail(wicki_source *s, const char *what, int error)
{
    wicki_fail_io(s->w, s->function, what, s->path, error, "need a file that can be read");
    return false;
}

/* Of a regular file; of others nothing is known. */
static void find_size(wicki_source *s)
{
    struct stat status;
    const off_t at = lseek(s->file, 0, SEEK_CUR);

    s->sized = at >= 0 && fstat(s->file, &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size >= at && status.st_size > 0;
    if (s->sized)
        s->size = (uint64_t)(status.st_size - at);
}

bool wicki_source_open(wicki_source *s, wick *w, const char *function, const char *path)
{
    const bool input = strcmp(path, "-") == 0;

    *s = (wicki_source){ .w = w, .function = function, .file = STDIN_FILENO };
    s->path = input ? "standard input" : path;
    if (!input)
        s->file = open(path, O_RDONLY | O_CLOEXEC);
    if (s->file < 0)
        return fail(s, "open", errno);
    find_size(s);
    s->capacity = s->sized && s->size < BLOCK ? (size_t)s->size + 1 : BLOCK;
    s->buffer = wicki_allocate(w, s->capacity + 1);
    if (!s->buffer)
        wicki_source_close(s);
    return wicki_ok(w);
}

static bool grow(wicki_source *s)
{
    if (s->capacity > SIZE_MAX / 4) {
        wick_fail(s->w, WICK_ERR_LIMIT, "%s: a line does not fit into memory", s->path);
        return false;
    }
    char *buffer = wicki_allocate(s->w, 2 * s->capacity + 1);
    if (!buffer)
        return false;
    memcpy(buffer, s->buffer, s->end);
    wicki_release(s->w, s->buffer);
    s->buffer = buffer;
    s->capacity *= 2;
    return true;
}

bool wicki_source_fill(wicki_source *s)
{
    ssize_t n;

    if (s->ended || !wicki_ok(s->w))
        return false;
    if (s->begin > 0)
        memmove(s->buffer, s->buffer + s->begin, s->end - s->begin);
    s->end -= s->begin;
    s->begin = 0;
    if (s->end == s->capacity && !grow(s))
        return false;
    do
        n = read(s->file, s->buffer + s->end, s->capacity - s->end);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail(s, "read", errno);
    s->ended = n == 0;
    s->end += (size_t)n;
    return n > 0;
}

bool wicki_source_has(wicki_source *s, size_t n)
{
    while (s->end - s->begin < n)
        if (!wicki_source_fill(s))
            return false;
    return true;
}

void wicki_source_close(wicki_source *s)
{
    if (s->file != STDIN_FILENO)
        close(s->file);
    wicki_release(s->w, s->buffer);
    s->buffer = NULL;
}

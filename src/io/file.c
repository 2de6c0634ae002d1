#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail_io(wick *w, const char *function, const char *what, const char *path, int error)
{
    char reason[128];

    if (strerror_r(error, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", error);
    wick_fail(w, WICK_ERR_IO, "%s: cannot %s %s: %s; choose a place that can be written", function,
        what, path, reason);
    return false;
}

static bool is_directory(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool make_one(wick *w, const char *function, const char *path)
{
    if (mkdir(path, 0777) == 0)
        return true;
    const int error = errno;
    return is_directory(path) || fail_io(w, function, "make the directory", path, error);
}

bool wicki_make_directory(wick *w, const char *function, const char *path, size_t length)
{
    wicki_buffer copy = { .w = w };

    wicki_buffer_bytes(&copy, path, length);
    for (size_t i = 1; i <= length && wicki_ok(w); i++) {
        if (i < length && path[i] != '/')
            continue;
        copy.text[i] = '\0';
        make_one(w, function, copy.text);
        copy.text[i] = path[i];
    }
    wicki_buffer_free(&copy);
    return wicki_ok(w);
}

size_t wicki_parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return 0;
    return slash == path ? 1 : (size_t)(slash - path);
}

/* Returns 0 or errno. */
static int write_all(int file, const char *bytes, size_t n)
{
    while (n > 0) {
        const ssize_t written = write(file, bytes, n);
        if (written == 0)
            return ENOSPC;
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            bytes += written;
            n -= (size_t)written;
        }
    }
    return 0;
}

static int write_new(const char *path, const wicki_buffer *text)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (file < 0)
        return errno;
    const int error = write_all(file, text->text, text->length);
    return close(file) == 0 || error != 0 ? error : errno;
}

bool wicki_write_file(wick *w, const char *function, const char *path, const wicki_buffer *text)
{
    wicki_buffer temporary = { .w = w };

    wicki_buffer_add(&temporary, "%s.tmp", path);
    if (wicki_ok(w)) {
        int error = write_new(temporary.text, text);
        if (error == 0 && rename(temporary.text, path) != 0)
            error = errno;
        if (error != 0) {
            unlink(temporary.text);
            fail_io(w, function, "write", path, error);
        }
    }
    wicki_buffer_free(&temporary);
    return wicki_ok(w);
}

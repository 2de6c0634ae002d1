#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void wicki_fail_io(wick *w, const char *function, const char *what, const char *path, int error,
    const char *advice)
{
    char reason[128];

    if (strerror_r(error, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", error);
    wick_fail(w, WICK_ERR_IO, "%s: cannot %s %s: %s; %s", function, what, path, reason, advice);
}

static bool fail_io(wick *w, const char *function, const char *what, const char *path, int error)
{
    wicki_fail_io(w, function, what, path, error, "choose a place that can be written");
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

bool wicki_output_open(wicki_output *f, wick *w, const char *function, const char *path)
{
    *f = (wicki_output){ .w = w, .function = function, .path = path, .bytes.w = w };
    f->temporary.w = w;
    wicki_buffer_add(&f->temporary, "%s.tmp", path);
    if (!wicki_ok(w))
        return false;
    f->file = open(f->temporary.text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (f->file < 0) {
        fail_io(w, function, "write", path, errno);
        wicki_buffer_free(&f->temporary);
    }
    return wicki_ok(w);
}

static void write_bytes(wicki_output *f, const wicki_buffer *bytes)
{
    const int error = wicki_ok(f->w) ? write_all(f->file, bytes->text, bytes->length) : 0;

    if (error != 0)
        fail_io(f->w, f->function, "write", f->path, error);
}

void wicki_output_flush(wicki_output *f)
{
    write_bytes(f, &f->bytes);
    f->bytes.length = 0;
}

/* Returns 0 or errno; the file's position is again at its end. */
static int write_at(int file, size_t offset, const char *bytes, size_t n)
{
    if (lseek(file, (off_t)offset, SEEK_SET) < 0)
        return errno;
    const int error = write_all(file, bytes, n);
    return error == 0 && lseek(file, 0, SEEK_END) < 0 ? errno : error;
}

void wicki_output_patch(wicki_output *f, size_t offset, const char *bytes, size_t n)
{
    wicki_output_flush(f);
    const int error = wicki_ok(f->w) ? write_at(f->file, offset, bytes, n) : 0;
    if (error != 0)
        fail_io(f->w, f->function, "write", f->path, error);
}

bool wicki_output_close(wicki_output *f)
{
    wicki_output_flush(f);
    if (f->sync && wicki_ok(f->w) && fsync(f->file) != 0)
        fail_io(f->w, f->function, "write", f->path, errno);
    if ((close(f->file) != 0 || (wicki_ok(f->w) && rename(f->temporary.text, f->path) != 0)))
        fail_io(f->w, f->function, "write", f->path, errno);
    if (!wicki_ok(f->w))
        unlink(f->temporary.text);
    wicki_buffer_free(&f->bytes);
    wicki_buffer_free(&f->temporary);
    return wicki_ok(f->w);
}

bool wicki_write_file(wick *w, const char *function, const char *path, const wicki_buffer *text)
{
    wicki_output f;

    if (!wicki_output_open(&f, w, function, path))
        return false;
    write_bytes(&f, text);
    return wicki_output_close(&f);
}

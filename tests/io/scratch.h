/* For tests that write files: a directory that goes away, and memory that runs out. */
#ifndef TESTS_IO_SCRATCH_H
#define TESTS_IO_SCRATCH_H

#include <check.h>
#include <dirent.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wick/io.h>

enum { SCRATCH_PATH = 512 };

typedef struct scratch {
    char directory[32];
    char path[SCRATCH_PATH]; /* of the last scratch_path */
} scratch;

static inline scratch scratch_new(void)
{
    scratch s = { .directory = "scratch-XXXXXX" };

    ck_assert_ptr_nonnull(mkdtemp(s.directory));
    return s;
}

static inline const char *scratch_path(scratch *s, const char *name)
{
    snprintf(s->path, sizeof s->path, "%s/%s", s->directory, name);
    return s->path;
}

/* Files in a directory, or -1 if there is none. */
static inline int count_files(const char *directory)
{
    DIR *d = opendir(directory);
    int n = 0;

    if (!d)
        return -1;
    for (const struct dirent *e = readdir(d); e; e = readdir(d))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static inline void scratch_remove(const char *path)
{
    DIR *d = opendir(path);

    if (d) {
        for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
            char inner[SCRATCH_PATH];
            if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
                continue;
            ck_assert_int_lt(snprintf(inner, sizeof inner, "%s/%s", path, e->d_name), SCRATCH_PATH);
            scratch_remove(inner);
        }
        closedir(d);
    }
    ck_assert_int_eq(remove(path), 0);
}

/* The whole of a file, to be freed; NULL if it is not there. */
static inline char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat status;

    if (!file)
        return NULL;
    ck_assert_int_eq(fstat(fileno(file), &status), 0);
    const size_t size = (size_t)status.st_size;
    char *text = malloc(size + 1);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(fread(text, 1, size, file), size);
    text[size] = '\0';
    fclose(file);
    return text;
}

static inline void assert_contains(const char *text, const char *part)
{
    ck_assert_msg(text && strstr(text, part), "\"%s\" is not in:\n%s", part, text ? text : "NULL");
}

static inline bool set_locale(const char *name)
{
    return setlocale(LC_ALL, name) && strcmp(localeconv()->decimal_point, ".") != 0;
}

/* A locale that writes 1.5 as 1,5: one of the system's, or else one made for the purpose. */
static inline bool set_comma_locale(scratch *dir)
{
    static const char *const NAMES[] = { "de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8",
        "fr_FR" };
    char command[SCRATCH_PATH + 64];

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (set_locale(NAMES[i]))
            return true;
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s >/dev/null 2>&1",
        scratch_path(dir, "de_DE.UTF-8"));
    if (system(command) != -1 && setenv("LOCPATH", dir->directory, 1) == 0)
        return set_locale("de_DE.UTF-8");
    return false;
}

/* Memory that counts what is held, and of which the request numbered fail_at (from 1) fails. */
typedef struct meter {
    long requests, held, fail_at;
} meter;

static inline void *meter_allocate(size_t size, void *arg)
{
    meter *m = arg;

    if (++m->requests == m->fail_at)
        return NULL;
    void *memory = malloc(size);
    m->held += memory != NULL;
    return memory;
}

static inline void meter_release(void *memory, void *arg)
{
    meter *m = arg;

    m->held--;
    free(memory);
}

static inline wick *metered_handle(meter *m)
{
    return wick_new(&(wick_options){ .allocator = { meter_allocate, meter_release, m } });
}

#endif

/* The picture: gnuplot as a process of its own. */
#include "io/figure.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* gnuplot's messages go nowhere: the library does not print. */
static bool silence(posix_spawn_file_actions_t *actions)
{
    return posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0) == 0 &&
        posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0) == 0;
}

static bool spawn(pid_t *child, char *const *arguments)
{
    posix_spawn_file_actions_t actions;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    const bool started = silence(&actions) &&
        posix_spawnp(child, arguments[0], &actions, NULL, arguments, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    return started;
}

/* Where SIGCHLD is ignored there is no exit status to get; then the picture alone decides. */
static bool succeeds(char *const *arguments)
{
    pid_t child;
    int status = 0;

    if (!spawn(&child, arguments))
        return false;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return true;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool has_content(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && status.st_size > 0;
}

/* gnuplot -d -e "cd 'DIRECTORY'" NAME.gp: without the user's settings, as by hand in DIRECTORY */
bool wicki_render(wick *w, const char *directory, const char *name, const char *ending)
{
    wicki_buffer cd = { .w = w }, script = cd, picture = cd;
    bool rendered = false;

    wicki_buffer_add(&cd, directory[0] == '~' ? "cd './' . " : "cd "); /* ~ is home */
    wicki_quote(&cd, directory);
    wicki_buffer_add(&script, "%s.gp", name);
    wicki_buffer_add(&picture, "%s/%s%s", directory, name, ending);
    if (wicki_ok(w)) {
        char program[] = "gnuplot", defaults[] = "-d", command[] = "-e";
        char *const arguments[] = { program, defaults, command, cd.text, script.text, NULL };
        unlink(picture.text);
        rendered = succeeds(arguments) && has_content(picture.text);
    }
    wicki_buffer_free(&cd);
    wicki_buffer_free(&script);
    wicki_buffer_free(&picture);
    return rendered;
}

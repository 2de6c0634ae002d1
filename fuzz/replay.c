/* Runs a fuzz target on inputs: the files and folders given, or those of $srcdir/fuzz/corpus/NAME,
 * NAME being that of the program. It must not be without any. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>

static int inputs;

static void run(const char *path, FILE *file)
{
    long size = -1;

    if (fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    rewind(file);
    REQUIRE(size >= 0, "cannot read %s", path);
    /* no larger than the input, so that sanitizers see its end */
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
    REQUIRE(data && fread(data, 1, (size_t)size, file) == (size_t)size, "cannot read %s", path);
    LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    inputs++;
}

static void replay(const char *path);

static void replay_folder(const char *path, DIR *folder)
{
    char inner[4096];

    for (const struct dirent *e = readdir(folder); e; e = readdir(folder))
        if (e->d_name[0] != '.') {
            snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
            replay(inner);
        }
}

/* The path is shown where the program stops. */
static void replay(const char *path)
{
    DIR *folder = opendir(path);

    if (folder) {
        replay_folder(path, folder);
        closedir(folder);
        return;
    }
    FILE *file = fopen(path, "rb");
    REQUIRE(file, "%s: %s", path, strerror(errno));
    printf("%s\n", path);
    fflush(stdout);
    run(path, file);
    fclose(file);
}

int main(int argc, char **argv)
{
    const char *source = getenv("srcdir"), *name = strrchr(argv[0], '/');
    char corpus[4096];

    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    if (argc < 2) {
        snprintf(corpus, sizeof corpus, "%s/fuzz/corpus/%s", source ? source : ".",
            name ? name + 1 : argv[0]);
        replay(corpus);
    }
    REQUIRE(inputs > 0, "no inputs");
    printf("%d inputs\n", inputs);
    return 0;
}

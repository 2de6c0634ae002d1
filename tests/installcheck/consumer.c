/* A program outside the tree: prints the version of the installed library. */
#include <stdio.h>
#include <wick/wick.h>

int main(void)
{
    wick *w = wick_new(NULL);

    if (wick_status(w) != WICK_OK)
        return 1;
    puts(wick_version());
    wick_free(w);
    return 0;
}

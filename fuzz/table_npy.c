/* Any bytes after NPY's magic ones: a table or a documented error, and what is written is read the
 * same. */
#include "fuzz/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char MAGIC[] = "\x93NUMPY";
    memory m = { 0 };

    fuzz_table((bytes){ data, size }, MAGIC, sizeof MAGIC - 1, ".npy", &m);
    return 0;
}

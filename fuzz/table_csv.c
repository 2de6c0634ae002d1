/* Any bytes as a CSV or TSV: a table or a documented error, and what is written is read the same. */
#include "fuzz/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const WRITTEN[] = { ".csv", ".tsv" };
    bytes b = { data, size };
    const char *written = WRITTEN[take_below(&b, 2)];
    memory m = { 0 };

    fuzz_table(b, "", 0, written, &m);
    /* a buffer of 256 KiB, and some 32 bytes for a cell, which takes two */
    REQUIRE(m.most <= 1024 * 1024 + 64 * size, "%zu bytes of memory for %zu", m.most, size);
    return 0;
}

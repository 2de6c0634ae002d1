# Fuzz targets. For fuzz/x add here:
#   FUZZ += fuzz/x
#   fuzz_x_SOURCES = fuzz/x.c $(replay)
# and inputs to fuzz/corpus/x. make check runs each target on its inputs; make check-long goes on from
# them with libFuzzer (fuzz/run.sh).
FUZZ =
replay = fuzz/replay.c fuzz/fuzz.h tests/support/memory.h

FUZZ += fuzz/program
fuzz_program_SOURCES = fuzz/program.c $(replay)

FUZZ += fuzz/mcmc_state
fuzz_mcmc_state_SOURCES = fuzz/mcmc_state.c $(replay)

FUZZ += fuzz/site
fuzz_site_SOURCES = fuzz/site.c $(replay)

FUZZ += fuzz/stan_csv
fuzz_stan_csv_SOURCES = fuzz/stan_csv.c $(replay)

FUZZ += fuzz/table_csv
fuzz_table_csv_SOURCES = fuzz/table_csv.c fuzz/table.h $(replay)

FUZZ += fuzz/table_npy
fuzz_table_npy_SOURCES = fuzz/table_npy.c fuzz/table.h $(replay)

FUZZ += fuzz/transform
fuzz_transform_SOURCES = fuzz/transform.c $(replay)

check_PROGRAMS += $(FUZZ)
TESTS += $(FUZZ)
EXTRA_DIST += fuzz/run.sh fuzz/corpus

# For clang, with what fuzz/run.sh gives to configure: the targets with libFuzzer's main, as fuzz/x.fuzz.
.PHONY: fuzzers
fuzzers: libwick-core.la $(FUZZ:=.$(OBJEXT))
	for target in $(FUZZ); do \
	    $(LIBTOOL) --silent --tag=CC --mode=link $(CC) $(AM_CFLAGS) $(CFLAGS) -fsanitize=fuzzer \
	        $(AM_LDFLAGS) $(LDFLAGS) -o $$target.fuzz $$target.$(OBJEXT) libwick-core.la $(LIBS) || exit 1; \
	done

# Benchmarks. For bench/x add here:
#   BENCHES += bench/x
#   bench_x_LDADD = libwick.la
# Each prints tab-separated lines; make bench prints them all.
EXTRA_PROGRAMS = $(BENCHES)

.PHONY: bench
bench: $(BENCHES)
	@for b in $(BENCHES); do ./$$b || exit 1; done

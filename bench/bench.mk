# Benchmarks. For bench/x add here:
#   BENCHES += bench/x
#   bench_x_SOURCES = bench/x.c $(timing)
#   bench_x_LDADD = libwick.la
# Each prints tab-separated lines; make bench prints them all. A hand-written limit may fuse
# multiplications and additions, which the library may not.
BENCHES += bench/five_point
EXTRA_PROGRAMS = $(BENCHES)

timing = bench/timing.c bench/timing.h
limit_cflags = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS:off=fast)

bench_five_point_SOURCES = bench/five_point.c bench/w1_limit.c bench/w1_limit.h $(timing)
bench_five_point_CFLAGS = $(limit_cflags)
bench_five_point_LDADD = libwick-core.la -lm

.PHONY: bench
bench: $(BENCHES)
	@for b in $(BENCHES); do ./$$b || exit 1; done

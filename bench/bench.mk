# Benchmarks. For bench/x add here:
#   BENCHES += bench/x
#   bench_x_SOURCES = bench/x.c $(workload)
#   bench_x_CFLAGS = $(limit_cflags)
#   bench_x_LDADD = libwick-core.la -lm
# Each prints rows of one table (bench/timing.h); make bench prints them all under one header. The
# limits are compiled for the machine at hand, and may fuse multiplications and additions.
BENCHES += bench/w1 bench/w2 bench/w3 bench/w4 bench/w5 bench/w6 bench/em
EXTRA_PROGRAMS += $(BENCHES) bench/scaling bench/mapped bench/table bench/gmm_restarts bench/ess
CLEANFILES += bench/scaling bench/mapped bench/table scaling.tsv scaling.png
CLEANFILES += bench/gmm_restarts gmm_restarts.bin gmm_restarts.tsv bench/ess

LIMIT_ARCH = -march=native
limit_cflags = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS:off=fast) $(LIMIT_ARCH)
workload = bench/workload.c bench/workload.h bench/fit.c bench/fit.h bench/timing.c bench/timing.h
w4_parts = bench/clusters.c bench/clusters.h bench/random.h \
	bench/w4_limit.c bench/w4_limit.h bench/w4_sums.c bench/w4_sums.h bench/vector.h

bench_w1_SOURCES = bench/w1.c bench/w1_limit.c bench/w1_limit.h $(workload)
bench_w1_CFLAGS = $(limit_cflags)
bench_w1_LDADD = libwick-core.la -lm

bench_w2_SOURCES = bench/w2.c bench/w2_limit.c bench/w2_limit.h bench/vector.h bench/random.h \
	$(workload)
bench_w2_CFLAGS = $(limit_cflags)
bench_w2_LDADD = libwick-core.la -lm

bench_w3_SOURCES = bench/w3.c bench/w3_limit.c bench/w3_limit.h bench/vector.h bench/random.h \
	$(workload)
bench_w3_CFLAGS = $(limit_cflags)
bench_w3_LDADD = libwick-core.la -lm

bench_w4_SOURCES = bench/w4.c $(w4_parts) $(workload)
bench_w4_CFLAGS = $(limit_cflags)
bench_w4_LDADD = libwick-core.la -lm

bench_w5_SOURCES = bench/w5.c bench/w5_limit.c bench/w5_limit.h bench/w1_limit.c bench/w1_limit.h \
	bench/timing.c bench/timing.h
bench_w5_CFLAGS = $(limit_cflags)
bench_w5_LDADD = libwick-core.la -lm

bench_w6_SOURCES = bench/w6.c bench/w6_limit.c bench/w6_limit.h bench/vector.h bench/random.h \
	$(workload)
bench_w6_CFLAGS = $(limit_cflags)
bench_w6_LDADD = libwick-core.la -lm

bench_em_SOURCES = bench/em.c bench/em_limit.c bench/em_limit.h bench/clusters.c bench/clusters.h \
	bench/random.h bench/w4_limit.h bench/w4_sums.c bench/w4_sums.h bench/vector.h \
	bench/timing.c bench/timing.h
bench_em_CFLAGS = $(limit_cflags)
bench_em_LDADD = libwick-models.la libwick-core.la -lm

bench_scaling_SOURCES = bench/scaling.c $(w4_parts) bench/fit.c bench/fit.h bench/workload.h \
	bench/timing.c bench/timing.h
bench_scaling_CFLAGS = $(limit_cflags)
bench_scaling_LDADD = libwick-core.la -lm

bench_mapped_SOURCES = bench/mapped.c bench/random.h bench/timing.c bench/timing.h
bench_mapped_LDADD = libwick-core.la -lm

bench_table_SOURCES = bench/table.c bench/random.h bench/timing.c bench/timing.h
bench_table_LDADD = libwick-core.la -lm

bench_gmm_restarts_SOURCES = bench/gmm_restarts.c bench/random.h
bench_gmm_restarts_LDADD = libwick-models.la libwick-core.la -lm

bench_ess_SOURCES = bench/ess.c
bench_ess_LDADD = libwick-core.la -lm

EXTRA_DIST += bench/scaling.gp bench/peers doc/performance.md

# Stops at no failure, but reports it. Notes go to standard error.
.PHONY: bench bench-chain bench-ess bench-mapped bench-restarts bench-scaling bench-table
.PHONY: bench-peers
bench: $(BENCHES)
	@printf 'workload\tvariant\tns\tratio_to_limit\tpeak_rss_kib\n'; failed=0; \
	for b in $(BENCHES); do ./$$b || failed=1; done; exit $$failed

bench-scaling: bench/scaling
	./bench/scaling > scaling.tsv
	if test -n "$(GNUPLOT)"; then $(GNUPLOT) $(srcdir)/bench/scaling.gp; fi

bench-chain: bench/w6
	./bench/w6 scaling

bench-ess: bench/ess
	@if Rscript -e 'library(rstan); library(posterior)' > /dev/null 2>&1; \
	then MAKEFLAGS= Rscript $(srcdir)/bench/peers/ess.R bench/ess; \
	else echo '# rstan, posterior: not installed: wick alone' >&2; ./bench/ess; fi

bench-mapped: bench/mapped
	./bench/mapped

bench-restarts: bench/gmm_restarts
	./bench/gmm_restarts gmm_restarts.bin > gmm_restarts.tsv

bench-table: bench/table
	./bench/table

bench-peers:
	@CXX="$(CXX)" $(SHELL) $(srcdir)/bench/peers/run.sh

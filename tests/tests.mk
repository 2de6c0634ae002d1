# Tests. Check programs, one source each: for tests/base/check_x.c add tests/base/check_x to CHECKS.
CHECKS += \
	tests/base/check_assignment \
	tests/base/check_incomplete \
	tests/base/check_philox \
	tests/base/check_special \
	tests/base/check_threads_pool \
	tests/dist/check_composites \
	tests/dist/check_counts \
	tests/dist/check_densities \
	tests/dist/check_density_gradients \
	tests/dist/check_more_transforms \
	tests/dist/check_kl_discrete \
	tests/dist/check_kl \
	tests/dist/check_laws \
	tests/dist/check_implicit \
	tests/dist/check_improper \
	tests/dist/check_multivariate \
	tests/dist/check_multivariate_draws \
	tests/dist/check_multivariate_plates \
	tests/dist/check_normal \
	tests/dist/check_samplers \
	tests/dist/check_transforms \
	tests/graph/check_fresh \
	tests/graph/check_graph \
	tests/graph/check_graph_api \
	tests/graph/check_graph_choice \
	tests/graph/check_graph_errors \
	tests/graph/check_graph_memory \
	tests/graph/check_reduce \
	tests/graph/check_threads_graph \
	tests/graph/check_verify \
	tests/infer/check_adam \
	tests/infer/check_auto_delta \
	tests/infer/check_auto_joint \
	tests/infer/check_auto_laplace \
	tests/infer/check_auto_list \
	tests/infer/check_auto_normal \
	tests/infer/check_auxiliary \
	tests/infer/check_baselines \
	tests/infer/check_discrete \
	tests/infer/check_discrete_chains \
	tests/infer/check_discrete_errors \
	tests/infer/check_discrete_given \
	tests/infer/check_discrete_plates \
	tests/infer/check_chains \
	tests/infer/check_check_guide \
	tests/infer/check_conjugate \
	tests/infer/check_elbo \
	tests/infer/check_em \
	tests/infer/check_enumeration \
	tests/infer/check_errors \
	tests/infer/check_estimators \
	tests/infer/check_exact \
	tests/infer/check_exact_errors \
	tests/infer/check_fit \
	tests/infer/check_five_point \
	tests/infer/check_guide_enumeration \
	tests/infer/check_guide_errors \
	tests/infer/check_guide_mistakes \
	tests/infer/check_guide_paths \
	tests/infer/check_guide_starts \
	tests/infer/check_guides \
	tests/infer/check_loo \
	tests/infer/check_lbfgs \
	tests/infer/check_match \
	tests/infer/check_mean_field \
	tests/infer/check_memory \
	tests/infer/check_mistakes \
	tests/infer/check_no_handle \
	tests/infer/check_optimisers \
	tests/infer/check_plated_sums \
	tests/infer/check_pointwise \
	tests/infer/check_predictive \
	tests/infer/check_psis \
	tests/infer/check_pyro_chains \
	tests/infer/check_pyro_enumeration \
	tests/infer/check_pyro_mixed \
	tests/infer/check_pyro_plates \
	tests/infer/check_random_guides \
	tests/infer/check_random_models \
	tests/infer/check_random_posteriors \
	tests/infer/check_renyi \
	tests/infer/check_steps \
	tests/infer/check_support_values \
	tests/infer/check_sparse \
	tests/infer/check_svi \
	tests/infer/check_threads \
	tests/infer/check_wake_sleep \
	tests/io/check_chain_files \
	tests/io/check_csv \
	tests/io/check_digits \
	tests/io/check_draws \
	tests/io/check_figure \
	tests/io/check_grid \
	tests/io/check_npy \
	tests/io/check_number \
	tests/io/check_parse_number \
	tests/io/check_progress \
	tests/io/check_safetensors \
	tests/io/check_sheet \
	tests/io/check_stan_csv \
	tests/io/check_stan_csv_errors \
	tests/io/check_summary \
	tests/io/check_table \
	tests/kernel/check_kernel_chain \
	tests/kernel/check_kernel_map \
	tests/kernel/check_kernel_math \
	tests/kernel/check_kernel_mixture \
	tests/kernel/check_kernel_mvn \
	tests/kernel/check_kernel_normal \
	tests/kernel/check_kernel_shuffle \
	tests/mcmc/check_adapt \
	tests/mcmc/check_diagnose \
	tests/mcmc/check_diagnose_models \
	tests/mcmc/check_diagnostics \
	tests/mcmc/check_five_point_chains \
	tests/mcmc/check_hmc \
	tests/mcmc/check_mcmc \
	tests/mcmc/check_nuts \
	tests/mcmc/check_posteriordb \
	tests/mcmc/check_potential \
	tests/mcmc/check_potential_start \
	tests/mcmc/check_ranks \
	tests/mcmc/check_relabel \
	tests/mcmc/check_summary \
	tests/mcmc/check_threads_chains \
	tests/models/check_bayes_gmm \
	tests/models/check_em_gmm \
	tests/models/check_forum_em \
	tests/models/check_gmm \
	tests/models/check_gmm_bayes \
	tests/models/check_gmm_vb \
	tests/models/check_gmm_em_reference \
	tests/models/check_gmm_em \
	tests/models/check_gmm_diagnose \
	tests/models/check_gmm_order \
	tests/models/check_gmm_predict \
	tests/models/check_gmm_summary \
	tests/models/check_hmm \
	tests/site/check_format \
	tests/site/check_handler_laws \
	tests/site/check_handlers \
	tests/site/check_lift \
	tests/site/check_minibatches \
	tests/site/check_more_handlers \
	tests/site/check_params \
	tests/site/check_plates \
	tests/site/check_scopes \
	tests/site/check_traces \
	tests/tape/check_choice \
	tests/tape/check_array \
	tests/tape/check_chain \
	tests/tape/check_dims \
	tests/tape/check_draw \
	tests/tape/check_gradients \
	tests/tape/check_matrix \
	tests/tape/check_own_op \
	tests/tape/check_tape \
	tests/tape/check_triangle \
	tests/tape/check_values

tests_mcmc_check_ranks_SOURCES = tests/mcmc/check_ranks.c tests/long/ranks.c tests/long/ranks.h
tests_models_check_bayes_gmm_LDADD = libwick-models.la $(LDADD)
tests_models_check_em_gmm_SOURCES = tests/models/check_em_gmm.c examples/em_gmm_fit.c \
	examples/em_gmm_published.c
tests_models_check_em_gmm_LDADD = libwick-models.la $(LDADD)
tests_models_check_forum_em_SOURCES = tests/models/check_forum_em.c examples/forum_em_model.c
tests_models_check_forum_em_LDADD = libwick-models.la $(LDADD)
tests_models_check_gmm_LDADD = libwick-models.la $(LDADD)
tests_models_check_gmm_bayes_LDADD = libwick-models.la $(LDADD)
tests_models_check_gmm_vb_LDADD = libwick-models.la $(LDADD)
tests_models_check_gmm_em_reference_LDADD = libwick-models.la $(LDADD)
tests_models_check_gmm_em_LDADD = libwick-models.la $(LDADD)
tests_models_check_gmm_diagnose_LDADD = libwick-models.la $(LDADD)
tests_models_check_gmm_order_LDADD = libwick-models.la $(LDADD)
tests_models_check_gmm_predict_LDADD = libwick-models.la $(LDADD)
tests_models_check_gmm_summary_LDADD = libwick-models.la $(LDADD)
tests_models_check_hmm_SOURCES = tests/models/check_hmm.c examples/baum_welch.c
tests_models_check_hmm_LDADD = libwick-models.la $(LDADD)

tests_mcmc_check_posteriordb_SOURCES = tests/mcmc/check_posteriordb.c tests/long/posteriordb_models.c \
	tests/long/posteriordb_models.h tests/long/data/posteriordb.h

tests_kernel_check_kernel_map_LDADD = libwick-kernel-plain.la $(LDADD)
tests_kernel_check_kernel_math_LDADD = libwick-kernel-plain.la $(LDADD)
tests_kernel_check_kernel_chain_LDADD = libwick-kernel-plain.la $(LDADD)
tests_kernel_check_kernel_mixture_LDADD = libwick-kernel-plain.la $(LDADD)
tests_kernel_check_kernel_mvn_LDADD = libwick-kernel-plain.la $(LDADD)
tests_kernel_check_kernel_normal_LDADD = libwick-kernel-plain.la $(LDADD)
tests_kernel_check_kernel_shuffle_LDADD = libwick-kernel-plain.la $(LDADD)

# check_lanes is built for each instruction set and rounding mode.
CHECKS += tests/kernel/check_lanes tests/kernel/check_lanes_plain
tests_kernel_check_lanes_SOURCES = tests/kernel/check_lanes.c
tests_kernel_check_lanes_CPPFLAGS = $(AM_CPPFLAGS) -DEXPECTED_LEVEL=0 -DEXPECTED_FMA=0
tests_kernel_check_lanes_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS)
tests_kernel_check_lanes_plain_SOURCES = tests/kernel/check_lanes.c
tests_kernel_check_lanes_plain_CPPFLAGS = $(AM_CPPFLAGS) -DEXPECTED_LEVEL=0 -DEXPECTED_FMA=0 -DWICKI_SCALAR_LANES
tests_kernel_check_lanes_plain_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS)
if KERNELS_V3
CHECKS += tests/kernel/check_lanes_v3 tests/kernel/check_lanes_v3_fast
tests_kernel_check_lanes_v3_SOURCES = tests/kernel/check_lanes.c
tests_kernel_check_lanes_v3_CPPFLAGS = $(AM_CPPFLAGS) -DEXPECTED_LEVEL=3 -DEXPECTED_FMA=0
tests_kernel_check_lanes_v3_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS) $(KERNEL_V3_CFLAGS)
tests_kernel_check_lanes_v3_fast_SOURCES = tests/kernel/check_lanes.c
tests_kernel_check_lanes_v3_fast_CPPFLAGS = $(AM_CPPFLAGS) -DEXPECTED_LEVEL=3 -DEXPECTED_FMA=1 -DWICKI_FAST
tests_kernel_check_lanes_v3_fast_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS) $(KERNEL_V3_CFLAGS)
endif
if KERNELS_V4
CHECKS += tests/kernel/check_lanes_v4 tests/kernel/check_lanes_v4_fast
tests_kernel_check_lanes_v4_SOURCES = tests/kernel/check_lanes.c
tests_kernel_check_lanes_v4_CPPFLAGS = $(AM_CPPFLAGS) -DEXPECTED_LEVEL=4 -DEXPECTED_FMA=0
tests_kernel_check_lanes_v4_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS) $(KERNEL_V4_CFLAGS)
tests_kernel_check_lanes_v4_fast_SOURCES = tests/kernel/check_lanes.c
tests_kernel_check_lanes_v4_fast_CPPFLAGS = $(AM_CPPFLAGS) -DEXPECTED_LEVEL=4 -DEXPECTED_FMA=1 -DWICKI_FAST
tests_kernel_check_lanes_v4_fast_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS) $(KERNEL_V4_CFLAGS)
endif

# What make check-valgrind runs, and with it .ci/run.
VALGRIND_TESTS = \
	tests/base/check_philox \
	tests/infer/check_errors \
	tests/infer/check_five_point \
	tests/infer/check_memory \
	tests/site/check_params

# Shell tests, which need no Check.
RULES = \
	tests/rules/exports.sh \
	tests/rules/headers.sh \
	tests/rules/layers.sh \
	tests/rules/words.sh \
	tests/tools/wick-gmm.sh

check_PROGRAMS = $(DEMOS)
TESTS = $(RULES) $(EXPECTED)
if HAVE_CHECK
check_PROGRAMS += $(CHECKS)
TESTS += $(CHECKS)
else
TESTS += tests/skip.sh
endif

TEST_EXTENSIONS = .sh .out
SH_LOG_COMPILER = $(SHELL)
OUT_LOG_COMPILER = $(SHELL) $(srcdir)/build-aux/expect.sh

# Check ends a test after four seconds, too few under a sanitizer on a busy machine.
AM_TESTS_ENVIRONMENT = \
	CC='$(CC)'; CXX='$(CXX)'; NM='$(NM)'; SANITIZE='$(SANITIZE)'; SKIP_REASON='$(SKIP_REASON)'; \
	CK_DEFAULT_TIMEOUT=$${CK_DEFAULT_TIMEOUT-60}; \
	export CC CXX NM SANITIZE SKIP_REASON CK_DEFAULT_TIMEOUT;

# Files for other programs to read; tests/interop says how.
EXTRA_PROGRAMS = tests/interop/write_chains tests/interop/write_stan_csv
CLEANFILES += tests/interop/write_chains tests/interop/write_stan_csv

# What the tests include, and the scripts that made the tables among it.
EXTRA_DIST += $(RULES) tests/skip.sh tests/rules/code.awk tests/tools/faithful.csv \
	tests/interop/chains.R tests/interop/chains.py \
	tests/interop/stan_csv.R tests/interop/stan_csv.py \
	tests/data/densities_continuous.h tests/data/densities_multivariate.h tests/data/densities_core.h tests/data/densities_discrete.h tests/data/densities_gamma.h tests/data/diagnostics.h tests/data/entropies_discrete.h tests/data/gmm.h tests/data/gmm_missing.h tests/data/gmm_predict.h tests/data/incomplete.h tests/data/npy.h tests/data/ops.h tests/data/optimisers.h \
	tests/data/posteriordb_density.h \
	tests/data/psis.h tests/data/special.h tests/data/sticks.h \
	tests/dist/cases.h tests/dist/points_continuous.h tests/dist/points_multivariate.h tests/dist/points_core.h tests/dist/points_discrete.h tests/dist/points_gamma.h tests/dist/quadrature.h tests/dist/rows.h tests/dist/sample_tests.h tests/graph/zoo.h tests/infer/exact_models.h tests/io/scratch.h tests/io/stan_csv.h tests/io/tables.h tests/site/program.h \
	tests/support/discrete.h tests/support/estimator.h tests/support/fit.h tests/support/five_point.h tests/support/flat.h tests/support/gmm_data.h tests/support/gmm_mixture.h tests/support/gmm_plain.h tests/support/memory.h tests/support/normal_elbo.h \
	tests/support/brute_force.h tests/support/chains.h tests/support/findings.h tests/support/outcome.h tests/support/random_pair.h \
	tests/support/random_programs.h tests/support/suite.h tests/tape/fixture.h \
	tests/oracle/densities_continuous.py tests/oracle/densities_multivariate.py tests/oracle/densities.py tests/oracle/densities_discrete.py tests/oracle/densities_gamma.py tests/oracle/diagnostics.R tests/oracle/eight_schools_posterior.py tests/oracle/entropies_discrete.py tests/oracle/five_point_posterior.py tests/oracle/gauss.py tests/oracle/gmm.py tests/oracle/gmm.R tests/oracle/gmm_missing.py tests/oracle/gmm_predict.py tests/oracle/gmm_prior.R tests/oracle/incomplete.py tests/oracle/npy.py tests/oracle/ops.py tests/oracle/optimisers.py tests/oracle/powers_of_five.py \
	tests/oracle/posteriordb.py tests/oracle/posteriordb_density.py \
	tests/oracle/psis.R tests/oracle/special.py \
	tests/oracle/special_coefficients.py tests/oracle/sticks.py

.PHONY: check-valgrind
check-valgrind:
	@echo '$(VALGRIND_TESTS)' | grep -q check_ || { echo 'VALGRIND_TESTS is empty' >&2; exit 1; }
	CK_FORK=no $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(VALGRIND_TESTS)' \
	    check_PROGRAMS='$(VALGRIND_TESTS)' \
	    LOG_COMPILER='$(LIBTOOL) --mode=execute valgrind -q --error-exitcode=1 --leak-check=full'

# A program outside this tree, in C and in C++, against the installed library.
EXTRA_DIST += \
	tests/installcheck/consumer.c \
	tests/installcheck/consumer.cpp \
	tests/installcheck/run.sh
installcheck-local:
	CC='$(CC)' CXX='$(CXX)' PKG_CONFIG='$(PKG_CONFIG)' DESTDIR='$(DESTDIR)' libdir='$(libdir)' \
	    bindir='$(bindir)' gmm="`echo wick-gmm | sed '$(transform)'`" \
	    pkgconfigdir='$(pkgconfigdir)' version='$(PACKAGE_VERSION)' \
	    $(SHELL) $(srcdir)/tests/installcheck/run.sh $(srcdir)/tests/installcheck

# Markov chains.
libwick_core_la_SOURCES += \
	src/mcmc/adapt.c \
	src/mcmc/adapt.h \
	src/mcmc/chain.c \
	src/mcmc/chain.h \
	src/mcmc/components.c \
	src/mcmc/components.h \
	src/mcmc/diagnose.c \
	src/mcmc/diagnose.h \
	src/mcmc/diagnose_divergent.c \
	src/mcmc/diagnose_labels.c \
	src/mcmc/diagnose_modes.c \
	src/mcmc/diagnostics.c \
	src/mcmc/format.c \
	src/mcmc/halves.c \
	src/mcmc/halves.h \
	src/mcmc/hmc.c \
	src/mcmc/hmc.h \
	src/mcmc/mcmc.c \
	src/mcmc/mcmc.h \
	src/mcmc/mcmc_draws.c \
	src/mcmc/metric.c \
	src/mcmc/metric.h \
	src/mcmc/nuts.c \
	src/mcmc/potential.c \
	src/mcmc/potential.h \
	src/mcmc/potential_sites.c \
	src/mcmc/potential_start.c \
	src/mcmc/relabel.c \
	src/mcmc/relabel.h \
	src/mcmc/relabel_new.c \
	src/mcmc/relabel_read.c \
	src/mcmc/summary.c \
	src/mcmc/summary.h

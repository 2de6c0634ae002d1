# Markov chains.
libwick_core_la_SOURCES += \
	src/mcmc/adapt.c \
	src/mcmc/adapt.h \
	src/mcmc/chain.c \
	src/mcmc/chain.h \
	src/mcmc/diagnostics.c \
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
	src/mcmc/potential_start.c

# Markov chains.
libwick_core_la_SOURCES += \
	src/mcmc/diagnostics.c

# Losses, optimisers, SVI, autoguides.
libwick_core_la_SOURCES += \
	src/infer/adam.c \
	src/infer/auto_delta.c \
	src/infer/contract.c \
	src/infer/contract.h \
	src/infer/discrete.c \
	src/infer/elbo.c \
	src/infer/elbo.h \
	src/infer/enumerate.c \
	src/infer/exact.c \
	src/infer/exact.h \
	src/infer/exact_read.c \
	src/infer/expect.c \
	src/infer/match.c \
	src/infer/match.h \
	src/infer/posterior.c \
	src/infer/posterior.h \
	src/infer/svi.c

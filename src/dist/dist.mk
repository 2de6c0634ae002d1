# Distributions, constraints and their transforms.
libwick_core_la_SOURCES += \
	src/dist/bernoulli.c \
	src/dist/beta.c \
	src/dist/categorical.c \
	src/dist/constraint.c \
	src/dist/constraint.h \
	src/dist/delta.c \
	src/dist/density.h \
	src/dist/dirichlet.c \
	src/dist/dist.c \
	src/dist/dist.h \
	src/dist/explain.c \
	src/dist/exponential.c \
	src/dist/gamma.c \
	src/dist/lookup.c \
	src/dist/lookup.h \
	src/dist/multivariate_normal.c \
	src/dist/mvn_plan.c \
	src/dist/mvn_plan.h \
	src/dist/normal.c \
	src/dist/poisson.c \
	src/dist/sample.c \
	src/dist/sample.h \
	src/dist/transform.c \
	src/dist/transform.h \
	src/dist/uniform.c

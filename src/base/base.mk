# Memory, status, names, random numbers, special functions.
libwick_core_la_SOURCES += \
	src/base/allocator.c \
	src/base/allocator.h \
	src/base/arena.c \
	src/base/arena.h \
	src/base/assignment.c \
	src/base/assignment.h \
	src/base/bessel.c \
	src/base/bessel.h \
	src/base/clock.h \
	src/base/handle.c \
	src/base/handle.h \
	src/base/incomplete.h \
	src/base/incomplete_beta.c \
	src/base/incomplete_gamma.c \
	src/base/names.c \
	src/base/names.h \
	src/base/normal_cdf.c \
	src/base/normal_cdf.h \
	src/base/philox.c \
	src/base/philox.h \
	src/base/polygamma.c \
	src/base/polygamma.h \
	src/base/pool.c \
	src/base/pool.h \
	src/base/quadrature.c \
	src/base/quadrature.h \
	src/base/special.c \
	src/base/special.h \
	src/base/status.c \
	src/base/stirling.h \
	src/base/trigonometry.c \
	src/base/trigonometry.h

# Kernels: one convenience library for each instruction set and rounding mode, of the same sources.
KERNEL_SOURCES = \
	src/kernel/chain.c \
	src/kernel/chain.h \
	src/kernel/kernels.h \
	src/kernel/lanes.h \
	src/kernel/lanes_math.h \
	src/kernel/map.c \
	src/kernel/map.h \
	src/kernel/math.c \
	src/kernel/math.h \
	src/kernel/mixture.c \
	src/kernel/mixture.h \
	src/kernel/mvn.c \
	src/kernel/mvn.h \
	src/kernel/normal.c \
	src/kernel/normal.h \
	src/kernel/quadratic.c \
	src/kernel/quadratic.h \
	src/kernel/shuffle.c \
	src/kernel/shuffle.h \
	src/kernel/table.c

libwick_core_la_SOURCES += \
	src/kernel/kernels.h \
	src/kernel/select.c

noinst_LTLIBRARIES += libwick-kernel-baseline.la
libwick_core_la_LIBADD = libwick-kernel-baseline.la
libwick_kernel_baseline_la_SOURCES = $(KERNEL_SOURCES)
libwick_kernel_baseline_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DWICKI_KERNEL_SUFFIX=baseline -DWICKI_KERNEL_LEVEL=0
libwick_kernel_baseline_la_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS)

if KERNELS_V3
AM_CPPFLAGS += -DWICKI_KERNELS_V3
noinst_LTLIBRARIES += libwick-kernel-v3.la libwick-kernel-v3-fast.la
libwick_core_la_LIBADD += libwick-kernel-v3.la libwick-kernel-v3-fast.la
libwick_kernel_v3_la_SOURCES = $(KERNEL_SOURCES)
libwick_kernel_v3_la_CPPFLAGS = $(AM_CPPFLAGS) -DWICKI_KERNEL_SUFFIX=v3 -DWICKI_KERNEL_LEVEL=3
libwick_kernel_v3_la_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS) $(KERNEL_V3_CFLAGS)
libwick_kernel_v3_fast_la_SOURCES = $(KERNEL_SOURCES)
libwick_kernel_v3_fast_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DWICKI_KERNEL_SUFFIX=v3_fast -DWICKI_KERNEL_LEVEL=3 -DWICKI_FAST
libwick_kernel_v3_fast_la_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS) $(KERNEL_V3_CFLAGS)
endif

if KERNELS_V4
AM_CPPFLAGS += -DWICKI_KERNELS_V4
noinst_LTLIBRARIES += libwick-kernel-v4.la libwick-kernel-v4-fast.la
libwick_core_la_LIBADD += libwick-kernel-v4.la libwick-kernel-v4-fast.la
libwick_kernel_v4_la_SOURCES = $(KERNEL_SOURCES)
libwick_kernel_v4_la_CPPFLAGS = $(AM_CPPFLAGS) -DWICKI_KERNEL_SUFFIX=v4 -DWICKI_KERNEL_LEVEL=4
libwick_kernel_v4_la_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS) $(KERNEL_V4_CFLAGS)
libwick_kernel_v4_fast_la_SOURCES = $(KERNEL_SOURCES)
libwick_kernel_v4_fast_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DWICKI_KERNEL_SUFFIX=v4_fast -DWICKI_KERNEL_LEVEL=4 -DWICKI_FAST
libwick_kernel_v4_fast_la_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS) $(KERNEL_V4_CFLAGS)
endif

# For tests: lanes without registers, which every machine can run. A test that compares with it has
# _LDADD = libwick-kernel-plain.la $(LDADD) and declares wicki_kernels_plain.
check_LTLIBRARIES = libwick-kernel-plain.la
libwick_kernel_plain_la_SOURCES = $(KERNEL_SOURCES)
libwick_kernel_plain_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DWICKI_KERNEL_SUFFIX=plain -DWICKI_KERNEL_LEVEL=0 -DWICKI_SCALAR_LANES
libwick_kernel_plain_la_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS)

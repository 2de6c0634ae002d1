# Memory, status, names, random numbers, special functions.
libwick_core_la_SOURCES += \
	src/base/allocator.c \
	src/base/allocator.h \
	src/base/arena.c \
	src/base/arena.h \
	src/base/handle.c \
	src/base/handle.h \
	src/base/names.c \
	src/base/names.h \
	src/base/philox.c \
	src/base/philox.h \
	src/base/pool.c \
	src/base/pool.h \
	src/base/special.c \
	src/base/special.h \
	src/base/status.c

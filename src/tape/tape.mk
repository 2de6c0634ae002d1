# Named dimensions, recording, forward and reverse, and the ops: one op_*.c for each family.
libwick_core_la_SOURCES += \
	src/tape/axis.h \
	src/tape/backward.c \
	src/tape/data.c \
	src/tape/diagnose.c \
	src/tape/dims.c \
	src/tape/dims.h \
	src/tape/draw.h \
	src/tape/loop.c \
	src/tape/loop.h \
	src/tape/map.c \
	src/tape/mixture.h \
	src/tape/op_cholesky.c \
	src/tape/op_draw.c \
	src/tape/op_list.c \
	src/tape/op_list.h \
	src/tape/op_map.c \
	src/tape/op_matrix.c \
	src/tape/op_mixture.c \
	src/tape/op_reduce.c \
	src/tape/op_softmax.c \
	src/tape/op_solve.c \
	src/tape/op_stack.c \
	src/tape/op_take.c \
	src/tape/op_triangle.c \
	src/tape/product.c \
	src/tape/product.h \
	src/tape/read.c \
	src/tape/take.h \
	src/tape/tape.c \
	src/tape/tape.h \
	src/tape/triangle.h \
	src/tape/view.c

# Progress, figures, summaries.
libwick_core_la_SOURCES += \
	src/io/buffer.c \
	src/io/buffer.h \
	src/io/figure.c \
	src/io/figure.h \
	src/io/file.c \
	src/io/file.h \
	src/io/grid.c \
	src/io/number.c \
	src/io/number.h \
	src/io/progress.c \
	src/io/render.c \
	src/io/script.c \
	src/io/summary.c

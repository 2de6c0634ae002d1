# Progress, figures, summaries, tables.
libwick_core_la_SOURCES += \
	src/io/buffer.c \
	src/io/buffer.h \
	src/io/columns.c \
	src/io/columns.h \
	src/io/csv.c \
	src/io/csv.h \
	src/io/csv_cell.c \
	src/io/csv_head.c \
	src/io/digits.c \
	src/io/digits.h \
	src/io/figure.c \
	src/io/figure.h \
	src/io/file.c \
	src/io/file.h \
	src/io/grid.c \
	src/io/npy.c \
	src/io/npy.h \
	src/io/npy_header.c \
	src/io/number.c \
	src/io/number.h \
	src/io/parse.c \
	src/io/parse.h \
	src/io/parse_exact.c \
	src/io/powers.h \
	src/io/progress.c \
	src/io/render.c \
	src/io/script.c \
	src/io/source.c \
	src/io/source.h \
	src/io/summary.c \
	src/io/table.c \
	src/io/table.h \
	src/io/table_write.c \
	src/io/wide.c \
	src/io/wide.h

# Compiled steps: recordings, plans, tiles.
libwick_core_la_SOURCES += \
	src/graph/check.c \
	src/graph/divide.c \
	src/graph/graph.c \
	src/graph/graph.h \
	src/graph/plan.c \
	src/graph/record.c \
	src/graph/run.c

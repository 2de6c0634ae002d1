# Sites, plates, handlers, traces, the parameter store.
libwick_core_la_SOURCES += \
	src/site/dot.c \
	src/site/handle.c \
	src/site/handlers.c \
	src/site/handlers.h \
	src/site/lift.c \
	src/site/page.c \
	src/site/page.h \
	src/site/param.c \
	src/site/param.h \
	src/site/plate.c \
	src/site/plate.h \
	src/site/sandbox.c \
	src/site/sandbox.h \
	src/site/shapes.c \
	src/site/site.c \
	src/site/site.h \
	src/site/stack.c \
	src/site/stack.h \
	src/site/store.c \
	src/site/store.h \
	src/site/trace.c

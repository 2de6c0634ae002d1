# Sites, plates, handlers, traces, the parameter store.
libwick_core_la_SOURCES += \
	src/site/handle.c \
	src/site/handlers.c \
	src/site/param.c \
	src/site/plate.c \
	src/site/plate.h \
	src/site/sandbox.c \
	src/site/sandbox.h \
	src/site/site.c \
	src/site/site.h \
	src/site/stack.c \
	src/site/stack.h \
	src/site/store.c \
	src/site/store.h \
	src/site/trace.c

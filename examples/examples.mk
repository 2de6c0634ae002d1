# Examples. For examples/x add here:
#   DEMOS += examples/x
#   examples_x_LDADD = libwick.la
#   EXPECTED += examples/x.out
# x.out is what `x --out out` prints on stdout; make check compares the two (build-aux/expect.sh).
DEMOS += examples/five_point
examples_five_point_SOURCES = examples/five_point.c examples/common.c examples/common.h
examples_five_point_LDADD = libwick.la -lm
EXPECTED = examples/five_point.out

# Stops make's own rule that copies x to x.out.
$(EXPECTED):
	@echo '$@ is missing' >&2; exit 1

EXTRA_DIST += $(EXPECTED) build-aux/expect.sh build-aux/demo.sh

.PHONY: demo
demo: $(DEMOS)
	@GNUPLOT='$(GNUPLOT)' $(SHELL) $(srcdir)/build-aux/demo.sh $(DEMOS)

clean-local:
	rm -rf demo

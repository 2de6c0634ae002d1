# Examples. For examples/x add here:
#   DEMOS += examples/x
#   examples_x_LDADD = libwick.la
#   EXPECTED += examples/x.out
# x.out is what `x --out out` prints on stdout; make check compares the two (build-aux/expect.sh).
DEMOS += examples/five_point
examples_five_point_SOURCES = examples/five_point.c examples/five_point.h \
	examples/five_point_classify.c examples/five_point_figures.c examples/five_point_guide.c \
	examples/five_point_mcmc.c \
	examples/common.c examples/common.h
examples_five_point_LDADD = libwick.la -lm
EXPECTED = examples/five_point.out

DEMOS += examples/hmm
examples_hmm_SOURCES = examples/hmm.c examples/common.c examples/common.h examples/baum_welch.c \
	examples/baum_welch.h examples/earthquakes.h
examples_hmm_LDADD = libwick-models.la libwick.la -lm
EXPECTED += examples/hmm.out

DEMOS += examples/bayes_gmm
examples_bayes_gmm_SOURCES = examples/bayes_gmm.c examples/common.c examples/common.h
examples_bayes_gmm_LDADD = libwick-models.la libwick.la -lm
EXPECTED += examples/bayes_gmm.out

DEMOS += examples/eight_schools
examples_eight_schools_SOURCES = examples/eight_schools.c examples/eight_schools.h \
	examples/eight_schools_figures.c examples/common.c examples/common.h
examples_eight_schools_LDADD = libwick.la -lm
EXPECTED += examples/eight_schools.out

DEMOS += examples/regression
examples_regression_SOURCES = examples/regression.c examples/regression.h \
	examples/regression_exact.c examples/regression_figures.c examples/mesquite.h \
	examples/common.c examples/common.h
examples_regression_LDADD = libwick.la -lm
EXPECTED += examples/regression.out

DEMOS += examples/em_gmm
examples_em_gmm_SOURCES = examples/em_gmm.c examples/em_gmm.h examples/em_gmm_figures.c \
	examples/em_gmm_fit.c examples/em_gmm_published.c examples/em_gmm_report.c \
	examples/common.c examples/common.h
examples_em_gmm_LDADD = libwick-models.la libwick.la -lm
EXPECTED += examples/em_gmm.out

DEMOS += examples/forum_em
examples_forum_em_SOURCES = examples/forum_em.c examples/forum_em.h examples/forum_em_figures.c \
	examples/forum_em_first.c examples/forum_em_fit.c examples/forum_em_model.c \
	examples/forum_em_model.h examples/common.c examples/common.h
examples_forum_em_LDADD = libwick-models.la libwick.la -lm
EXPECTED += examples/forum_em.out

# Stops make's own rule that copies x to x.out.
$(EXPECTED):
	@echo '$@ is missing' >&2; exit 1

EXTRA_DIST += $(EXPECTED) build-aux/expect.sh build-aux/demo.sh

.PHONY: demo
demo: $(DEMOS)
	@GNUPLOT='$(GNUPLOT)' $(SHELL) $(srcdir)/build-aux/demo.sh $(DEMOS)

clean-local:
	rm -rf demo

# Reusable models. For models/x add models/x.c and models/x.h to the list.
# A program that uses them says #include "models/x.h" and has LDADD = libwick-models.la libwick.la.
noinst_LTLIBRARIES += libwick-models.la
# Compiled as the library is: nothing is fused, so that results have the same bits everywhere.
libwick_models_la_CFLAGS = $(AM_CFLAGS) $(WICK_KERNEL_CFLAGS)
libwick_models_la_SOURCES = \
	models/bayes_gmm.c \
	models/bayes_gmm.h \
	models/gmm.c \
	models/gmm.h \
	models/gmm_bayes.c \
	models/gmm_bayes.h \
	models/gmm_bayes_read.c \
	models/gmm_complete.c \
	models/gmm_diagnose.c \
	models/gmm_em.c \
	models/gmm_em.h \
	models/gmm_em_fit.c \
	models/gmm_em_rows.h \
	models/gmm_evaluate.c \
	models/gmm_fit.c \
	models/gmm_fit.h \
	models/gmm_fitting.c \
	models/gmm_fitting.h \
	models/gmm_model.c \
	models/gmm_moments.c \
	models/gmm_moments.h \
	models/gmm_order.c \
	models/gmm_predict.c \
	models/gmm_predict.h \
	models/gmm_rows.c \
	models/gmm_rows.h \
	models/gmm_start.c \
	models/gmm_start.h \
	models/gmm_summary.c \
	models/gmm_summary.h \
	models/gmm_tally.c \
	models/gmm_tally.h \
	models/gmm_units.c \
	models/gmm_units.h \
	models/gmm_vb.c \
	models/hmm.c \
	models/hmm.h \
	models/inverse_wishart.c \
	models/inverse_wishart.h \
	models/matrix.c \
	models/matrix.h \
	models/options.h \
	models/text.c \
	models/text.h

# Reusable models. For models/x add models/x.c and models/x.h to the list.
# A program that uses them says #include "models/x.h" and has LDADD = libwick-models.la libwick.la.
check_LTLIBRARIES += libwick-models.la
libwick_models_la_SOURCES = \
	models/bayes_gmm.c \
	models/bayes_gmm.h \
	models/hmm.c \
	models/hmm.h

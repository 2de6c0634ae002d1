# Reusable models. With the first one (models/x.c, models/x.h) add here:
#   check_LTLIBRARIES = libwick-models.la
#   libwick_models_la_SOURCES = models/x.c models/x.h
# A program that uses it says #include "models/x.h" and has LDADD = libwick-models.la libwick.la.

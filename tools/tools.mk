# Commands that are installed, and their man pages.
bin_PROGRAMS += tools/wick-gmm
tools_wick_gmm_SOURCES = \
	tools/gmm_data.c \
	tools/gmm_data.h \
	tools/gmm_fits.c \
	tools/gmm_fits.h \
	tools/gmm_label.c \
	tools/gmm_label.h \
	tools/gmm_model_file.c \
	tools/gmm_model_file.h \
	tools/gmm_options.c \
	tools/gmm_options.h \
	tools/gmm_output.c \
	tools/gmm_output.h \
	tools/gmm_pictures.c \
	tools/gmm_pictures.h \
	tools/gmm_report.c \
	tools/gmm_report.h \
	tools/gmm_report_json.c \
	tools/gmm_shapes.c \
	tools/gmm_shapes.h \
	tools/gmm_text.c \
	tools/gmm_text.h \
	tools/wick-gmm.c
tools_wick_gmm_LDADD = libwick-models.la libwick.la -lm
dist_man_MANS += doc/wick-gmm.1

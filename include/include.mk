# Public headers.
wickinclude_HEADERS += \
	include/wick/base.h \
	include/wick/diagnose.h \
	include/wick/discrete.h \
	include/wick/dist.h \
	include/wick/draws.h \
	include/wick/extend.h \
	include/wick/guide.h \
	include/wick/infer.h \
	include/wick/io.h \
	include/wick/mcmc.h \
	include/wick/optim.h \
	include/wick/params.h \
	include/wick/predict.h \
	include/wick/site.h \
	include/wick/stan_csv.h \
	include/wick/table.h \
	include/wick/var.h \
	include/wick/wick.h

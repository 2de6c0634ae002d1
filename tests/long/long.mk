# make check-long: what takes too long for make check. It writes doc/correctness.md.
#
# For tests/long/x add here:
#   LONG += tests/long/x
# and tests_long_x_SOURCES, _LDADD where they are not the defaults. x prints one section of the page:
# a "## " heading, a few sentences, a table; and as its last line "N passed, N failed". It exits
# with 1 if something failed. It reads data under $srcdir, which is in its environment.
LONG =
LONG += tests/long/soak
LONG += tests/long/posteriordb
tests_long_posteriordb_SOURCES = tests/long/posteriordb.c tests/long/posteriordb_models.c \
	tests/long/posteriordb_models.h tests/long/data/posteriordb.h \
	tests/long/data/posteriordb_reference.h
LONG += tests/long/sbc
tests_long_sbc_SOURCES = tests/long/sbc.c tests/long/sbc_models.c tests/long/sbc_models.h \
	tests/long/ranks.c tests/long/ranks.h
LONG += tests/long/targets
tests_long_targets_SOURCES = tests/long/targets.c tests/long/target_laws.c \
	tests/long/target_laws.h
EXTRA_DIST += tests/oracle/acceptance.R

# Parts of the run, in the order of the page, each a program or a script; see tests/long/run.sh.
LONG_PARTS = $(LONG) fuzz/run.sh tests/long/qemu.sh

EXTRA_PROGRAMS += $(LONG)
CLEANFILES += $(LONG)
EXTRA_DIST += tests/long/run.sh tests/long/qemu.sh doc/correctness.md

# Fuzzing and other machines need builds of their own: those are made of a copy of the sources, which
# is the same as the tarball.
.PHONY: check-long
if HAVE_CHECK
check-long: $(LONG)
	test -n "$(GO_ON)" || rm -rf long-run
	test -d long-run || { mkdir long-run && \
	    $(MAKE) $(AM_MAKEFLAGS) distdir distdir=long-run/src >long-run/dist.log 2>&1; }
	CC='$(CC)' MAKE='$(MAKE)' SHELL='$(SHELL)' srcdir='$(srcdir)' version='$(PACKAGE_VERSION)' \
	    GO_ON='$(GO_ON)' \
	    $(SHELL) $(srcdir)/tests/long/run.sh $(LONG_PARTS)
else
check-long:
	@echo 'make check-long runs the test suite too: $(SKIP_REASON)' >&2; exit 1
endif

mostlyclean-local:
	rm -rf long-run

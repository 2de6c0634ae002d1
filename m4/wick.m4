# WICK_ADD_FLAG(VARIABLE, FLAG): append FLAG to VARIABLE if the C compiler knows it.
AC_DEFUN([WICK_ADD_FLAG],
[AC_CACHE_CHECK([whether $CC accepts $2], [wick_cv_cc_flag[]AS_TR_SH([$2])],
    [wick_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $2"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM],
        [wick_cv_cc_flag[]AS_TR_SH([$2])=yes], [wick_cv_cc_flag[]AS_TR_SH([$2])=no])
    CFLAGS=$wick_saved_CFLAGS])
AS_IF([test "x$wick_cv_cc_flag[]AS_TR_SH([$2])" = xyes], [AS_VAR_APPEND([$1], [" $2"])])])

# WICK_REQUIRE_C11: stop unless the C compiler with WICK_CFLAGS takes C11.
AC_DEFUN([WICK_REQUIRE_C11],
[AC_CACHE_CHECK([whether $CC compiles C11], [wick_cv_c11],
    [wick_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS $WICK_CFLAGS"
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
_Static_assert(sizeof(long long) >= 8, "C11");
struct { union { _Alignas(16) double x; int n; }; } anonymous;
#define KIND(x) _Generic((x), double: 1, default: 0)
int is_double[KIND(1.0) ? 1 : -1];
]])], [wick_cv_c11=yes], [wick_cv_c11=no])
    CFLAGS=$wick_saved_CFLAGS])
AS_IF([test "x$wick_cv_c11" != xyes],
    [AC_MSG_ERROR([wick needs a C11 compiler, and '$CC' is none: set CC to another one])])])

# WICK_KERNEL_VARIANT(NAME, FLAGS, FEATURE): define KERNELS_NAME and substitute KERNEL_NAME_CFLAGS, if
# kernels can be compiled with FLAGS and a program can ask its machine for FEATURE.
AC_DEFUN([WICK_KERNEL_VARIANT],
[AC_CACHE_CHECK([whether $CC compiles for x86-64-]m4_tolower([$1]), [wick_cv_kernels_$1],
    [wick_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $2"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[
#ifndef __x86_64__
#error not x86-64
#endif
#include <immintrin.h>]], [[return __builtin_cpu_supports("$3") ? 0 : 1;]])],
        [wick_cv_kernels_$1=yes], [wick_cv_kernels_$1=no])
    CFLAGS=$wick_saved_CFLAGS])
AS_IF([test "x$enable_kernel_variants,$wick_cv_kernels_$1" = xyes,yes],
    [AS_VAR_APPEND([kernel_variants], [" x86-64-]m4_tolower([$1])["])
    AC_SUBST([KERNEL_$1_CFLAGS], ["$2"])])
AM_CONDITIONAL([KERNELS_$1], [test "x$enable_kernel_variants,$wick_cv_kernels_$1" = xyes,yes])])

# WICK_SANITIZE(LIST): compile and link with -fsanitize=LIST; stop if that gives no program.
AC_DEFUN([WICK_SANITIZE],
[wick_sanitize="-fsanitize=$1 -fno-sanitize-recover=all -fno-omit-frame-pointer -g"
AS_VAR_APPEND([WICK_CFLAGS], [" $wick_sanitize"])
AS_VAR_APPEND([WICK_LDFLAGS], [" $wick_sanitize"])
AC_MSG_CHECKING([whether $CC links with -fsanitize=$1])
wick_saved_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS $wick_sanitize"
AC_LINK_IFELSE([AC_LANG_PROGRAM], [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
    AC_MSG_ERROR([--enable-sanitize=$1: '$CC' cannot, or its sanitizer library is missing])])
CFLAGS=$wick_saved_CFLAGS])

# WICK_PROG_CXX17: set CXX to a compiler that takes C++17, or to nothing.
AC_DEFUN([WICK_PROG_CXX17],
[AC_ARG_VAR([CXX], [C++17 compiler, used by tests only])
AC_CHECK_PROGS([CXX], [g++ c++ clang++])
AS_IF([test -n "$CXX"],
    [AC_MSG_CHECKING([whether $CXX compiles C++17])
    echo 'static_assert(true);' >conftest.cpp
    AS_IF([$CXX -std=c++17 -c conftest.cpp -o conftest.o >&AS_MESSAGE_LOG_FD 2>&1],
        [AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no])
        CXX=])
    rm -f conftest.cpp conftest.o])])

# WICK_CHECK_TESTS(yes|no|auto): find Check, define HAVE_CHECK and substitute SKIP_REASON.
AC_DEFUN([WICK_CHECK_TESTS],
[AS_CASE([$1], [yes|no|auto], [], [AC_MSG_ERROR([--enable-tests is yes, no or auto, not '$1'])])
have_check=no
tests_with="off (--disable-tests)"
SKIP_REASON="the suite was left out by --disable-tests"
AS_IF([test "x$1" != xno],
    [PKG_CHECK_MODULES([CHECK], [check], [WICK_LINK_CHECK], [:])
    tests_with=Check
    AS_IF([test "x$have_check" = xno],
        [tests_with="none: Check is not installed"
        SKIP_REASON="Check is not installed: run ./bootstrap --install (Debian: apt-get install check), then ./configure"])])
AS_IF([test "x$1,$have_check" = xyes,no],
    [AC_MSG_ERROR([--enable-tests: Check is not installed: run ./bootstrap --install])])
AC_SUBST([SKIP_REASON])
AM_CONDITIONAL([HAVE_CHECK], [test "x$have_check" = xyes])])

# WICK_LINK_CHECK: set have_check to whether a program links with the Check that was found.
AC_DEFUN([WICK_LINK_CHECK],
[AC_MSG_CHECKING([whether Check links])
wick_saved_CFLAGS=$CFLAGS wick_saved_LIBS=$LIBS
CFLAGS="$CFLAGS $CHECK_CFLAGS" LIBS="$CHECK_LIBS $LIBS"
AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <check.h>]],
    [[srunner_run_all(srunner_create(suite_create("probe")), CK_SILENT);]])], [have_check=yes])
CFLAGS=$wick_saved_CFLAGS LIBS=$wick_saved_LIBS
AC_MSG_RESULT([$have_check])])

#!/bin/sh
# usage: qemu.sh [ARCH...]      from the folder of the build; make check-long calls it
# Builds the library for other machines, s390x (big-endian), aarch64, armhf and i686 (32-bit), and
# runs its tests under qemu-user (i686 without where that can be): those that depend on the machine,
# or all with QEMU_ALL=yes. Prints a section of doc/correctness.md. QEMU_ARCHS="s390x": these only.
#
# Wanted for each: the cross compiler (Debian: gcc-s390x-linux-gnu), qemu-ARCH-static (qemu-user-static)
# and Check for it: installed (check:s390x), or in a folder $QEMU_CHECK/ARCH as dpkg-deb -x makes it, or
# one that apt-get can download (dpkg --add-architecture s390x; apt-get update). A machine that lacks
# something is skipped.
set -u
: "${GO_ON:=}" "${QEMU_ALL:=no}" "${QEMU_CHECK:=$PWD/long-run/check}"
work=$PWD/long-run/qemu
[ $# -gt 0 ] || {
    # shellcheck disable=SC2086 # words without blanks
    set -- ${QEMU_ARCHS:-s390x aarch64 armhf i686}
}

# machine ARCH: sets triplet, Debian's name and qemu's.
machine()
{
    case $1 in
    s390x) triplet=s390x-linux-gnu debian=s390x qemu=qemu-s390x ;;
    aarch64) triplet=aarch64-linux-gnu debian=arm64 qemu=qemu-aarch64 ;;
    armhf) triplet=arm-linux-gnueabihf debian=armhf qemu=qemu-arm ;;
    i686) triplet=i686-linux-gnu debian=i386 qemu=qemu-i386 ;;
    *) return 1 ;;
    esac
    [ "$1" = i686 ] && library=i386-linux-gnu || library=$triplet
    command -v "$qemu" >/dev/null || qemu=$qemu-static
    # x86-64 runs programs of i686 itself
    runner=$qemu
    [ "$1-$(uname -m)" != i686-x86_64 ] ||
        runner="/usr/$triplet/lib/ld-linux.so.2 --library-path /usr/$triplet/lib"
}

# find_check ARCH: sets the folder that Check is in.
find_check()
{
    check=$QEMU_CHECK/$1
    [ -f "/usr/lib/$library/libcheck.a" ] && check=/
    [ -f "$check/usr/lib/$library/libcheck.a" ] && return 0
    mkdir -p "$check" &&
        (cd "$check" && apt-get download "check:$debian" "libsubunit-dev:$debian" &&
            for package in *.deb; do dpkg-deb -x "$package" . || exit 1; done) >&2 &&
        [ -f "$check/usr/lib/$library/libcheck.a" ]
}

# lacking ARCH: prints what is missing, or nothing.
lacking()
{
    machine "$1" || {
        echo "no such machine is known here"
        return
    }
    command -v "$triplet-gcc" >/dev/null || {
        echo "no $triplet-gcc"
        return
    }
    command -v "${runner%% *}" >/dev/null || {
        echo "no ${runner%% *}"
        return
    }
    find_check "$1" || echo "no Check for $debian"
}

# tests: the programs to run, of the copy of the sources.
tests()
{
    (
        cd long-run/src || exit 1
        if [ "$QEMU_ALL" != no ]; then
            find tests -path tests/long -prune -o -name 'check_*.c' -print
        else
            ls tests/base/check_*.c tests/kernel/check_kernel_*.c tests/io/check_*.c \
                tests/tape/check_values.c tests/dist/check_densities.c tests/dist/check_samplers.c \
                tests/infer/check_five_point.c tests/mcmc/check_mcmc.c tests/mcmc/check_nuts.c
        fi
        find fuzz -name '*.c' ! -name replay.c -print
    ) | sed 's/\.c$//' | sort | tr '\n' ' '
}

# check_on ARCH: builds and runs; the log of make in $work/ARCH.log.
check_on()
(
    machine "$1" && find_check "$1" || exit 1
    programs=$(tests)
    mkdir -p "$work/$1" && cd "$work/$1" || exit 1
    # i686: SSE2, since what the 387 computes has more digits than a double
    [ "$1" = i686 ] && more="-msse2 -mfpmath=sse" || more=
    ../../src/configure --host="$triplet" CC="$triplet-gcc" CFLAGS="-O2 $more" --disable-shared \
        --enable-static --enable-tests CHECK_CFLAGS="-I$check/usr/include" \
        CHECK_LIBS="-L$check/usr/lib/$library -lcheck -lsubunit -lrt -lm -pthread" || exit 1
    # the dynamic linker and the C library of the cross compiler
    QEMU_LD_PREFIX=/usr/$triplet CK_TIMEOUT_MULTIPLIER=50 "${MAKE:-make}" -k check VERBOSE=1 \
        LOG_COMPILER="$runner" TESTS="$programs" check_PROGRAMS="$programs"
)

# number WORD LOG: of the line "# WORD: n" of automake.
number()
{
    awk -v key="$1:" '$1 == "#" && $2 == key { n = $3 } END { print n + 0 }' "$2"
}

# row ARCH: what it gave, a line of the table; of a run that goes on, what it gave before.
row()
{
    begin=$(date +%s)
    why=$(lacking "$1")
    if [ -n "$why" ]; then
        echo "| $1 | - | - | - | skipped: $why |"
        return
    fi
    if [ -n "$GO_ON" ] && [ -f "$work/$1.row" ]; then
        cat "$work/$1.row"
        return
    fi
    check_on "$1" >"$work/$1.log" 2>&1
    good=$(number PASS "$work/$1.log")
    bad=$(($(number FAIL "$work/$1.log") + $(number ERROR "$work/$1.log")))
    [ "$good" -gt 0 ] || bad=$((bad + 1))
    result=passed
    if [ "$bad" -gt 0 ]; then
        result="FAILED: $(sed -n 's/^\(FAIL\|ERROR\): \([a-z].*\)/\2/p' "$work/$1.log" | sort -u |
            sed 's/ (exit status.*//' | tr '\n' ' ')"
        tail -n 60 "$work/$1.log" >&2
    fi
    echo "| $1 | $good | $bad | $(($(date +%s) - begin)) | $result |" | tee "$work/$1.row"
}

mkdir -p "$work" || exit 99
cat <<END
## Other machines

The library and its tests, compiled for other machines and run by qemu (i686 where it can be without): s390x is
big-endian, armhf and i686 have 32 bits. What the tests know bit for bit (random numbers, kernels in portable mode, a fit, chains)
must come out alike. $(
    [ "$QEMU_ALL" = no ] && echo "Run are the tests that depend on the machine." || echo "All tests are run."
)

| machine | passed | failed | seconds | result |
|---|---|---|---|---|
END
for arch; do
    row "$arch"
done | tee "$work/rows"
awk -F '|' '{ p += $3; f += $4; s += $6 ~ /skipped/ }
    END { printf "\n%d passed, %d failed", p, f; if (s) printf ", %d skipped", s; print ""
        exit f > 0 }' "$work/rows"

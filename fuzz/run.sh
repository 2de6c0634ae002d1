#!/bin/sh
# usage: run.sh      from the folder of the build; make check-long calls it
# Builds the fuzz targets with clang, libFuzzer and sanitizers, runs each for FUZZ_SECONDS (60) on
# from the inputs in fuzz/corpus, two at a time (FUZZ_JOBS), and prints a section of
# doc/correctness.md. FUZZ_TARGETS="table_csv site": these only.
#
# An input that fails is kept as long-run/fuzz/TARGET-..., and is run alone by
#     long-run/fuzz/build/fuzz/TARGET.fuzz long-run/fuzz/TARGET-...
# FUZZ_MERGE=yes: inputs that reach new edges are added to fuzz/corpus of the sources.
set -u
: "${srcdir:=.}" "${FUZZ_SECONDS:=60}" "${FUZZ_JOBS:=2}" "${FUZZ_CC:=clang}" "${FUZZ_TARGETS:=}" "${FUZZ_MERGE:=no}"
work=$PWD/long-run/fuzz
corpus=$(cd "$srcdir/fuzz/corpus" && pwd)
export UBSAN_OPTIONS=print_stacktrace=1
# what the library cannot get memory for it must report
export ASAN_OPTIONS=allocator_may_return_null=1

skip()
{
    cat <<END
## Fuzzing

Skipped: $1.

0 passed, 0 failed, 1 skipped
END
    exit 0
}

# build: everything with clang, from the copy of the sources.
build()
(
    mkdir -p "$work/build" && cd "$work/build" || exit 1
    ../../src/configure CC="$FUZZ_CC" CFLAGS="-O1 -g1" --disable-shared --disable-kernel-variants \
        --enable-sanitize=fuzzer-no-link,address,undefined &&
        "${MAKE:-make}" -j2 fuzzers
)

# fuzz TARGET: its new inputs go to $work/TARGET.
fuzz()
{
    mkdir -p "$work/$1"
    "$work/build/fuzz/$1.fuzz" -max_total_time="$FUZZ_SECONDS" -max_len=4096 -timeout=60 \
        -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix="$work/$1-" \
        "$work/$1" "$corpus/$1" >"$work/$1.log" 2>&1 </dev/null
    echo $? >"$work/$1.status"
    [ "$FUZZ_MERGE" = no ] ||
        "$work/build/fuzz/$1.fuzz" -merge=1 -use_counters=0 "$corpus/$1" "$work/$1" >>"$work/$1.log" 2>&1
}

# row TARGET: runs, inputs committed and found, edges reached, result.
row()
{
    log=$work/$1.log
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    if [ "$(cat "$work/$1.status")" -eq 0 ] && [ "${runs:-0}" -gt 0 ]; then
        result=passed
    else
        result=FAILED
        tail -n 40 "$log" >&2
    fi
    echo "| $1 | $(find "$corpus/$1" -type f | wc -l) | $FUZZ_SECONDS | ${runs:-0} |" \
        "$(find "$work/$1" -type f | wc -l) | ${edges:-0} | $result |"
}

if [ "${1-}" = --one ]; then
    fuzz "$2"
    exit 0
fi

echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return !d && n; }' \
    >long-run/probe.c
"$FUZZ_CC" -fsanitize=fuzzer,address,undefined long-run/probe.c -o long-run/probe >&2 ||
    skip "$FUZZ_CC with libFuzzer is not installed"
build >&2 || {
    printf '## Fuzzing\n\nThe targets do not build.\n\n0 passed, 1 failed\n'
    exit 1
}
targets=${FUZZ_TARGETS:-$(cd "$work/build/fuzz" && echo *.fuzz | sed 's/\.fuzz//g')}
# shellcheck disable=SC2086 # words without blanks
printf '%s\n' $targets | xargs -n 1 -P "$FUZZ_JOBS" "${SHELL:-/bin/sh}" "$0" --one

cat <<END
## Fuzzing

Bytes become a file, a model, a sequence of ops, and the library must answer as its headers say: with
what they promise, or with an error that they name. libFuzzer changes the bytes to reach new edges of
the code, beginning with the inputs in fuzz/corpus; under ASan and UBSan every finding ends the run.

| target | inputs | seconds | runs | new inputs | edges | result |
|---|---|---|---|---|---|---|
END
for target in $targets; do
    row "$target"
done | tee "$work/rows"
printf '\n%d passed, %d failed\n' "$(grep -c 'passed |$' "$work/rows")" \
    "$(grep -c 'FAILED |$' "$work/rows")"
! grep -q 'FAILED |$' "$work/rows"

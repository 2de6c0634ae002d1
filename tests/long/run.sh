#!/bin/sh
# usage: run.sh PART...      from the folder of the build; make check-long calls it
# Runs each part, two at a time, and makes doc/correctness.md of what they print. A part is a program
# (tests/long/x, built here) or a script (fuzz/run.sh, of the sources): it prints a section and, as
# its last line, "N passed, N failed" or "N passed, N failed, N skipped".
#
# PARTS="soak fuzz": these only; then the page is printed, and doc/correctness.md left as it is.
# GO_ON=yes: after an interrupt; parts that have ended are not run again. JOBS=1: one at a time.
# FUZZ_SECONDS, QEMU_ARCHS, QEMU_ALL: see fuzz/run.sh and tests/long/qemu.sh.
set -u
: "${srcdir:=.}" "${CC:=cc}" "${version:=unknown}" "${JOBS:=2}" "${PARTS:=}" "${GO_ON:=}"
work=$PWD/long-run
export srcdir CC GO_ON

# label PART: tests/long/soak is soak, fuzz/run.sh fuzz, tests/long/qemu.sh qemu.
label()
{
    case $1 in
    */run.sh) basename "$(dirname "$1")" ;;
    *) basename "$1" .sh ;;
    esac
}

# wanted LABEL: all parts, or those of $PARTS.
wanted()
{
    [ -z "$PARTS" ] && return 0
    case " $PARTS " in
    *" $1 "*) return 0 ;;
    *) return 1 ;;
    esac
}

# run_part PART: its section into LABEL.md, messages into LABEL.log, status and seconds into
# LABEL.end.
run_part()
{
    part_begin=$(date +%s)
    part=$work/parts/$(label "$1")
    if [ -n "$GO_ON" ] && [ -f "$part.end" ]; then
        return
    fi
    case $1 in
    *.sh) "${SHELL:-/bin/sh}" "$srcdir/$1" ;;
    *) "./$1" ;;
    esac >"$part.md" 2>"$part.log" </dev/null
    echo "$? $(($(date +%s) - part_begin))" >"$part.end"
    echo "$(label "$1"): $(tail -n 1 "$part.md") ($(($(date +%s) - part_begin)) s)" >&2
}

# numbers LABEL: "PASSED FAILED SKIPPED". What gave no figures, or failed without a count, failed.
numbers()
{
    read -r status _ <"$work/parts/$1.end"
    tail -n 1 "$work/parts/$1.md" | awk -v status="$status" '
        /^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ { p = $1; f = $3; s = $5 + 0; ok = 1 }
        END { print p + 0, f + (!ok || (status != 0 && f == 0)), s + 0 }'
}

# page LABEL...: the whole page.
page()
{
    cat <<END
# Correctness

What \`make check\` has no time for: posteriors against references, long runs, fuzzing, other machines.
\`make check-long\` ran all of it and wrote this page; nothing here is edited by hand.
[CONTRIBUTING.md](../CONTRIBUTING.md) says what it needs and how long it takes.

wick $version, $($CC --version | sed 1q), $(uname -sm), $(getconf _NPROCESSORS_ONLN) processors,
$(date -u '+%-d %B %Y').

| part | passed | failed | skipped | seconds |
|---|---|---|---|---|
END
    for name; do
        read -r _ seconds <"$work/parts/$name.end"
        title=$(sed -n 's/^## //p' "$work/parts/$name.md" | sed 1q)
        numbers "$name" | {
            read -r p f s
            echo "| ${title:-$name} | $p | $f | $s | $seconds |"
        }
    done
    for name; do
        echo
        # blank lines at the end of a section go; so does its last line
        sed '$d' "$work/parts/$name.md" | awk '{ a[NR] = $0; if ($0 != "") n = NR }
            END { for (i = 1; i <= n; i++) print a[i] }'
        read -r status _ <"$work/parts/$name.end"
        case $(tail -n 1 "$work/parts/$name.md") in
        *" passed, "*" failed"*) ;;
        *) printf '\n**FAILED**: %s ended with status %s and without a count.\n' "$name" "$status" ;;
        esac
    done
}

# One part, for xargs below.
if [ "${1-}" = --part ]; then
    run_part "$2"
    exit 0
fi

mkdir -p "$work/parts" || exit 99
names=
parts=
for part; do
    if wanted "$(label "$part")"; then
        names="$names $(label "$part")"
        parts="$parts $part"
    fi
done
[ -n "$names" ] || {
    echo "run.sh: no part is called $PARTS" >&2
    exit 99
}
# shellcheck disable=SC2086 # words without blanks
printf '%s\n' $parts | xargs -n 1 -P "$JOBS" "${SHELL:-/bin/sh}" "$0" --part

# shellcheck disable=SC2086
page $names >"$work/correctness.md"
if [ -n "$PARTS" ]; then
    cat "$work/correctness.md"
elif cp "$work/correctness.md" "$srcdir/doc/correctness.md.tmp" &&
    mv "$srcdir/doc/correctness.md.tmp" "$srcdir/doc/correctness.md"; then
    echo "wrote doc/correctness.md"
else
    echo "doc/correctness.md cannot be written; the page is long-run/correctness.md" >&2
fi

# shellcheck disable=SC2086
total=$(for name in $names; do
    numbers "$name"
done | awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }')
for name in $names; do
    [ "$(numbers "$name" | cut -d ' ' -f 2)" -eq 0 ] || {
        echo "---- $name: the end of its messages"
        tail -n 40 "$work/parts/$name.log"
        echo "----"
    }
done
echo "${total% *} passed, ${total#* } failed"
[ "${total#* }" -eq 0 ]

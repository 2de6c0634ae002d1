#!/bin/sh
# usage: demo.sh PROGRAM...
# Runs each example with --out demo/NAME, draws its *.gp files with $GNUPLOT, and says where
# everything is. An example that fails does not keep the others from running.
set -u
failed=0

for program; do
    out=demo/$(basename "$program")
    echo "== $program"
    mkdir -p "$out" || exit 1
    if ! "./$program" --out "$out" </dev/null; then
        echo "$program failed" >&2
        failed=1
        continue
    fi
    for script in "$out"/*.gp; do
        if [ -z "${GNUPLOT:-}" ] || [ ! -f "$script" ]; then
            continue
        fi
        if ! (cd "$out" && "$GNUPLOT" "$(basename "$script")"); then
            echo "$script: gnuplot failed" >&2
            failed=1
        fi
    done
done

if [ -n "${GNUPLOT:-}" ]; then
    echo "== pictures"
    find demo -name '*.png' -o -name '*.gif' | sort
else
    echo "== data and plot scripts (no pictures: install gnuplot, then ./configure and make demo)"
    find demo -name '*.gp' -o -name '*.tsv' | sort
fi
exit $failed

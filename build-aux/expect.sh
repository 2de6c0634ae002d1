#!/bin/sh
# usage: expect.sh examples/x.out
# Runs examples/x --out out in an empty folder; compares what it prints with x.out, and asks for
# out/summary.json.
set -u
expected=$1
program=$PWD/${expected#"${srcdir:-.}/"}
program=${program%.out}
expected=$(cd "$(dirname "$expected")" && pwd)/$(basename "$expected")

run=$(mktemp -d) || exit 99
trap 'rm -rf "$run"' EXIT
cd "$run" || exit 99
mkdir out

"$program" --out out >printed </dev/null
status=$?
if [ $status -ne 0 ]; then
    cat printed
    echo "$program: exit status $status"
    exit 1
fi
if ! diff -u "$expected" printed; then
    echo "$program: prints something else than $expected (-)"
    exit 1
fi
if ! [ -s out/summary.json ]; then
    echo "$program: wrote no summary.json"
    exit 1
fi

#!/bin/sh
# Each public header compiles alone, as C11 and as C++17, without a warning.
cd "${srcdir:-.}" || exit 99
severe="-pedantic -Wall -Wextra -Wconversion -Wshadow -Wvla -Werror"
status=0

try=$(mktemp -d) || exit 99
trap 'rm -rf "$try"' EXIT

# compile COMPILER STANDARD FLAGS HEADER EXTENSION
compile()
{
    echo "#include <wick/$4>" >"$try/alone.$5"
    # shellcheck disable=SC2086 # compilers and flags are lists of words
    $1 -std=$2 $severe $3 -Iinclude -c "$try/alone.$5" -o "$try/alone.o" 2>"$try/errors" && return
    grep -E 'error|warning' "$try/errors" | head -n 4
    echo "include/wick/$4:1: does not compile alone as $2 with $1"
    status=1
}

for header in include/wick/*.h; do
    [ -f "$header" ] || continue
    name=$(basename "$header")
    compile "${CC:-cc}" c11 "-Wstrict-prototypes -Wmissing-prototypes" "$name" c
    [ -z "${CXX-c++}" ] || compile "${CXX-c++}" c++17 "" "$name" cpp
done
[ -n "${CXX-c++}" ] || echo "no C++ compiler: headers were tried as C11 only"
exit $status

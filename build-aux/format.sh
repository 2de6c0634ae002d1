#!/bin/sh
# usage: format.sh SOURCE_FOLDER CLANG_FORMAT_OPTION...
# Runs clang-format on every C and C++ file of the project but the tables that scripts made.
set -eu
cd "$1"
shift
find include src models tools examples tests fuzz bench -path tests/data -prune -o \
    \( -name '*.[ch]' -o -name '*.cpp' \) -exec "${CLANG_FORMAT:-clang-format}" "$@" {} +

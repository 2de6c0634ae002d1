#!/bin/sh
# usage: format.sh SOURCE_FOLDER CLANG_FORMAT_OPTION...
# Runs clang-format on every C and C++ file of the project.
set -eu
cd "$1"
shift
find include src models examples tests bench \( -name '*.[ch]' -o -name '*.cpp' \) \
    -exec "${CLANG_FORMAT:-clang-format}" "$@" {} +

#!/bin/sh
# The library neither ends the program, nor prints, nor keeps global state, nor takes memory
# except through its allocator.
cd "${srcdir:-.}" || exit 99

# complain FILES-BUT REGEX WHY: report calls and names in src/ outside the files that may have them.
complain()
{
    find src -name '*.[ch]' -exec awk -f tests/rules/code.awk {} + |
        grep -v "^\($1\):" |
        grep -E ":[0-9]+:(.*[^A-Za-z0-9_.>])?($2)" |
        sed "s|\$|    <- $3|"
}

call='[[:space:]]*\('
found=$(
    complain none "(abort|exit|_exit|_Exit|quick_exit|atexit)$call" "ends the program"
    complain none "(v?printf|puts|putchar|perror)$call" "prints"
    complain 'src/io/progress\.c' "(stdout|stderr)([^A-Za-z0-9_]|\$)" "prints"
    complain none "(v?sprintf|strcpy|strcat|gets)$call" "has no bound"
    complain none "(strtok|s?rand|signal|setlocale)$call" "keeps global state"
    complain 'src/base/allocator\.c' \
        "(malloc|calloc|realloc|free|aligned_alloc|posix_memalign|strn?dup)$call" \
        "belongs in src/base/allocator.c"
)
[ -z "$found" ] && exit 0
echo "$found"
exit 1

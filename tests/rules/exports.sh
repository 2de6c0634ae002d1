#!/bin/sh
# libwick exports wick_* only, and none of its objects has a variable that can be written.
# Runs in the build folder.
nm=${NM:-nm}
bad=0
tried=0

if [ -f .libs/libwick.so ]; then
    tried=1
    exported=$($nm -D --defined-only .libs/libwick.so | awk '{ print $NF }')
    others=$(echo "$exported" | grep -v '^wick_' | sed 's/^/libwick.so: exports /')
    if [ -n "$others" ]; then
        echo "$others"
        bad=1
    elif [ -z "$exported" ]; then
        echo "libwick.so: exports nothing"
        bad=1
    fi
fi

# Sections that can be written; .data.rel.ro is made read-only by the loader. The columns of nm are
# name|value|class|type|size|line|section, and the section ends in the source line if that is known.
core=.libs/libwick-core.a
[ -f $core ] || core=libwick-core.a
if [ -n "${SANITIZE:-}" ]; then
    echo "sanitizers keep variables of their own: did not look for ours"
elif $nm --version 2>/dev/null | grep -q GNU && [ -f $core ]; then
    tried=1
    variables=$($nm -A -l -f sysv --defined-only $core |
        awk -F'|' '$7 ~ /^ *(\*COM\*|\.(t?data|t?bss)(\.|[ \t]|$))/ && $7 !~ /^ *\.data\.rel\.ro/ {
            gsub(/ +/, "", $1)
            sub(/^[^\t]*/, "", $7)
            print $1 $7 ": a variable that can be written"
        }')
    if [ -n "$variables" ]; then
        echo "$variables"
        bad=1
    fi
fi

[ $bad = 1 ] && exit 1
[ $tried = 1 ] && exit 0
echo "no shared library and no GNU nm: nothing to look at"
exit 77

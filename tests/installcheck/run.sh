#!/bin/sh
# usage: run.sh FOLDER_WITH_CONSUMERS
# Builds a C and a C++ program against the installed library as any user would, and runs them; then the
# installed command. make installcheck sets CC, CXX, PKG_CONFIG, DESTDIR, libdir, bindir, gmm (the
# command's name), pkgconfigdir and version.
set -eu
: "${PKG_CONFIG:?make installcheck needs pkg-config}"
: "${libdir:?}" "${pkgconfigdir:?}" "${version:?}" "${bindir:?}" "${gmm:?}"

export PKG_CONFIG_PATH="$DESTDIR$pkgconfigdir"
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
if [ -n "$DESTDIR" ]; then
    export PKG_CONFIG_SYSROOT_DIR="$DESTDIR"
fi
export LD_LIBRARY_PATH="$DESTDIR$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export DYLD_LIBRARY_PATH="$LD_LIBRARY_PATH"

static=--static
for shared in "$DESTDIR$libdir"/libwick.so "$DESTDIR$libdir"/libwick.dylib; do
    if [ -f "$shared" ]; then
        static=
    fi
done

run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT

# consume COMPILER SOURCE: compile, run, and compare what is printed.
consume()
{
    # shellcheck disable=SC2046,SC2086 # lists of words
    $1 "$2" -o "$run/consumer" $($PKG_CONFIG --cflags --libs $static wick)
    printed=$("$run/consumer")
    if [ "$printed" != "wick $version: mean 1.125, no error" ]; then
        echo "installcheck: $2 printed '$printed', not version $version and mean 1.125" >&2
        exit 1
    fi
    echo "installcheck: $(basename "$2"): $printed"
}

if [ "$($PKG_CONFIG --modversion wick)" != "$version" ]; then
    echo "installcheck: wick.pc has another version than $version" >&2
    exit 1
fi
consume "$CC -std=c11" "$1/consumer.c"
if [ -n "$CXX" ]; then
    consume "$CXX -std=c++17" "$1/consumer.cpp"
else
    echo "installcheck: no C++ compiler, consumer.cpp skipped"
fi

gmm=$DESTDIR$bindir/$gmm
printf '0\n1\n10\n11\n12\n' >"$run/five.csv"
if [ "$("$gmm" --version)" != "wick-gmm (wick) $version" ] ||
    ! "$gmm" --components 1..2 --covariance diagonal --out "$run/fit" "$run/five.csv" >/dev/null ||
    ! "$gmm" --model "$run/fit/model.csv" "$run/five.csv" >/dev/null; then
    echo "installcheck: $gmm does not work" >&2
    exit 1
fi
echo "installcheck: $("$gmm" --version): fits and labels"

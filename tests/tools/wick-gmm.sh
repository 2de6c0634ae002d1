#!/bin/sh
# The command wick-gmm, from outside: what it fits, prints, writes, reads, and refuses.
# Runs in the build folder; works in one of its own. WICK_GMM: another program to test.
set -u
gmm=${WICK_GMM:-$PWD/tools/wick-gmm}
sources=$(cd "${srcdir:-.}" && pwd) || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
cp "$sources/tests/tools/faithful.csv" . || exit 99
failed=0
LC_ALL=C
export LC_ALL

# --- helpers -----------------------------------------------------------------------------------

complain()
{
    echo "not ok: $*"
    failed=1
}

# run ARGUMENT...: ends well, with nothing on standard error; its output is in `out`.
run()
{
    "$gmm" "$@" >out 2>err </dev/null || complain "wick-gmm $*: exit status $?: $(cat err)"
    [ ! -s err ] || complain "wick-gmm $*: says $(cat err)"
}

# refuse STATUS MESSAGE ARGUMENT...: ends with this status and one line that has the message, and
# prints nothing else; a usage error is followed by a hint.
refuse()
{
    want=$1 message=$2
    shift 2
    "$gmm" "$@" >out 2>err </dev/null
    status=$?
    [ $status -eq "$want" ] || complain "wick-gmm $*: exit status $status, not $want"
    [ ! -s out ] || complain "wick-gmm $*: prints $(cat out)"
    head -n 1 err | grep -qF -- "$message" || complain "wick-gmm $*: '$(cat err)' lacks '$message'"
    if [ "$want" -eq 2 ]; then
        [ "$(sed -n '2,$p' err)" = "Try 'wick-gmm --help' for more information." ] ||
            complain "wick-gmm $*: no hint at --help"
    else
        [ "$(wc -l <err)" -eq 1 ] || complain "wick-gmm $*: more than one line: $(cat err)"
    fi
}

# key FILE NAME: a number of a summary.json.
key()
{
    sed -n "s/^  \"$2\": \\(.*[^,]\\),*\$/\\1/p" "$1"
}

# near WHAT GOT WANTED TOLERANCE
near()
{
    awk -v got="$2" -v wanted="$3" -v tolerance="$4" 'BEGIN {
        d = got - wanted
        exit !(got != "" && d <= tolerance && -d <= tolerance)
    }' || complain "$1: got '$2', need $3 +- $4"
}

# is WHAT GOT WANTED
is()
{
    [ "$2" = "$3" ] || complain "$1: got '$2', need '$3'"
}

# same FILE FILE
same()
{
    cmp -s "$1" "$2" || complain "$1 and $2 differ: $(diff "$1" "$2" | head -n 4)"
}

# --- help, version, man page -------------------------------------------------------------------

version=$(sed -n 's/^AC_INIT(\[wick\], \[\(.*\)\])$/\1/p' "$sources/configure.ac")
man=$sources/doc/wick-gmm.1
run --version
is "--version" "$(cat out)" "wick-gmm (wick) $version"
is "the man page's version" "$(sed -n 's/^\.TH WICK-GMM 1 20[0-9-]* "wick \(.*\)" "User Commands"$/\1/p' "$man")" \
    "$version"

run --help
cp out help
is "lines of --help beyond 80 columns" "$(awk 'length > 80' help)" ""
sed -n 's/^  --\([a-z-]*\).*/\1/p' help | sort >options.help
sed -n '/^\.TP$/{n;s/\\//g;s/^\.BR* --\([a-z-]*\).*/\1/p;}' "$man" | sort >options.man
[ "$(wc -l <options.help)" -ge 15 ] || complain "--help lists hardly any option"
same options.help options.man
if command -v groff >/dev/null; then
    groff -man -Tascii -ww "$man" >/dev/null 2>man.err
    [ ! -s man.err ] || complain "groff says of the man page: $(cat man.err)"
fi

# --- two groups in closed form -----------------------------------------------------------------

# Weights 2/5 and 3/5, means 1/2 and 11, variances 1/4 and 2/3; the groups are 20 standard
# deviations apart. 2 log(.4) + 3 log(.6) - 5/2 log(2 pi) - log(1/4) - 3/2 log(2/3) - 5/2
printf '0\n1\n10\n11\n12\n' >five.csv
run --components 2 --covariance diagonal --out five five.csv
near "0 1 10 11 12" "$(key five/summary.json log_likelihood)" -8.465258978 1e-8
is "the components' columns" "$(sed -n 1p five/model.csv)" "weight,loc.1,scale.1"
sed -n 2p five/model.csv | {
    IFS=, read -r weight loc scale
    near "the lower weight" "$weight" 0.4 1e-9
    near "the lower loc" "$loc" 0.5 1e-9
    near "the lower scale" "$scale" 0.5 1e-9
    exit $failed
} || failed=1
is "labels" "$(cut -d, -f1 five/responsibilities.csv | tr '\n' ' ')" "label 0 0 1 1 1 "
for file in model.csv responsibilities.csv summary.json report.md components.gp starts.gp; do
    [ -s "five/$file" ] || complain "--out has no $file"
done
[ -z "$(find . -name '*.tmp')" ] || complain "a temporary file is left"

# The same bytes as NPY: <f8, (5,).
{
    printf '\223NUMPY\001\000v\000'
    printf "%-117s\n" "{'descr': '<f8', 'fortran_order': False, 'shape': (5,), }"
    printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\360\77\0\0\0\0\0\0\44\100\0\0\0\0\0\0\46\100\0\0\0\0\0\0\50\100'
} >five.npy
run --components 2 --covariance diagonal --out five.npy.out --no-plots five.npy
same five/model.csv five.npy.out/model.csv
[ ! -e five.npy.out/components.gp ] || complain "--no-plots made a picture"
run --components 1 --quiet five.npy.out/responsibilities.npy
[ ! -s out ] || complain "--quiet prints $(cat out)"

# A weight of 3 is three rows, one of 0 is none; the column may be named or numbered.
printf 'v,x\n3,0\n1,1\n1,10\n0,5\n2,12\n' >weighted.csv
printf '0\n0\n0\n1\n10\n12\n12\n' >repeated.csv
run --components 2 --covariance spherical --out weighted --no-plots --weights v weighted.csv
run --components 2 --covariance spherical --out repeated --no-plots repeated.csv
run --components 2 --covariance spherical --out numbered --no-plots --columns 2 --weights 1 weighted.csv
near "weights of rows" "$(key weighted/summary.json log_likelihood)" \
    "$(key repeated/summary.json log_likelihood)" 1e-9
same weighted/model.csv numbered/model.csv

# --- against mclust ----------------------------------------------------------------------------

# R 4.2.2, mclust 6.0.0: Mclust(faithful, G = 1:4, modelNames = c("VVV", "EEE", "VVI", "VII"),
# control = emControl(tol = 1e-12)): BIC (there with the other sign) and the log-likelihood of VVV, 2.
run --components 1..3 --out full --no-plots faithful.csv
is "full covariances" "$(key full/summary.json components)" 2
near "full covariances, 2 components" "$(key full/summary.json log_likelihood)" -1130.2639601847 1e-5
near "full covariances, 2 components" "$(key full/summary.json bic)" 2322.191743 1e-4

run --components 1..4 --covariance all --out all faithful.csv
is "all forms" "$(key all/summary.json covariance) $(key all/summary.json components)" '"tied" 3'
near "all forms" "$(key all/summary.json bic)" 2314.2957 1e-3
is "lines of the table" "$(grep -cE '^(full|tied|diagonal|spherical) .* of 20' out)" 16
is "the chosen one" "$(sed -n 's/^\([a-z]*\)  *\([0-9]*\) .*  best$/\1 \2/p' out)" "tied 3"
is "tied columns" "$(sed -n 1p all/model.csv | cut -d, -f4-)" \
    "tied_scale_tril.eruptions.eruptions,tied_scale_tril.waiting.eruptions,tied_scale_tril.waiting.waiting"
for picture in bic components starts; do
    grep -qE "$picture\.(png|gp)" all/report.md || complain "report.md has no $picture"
done
grep -qF -- "    wick-gmm --components 1..4 --covariance all --out all faithful.csv" all/report.md ||
    complain "report.md has not the call"

# --- the same again ----------------------------------------------------------------------------

# Bits do not depend on threads, nor on how the file comes.
run --components 1..3 --threads 2 --out threads --no-plots faithful.csv
"$gmm" --components 1..3 --out stdin --no-plots - <faithful.csv >out || complain "standard input"
for folder in threads stdin; do
    same full/model.csv $folder/model.csv
    same full/responsibilities.csv $folder/responsibilities.csv
done
same full/summary.json threads/summary.json
run --format json --components 1..3 faithful.csv
same full/summary.json out
run --no-plots --seed 1 --components 3 --out seed1 --seeds 1 faithful.csv
run --no-plots --seed 2 --components 3 --out seed2 --seeds 1 faithful.csv
! cmp -s seed1/model.csv seed2/model.csv || complain "--seed changes nothing"

# What was fitted labels its own rows as the fit did, in any order of the columns.
for form in full tied diagonal spherical; do
    run --components 3 --covariance $form --out fit.$form --no-plots faithful.csv
    run --model fit.$form/model.csv --out labels.$form faithful.csv
    same fit.$form/responsibilities.csv labels.$form/responsibilities.csv
done
awk -F, '{ print "x;" $2 ";" $1 }' faithful.csv | sed 's/^x;[0-9]/"a; b";&/; s/^x;w/text;x;w/; s/;x;/;/' \
    >other.csv
run --model fit.full/model.csv --out other other.csv
same fit.full/responsibilities.csv other/responsibilities.csv
sed 1d faithful.csv >bare.csv
run --model fit.full/model.csv --out bare bare.csv
same fit.full/responsibilities.csv bare/responsibilities.csv
awk -F, '{ print $2 "," $1 }' bare.csv >swapped.csv
run --model fit.full/model.csv --columns 2,1 --out swapped swapped.csv
same fit.full/responsibilities.csv swapped/responsibilities.csv
# Names with delimiters and quotes in them; names that are not unique are chosen by number.
sed '1s/.*/"a, ""b""",x.y/' faithful.csv >names.csv
run --components 3 --out names --no-plots names.csv
run --model names/model.csv --out names.labels names.csv
same fit.full/responsibilities.csv names.labels/responsibilities.csv
sed '1s/.*/x,x/' faithful.csv >twice.csv
run --components 3 --out twice --no-plots twice.csv
refuse 1 "two columns 'x'" --model twice/model.csv twice.csv
run --model twice/model.csv --columns 1,2 --out twice.labels twice.csv
same fit.full/responsibilities.csv twice.labels/responsibilities.csv
near "labels: the log-likelihood" "$(key labels.full/summary.json log_likelihood)" \
    "$(key fit.full/summary.json log_likelihood)" 1e-9

# --- missing values ----------------------------------------------------------------------------

# One component, y missing where x is 4 (Anderson 1957): by the regression of y on x in the others,
# beta = 3/2, the mean of y is 10/3 + beta (5/2 - 2) = 49/12.
printf 'x\ty\tz\n1\t2\tNA\n2\t3\t?\n3\t5\t\n4\tNA\tnan\n' >missing.tsv
run --components 1 --columns x,y --out missing --no-plots --tolerance 1e-13 missing.tsv
near "the mean with a missing value" "$(sed -n 2p missing/model.csv | cut -d, -f3)" 4.083333333 1e-4
is "missing values" "$(key missing/summary.json missing)" 1
refuse 1 "column" --components 1 missing.tsv

# --- other methods -----------------------------------------------------------------------------

for method in map vb; do
    run --components 2 --method $method --seeds 2 --out $method --no-plots faithful.csv
    near "--method $method" "$(key $method/summary.json log_likelihood)" -1130.264 2
    is "--method $method" "$(key $method/summary.json method)" "\"$method\""
done

# --- what goes wrong in data -------------------------------------------------------------------

printf '1,2\n3,4\n' >two.csv
run --components 4 --covariance full --out few two.csv
grep -q '^- ' out || complain "two rows and four components: nothing to look at"
awk 'BEGIN { for (i = 0; i < 30; i++) print i % 7 ",5," i * i % 11 }' >constant.csv
run --components 1..2 --covariance all --out constant constant.csv
grep -q "^- .*column '2'" out || complain "a constant column is not named: $(cat out)"
printf '7\n' >one.csv
run --components 1 one.csv

refuse 1 "no-such.csv" no-such.csv
: >empty.csv
refuse 1 "empty.csv" empty.csv
printf 'a,b\n' >header.csv
refuse 1 "header.csv: no rows" header.csv
printf 'a,b\n1,2\n3,x\n' >bad.csv
refuse 1 "bad.csv:3:" bad.csv
refuse 1 "--columns" bad.csv
run --components 1 --columns a bad.csv
printf '1,2\n3\n' >ragged.csv
refuse 1 "ragged.csv:2:" ragged.csv
printf '1,2\n3,inf\n' >inf.csv
refuse 1 "inf.csv: column '2' of row 2 is inf" inf.csv
printf 'a\n1\nNA\n1e300\n' >outlier.csv
refuse 1 "outlier.csv: column 'a' of row 3 is 1e+300" outlier.csv
refuse 1 "'c'" --columns a,c bad.csv
printf '1,1\n2,-1\n3,1\n' >negative.csv
refuse 1 "negative.csv: the weight of row 2 is -1" --weights 2 --components 1 negative.csv
refuse 1 "nothing" --weights nothing --components 1 negative.csv
refuse 1 "make the directory five.csv" --components 1 --out five.csv/sub five.csv
refuse 1 "not a model" --model faithful.csv faithful.csv
sed '2s/^[0-9.]*/0.1/' full/model.csv >weights.csv
refuse 1 "weights.csv" --model weights.csv faithful.csv
printf '1,2,3\n4,5,6\n' >three.csv
refuse 1 "--columns" --model full/model.csv three.csv
[ ! -e five.csv/sub ] || complain "made a folder in a file"

# --- mistakes in the command line --------------------------------------------------------------

refuse 2 "wick-gmm: no FILE; - is standard input"
refuse 2 "wick-gmm: more than one FILE: 'a' and 'b'" a b
refuse 2 "wick-gmm: there is no option '--nothing'" --nothing five.csv
refuse 2 "wick-gmm: there is no option '-k'" -k 3 five.csv
refuse 2 "wick-gmm: option '--components' needs an argument" --components
refuse 2 "wick-gmm: option '--quiet=1' takes no argument" --quiet=1 five.csv
refuse 2 "wick-gmm: --components: '0' is neither" --components 0 five.csv
refuse 2 "wick-gmm: --components: '3..2' is neither" --components 3..2 five.csv
refuse 2 "wick-gmm: --components: '1..' is neither" --components 1.. five.csv
refuse 2 "wick-gmm: --components: '2x' is neither" --components 2x five.csv
refuse 2 "wick-gmm: --covariance: 'round' is none of" --covariance full,round five.csv
refuse 2 "wick-gmm: --covariance: '' is none of" --covariance full, five.csv
refuse 2 "wick-gmm: --method: 'mcmc' is none of" --method mcmc five.csv
refuse 2 "wick-gmm: --seeds: '0' is not a whole number from 1" --seeds 0 five.csv
refuse 2 "wick-gmm: --seed: '-1' is not a whole number" --seed -1 five.csv
refuse 2 "wick-gmm: --threads: 'two' is not a whole number" --threads two five.csv
refuse 2 "wick-gmm: --max-iterations: '1e3' is not" --max-iterations 1e3 five.csv
refuse 2 "wick-gmm: --tolerance: '-1' is not a number" --tolerance -1 five.csv
refuse 2 "wick-gmm: --variance-floor: 'nan' is not" --variance-floor nan five.csv
refuse 2 "wick-gmm: --variance-floor belongs to --method em" --variance-floor 0 --method map five.csv
refuse 2 "wick-gmm: --columns: '1,,2' has an empty name" --columns 1,,2 five.csv
refuse 2 "wick-gmm: --format: 'xml' is neither" --format xml five.csv
refuse 2 "wick-gmm: --progress: 'often' is none of" --progress=often five.csv
refuse 2 "wick-gmm: --out: the name of the directory is empty" --out '' five.csv
refuse 2 "wick-gmm: --components belongs to a fit" --model full/model.csv --components 2 five.csv
refuse 2 "wick-gmm: both --model and FILE are standard input" --model - -

# Options may follow the file and be abbreviated; after -- there are none.
cp five.csv ./--quiet
run five.csv --comp 1 --qui
run --components 1 -- --quiet
grep -q '^--quiet: 5 rows' out || complain "-- does not end the options: $(cat out)"

# Progress goes to standard error, and only if it is asked for where that is a file.
"$gmm" --components 2 --progress five.csv >out 2>err || complain "--progress"
grep -q 'full, K = 2' err || complain "--progress shows none: $(cat err)"
run --components 2 --progress=never five.csv

# What cannot be printed is a failure.
if [ -c /dev/full ]; then
    "$gmm" --components 1 five.csv >/dev/full 2>err
    is "the exit status with a full disk" $? 1
    grep -q "cannot write standard output" err || complain "a full disk: $(cat err)"
fi

exit $failed

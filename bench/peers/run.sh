#!/bin/sh
# Times the workloads in other systems, those that are installed, and prints a table: workload,
# variant, ns, peak_rss_kib. Versions, and what is missing, go to standard error.
#
#   PYTHON        the interpreter that has them (python3)
#   STAN_INCLUDE  a folder that holds stan/, Eigen/, boost/, tbb/ and the headers of sundials;
#                 without it those of Python's httpstan or of R's packages are taken
#   WICK_POINTS   points of W4 (1000000)
#
# Each workload runs in a process of its own, on one processor, and is timed by what it takes of
# that.
folder=$(dirname "$0")
python=${PYTHON:-python3}
workloads="W1 W2 W3 W4_diagonal W4_full W5_schools W5_points"
one=
taskset -c 0 true 2> /dev/null && one="taskset -c 0"

note() {
    echo "# $*" >&2
}

# run_peer NAME COMMAND...
run_peer() {
    name=$1
    shift
    if ! "$@" versions; then
        note "$name: not installed, or broken: skipped"
        return
    fi
    for workload in $workloads; do
        $one "$@" $workload || note "$name: $workload fails"
    done
}

run_python() {
    if "$python" -c "import $2" 2> /dev/null; then
        run_peer "$1" "$python" "$folder/$3"
    else
        note "$1: no module $2 for $python: skipped"
    fi
}

# The folders with the headers of Stan Math, as options of the compiler.
find_stan() {
    httpstan=$("$python" -c 'import importlib.util as u
print(u.find_spec("httpstan").submodule_search_locations[0])' 2> /dev/null)
    if test -n "$STAN_INCLUDE"; then
        echo "-I$STAN_INCLUDE"
    elif test -n "$httpstan"; then
        echo "-I$httpstan/include -L$httpstan/lib -Wl,-rpath,$httpstan/lib"
    else
        for r in /usr/lib/R/site-library /usr/local/lib/R/site-library; do
            if test -d "$r/StanHeaders/include/stan"; then
                echo "-I$r/StanHeaders/include -I$r/BH/include -I$r/RcppEigen/include" \
                    "-I$r/RcppParallel/include -I/usr/include/eigen3"
                return
            fi
        done
    fi
}

run_stan() {
    options=$(find_stan)
    program=$(mktemp) || return
    if test -z "$options"; then
        note "Stan Math: no headers: skipped"
    elif ${CXX:-c++} -std=c++17 -O3 -march=native -w -DBOOST_DISABLE_ASSERTS -D_REENTRANT \
        $options -o "$program" "$folder/peer_stan.cpp" -ltbb -lpthread; then
        run_peer "Stan Math" "$program"
    else
        note "Stan Math: does not compile: skipped"
    fi
    rm -f "$program"
}

model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2> /dev/null | head -n 1)
note "$(uname -sm), $model, $(date -u +%Y-%m-%d)"
printf 'workload\tvariant\tns\tpeak_rss_kib\n'
run_python Pyro pyro peer_pyro.py
run_python NumPyro numpyro peer_numpyro.py
run_python PyTorch torch peer_torch.py
run_python scikit-learn sklearn peer_sklearn.py
run_stan

#!/bin/sh
# A file includes only from its own layer and from those before it; models, tools and
# examples see public headers only.
cd "${srcdir:-.}" || exit 99

find include src models tools examples -name '*.[ch]' -exec awk '
BEGIN {
    n = split("base kernel tape dist site graph infer mcmc io", layers)
    for (i = 1; i <= n; i++)
        rank["src/" layers[i]] = i
    rank["wick/base.h"] = rank["src/base"]
    rank["wick/var.h"] = rank["src/tape"]
    rank["wick/dist.h"] = rank["src/dist"]
    rank["wick/site.h"] = rank["wick/params.h"] = rank["src/site"]
    rank["wick/optim.h"] = rank["wick/infer.h"] = rank["wick/guide.h"] = rank["src/infer"]
    rank["wick/predict.h"] = rank["wick/discrete.h"] = rank["src/infer"]
    rank["wick/mcmc.h"] = rank["wick/diagnose.h"] = rank["src/mcmc"]
    rank["wick/io.h"] = rank["wick/table.h"] = rank["wick/stan_csv.h"] = rank["wick/draws.h"] = rank["src/io"]
}

function complain(why)
{
    printf "%s:%d: includes %s: %s\n", FILENAME, FNR, target, why
    bad = 1
}

FNR == 1 {
    split(FILENAME, part, "/")
    folder = part[1] "/" part[2]
    own = part[1] == "include" ? rank[folder "/" part[3]] + rank[part[2] "/" part[3]] : rank[folder]
    if (part[1] == "src" && !own) {
        printf "%s:1: src/%s is no layer\n", FILENAME, part[2]
        bad = 1
    }
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
    target = $0
    sub(/^[^<"]*/, "", target)
    quoted = substr(target, 1, 1) == "\""
    target = substr(target, 2)
    sub(/[>"].*$/, "", target)

    if (part[1] == "include") {
        if (quoted)
            complain("public headers include <wick/...>")
        else if (own && rank[target] > own)
            complain("a later layer")
    } else if (part[1] == "src") {
        split(target, to, "/")
        if (quoted && !rank["src/" to[1]])
            complain("must be \"layer/file.h\"")
        else if (quoted && rank["src/" to[1]] > own)
            complain("a later layer")
        else if (!quoted && (target == "wick/wick.h" || rank[target] > own))
            complain("a later layer")
    } else if (quoted && target ~ /\// && target !~ /^models\//) {
        complain("only <wick/...> and system headers")
    } else if (quoted && target !~ /\//) {
        near = FILENAME
        sub(/[^\/]*$/, target, near)
        if ((getline line < near) < 0)
            complain("only <wick/...> and system headers")
        close(near)
    }
}

END {
    exit bad
}' {} +

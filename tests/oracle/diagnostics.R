# Writes tests/data/diagnostics.h: draws, and what the R package posterior (1.4.0) says of them.
#   Rscript tests/oracle/diagnostics.R > tests/data/diagnostics.h
suppressPackageStartupMessages(library(posterior))
set.seed(20210608)

ar <- function(n, rho) as.numeric(stats::filter(rnorm(n), rho, "recursive"))
chains <- function(k, n, draw) sapply(seq_len(k), function(i) draw(n, i))
cases <- list(
    independent = chains(4, 100, function(n, i) rnorm(n)),
    correlated = chains(4, 101, function(n, i) ar(n, 0.9)),
    alternating = chains(2, 120, function(n, i) ar(n, -0.7)),
    apart = chains(4, 80, function(n, i) rnorm(n) + (i == 3)),
    wider = chains(3, 90, function(n, i) rnorm(n) * ifelse(i == 2, 4, 1)),
    cauchy = chains(1, 200, function(n, i) rcauchy(n)),
    ties = chains(3, 75, function(n, i) round(2 * rnorm(n))),
    walk = chains(2, 150, function(n, i) cumsum(rnorm(n))),
    short = chains(2, 13, function(n, i) rnorm(n)),
    ends = chains(3, 40, function(n, i) pmin(rpois(n, 3), 4)))

number <- function(x) ifelse(is.na(x), "NAN", sprintf("%.17g", x))
cat("/* Made by tests/oracle/diagnostics.R with the R package posterior 1.4.0; do not edit. */\n",
    "#include <math.h>\n\n#include <wick/mcmc.h>\n\n", sep = "")
for (name in names(cases)) {
    x <- cases[[name]]
    cases[[name]] <- x <- matrix(round(1e4 * x) / 1e4, nrow(x))
    cat("static const double DRAWS_", toupper(name), "[] = {\n", sep = "")
    cat(strwrap(paste(sprintf("%.4f", x), collapse = ", "), 96, indent = 4, exdent = 4), sep = "\n")
    cat("\n};\n\n")
}
cat("static const struct diagnosed {\n    const char *name;\n    wick_chains draws;\n",
    "    double rhat, ess_bulk, ess_tail, ess_mean, ess_q20, mcse_mean, mcse_sd, mcse_q20, q20;\n",
    "    double mean, sd, mad, q5, q50, q95;\n",
    "} DIAGNOSED[] = {\n", sep = "")
for (name in names(cases)) {
    x <- cases[[name]]
    values <- suppressWarnings(c(rhat(x), ess_bulk(x), ess_tail(x), ess_mean(x),
        ess_quantile(x, 0.2), mcse_mean(x), mcse_sd(x), mcse_quantile(x, 0.2), quantile(x, 0.2),
        unlist(summarise_draws(as_draws_array(array(x, c(dim(x), 1))),
            "mean", "sd", "mad", "quantile2", "median")[, -1])[c(1, 2, 3, 4, 6, 5)]))
    cat(strwrap(paste0("{ \"", name, "\", { ", ncol(x), ", ", nrow(x), ", DRAWS_", toupper(name),
        " }, ", paste(number(values), collapse = ", "), " },"), 96, indent = 4, exdent = 8),
        sep = "\n")
    cat("\n")
}
cat("};\n")

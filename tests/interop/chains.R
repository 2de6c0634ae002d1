# Do programs in R find the draws that write_chains wrote? See there how to run it.
# Needs rstan and posterior; ends with status 77 without them.
for (package in c("rstan", "posterior"))
    if (!requireNamespace(package, quietly = TRUE)) {
        cat("skipped: no package", package, "\n")
        quit(status = 77)
    }

chains <- 3
directory <- commandArgs(trailingOnly = TRUE)[1]

# lp__ of a draw, from its values alone.
log_density <- function(draw) {
    lp <- dnorm(draw[["mu"]], 1, 0.5, log = TRUE) + log(2) +
        dnorm(draw[["tau"]], 0, 2, log = TRUE) + log(draw[["tau"]])
    for (a in 1:2) for (b in 1:3) for (e in 1:2)
        lp <- lp + dnorm(draw[[sprintf("x_y[%d,%d,%d]", a, b, e)]],
            draw[["mu"]] + 10 * (a - 1) + 100 * (b - 1) + 1000 * (e - 1), draw[["tau"]], log = TRUE)
    lp
}

check <- function(name) {
    fit <- rstan::read_stan_csv(file.path(directory, sprintf("%s_%d.csv", name, seq_len(chains))))
    draws <- rstan::extract(fit, permuted = FALSE)
    stopifnot(identical(dim(draws), c(60L, 3L, 15L)))
    for (chain in seq_len(chains))
        for (i in seq_len(60))
            stopifnot(abs(draws[i, chain, "lp__"] - log_density(as.list(draws[i, chain, ]))) < 1e-9)
    stopifnot(nrow(posterior::summarise_draws(posterior::as_draws_array(draws))) == 15)
}

for (name in c("diagonal", "dense", "unit"))
    check(name)
cat(sprintf("rstan %s, posterior %s: chains are read as drawn\n", packageVersion("rstan"),
    packageVersion("posterior")))

# Do Stan's readers in R find what write_stan_csv wrote? See there how to run it.
# Needs rstan and posterior; ends with status 77 without them.
for (package in c("rstan", "posterior"))
    if (!requireNamespace(package, quietly = TRUE)) {
        cat("skipped: no package", package, "\n")
        quit(status = 77)
    }

chains <- 2
draws <- 20
warmup <- 6
directory <- commandArgs(trailingOnly = TRUE)[1]

value <- function(chain, draw, position) (1e7 * chain + 1e4 * draw + position) / 3 * 0.1

# Positions of all elements, by their names in rstan.
positions <- c(mu = 0)
for (i in 1:3)
    positions[sprintf("theta[%d]", i)] <- 1000 + i
for (i in 1:2) for (j in 1:3)
    positions[sprintf("L[%d,%d]", i, j)] <- 2000 + 10 * i + j
for (i in 1:2) for (j in 1:2) for (k in 1:2)
    positions[sprintf("T[%d,%d,%d]", i, j, k)] <- 3000 + 100 * i + 10 * j + k

files <- function(name) file.path(directory, sprintf("%s_%d.csv", name, seq_len(chains)))

check_rstan <- function(name) {
    fit <- rstan::read_stan_csv(files(name))
    saved <- name %in% c("warmup", "thinned", "stopped")
    numbers <- c(if (saved) 500 + seq_len(warmup) - 1, seq_len(draws) - 1)
    got <- rstan::extract(fit, permuted = FALSE, inc_warmup = saved)
    stopifnot(identical(dim(got)[1:2], as.integer(c(length(numbers), chains))))
    stopifnot(all(names(positions) %in% dimnames(got)$parameters))
    for (parameter in names(positions))
        for (c in seq_len(chains))
            stopifnot(identical(as.vector(got[, c, parameter]),
                value(c, numbers, positions[[parameter]])))
    stopifnot(identical(as.vector(got[length(numbers), , "lp__"]),
        -value(seq_len(chains), draws - 1, 7)))
    sampler <- rstan::get_sampler_params(fit, inc_warmup = FALSE)
    for (c in seq_len(chains)) {
        d <- seq_len(draws) - 1
        stopifnot(sampler[[c]][, "treedepth__"] == d %% 4 + 1,
            sampler[[c]][, "n_leapfrog__"] == 2^(d %% 4 + 1) - 1,
            sampler[[c]][, "divergent__"] == (d == 3),
            sampler[[c]][, "energy__"] == value(c, d, 8),
            sampler[[c]][, "stepsize__"] == 0.1 * c)
    }
    stopifnot(rstan::get_num_divergent(fit) == chains)
    fit
}

check_posterior <- function(fit) {
    array <- posterior::as_draws_array(rstan::extract(fit, permuted = FALSE))
    summary <- posterior::summarise_draws(array, "mean", "rhat")
    want <- mean(outer(seq_len(chains), seq_len(draws) - 1, value, position = 2023))
    stopifnot(abs(summary$mean[summary$variable == "L[2,3]"] / want - 1) < 1e-14)
}

check_special <- function() {
    fit <- rstan::read_stan_csv(files("special"))
    theta <- rstan::extract(fit, "theta", permuted = FALSE)[1, 1, ]
    stopifnot(is.nan(theta[[1]]), identical(theta[[2]], Inf), identical(theta[[3]], -Inf))
}

names <- c("diagonal", "dense", "unit", "warmup", "thinned", "interrupted", "stopped", "no_warmup")
for (name in names)
    tryCatch(check_posterior(check_rstan(name)),
        error = function(e) stop(name, ": ", conditionMessage(e), call. = FALSE))
check_special()
cat(sprintf("rstan %s, posterior %s: %d sets of files are read as written\n",
    packageVersion("rstan"), packageVersion("posterior"), length(names) + 1))

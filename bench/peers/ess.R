# The No-U-Turn samplers of wick and of rstan: effective draws per gradient, and per second.
#
#     MAKEFLAGS=-j1 Rscript bench/peers/ess.R bench/ess [SEEDS [FOLDER]]
#
# bench/ess is wick's program, which says what is run and measured. Both run in turn with each of
# the seeds 1 to SEEDS (20). FOLDER keeps compiled models; without it they are compiled each time.
# Chains differ: of 20 the ratios have standard errors of 4 to 17 %, of 200 of 1 to 5 %.
#
# Prints two tables, tab-separated: means and standard deviations over the seeds, and the ratio of
# the means with its standard error; then what takes time, as medians with quartiles. Chains whose
# draws are all the same have no ESS; they are left out of it, and counted on standard error. The
# time of rstan is what it reports: of the processor, of warm-up and sampling alone.
suppressMessages({
    library(rstan)
    library(posterior)
})

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) < 1)
    stop("usage: Rscript ess.R bench/ess [SEEDS [FOLDER]]")
program <- normalizePath(arguments[1])
seeds <- if (length(arguments) > 1) as.integer(arguments[2]) else 20
folder <- if (length(arguments) > 2) arguments[3] else tempdir()
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))

data <- list(
    eight_schools = list(
        y = c(28, 8, -3, 7, -1, 1, 18, 12), sigma = c(15, 10, 16, 11, 9, 11, 10, 18)
    ),
    five_points = list(y = c(0, 1, 10, 11, 12)),
    normal = list(),
    correlated = list()
)

compile <- function(name) {
    file <- file.path(folder, paste0(name, ".rds"))
    if (!file.exists(file)) {
        boost <- if (nzchar(system.file(package = "BH"))) NULL else "/usr/include"
        saveRDS(stan_model(file.path(here, paste0(name, ".stan")), boost_lib = boost), file)
    }
    readRDS(file)
}

# --- figures --------------------------------------------------------------------------------------

# Draws by chains of each quantity.
quantities <- function(name, fit) {
    x <- as.array(fit)
    switch(name,
        eight_schools = list(
            mu = x[, , "mu"], tau = x[, , "tau"], "z[1]" = x[, , "z[1]"], lp__ = x[, , "lp__"]
        ),
        five_points = list(
            scale = x[, , "scale"], "min loc" = pmin(x[, , "locs[1]"], x[, , "locs[2]"]),
            "max loc" = pmax(x[, , "locs[1]"], x[, , "locs[2]"]), lp__ = x[, , "lp__"]
        ),
        list(
            "q[1]" = x[, , "q[1]"], "q[5]" = x[, , "q[5]"], "q[10]" = x[, , "q[10]"],
            lp__ = x[, , "lp__"]
        )
    )
}

ess <- function(name, fit) sapply(quantities(name, fit), posterior::ess_bulk)

# Streams of Stan are apart by the number of the chain: those of neighbouring seeds may resemble.
run <- function(name, seed, chains, ...)
    sampling(
        models[[name]], data[[name]], chains = chains, chain_id = chains * seed + seq_len(chains),
        seed = chains, cores = 1, refresh = 0, ...
    )

run_chain <- function(name, seed) {
    fit <- run(name, seed, chains = 1, iter = 3000, warmup = 1000)
    all <- get_sampler_params(fit)[[1]]
    kept <- all[1001:3000, ]
    bulk <- ess(name, fit)
    c(
        "step size" = mean(kept[, "stepsize__"]), "tree depth" = mean(kept[, "treedepth__"]),
        leapfrogs = mean(kept[, "n_leapfrog__"]), accept_stat = mean(kept[, "accept_stat__"]),
        divergent = mean(kept[, "divergent__"]),
        "us per leapfrog" = 1e6 * sum(get_elapsed_time(fit)) / sum(all[, "n_leapfrog__"]),
        setNames(bulk, paste("ESS", names(bulk))),
        setNames(bulk / sum(kept[, "n_leapfrog__"]), paste("ESS per gradient", names(bulk)))
    )
}

run_four <- function(name, seed) {
    fit <- run(name, seed, chains = 4, iter = 2000, warmup = 1000)
    seconds <- sum(get_elapsed_time(fit))
    least <- min(ess(name, fit))
    c(
        "4 chains: seconds" = seconds, "4 chains: min ESS" = least,
        "4 chains: min ESS per second" = least / seconds
    )
}

rows_of_rstan <- function(name, seed) {
    found <- suppressWarnings(c(run_chain(name, seed), run_four(name, seed)))
    data.frame(posterior = name, seed = seed, figure = names(found), value = unname(found))
}

rows_of_wick <- function(seed) {
    read.table(
        text = system2(program, c(seed, seed), stdout = TRUE), sep = "\t",
        na.strings = c("nan", "-nan"), col.names = c("posterior", "seed", "figure", "value")
    )
}

# --- tables ---------------------------------------------------------------------------------------

takes_time <- function(figure) grepl("second|us per", figure)

select <- function(rows, of) {
    value <- rows$value[rows$posterior == of$posterior & rows$figure == of$figure]
    if (anyNA(value))
        message("# ", of$posterior, ", ", of$figure, ": none in ", sum(is.na(value)), " chains")
    value[!is.na(value)]
}

# What is 0 in one of them has no ratio.
show_means <- function(a, b) {
    ratio <- if (mean(a) > 0 && mean(b) > 0) mean(a) / mean(b) else NA
    error <- ratio * sqrt(var(a) / length(a) / mean(a)^2 + var(b) / length(b) / mean(b)^2)
    sprintf("%.4g\t%.2g\t%.4g\t%.2g\t%.3f\t%.3f", mean(a), sd(a), mean(b), sd(b), ratio, error)
}

show_times <- function(a, b) {
    quartiles <- function(x) paste(signif(quantile(x, c(0.5, 0.25, 0.75)), 4), collapse = "\t")
    sprintf("%s\t%s\t%.3g", quartiles(a), quartiles(b), median(a) / median(b))
}

show_table <- function(wick, rstan, timed, head, line) {
    list <- unique(rstan[takes_time(rstan$figure) == timed, c("posterior", "figure")])
    list <- list[order(match(list$posterior, names(data))), ]
    cat("posterior", "figure", head, sep = "\t")
    cat("\n")
    for (i in seq_len(nrow(list))) {
        of <- list[i, ]
        cat(of$posterior, of$figure, line(select(wick, of), select(rstan, of)), sep = "\t")
        cat("\n")
    }
}

models <- sapply(names(data), compile, simplify = FALSE)
wick <- rstan <- NULL
for (seed in seq_len(seeds)) {
    wick <- rbind(wick, rows_of_wick(seed))
    for (name in names(data))
        rstan <- rbind(rstan, rows_of_rstan(name, seed))
}
message("# rstan ", packageVersion("rstan"), ", Stan ", stan_version(), ", ", R.version.string)
show_table(
    wick, rstan, FALSE, c("wick", "sd", "rstan", "sd", "ratio", "standard error"), show_means
)
cat("\n")
show_table(
    wick, rstan, TRUE, c("wick", "lower", "upper", "rstan", "lower", "upper", "ratio"), show_times
)

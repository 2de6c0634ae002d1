# Writes tests/data/psis.h: Pareto smoothed importance sampling, LOO and WAIC by the R package loo.
#
#     Rscript tests/oracle/psis.R > tests/data/psis.h
#
# Inputs come from formulas in u_i, a sequence that fills (0, 1) evenly; tests/infer/check_psis.c has
# the same ones.
suppressMessages(library(loo))

even <- function(n, step) (seq_len(n) * step) %% 1
golden <- 0.6180339887498949
root <- 0.4142135623730951

ratios <- list(
  pareto = function(u, a) -a * log1p(-u), # k = a
  gumbel = function(u, a) -a * log(-log(u)),
  bounded = function(u, a) a * u,
  squared = function(u, a) a * (log(u) - log1p(-u))^2
)
cases <- list(
  list("pareto", 0.2, 1000), list("pareto", 0.7, 1000), list("pareto", 1.3, 250),
  list("pareto", 0.45, 10000), list("gumbel", 0.4, 100), list("gumbel", 0.9, 4000),
  list("bounded", 3.5, 1000), list("bounded", 0.02, 30), list("squared", 0.06, 500),
  list("squared", 1.5, 2000), list("squared", 40, 300)
)

show <- function(x) {
  text <- sprintf("%.17g", x)
  text[is.infinite(x)] <- ifelse(x[is.infinite(x)] > 0, "INFINITY", "-INFINITY")
  paste(text, collapse = ", ")
}

cat(sprintf("/* Made by tests/oracle/psis.R with loo %s. */\n", packageVersion("loo")))
cat("/* kind, a, n, k, log of the mean weight, effective draws, largest log-weights in ascending order */\n")
cat("#define PSIS_ROWS \\\n")
rows <- vapply(cases, function(case) {
  n <- case[[3]]
  x <- ratios[[case[[1]]]](even(n, golden), case[[2]])
  p <- suppressWarnings(psis(x, r_eff = 1))
  raw <- weights(p, log = TRUE, normalize = FALSE)
  log_sum <- max(raw) + log(sum(exp(raw - max(raw))))
  w <- weights(p, log = TRUE, normalize = TRUE)
  top <- sort(as.vector(w))[n - c(9, 4, 2, 1, 0)]
  sprintf("    ROW(%s, %s, %d, %s, %s, %s, %s)", case[[1]], format(case[[2]]), n,
    show(as.vector(p$diagnostics$pareto_k)), show(log_sum - log(n)), show(1 / sum(exp(2 * w))),
    show(top))
}, "")
cat(paste(rows, collapse = " \\\n"), "\n\n", sep = "")

# 500 draws of a mean and a scale, 12 observations of which one is far out.
draws <- 500
y <- c(-1.3, -0.9, -0.55, -0.2, 0.05, 0.1, 0.45, 0.8, 1.15, 1.6, 2.4, 5.5)
mean <- 0.25 - 0.35 * log(-log(even(draws, golden)))
scale <- exp(0.3 * (even(draws, root) - 0.4))
ll <- vapply(y, function(x) dnorm(x, mean, scale, log = TRUE), numeric(draws))

table <- function(name, e, pointwise, diagnostic) {
  est <- e$estimates
  cat(sprintf("#define %s_ESTIMATES { %s }\n", name, show(as.vector(t(est)))))
  cat(sprintf("#define %s_POINTWISE { %s }\n", name, show(pointwise)))
  cat(sprintf("#define %s_DIAGNOSTIC { %s }\n", name, show(diagnostic)))
}
l <- suppressWarnings(loo(ll, r_eff = rep(1, length(y))))
table("LOO", l, l$pointwise[, "elpd_loo"], l$diagnostics$pareto_k)
v <- suppressWarnings(waic(ll))
table("WAIC", v, v$pointwise[, "elpd_waic"], v$pointwise[, "p_waic"])

# The same draws as those of a guide, with log p - log q by a formula. loo takes lpd without weights,
# which is left to wick: only elpd and k are compared.
ratio <- -0.45 * log(-log(even(draws, 0.7320508075688772)))
a <- suppressWarnings(loo_approximate_posterior(ll, log_p = ratio, log_g = rep(0, draws)))
cat(sprintf("#define APPROXIMATE_POINTWISE { %s }\n", show(a$pointwise[, "elpd_loo"])))
cat(sprintf("#define APPROXIMATE_DIAGNOSTIC { %s }\n", show(a$diagnostics$pareto_k)))

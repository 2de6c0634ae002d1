# Modes of the posterior by mclust for tests/models/check_gmm_bayes.c: Old Faithful, two components,
# the prior of Fraley & Raftery (2007) with loc, shrinkage and scale given and D + 2 degrees of freedom.
# mclust has a single scale for VVI and VII.
#
#     Rscript tests/oracle/gmm_prior.R
suppressMessages(library(mclust))

x <- as.matrix(datasets::faithful)
shrinkage <- 0.25
scale <- list(VVV = diag(c(0.5, 90)), EEE = diag(c(0.5, 90)), VVI = 3, VII = 3)
control <- emControl(eps = 0, tol = c(1e-15, 1e-15), itmax = c(100000, 100000))

for (model in names(scale)) {
  prior <- priorControl("defaultPrior", mean = c(3, 75), shrinkage = shrinkage,
    scale = scale[[model]])
  z <- unmap(ifelse(x[, 1] > 3, 2, 1))
  end <- me(x, model, z, prior = prior, control = control)
  p <- end$parameters
  sigma <- p$variance$sigma
  cat(sprintf("%s  log-likelihood %.12g\n", model, end$loglik))
  cat("  weights", sprintf("%.12g", p$pro), "\n")
  cat("  means", sprintf("%.12g", p$mean), "\n")
  cat("  covariances", sprintf("%.12g", sigma[, , 1]), sprintf("%.12g", sigma[, , 2]), "\n")
}

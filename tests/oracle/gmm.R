# What tests/oracle/gmm.py needs of R: the data sets, and fits by mclust.
#
#     Rscript tests/oracle/gmm.R versions
#     Rscript tests/oracle/gmm.R data iris|faithful
#     Rscript tests/oracle/gmm.R fit VVV|EEE|VVI|VII < start
#
# A start is read from standard input: N D K, the N rows of data, K weights, K rows of means, and the
# standard deviations of the D columns, the same in all components. A fit is the log-likelihood, K
# weights and K rows of means, one number a line.
suppressMessages(library(mclust))

say <- function(x) cat(sprintf("%.17g\n", x), sep = "")

# EM from there until the log-likelihood stands still.
fit <- function(model) {
  numbers <- scan("stdin", quiet = TRUE)
  take <- function(n) {
    taken <- numbers[seq_len(n)]
    numbers <<- numbers[-seq_len(n)]
    taken
  }
  size <- take(3)
  n <- size[1]
  d <- size[2]
  k <- size[3]
  x <- matrix(take(n * d), n, d, byrow = TRUE)
  pro <- take(k)
  mean <- matrix(take(d * k), d, k)
  variance <- take(d)^2
  root <- diag(sqrt(variance), d)
  start <- switch(model,
    VVV = list(cholsigma = array(root, c(d, d, k)), sigma = array(root^2, c(d, d, k))),
    EEE = list(cholSigma = root, Sigma = root^2),
    VVI = list(scale = rep(prod(variance)^(1 / d), k),
      shape = matrix(variance / prod(variance)^(1 / d), d, k)),
    VII = list(sigmasq = rep(variance[1], k), scale = rep(variance[1], k))
  )
  start <- c(list(modelName = model, d = d, G = k), start)
  end <- em(x, model, list(pro = pro, mean = mean, variance = start),
    control = emControl(eps = 0, tol = c(1e-15, 1e-15), itmax = c(100000, 100000)))
  say(end$loglik)
  say(end$parameters$pro)
  say(as.vector(end$parameters$mean))
}

arguments <- commandArgs(trailingOnly = TRUE)
if (arguments[1] == "versions") {
  cat(sprintf("R %s.%s, mclust %s\n", R.version$major, R.version$minor, packageVersion("mclust")))
} else if (arguments[1] == "data") {
  x <- switch(arguments[2], iris = as.matrix(iris[, 1:4]), faithful = as.matrix(faithful))
  write.table(x, row.names = FALSE, col.names = FALSE)
} else {
  fit(arguments[2])
}

# The figures RSTAN of tests/long/targets.c: 200 chains of rstan on a normal in 10 dimensions. Rscript acceptance.R
# For each the mean and standard deviation over chains: the acceptance in the warm-up after its first 75 transitions,
# the acceptance after the warm-up, the logarithm of the step size. It ran with rstan 2.21.7 (StanHeaders 2.21).
suppressMessages(library(rstan))
model <- stan_model(boost_lib = "/usr/include",
    model_code = "parameters { vector[10] q; } model { q ~ normal(0, 1); }")
fit <- sampling(model, chains = 200, iter = 1500, warmup = 1000, refresh = 0, seed = 7)
all <- get_sampler_params(fit, inc_warmup = TRUE)
show <- function(name, x) cat(name, format(mean(x), digits = 7), format(sd(x), digits = 7), "\n")
show("warm-up", sapply(all, function(x) mean(x[76:1000, "accept_stat__"])))
show("after", sapply(all, function(x) mean(x[1001:1500, "accept_stat__"])))
show("log step", sapply(all, function(x) log(x[1500, "stepsize__"])))

// Eight schools, not centred (Rubin 1981; Gelman et al., "Bayesian Data Analysis").
data {
  vector[8] y;
  vector[8] sigma;
}
parameters {
  real mu;
  real<lower=0> tau;
  vector[8] z;
}
model {
  mu ~ normal(0, 5);
  tau ~ cauchy(0, 5);
  z ~ normal(0, 1);
  y ~ normal(mu + tau * z, sigma);
}

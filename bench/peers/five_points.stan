// The mixture of five points of Pyro's tutorial, assignments summed out.
data {
  vector[5] y;
}
parameters {
  simplex[2] weights;
  real<lower=0> scale;
  vector[2] locs;
}
model {
  vector[2] log_weights = log(weights);
  weights ~ dirichlet(rep_vector(0.5, 2));
  scale ~ lognormal(0.0, 2.0); // of integers Stan 2.21 forgets the quadratic term
  locs ~ normal(0, 10);
  for (n in 1:5)
    target += log_sum_exp(log_weights[1] + normal_lpdf(y[n] | locs[1], scale),
                          log_weights[2] + normal_lpdf(y[n] | locs[2], scale));
}

// A normal whose covariance has eigenvalues from 1 to 100, in the directions of the columns of the
// reflection 1 - 2 u u', u = (1, ..., 1) / sqrt(10).
transformed data {
  vector[10] scales;
  for (i in 1:10)
    scales[i] = pow(10.0, (i - 1) / 9.0);
}
parameters {
  vector[10] q;
}
model {
  vector[10] x = q - 0.2 * sum(q);
  x ~ normal(0, scales);
}

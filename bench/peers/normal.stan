// Ten independent numbers.
parameters {
  vector[10] q;
}
model {
  q ~ normal(0, 1);
}

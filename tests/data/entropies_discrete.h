/* Made by tests/oracle/entropies_discrete.py (mpmath, 40 digits). */
static const double POISSON_0_37 = 0x1.90e79534b0369p-1;
static const double POISSON_87_6 = 0x1.d3c2781bb07eep+1;
static const double POISSON_9999 = 0x1.818a0a9d27567p+2;
static const double POISSON_10001 = 0x1.818bae0d204cap+2;
static const double BINOMIAL_14 = 0x1.00faf7d446264p+1;
static const double BINOMIAL_1E6 = 0x1.4df9671921926p+2;
static const double BINOMIAL_SERIES = 0x1.e64ea45485014p+2;
static const double GEOMETRIC_0_43 = 0x1.96cf8c9b6b3a5p+0;

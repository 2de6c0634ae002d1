"""scikit-learn: one EM iteration of W4, which needs the same sums as a gradient."""

import platform
import statistics
import time
import warnings

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_info, threadpool_limits

import common


def seconds(x, covariance, iterations):
    mixture = GaussianMixture(
        16,
        covariance_type=covariance,
        max_iter=iterations,
        tol=0.0,
        init_params="random_from_data",
        random_state=0,
    )
    start = time.process_time()
    mixture.fit(x)
    return time.process_time() - start


def w4(covariance):
    """Fits of 1 and of 4 iterations differ by 3."""
    x = common.clusters()
    warnings.simplefilter("ignore", ConvergenceWarning)
    with threadpool_limits(1):
        each = [(seconds(x, covariance, 4) - seconds(x, covariance, 1)) / 3.0 for _ in range(3)]
    name = "W4_full" if covariance == "full" else "W4_diagonal"
    common.print_row(name, "sklearn_em", 1e9 * statistics.median(each))


common.run(
    {"W4_diagonal": lambda: w4("diag"), "W4_full": lambda: w4("full")},
    [
        f"scikit-learn {sklearn.__version__}",
        f"NumPy {np.__version__}",
        f"Python {platform.python_version()}",
        *(f"{i.get('internal_api')} {i.get('version')}" for i in threadpool_info()),
        "float64, 1 thread",
    ],
)

"""What the Python peers share: data like that of the C programs, timing, a row of the table."""

import os
import resource
import sys
import time

import numpy as np

POINTS = int(os.environ.get("WICK_POINTS", 1000000))
"""Points of W4."""


def five_points():
    return np.array([0.0, 1.0, 10.0, 11.0, 12.0])


def plane(n=1000):
    """W2: three Gaussians in the plane."""
    mean = np.array([[1.0, 2.0], [5.0, 6.0], [3.0, 1.0]])
    tril = np.array([[[1.0, 0.0], [0.2, 1.2]], [[1.7, 0.0], [-0.2, 3.0]], [[1.1, 0.0], [0.4, 1.1]]])
    random = np.random.default_rng(11)
    k = random.choice(3, n, p=[0.25, 0.625, 0.125])
    return mean[k] + np.einsum("nij,nj->ni", tril[k], random.standard_normal((n, 2)))


def batches():
    """W3: 3072 points around three means."""
    mean = np.array([[2.0, 0.0], [-2.0, -4.0], [-2.0, 4.0]])
    random = np.random.default_rng(13)
    return mean[np.arange(3072) % 3] + random.standard_normal((3072, 2))


def clusters(k=16, d=8):
    """W4: clusters with locs 4 N(0, 1), scales 1."""
    random = np.random.default_rng(17)
    locs = 4.0 * random.standard_normal((k, d))
    x = random.standard_normal((POINTS, d))
    x += locs[random.integers(0, k, POINTS)]
    return x


def spread(x, k=16):
    """Starting locs: points that are spread over the data."""
    return x[:: len(x) // k][:k].copy()


def median_ns(step, seconds=10.0, least=3, most=2001):
    """Median time of a step after two to warm up.

    Time is that of the processor: what other programs do does not count, nor does waiting.
    """
    step()
    step()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < least or (time.perf_counter() < end and len(times) < most):
        start = time.process_time()
        step()
        times.append(time.process_time() - start)
    return 1e9 * sorted(times)[len(times) // 2]


def print_row(workload, variant, ns):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{workload}\t{variant}\t{ns:.1f}\t{peak}", flush=True)


def run(workloads, versions):
    """Runs the workloads named on the command line; `versions` alone prints those."""
    if sys.argv[1:] == ["versions"]:
        print("# " + ", ".join(versions), file=sys.stderr)
        return
    for name in sys.argv[1:]:
        if name in workloads:
            workloads[name]()

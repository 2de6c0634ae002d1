"""Do Stan's readers in Python find what write_stan_csv wrote? See there how to run it.

Needs numpy and cmdstanpy, without which it ends with status 77; and ArviZ before 1.0 for its part.
"""
import logging
import os
import sys
import warnings

try:
    import cmdstanpy
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

CHAINS, DRAWS, WARMUP, DIMENSION = 2, 20, 6, 4
NAMES = ("diagonal", "dense", "unit", "warmup", "thinned", "interrupted", "stopped", "no_warmup")
AXES = {"mu": (), "theta": (3,), "L": (2, 3), "T": (2, 2, 2)}
FIRST = {"mu": 0, "theta": 1000, "L": 2000, "T": 3000}


def value(chain, draw, position):
    return float(10_000_000 * chain + 10_000 * draw + position) / 3.0 * 0.1


def wanted(name, chain, draw):
    """One draw of a variable, as an array."""
    out = np.empty(AXES[name])
    for index in np.ndindex(*AXES[name]):
        position = FIRST[name]
        for i, at in enumerate(reversed(index)):
            position += (at + 1) * 10**i
        out[index] = value(chain, draw, position)
    return out


def files(directory, name):
    return [os.path.join(directory, f"{name}_{chain}.csv") for chain in range(1, CHAINS + 1)]


def check_cmdstanpy(directory, name):
    fit = cmdstanpy.from_csv(files(directory, name))
    saved = name in ("warmup", "thinned", "stopped")
    numbers = [500 + i for i in range(WARMUP)] * saved + list(range(DRAWS))
    assert fit.chains == CHAINS and fit.num_draws_sampling == DRAWS
    for variable, axes in AXES.items():
        got = fit.stan_variable(variable, inc_warmup=saved)
        got = got.reshape((CHAINS, len(numbers)) + axes)
        for c in range(CHAINS):
            for i, draw in enumerate(numbers):
                assert np.array_equal(got[c, i], wanted(variable, c + 1, draw)), (name, variable)
    # Rows of the warm-up, if there are any, come first.
    method = {key: table[-DRAWS:] for key, table in fit.method_variables().items()}
    for c in range(CHAINS):
        for d in range(DRAWS):
            assert method["lp__"][d, c] == -value(c + 1, d, 7)
            assert method["energy__"][d, c] == value(c + 1, d, 8)
            assert method["accept_stat__"][d, c] == 0.8 + d / 1000
            assert method["stepsize__"][d, c] == 0.1 * (c + 1)
            assert method["treedepth__"][d, c] == d % 4 + 1
            assert method["n_leapfrog__"][d, c] == 2 ** (d % 4 + 1) - 1
            assert method["divergent__"][d, c] == (d == 3)
    assert list(fit.divergences) == [1] * CHAINS
    assert list(fit.step_size) == [0.1, 0.2]
    check_metric(fit, name)


def check_metric(fit, name):
    elements = np.arange(1, DIMENSION**2 + 1) / 7.0
    if name == "unit":
        assert fit.metric_type == "unit_e"
    elif name == "dense":
        assert fit.metric_type == "dense_e"
        assert all(np.array_equal(m, elements.reshape(4, 4)) for m in fit.inv_metric)
    else:
        assert fit.metric_type == "diag_e"
        assert all(np.array_equal(m, elements[:4]) for m in fit.inv_metric)


def check_special(directory):
    fit = cmdstanpy.from_csv(files(directory, "special"))
    theta = fit.stan_variable("theta")[0]
    assert np.isnan(theta[0]) and theta[1] == np.inf and theta[2] == -np.inf


def check_arviz(directory, name):
    import arviz

    data = arviz.from_cmdstan(posterior=files(directory, name))
    for variable, axes in AXES.items():
        got = data.posterior[variable].values
        assert got.shape == (CHAINS, DRAWS) + axes, (name, variable, got.shape)
        for c in range(CHAINS):
            for d in range(DRAWS):
                assert np.array_equal(got[c, d], wanted(variable, c + 1, d)), (name, variable)
    stats = data.sample_stats
    assert stats["diverging"].dtype == bool and stats["diverging"].values.sum() == CHAINS
    assert stats["energy"].values[1, 4] == value(2, 4, 8)
    arviz.summary(data)


def has_arviz():
    try:
        import arviz

        return hasattr(arviz, "from_cmdstan")
    except ImportError:
        return False


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    directory = sys.argv[1]
    for name in NAMES:
        # It takes no files without a warm-up, not even CmdStan's.
        if name != "no_warmup":
            check_cmdstanpy(directory, name)
    check_special(directory)
    print(f"cmdstanpy {cmdstanpy.__version__}: {len(NAMES)} sets of files are read as written")
    if not has_arviz():
        print("no ArviZ with from_cmdstan: not tried")
        return
    import arviz

    for name in NAMES:
        check_arviz(directory, name)
    print(f"ArviZ {arviz.__version__}: {len(NAMES)} sets of files are read as written")


main()

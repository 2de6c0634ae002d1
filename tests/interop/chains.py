"""Do programs in Python find the draws that write_chains wrote? See there how to run it.

Needs numpy, without which it ends with status 77; cmdstanpy, ArviZ and safetensors for their parts.
"""

import importlib
import logging
import os
import sys
import warnings

try:
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

CHAINS, DRAWS, WARMUP = 3, 60, 150
SHAPES = {"mu": (), "tau": (), "x_y": (2, 3, 2)}
STATS = {
    "lp": ("lp__", float),
    "acceptance_rate": ("accept_stat__", float),
    "step_size": ("stepsize__", float),
    "tree_depth": ("treedepth__", np.int64),
    "n_steps": ("n_leapfrog__", np.int64),
    "diverging": ("divergent__", bool),
    "energy": ("energy__", float),
}


def have(package):
    try:
        return importlib.import_module(package)
    except ImportError:
        print(f"no {package}: not tried")
        return None


def log_normal(x, loc, scale):
    return -0.5 * ((x - loc) / scale) ** 2 - np.log(scale) - 0.5 * np.log(2 * np.pi)


def log_density(draws):
    """lp__ of each draw, from its values alone."""
    a, b, e = np.indices((2, 3, 2))
    mu, tau = draws["mu"], draws["tau"]
    loc = mu[..., None, None, None] + 10 * a + 100 * b + 1000 * e
    x = log_normal(draws["x_y"], loc, tau[..., None, None, None]).sum(axis=(-3, -2, -1))
    return log_normal(mu, 1, 0.5) + np.log(2) + log_normal(tau, 0, 2) + np.log(tau) + x


def load(directory, name, group, wanted):
    folder = os.path.join(directory, name, group)
    arrays = {file[:-4]: np.load(os.path.join(folder, file)) for file in os.listdir(folder)}
    assert set(arrays) == set(wanted), (name, group, sorted(arrays))
    return arrays


def check_npy(directory, name):
    draws = load(directory, name, "posterior", SHAPES)
    stats = load(directory, name, "sample_stats", STATS)
    for site, shape in SHAPES.items():
        assert draws[site].shape == (CHAINS, DRAWS) + shape and draws[site].dtype == np.float64
    for stat, (_, kind) in STATS.items():
        assert stats[stat].shape == (CHAINS, DRAWS) and stats[stat].dtype == kind, (name, stat)
    assert np.allclose(stats["lp"], log_density(draws), rtol=0, atol=1e-9), name
    if name == "dense":
        warmup = load(directory, name, "warmup_posterior", SHAPES)
        lp = load(directory, name, "warmup_sample_stats", STATS)["lp"]
        assert lp.shape == (CHAINS, WARMUP)
        assert np.allclose(lp, log_density(warmup), rtol=1e-12, atol=1e-9), name
    return draws, stats


def check_csv(cmdstanpy, directory, name, draws, stats):
    files = [os.path.join(directory, f"{name}_{chain}.csv") for chain in range(1, CHAINS + 1)]
    fit = cmdstanpy.from_csv(files)
    assert fit.chains == CHAINS and fit.num_draws_sampling == DRAWS
    for site, shape in SHAPES.items():
        got = fit.stan_variable(site).reshape((CHAINS, DRAWS) + shape)
        assert np.array_equal(got, draws[site]), (name, site)
    for stat, (column, _) in STATS.items():
        got = fit.method_variables()[column][-DRAWS:].T
        assert np.array_equal(got, stats[stat]), (name, stat)
    assert np.array_equal(fit.step_size, stats["step_size"][:, 0])
    assert fit.metric_type == {"diagonal": "diag_e", "dense": "dense_e", "unit": "unit_e"}[name]
    return files


def check_arviz(arviz, name, files, draws, stats):
    data = arviz.from_dict(posterior=draws, sample_stats=stats)
    summary = arviz.summary(data, round_to="none")
    assert summary.shape[0] == 14 and abs(summary.loc["mu", "mean"] - draws["mu"].mean()) < 1e-12
    if hasattr(arviz, "from_cmdstan"):
        read = arviz.from_cmdstan(posterior=files)
        for site in SHAPES:
            assert np.array_equal(read.posterior[site].values, draws[site]), (name, site)
        assert np.array_equal(read.sample_stats["diverging"].values, stats["diverging"])
        assert np.array_equal(arviz.bfmi(read), arviz.bfmi(data))


def check_safetensors(safetensors, directory, name, draws, stats):
    """Coordinates of draws, and that the checksums are FNV-1a of what is there."""
    import struct

    path = os.path.join(directory, name + ".safetensors")
    with safetensors.safe_open(path, framework="numpy") as file:
        texts = file.metadata()
        tensors = {key: file.get_tensor(key) for key in file.keys()}

    def fnv1a(data):
        state = 0xCBF29CE484222325
        for byte in data:
            state = (state ^ byte) * 0x100000001B3 % 2**64
        return state

    for key, tensor in tensors.items():
        sizes = struct.pack(f"<{tensor.ndim}Q", *tensor.shape)
        sum_of = fnv1a(key.encode() + b"\0" + sizes + tensor.astype("<f8").tobytes())
        assert texts["fnv1a:" + key] == f"{sum_of:016x}", (name, key)
    sums = [
        fnv1a(key.encode() + b"\0" + value.encode() + b"\0")
        for key, value in texts.items()
        if not key.startswith("fnv1a")
    ]
    assert texts["fnv1a"] == f"{sum(sums) % 2**64:016x}"
    assert texts["chains"] == "3" and texts["metric"] == name and texts["seed"] == "11"
    assert texts["site 2"] == "x.y, plate a of 2, plate b of 3, event [2]"
    for chain in range(CHAINS):
        q = tensors[f"draws.{chain}"][-DRAWS:]
        assert np.array_equal(q[:, 0], draws["mu"][chain])
        assert np.allclose(np.exp(q[:, 1]), draws["tau"][chain], rtol=1e-14)
        assert np.array_equal(tensors[f"statistics.{chain}"][-DRAWS:, 0], stats["lp"][chain])


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    directory = sys.argv[1]
    cmdstanpy, arviz, safetensors = map(have, ("cmdstanpy", "arviz", "safetensors"))
    for name in ("diagonal", "dense", "unit"):
        draws, stats = check_npy(directory, name)
        if cmdstanpy:
            files = check_csv(cmdstanpy, directory, name, draws, stats)
        if cmdstanpy and arviz:
            check_arviz(arviz, name, files, draws, stats)
        if safetensors:
            check_safetensors(safetensors, directory, name, draws, stats)
    for package in (np, cmdstanpy, arviz, safetensors):
        if package:
            print(f"{package.__name__} {package.__version__}: chains are read as drawn")


main()

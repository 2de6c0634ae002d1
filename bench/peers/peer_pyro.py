"""Pyro: SVI steps, with the checks that are on by default (the tutorial's settings) and without."""

import platform
import time

import numpy as np
import pyro
import pyro.distributions as dist
import torch
from pyro import poutine
from pyro.infer import MCMC, NUTS, SVI, JitTraceEnum_ELBO, TraceEnum_ELBO, config_enumerate
from pyro.infer.autoguide import AutoDelta
from pyro.ops import integrator
from torch.distributions import constraints

import common

torch.set_num_threads(1)


def validate(on):
    pyro.enable_validation(on)
    torch.distributions.Distribution.set_default_validate_args(on)


def no_guide(*args):
    pass


def single(x):
    return torch.tensor(x, dtype=torch.float)


@config_enumerate
def five_points_model(data):
    weights = pyro.sample("weights", dist.Dirichlet(0.5 * torch.ones(2)))
    scale = pyro.sample("scale", dist.LogNormal(0.0, 2.0))
    with pyro.plate("components", 2):
        locs = pyro.sample("locs", dist.Normal(0.0, 10.0))
    with pyro.plate("data", len(data)):
        z = pyro.sample("assignment", dist.Categorical(weights))
        pyro.sample("obs", dist.Normal(locs[z], scale), obs=data)


def w1():
    data = single(common.five_points())
    model = five_points_model

    def start(site):
        values = {
            "weights": torch.ones(2) / 2,
            "scale": torch.tensor(4.1),
            "locs": torch.tensor([1.0, 10.0]),
        }
        return values[site["name"]]

    def fit(name, elbo):
        pyro.clear_param_store()
        guide = AutoDelta(
            poutine.block(model, expose=["weights", "locs", "scale"]), init_loc_fn=start
        )
        adam = pyro.optim.Adam({"lr": 0.1, "betas": [0.8, 0.99]})
        svi = SVI(model, guide, adam, loss=elbo)
        common.print_row("W1", name, common.median_ns(lambda: svi.step(data)))

    validate(True)
    fit("pyro", TraceEnum_ELBO(max_plate_nesting=1))
    validate(False)
    fit("pyro_unchecked", TraceEnum_ELBO(max_plate_nesting=1))
    fit("pyro_jit", JitTraceEnum_ELBO(max_plate_nesting=1, ignore_jit_warnings=True))


def w2():
    data = single(common.plane())

    @config_enumerate
    def model(data):
        weights = pyro.param("weights", torch.ones(3) / 3, constraint=constraints.simplex)
        means = pyro.param("means", lambda: torch.randn(3, 2))
        chol = pyro.param("chol_factor", torch.eye(2).repeat(3, 1, 1))
        scale = pyro.param("scale_diag", torch.ones(3, 2), constraint=constraints.positive)
        tril = chol @ torch.diag_embed(scale)
        with pyro.plate("data", len(data)):
            z = pyro.sample("assignment", dist.Categorical(weights))
            pyro.sample("obs", dist.MultivariateNormal(means[z], scale_tril=tril[z]), obs=data)

    for name, on in (("pyro", True), ("pyro_unchecked", False)):
        validate(on)
        pyro.clear_param_store()
        pyro.set_rng_seed(1)
        adam = pyro.optim.Adam({"lr": 0.001})
        svi = SVI(model, no_guide, adam, loss=TraceEnum_ELBO(max_plate_nesting=1))
        common.print_row("W2", name, common.median_ns(lambda: svi.step(data)))


def w3():
    data = single(common.batches())

    @config_enumerate
    def model():
        logits = pyro.sample("logits", dist.Normal(0.0, 1.0).expand([3]).to_event(1))
        mu = pyro.sample("mu", dist.Normal(0.0, 1.0).expand([3, 2]).to_event(2))
        sigma = pyro.sample("sigma", dist.LogNormal(0.0, 1.0).expand([3, 2]).to_event(2))
        with pyro.plate("data", len(data), subsample_size=1024) as index:
            z = pyro.sample("assignment", dist.Categorical(logits=logits))
            pyro.sample("obs", dist.Normal(mu[z], sigma[z]).to_event(1), obs=data[index])

    def independent(name, family, shape):
        loc = pyro.param(name + "_loc", torch.zeros(shape))
        scale = pyro.param(
            name + "_scale", 0.05 * torch.ones(shape), constraint=constraints.positive
        )
        pyro.sample(name, family(loc, scale).to_event(len(shape)))

    def guide():
        independent("logits", dist.Normal, [3])
        independent("mu", dist.Normal, [3, 2])
        independent("sigma", dist.LogNormal, [3, 2])

    for name, on in (("pyro", True), ("pyro_unchecked", False)):
        validate(on)
        pyro.clear_param_store()
        svi = SVI(
            model, guide, pyro.optim.Adam({"lr": 0.03}), loss=TraceEnum_ELBO(max_plate_nesting=1)
        )
        common.print_row("W3", name, common.median_ns(svi.step))


def w4(full):
    data = single(common.clusters())
    start = single(common.spread(data.numpy()))

    @config_enumerate
    def model():
        weights = pyro.param("weights", torch.ones(16) / 16, constraint=constraints.simplex)
        locs = pyro.param("locs", start)
        if full:
            scales = pyro.param(
                "scales", torch.eye(8).repeat(16, 1, 1), constraint=constraints.lower_cholesky
            )
        else:
            scales = pyro.param("scales", torch.ones(16, 8), constraint=constraints.positive)
        with pyro.plate("data", len(data)):
            z = pyro.sample("assignment", dist.Categorical(weights))
            if full:
                points = dist.MultivariateNormal(locs[z], scale_tril=scales[z])
            else:
                points = dist.Normal(locs[z], scales[z]).to_event(1)
            pyro.sample("obs", points, obs=data)

    validate(False)
    svi = SVI(
        model, no_guide, pyro.optim.Adam({"lr": 0.001}), loss=TraceEnum_ELBO(max_plate_nesting=1)
    )
    ns = common.median_ns(svi.step)
    common.print_row("W4_full" if full else "W4_diagonal", "pyro_unchecked", ns)


def time_nuts(workload, model, *args, warmup=50, draws=100):
    """A leapfrog with all that the sampler does for it: the time of the draws over their number."""
    count, begin = 0, None
    gradient = integrator.potential_grad

    def counted(*arguments):
        nonlocal count
        count += 1
        return gradient(*arguments)

    def hook(kernel, values, stage, i):
        nonlocal begin
        if begin is None and i == warmup - 1:
            begin = time.process_time(), count

    integrator.potential_grad = counted
    for jit in False, True:
        begin = None
        pyro.set_rng_seed(2)
        kernel = NUTS(model, jit_compile=jit, ignore_jit_warnings=True)
        MCMC(kernel, draws, warmup, disable_progbar=True, hook_fn=hook).run(*args)
        ns = 1e9 * (time.process_time() - begin[0]) / (count - begin[1])
        common.print_row(workload, "pyro_nuts_jit" if jit else "pyro_nuts", ns)
    integrator.potential_grad = gradient


def w5_schools():
    effects = single([28, 8, -3, 7, -1, 1, 18, 12])
    errors = single([15, 10, 16, 11, 9, 11, 10, 18])

    def model():
        mu = pyro.sample("mu", dist.Normal(0.0, 5.0))
        tau = pyro.sample("tau", dist.HalfCauchy(5.0))
        with pyro.plate("schools", 8):
            z = pyro.sample("z", dist.Normal(0.0, 1.0))
            pyro.sample("y", dist.Normal(mu + tau * z, errors), obs=effects)

    time_nuts("W5_schools", model)


def w5_points():
    time_nuts("W5_points", five_points_model, single(common.five_points()))


common.run(
    {
        "W1": w1,
        "W2": w2,
        "W3": w3,
        "W4_diagonal": lambda: w4(False),
        "W4_full": lambda: w4(True),
        "W5_schools": w5_schools,
        "W5_points": w5_points,
    },
    [
        f"Pyro {pyro.__version__}",
        f"PyTorch {torch.__version__}",
        f"Python {platform.python_version()}",
        f"NumPy {np.__version__}",
        "float32, 1 thread",
    ],
)

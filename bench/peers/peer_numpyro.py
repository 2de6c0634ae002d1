"""NumPyro: compiled SVI steps; the discrete variable is summed out by MixtureSameFamily."""

import platform

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax import random
from numpyro.distributions import constraints
from numpyro.infer import SVI, Trace_ELBO
from numpyro.infer.autoguide import AutoDelta

import common

jax.config.update("jax_enable_x64", True)


def no_guide(*args):
    pass


def time_steps(workload, model, guide, step_size, *args):
    svi = SVI(model, guide, numpyro.optim.Adam(step_size), Trace_ELBO())
    state = svi.init(random.PRNGKey(0), *args)
    update = jax.jit(lambda state: svi.update(state, *args))

    def step():
        nonlocal state
        state, loss = update(state)
        loss.block_until_ready()

    common.print_row(workload, "numpyro", common.median_ns(step))


def w1():
    data = jnp.array(common.five_points())

    def model():
        weights = numpyro.sample("weights", dist.Dirichlet(0.5 * jnp.ones(2)))
        scale = numpyro.sample("scale", dist.LogNormal(0.0, 2.0))
        with numpyro.plate("components", 2):
            locs = numpyro.sample("locs", dist.Normal(0.0, 10.0))
        with numpyro.plate("data", 5):
            parts = dist.Normal(locs, scale)
            numpyro.sample(
                "obs", dist.MixtureSameFamily(dist.Categorical(weights), parts), obs=data
            )

    time_steps("W1", model, AutoDelta(model), 0.1)


def w2():
    data = jnp.array(common.plane())

    def model():
        weights = numpyro.param("weights", jnp.ones(3) / 3, constraint=constraints.simplex)
        means = numpyro.param("means", data[:3])
        chol = numpyro.param("chol_factor", jnp.tile(jnp.eye(2), (3, 1, 1)))
        scale = numpyro.param("scale_diag", jnp.ones((3, 2)), constraint=constraints.positive)
        with numpyro.plate("data", len(data)):
            parts = dist.MultivariateNormal(means, scale_tril=chol * scale[:, None, :])
            numpyro.sample(
                "obs", dist.MixtureSameFamily(dist.Categorical(weights), parts), obs=data
            )

    time_steps("W2", model, no_guide, 0.001)


def w3():
    data = jnp.array(common.batches())

    def model():
        logits = numpyro.sample("logits", dist.Normal(0.0, 1.0).expand([3]).to_event(1))
        mu = numpyro.sample("mu", dist.Normal(0.0, 1.0).expand([3, 2]).to_event(2))
        sigma = numpyro.sample("sigma", dist.LogNormal(0.0, 1.0).expand([3, 2]).to_event(2))
        with numpyro.plate("data", len(data), subsample_size=1024):
            batch = numpyro.subsample(data, event_dim=1)
            parts = dist.Normal(mu, sigma).to_event(1)
            mixture = dist.MixtureSameFamily(dist.Categorical(logits=logits), parts)
            numpyro.sample("obs", mixture, obs=batch)

    def independent(name, family, shape):
        loc = numpyro.param(name + "_loc", jnp.zeros(shape))
        scale = numpyro.param(
            name + "_scale", 0.05 * jnp.ones(shape), constraint=constraints.positive
        )
        numpyro.sample(name, family(loc, scale).to_event(len(shape)))

    def guide():
        independent("logits", dist.Normal, [3])
        independent("mu", dist.Normal, [3, 2])
        independent("sigma", dist.LogNormal, [3, 2])

    time_steps("W3", model, guide, 0.03)


def w4(full):
    x = common.clusters()
    start = common.spread(x)
    data = jnp.array(x)
    del x

    def model(data):
        weights = numpyro.param("weights", jnp.ones(16) / 16, constraint=constraints.simplex)
        locs = numpyro.param("locs", start)
        if full:
            tril = numpyro.param(
                "scales", jnp.tile(jnp.eye(8), (16, 1, 1)), constraint=constraints.lower_cholesky
            )
            parts = dist.MultivariateNormal(locs, scale_tril=tril)
        else:
            scales = numpyro.param("scales", jnp.ones((16, 8)), constraint=constraints.positive)
            parts = dist.Normal(locs, scales).to_event(1)
        with numpyro.plate("data", len(data)):
            numpyro.sample(
                "obs", dist.MixtureSameFamily(dist.Categorical(weights), parts), obs=data
            )

    time_steps("W4_full" if full else "W4_diagonal", model, no_guide, 0.001, data)


common.run(
    {"W1": w1, "W2": w2, "W3": w3, "W4_diagonal": lambda: w4(False), "W4_full": lambda: w4(True)},
    [
        f"NumPyro {numpyro.__version__}",
        f"JAX {jax.__version__}",
        f"NumPy {np.__version__}",
        f"Python {platform.python_version()}",
        "float64",
    ],
)

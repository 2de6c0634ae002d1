"""PyTorch by hand: no models, only tensors; W4 as matrix products, the fastest form found."""

import math
import platform

import numpy as np
import torch

import common

torch.set_num_threads(1)
torch.set_default_dtype(torch.double)


def leaf(x):
    return torch.as_tensor(x, dtype=torch.double).clone().requires_grad_()


def gradient(loss, parameters):
    def step():
        for p in parameters:
            p.grad = None
        loss().backward()

    return step


def w1():
    data = torch.tensor(common.five_points())
    logits, log_scale, locs = leaf([0.0, 0.0]), leaf(1.4), leaf([1.0, 10.0])
    adam = torch.optim.Adam([logits, log_scale, locs], lr=0.1, betas=(0.8, 0.99))

    def loss():
        log_weights = torch.log_softmax(logits, 0)
        z = (data[:, None] - locs) * torch.exp(-log_scale)
        points = torch.logsumexp(log_weights - 0.5 * z * z - log_scale, 1).sum()
        prior = (
            -0.5 * log_weights.sum()
            - log_scale
            - 0.125 * log_scale**2
            - 0.005 * (locs * locs).sum()
        )
        return -points - prior

    grad = gradient(loss, [logits, log_scale, locs])

    def step():
        grad()
        adam.step()

    common.print_row("W1_gradient", "torch", common.median_ns(grad))
    common.print_row("W1", "torch", common.median_ns(step))


def w2():
    data = torch.tensor(common.plane())
    logits, log_scale = leaf(torch.zeros(3)), leaf(torch.zeros(3, 2))
    means, chol = leaf(data[[0, 1, 2]]), leaf(torch.eye(2).repeat(3, 1, 1))

    def loss():
        tril = (chol * torch.exp(log_scale)[:, None, :]).tril()
        z = torch.linalg.solve_triangular(
            tril, (data - means[:, None]).transpose(1, 2), upper=False
        )
        log_det = torch.diagonal(tril, dim1=1, dim2=2).log().sum(1)
        log_density = -0.5 * (z * z).sum(1) - log_det[:, None]
        return -torch.logsumexp(torch.log_softmax(logits, 0)[:, None] + log_density, 0).sum()

    step = gradient(loss, [logits, log_scale, means, chol])
    common.print_row("W2", "torch", common.median_ns(step))


def w4_diagonal():
    data = torch.tensor(common.clusters())
    logits, log_scale = leaf(torch.zeros(16)), leaf(torch.zeros(16, 8))
    locs = leaf(common.spread(data.numpy()))
    squares = data * data

    def loss():
        precision = torch.exp(-2.0 * log_scale)
        constant = torch.log_softmax(logits, 0) - log_scale.sum(1) - 4.0 * math.log(2.0 * math.pi)
        constant = constant - 0.5 * (locs * locs * precision).sum(1)
        density = squares @ (-0.5 * precision).t() + data @ (locs * precision).t() + constant
        return -torch.logsumexp(density, 1).sum()

    common.print_row(
        "W4_diagonal", "torch", common.median_ns(gradient(loss, [logits, log_scale, locs]))
    )


def w4_full():
    data = torch.tensor(common.clusters())
    logits, tril = leaf(torch.zeros(16)), leaf(torch.eye(8).repeat(16, 1, 1))
    locs = leaf(common.spread(data.numpy()))

    def loss():
        lower = tril.tril()
        inverse = torch.linalg.solve_triangular(lower, torch.eye(8).expand(16, 8, 8), upper=False)
        log_det = torch.diagonal(lower, dim1=1, dim2=2).log().sum(1)
        constant = torch.log_softmax(logits, 0) - log_det - 4.0 * math.log(2.0 * math.pi)
        z = data @ inverse.reshape(128, 8).t() - (inverse @ locs[..., None]).reshape(128)
        density = -0.5 * (z * z).view(-1, 16, 8).sum(-1) + constant
        return -torch.logsumexp(density, 1).sum()

    common.print_row("W4_full", "torch", common.median_ns(gradient(loss, [logits, tril, locs])))


common.run(
    {"W1": w1, "W2": w2, "W4_diagonal": w4_diagonal, "W4_full": w4_full},
    [
        f"PyTorch {torch.__version__}",
        f"Python {platform.python_version()}",
        f"NumPy {np.__version__}",
        "float64, 1 thread",
    ],
)

#!/usr/bin/env python3
"""Ten steps of each optimiser of PyTorch and Pyro, in double precision: prints tests/data/optimisers.h.

The gradients are those of gradient() below; positions after the steps 1, 2 and 10 are printed.
Made with torch 2.15.0 and pyro-ppl 1.9.2.
"""
import torch
from pyro.optim.clipped_adam import ClippedAdam

START = [0.3, -0.2, 0.7]
SHOWN = (1, 2, 10)


def gradient(t, i):
    return ((7 * t + 5 * i) % 11 - 5) * (0.25, 1.0, 8.0)[i]


CASES = [
    ("wick_sgd(.lr = 0.1)", torch.optim.SGD, dict(lr=0.1)),
    ("wick_sgd(.lr = 0.1, .momentum = 0.9)", torch.optim.SGD, dict(lr=0.1, momentum=0.9)),
    ("wick_sgd(.lr = 0.1, .momentum = 0.8, .dampening = 0.3)", torch.optim.SGD,
     dict(lr=0.1, momentum=0.8, dampening=0.3)),
    ("wick_sgd(.lr = 0.1, .momentum = 0.7, .nesterov = true)", torch.optim.SGD,
     dict(lr=0.1, momentum=0.7, nesterov=True)),
    ("wick_adam(.lr = 0.1)", torch.optim.Adam, dict(lr=0.1)),
    ("wick_adam(.lr = 0.2, .beta1 = 0.8, .beta2 = 0.95, .eps = 0.25)", torch.optim.Adam,
     dict(lr=0.2, betas=(0.8, 0.95), eps=0.25)),
    ("wick_adamw(.lr = 0.1)", torch.optim.AdamW, dict(lr=0.1)),
    ("wick_adamw(.lr = 0.2, .beta1 = 0.8, .beta2 = 0.95, .weight_decay = 0.3)", torch.optim.AdamW,
     dict(lr=0.2, betas=(0.8, 0.95), weight_decay=0.3)),
    ("wick_clipped_adam(.lr = 0.1)", ClippedAdam, dict(lr=0.1)),
    ("wick_clipped_adam(.lr = 0.2, .eps = 0.25, .weight_decay = 0.3, .clip_norm = 1.5, .lrd = 0.9)",
     ClippedAdam, dict(lr=0.2, eps=0.25, weight_decay=0.3, clip_norm=1.5, lrd=0.9)),
    ("wick_rmsprop(.lr = 0.1)", torch.optim.RMSprop, dict(lr=0.1)),
    ("wick_rmsprop(.lr = 0.1, .alpha = 0.9, .eps = 0.25, .momentum = 0.8)", torch.optim.RMSprop,
     dict(lr=0.1, alpha=0.9, eps=0.25, momentum=0.8)),
    ("wick_rmsprop(.lr = 0.1, .alpha = 0.8, .momentum = 0.5, .centered = true)",
     torch.optim.RMSprop, dict(lr=0.1, alpha=0.8, momentum=0.5, centered=True)),
    ("wick_adagrad(.lr = 0.1)", torch.optim.Adagrad, dict(lr=0.1)),
    ("wick_adagrad(.lr = 0.3, .lr_decay = 0.2, .accumulator = 0.5, .eps = 0.25)",
     torch.optim.Adagrad, dict(lr=0.3, lr_decay=0.2, initial_accumulator_value=0.5, eps=0.25)),
]

print("/* Positions by PyTorch 2.15.0 and Pyro 1.9.2 in double precision, after 1, 2 and 10 steps from")
print(" * 0.3, -0.2, 0.7: made by tests/oracle/optimisers.py. */")
for name, make, options in CASES:
    x = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimiser = make([x], **options)
    print("{ %s, {" % name)
    for t in range(1, SHOWN[-1] + 1):
        x.grad = torch.tensor([gradient(t, i) for i in range(3)], dtype=torch.float64)
        optimiser.step()
        if t in SHOWN:
            print("    { %s }," % ", ".join("%.17g" % v for v in x.detach()))
    print("} },")

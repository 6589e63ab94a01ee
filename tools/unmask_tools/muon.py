"""Muon: momentum whose matrix updates are made orthogonal; AdamW for everything that is not a matrix."""
import torch

from . import run


def orthogonal(stack, rounds=5):
    """Newton-Schulz towards the nearest (semi-)orthogonal matrix, for a stack (n, rows <= columns)."""
    x = stack.bfloat16() if run.bfloat16_pays(stack.device.type) else stack
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(rounds):
        a = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
    return x.float()


class Muon(torch.optim.Optimizer):
    """For 2-D weights. Updates are scaled to the size of AdamW's, so both share a learning rate.
    `split` of a weight = how many equal row blocks (query, key, value) are separate matrices."""

    def __init__(self, weights, lr, momentum=0.95, weight_decay=0.01, split=lambda weight: 1):
        super().__init__(weights, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self.split = split

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weight)
                average = state["momentum"]
                average.lerp_(weight.grad, 1 - group["momentum"])
                update = weight.grad.lerp(average, group["momentum"])
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                for part, target in zip(update.chunk(self.split(weight)), weight.chunk(self.split(weight))):
                    tall = part.shape[0] > part.shape[1]
                    part = part.t() if tall else part
                    shapes.setdefault(part.shape, []).append((part, target, tall))
            for shape, entries in shapes.items():
                made = orthogonal(torch.stack([part for part, _, _ in entries]))
                for update, (_, target, tall) in zip(made, entries):
                    target.add_(update.t() if tall else update, alpha=-group["lr"] * 0.2 * max(shape) ** 0.5)

"""Muon (Jordan et al., 2024) for the weights with two or more dimensions, AdamW for the rest.

Also the two habits that every training here shares: a learning rate that follows the wall clock, so that
it lands at the deadline whatever else the machine does, and a state file that a killed run goes on from.
"""

import math
import os
import time
from collections import defaultdict

import torch

NEWTON_SCHULZ = ((4.0848, -6.8946, 2.9270), (3.9505, -6.3029, 2.6377), (3.7418, -5.5913, 2.3037),
                 (2.8769, -3.1427, 1.2046), (2.8366, -3.0525, 1.2012))


def orthogonal(stack):
    """The nearest semi-orthogonal matrix to each of [K, rows, columns], rows <= columns, roughly.

    Newton-Schulz on the Gram matrix: the polynomials commute, so only [rows, rows] products are
    iterated, and the wide matrix is touched twice.
    """
    stack = stack / (stack.flatten(1).norm(dim=1)[:, None, None] * 1.01 + 1e-7)
    gram = torch.bmm(stack, stack.transpose(1, 2))
    total = None
    eye = torch.eye(gram.shape[1])
    for a, b, c in NEWTON_SCHULZ:
        step = torch.baddbmm(b * gram, gram, gram, alpha=c) + a * eye
        total = step if total is None else torch.bmm(total, step)
        gram = torch.bmm(torch.bmm(step, gram), step)
    return torch.bmm(total, stack)


class Muon(torch.optim.Optimizer):
    """lr is the size of an update's elements (root mean square) times 5, so AdamW's habits carry over."""

    def __init__(self, params, lr=1e-3, momentum=0.95, weight_decay=0.01):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = defaultdict(list)
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(p)
                moment = state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(moment, group["momentum"])
                matrix = update.reshape(p.shape[0], -1)
                if matrix.shape[0] > matrix.shape[1]:
                    matrix = matrix.T
                shapes[tuple(matrix.shape)].append((p, matrix))
            for (rows, columns), members in shapes.items():
                turned = orthogonal(torch.stack([matrix for _, matrix in members]))
                # An orthogonal update's elements have root mean square 1 / sqrt(columns).
                scale = 0.2 * math.sqrt(columns)
                for (p, _), update in zip(members, turned):
                    if p.shape[0] > p.numel() // p.shape[0]:
                        update = update.T
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    p.add_(update.reshape(p.shape), alpha=-group["lr"] * scale)


def optimisers(named, lr, muon_lr=None, embeddings=("embed",), weight_decay=0.01):
    """AdamW over everything, or with muon_lr Muon over the matrices and AdamW over the rest."""
    named = [(n, p) for n, p in named if p.requires_grad]
    if muon_lr is None:
        return [torch.optim.AdamW([p for _, p in named], lr=lr, betas=(0.9, 0.99), weight_decay=weight_decay)]
    matrices, rest = [], []
    for name, p in named:
        edge = any(word in name for word in embeddings) or "conv_in" in name or "conv_out" in name
        (matrices if p.ndim >= 2 and not edge else rest).append(p)
    return [Muon(matrices, lr=muon_lr, weight_decay=weight_decay),
            torch.optim.AdamW(rest, lr=lr, betas=(0.9, 0.99), weight_decay=0)]


class Clock:
    """How much of the planned wall time is gone, over all the runs that shared a state file."""

    def __init__(self, seconds, spent=0.0):
        self.seconds, self.spent, self.began = seconds, spent, time.time()

    def elapsed(self):
        return self.spent + time.time() - self.began

    def fraction(self):
        return min(1.0, self.elapsed() / self.seconds)


def schedule(optimizers, fraction, step, flat=0.4, warm_up=100):
    """Warm up, stay, then a half cosine to zero over what is left of the time."""
    down = 1.0 if fraction < flat else 0.5 + 0.5 * math.cos(math.pi * (fraction - flat) / (1 - flat))
    factor = min(1.0, (step + 1) / warm_up) * down
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group.setdefault("peak", group["lr"])
            group["lr"] = group["peak"] * factor
    return factor


def save(state, path):
    torch.save(state, f"{path}.part")
    os.replace(f"{path}.part", path)


def in_pair(work, args):
    """Runs work(rank, args) in two processes of one thread each.

    Two threads in one process meet at a barrier in every operator, which is slow on a shared machine.
    Two processes meet once a step.
    """
    import torch.multiprocessing as mp

    if args.processes == 1:
        work(0, args)
    else:
        mp.spawn(_join, args=(work, args), nprocs=args.processes)


def _join(rank, work, args):
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", str(args.port))
    torch.distributed.init_process_group("gloo", rank=rank, world_size=args.processes)
    work(rank, args)
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def average(tensors):
    """The mean over the processes, in place."""
    if not torch.distributed.is_initialized():
        return
    flat = torch.cat([t.reshape(-1).float() for t in tensors])
    torch.distributed.all_reduce(flat)
    flat /= torch.distributed.get_world_size()
    for t, part in zip(tensors, flat.split([t.numel() for t in tensors])):
        t.copy_(part.view_as(t))


def agreed(value):
    """Rank 0's value, in every process."""
    if not torch.distributed.is_initialized():
        return value
    cell = torch.tensor([float(value)], dtype=torch.float64)
    torch.distributed.broadcast(cell, 0)
    return cell.item()

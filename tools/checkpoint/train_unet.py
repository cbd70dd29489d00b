"""The UNet, and the text encoder along with it: v-prediction on the latents of train_vae.py.

Two processes of one thread train as one: they share the weights, gradients and optimiser state in memory,
each updates the half of the weights that it owns, and they meet twice a step. The weights kept are float32,
the ones computed with are bfloat16 copies.
"""

import argparse
import math
import os
import random
import time
from pathlib import Path

import data
import optim
import torch
import torch.multiprocessing as mp
from diffusers import DDIMScheduler, UNet2DConditionModel
from train_text import tokens
from transformers import CLIPTextModel, CLIPTokenizer

SCHEDULER = dict(
    num_train_timesteps=1000, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
    prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=False, steps_offset=1,
    timestep_spacing="leading", rescale_betas_zero_snr=False, thresholding=False)


def new_unet(channels, width):
    return UNet2DConditionModel(
        sample_size=16, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=channels,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=width, attention_head_dim=4, norm_num_groups=8)


class TimestepSampler:
    """Stratified timesteps whose log signal-to-noise ratio is normal: most of a picture is decided in the middle."""

    def __init__(self, alphas, mean, spread):
        log_snr = torch.log(alphas / (1 - alphas)).double()
        density = torch.exp(-0.5 * ((log_snr - mean) / spread) ** 2) * -torch.gradient(log_snr)[0]
        density = 0.9 * density / density.sum() + 0.1 / len(alphas)
        self.cumulative = torch.cumsum(density, 0)

    def __call__(self, count):
        at = (torch.arange(count) + torch.rand(count)) / count
        return torch.searchsorted(self.cumulative, at.double()).clamp_max(len(self.cumulative) - 1)


class SharedWeights:
    """Flat float32 buffers in shared memory, cut into one stretch a process, each stretch matrices first."""

    def __init__(self, modules, processes, text_rate):
        entries = []
        for prefix, module in modules.items():
            for name, p in module.named_parameters():
                edge = "embed" in name or "conv_in" in name or "conv_out" in name
                rate = text_rate if prefix == "text" else 1.0
                entries.append([f"{prefix}.{name}", p.shape, p.numel(), p.ndim >= 2 and not edge, rate])
        load, owner = [0.0] * processes, {}
        for entry in sorted(entries, key=lambda e: -e[2]):
            rank = load.index(min(load))
            load[rank] += entry[2] * (min(entry[1][0], entry[2] // entry[1][0]) if entry[3] else 1)
            owner[entry[0]] = rank
        entries.sort(key=lambda e: (owner[e[0]], not e[3]))
        self.layout, at = [], 0
        for name, shape, count, matrix, rate in entries:
            self.layout.append((name, tuple(shape), at, count, matrix, rate, owner[name]))
            at += count
        self.stretch = [(min(e[2] for e in self.layout if e[6] == r),
                         max(e[2] + e[3] for e in self.layout if e[6] == r)) for r in range(processes)]
        self.rate = torch.ones(at)
        for _, _, start, count, _, rate, _ in self.layout:
            self.rate[start : start + count] = rate
        self.weights, self.average, self.first, self.second = (torch.zeros(at).share_memory_() for _ in range(4))
        self.grads = torch.zeros(processes, at, dtype=torch.bfloat16).share_memory_()
        self.write_from(modules)
        self.average.copy_(self.weights)

    def named(self, modules):
        found = {f"{prefix}.{n}": p for prefix, m in modules.items() for n, p in m.named_parameters()}
        return [(found[name], shape, at, count) for name, shape, at, count, *_ in self.layout]

    def write_from(self, modules):
        for p, _, at, count in self.named(modules):
            self.weights[at : at + count] = p.detach().float().reshape(-1)

    @torch.no_grad()
    def read_into(self, modules, buffer=None):
        buffer = self.weights if buffer is None else buffer
        for p, shape, at, count in self.named(modules):
            p.copy_(buffer[at : at + count].view(shape))

    @torch.no_grad()
    def collect(self, rank, modules):
        for p, _, at, count in self.named(modules):
            if p.grad is not None:
                self.grads[rank, at : at + count] = p.grad.reshape(-1)
                p.grad = None

    @torch.no_grad()
    def update(self, rank, step, lr, matrix_lr, momentum=0.95, decay=0.01, keep=0.999):
        start, end = self.stretch[rank]
        grad = self.grads[:, start:end].float().mean(0)
        matrices = [e for e in self.layout if e[6] == rank and e[4]]
        edge = matrices[-1][2] + matrices[-1][3]
        moment = self.first[start:edge].lerp_(grad[: edge - start], 1 - momentum)
        ahead = grad[: edge - start].lerp(moment, momentum)
        shapes = {}
        for _, shape, at, count, _, rate, _ in matrices:
            matrix = ahead[at - start : at - start + count].view(shape[0], -1)
            tall = matrix.shape[0] > matrix.shape[1]
            matrix = matrix.T if tall else matrix
            shapes.setdefault(tuple(matrix.shape), []).append((matrix, tall, shape, at, count, rate))
        for (_, columns), members in shapes.items():
            turned = optim.orthogonal(torch.stack([m[0] for m in members]))
            for one, (_, tall, shape, at, count, rate) in zip(turned, members):
                one = (one.T if tall else one).reshape(-1)
                # An orthogonal matrix's elements have root mean square 1 / sqrt(columns).
                self.weights[at : at + count].mul_(1 - matrix_lr * rate * decay).add_(
                    one, alpha=-matrix_lr * rate * 0.2 * math.sqrt(columns))
        g, rate = grad[edge - start :], self.rate[edge:end]
        m = self.first[edge:end].lerp_(g, 0.1)
        v = self.second[edge:end].lerp_(g * g, 0.01)
        size = (m / (1 - 0.9 ** (step + 1))) / ((v / (1 - 0.99 ** (step + 1))).sqrt() + 1e-8)
        self.weights[edge:end].sub_(size * rate, alpha=lr)
        self.average[start:end].lerp_(self.weights[start:end], 1 - min(keep, (1 + step) / (10 + step)))


def build(args):
    tokenizer = CLIPTokenizer.from_pretrained(args.tokenizer)
    text = CLIPTextModel.from_pretrained(args.text, attn_implementation="sdpa")
    unet = new_unet(tuple(args.channels), text.config.hidden_size)
    return tokenizer, text, unet


def train(rank, args, shared, barrier, began):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    tokenizer, text, unet = build(args)
    modules = {"unet": unet.to(torch.bfloat16).to(memory_format=torch.channels_last), "text": text.to(torch.bfloat16)}
    shared.read_into(modules)
    text.train()
    unet.train()
    rows = data.records(args.data)
    captions = [row["caption"] for row in rows]
    latents = torch.load(args.latents)
    mean, std, scale = latents["mean"], latents["std"], latents["scale"]
    alphas = DDIMScheduler(**SCHEDULER).alphas_cumprod
    timesteps = TimestepSampler(alphas, args.log_snr, 2.0)
    step = int(shared.step.item())
    torch.manual_seed(7919 * step + rank)
    rng = random.Random(7919 * step + rank)
    hard = [i for i, row in enumerate(rows) if any(thing["class"] in args.twice for thing in row["objects"])]
    orders, queue = data.shuffled(len(rows), 2 * step + rank, hard), []
    run = torch.compile(unet) if args.compile else unet
    math_attention = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)

    def loss_of(batch):
        x = (mean[batch].float() + std[batch].float() * torch.randn(len(batch), 4, 16, 16)) * scale
        t = timesteps(len(batch))
        a = alphas[t].view(-1, 1, 1, 1)
        noise = torch.randn_like(x)
        noisy = a.sqrt() * x + (1 - a).sqrt() * noise
        target = a.sqrt() * noise - (1 - a).sqrt() * x
        said = ["" if rng.random() < 0.1 else data.decorate(captions[i], rng, 0.25) for i in batch]
        hidden = text(tokens(tokenizer, said)).last_hidden_state
        out = run(noisy.to(torch.bfloat16).contiguous(memory_format=torch.channels_last), t, hidden, return_dict=False)[0]
        return torch.nn.functional.mse_loss(out.float(), target)

    def next_batch():
        nonlocal queue
        if len(queue) < args.batch:
            queue = next(orders)
        batch, queue = queue[: args.batch], queue[args.batch :]
        return batch

    with math_attention:
        # One process compiles, the other then finds the result in the cache.
        for turn in range(args.processes):
            if turn == rank and args.compile:
                loss_of(next_batch()).backward()
                unet.zero_grad(set_to_none=True)
                text.zero_grad(set_to_none=True)
            barrier.wait()
        if rank == 0:
            print(f"ready after {time.time() - began:.0f}s", flush=True)
        saved = said = time.time()
        running, first = 0.0, step
        while True:
            if rank == 0:
                shared.fraction[0] = min(1.0, (time.time() - began) / args.seconds)
            loss = loss_of(next_batch())
            loss.backward()
            shared.collect(rank, modules)
            barrier.wait()
            fraction = shared.fraction.item()
            if fraction >= 1:
                break
            down = 1.0 if fraction < args.flat else 0.5 + 0.5 * math.cos(math.pi * (fraction - args.flat) / (1 - args.flat))
            factor = down * min(1.0, (step + 1) / 100, (step - first + 1) / 10)
            shared.update(rank, step, args.lr * factor, args.matrix_lr * factor)
            barrier.wait()
            shared.read_into(modules)
            step += 1
            if rank == 0:
                shared.step[0] = step
                running += loss.item()
                if step % 50 == 0:
                    print(f"{step} {time.time() - began:.0f}s loss {running / 50:.4f} rate {factor:.3f} "
                          f"{(time.time() - said) / 50:.3f}s a step load {os.getloadavg()[0]:.1f}", flush=True)
                    running, said = 0.0, time.time()
                if time.time() - saved > args.every:
                    saved = time.time()
                    write_state(shared, began, args)
    if rank == 0:
        write_state(shared, began, args)


def write_state(shared, began, args):
    optim.save({"layout": shared.layout, "weights": shared.weights, "average": shared.average, "first": shared.first,
                "second": shared.second, "step": int(shared.step.item()), "spent": time.time() - began,
                "channels": tuple(args.channels)}, Path(args.out) / "unet_state.pt")


def load_average(state_file, text_folder):
    """The averaged weights of a state file as (text encoder, UNet), float32."""
    state = torch.load(state_file)
    text = CLIPTextModel.from_pretrained(text_folder)
    unet = new_unet(state["channels"], text.config.hidden_size)
    found = {f"{prefix}.{n}": p for prefix, m in (("unet", unet), ("text", text)) for n, p in m.named_parameters()}
    with torch.no_grad():
        for name, shape, at, count, *_ in state["layout"]:
            found[name].copy_(state["average"][at : at + count].view(shape))
    return text.eval(), unet.eval(), state["step"]


def main():
    cli = argparse.ArgumentParser()
    cli.add_argument("--data", required=True)
    cli.add_argument("--tokenizer", required=True)
    cli.add_argument("--text", required=True)
    cli.add_argument("--latents", required=True)
    cli.add_argument("--out", required=True)
    cli.add_argument("--seconds", type=float, required=True, help="of training, over all the runs that shared a state")
    cli.add_argument("--channels", type=int, nargs="+", default=[64, 112, 128])
    cli.add_argument("--batch", type=int, default=32, help="in each process")
    cli.add_argument("--lr", type=float, default=1e-3)
    cli.add_argument("--matrix-lr", type=float, default=3e-3)
    cli.add_argument("--text-rate", type=float, default=0.3)
    cli.add_argument("--log-snr", type=float, default=-0.6)
    cli.add_argument("--flat", type=float, default=0.4)
    cli.add_argument("--twice", nargs="*", default=[], help="classes that are hard to learn: their pictures come twice")
    cli.add_argument("--every", type=float, default=200)
    cli.add_argument("--processes", type=int, default=2)
    cli.add_argument("--compile", action="store_true")
    cli.add_argument("--resume", action="store_true")
    args = cli.parse_args()
    began, torch_state = time.time(), Path(args.out) / "unet_state.pt"
    torch.manual_seed(0)
    _, text, unet = build(args)
    shared = SharedWeights({"unet": unet, "text": text}, args.processes, args.text_rate)
    shared.step, shared.fraction = torch.zeros(1, dtype=torch.int64).share_memory_(), torch.zeros(1).share_memory_()
    print("parameters:", sum(p.numel() for p in unet.parameters()), "UNet,", sum(p.numel() for p in text.parameters()), "text")
    if args.resume and torch_state.exists():
        state = torch.load(torch_state)
        assert state["layout"] == shared.layout, "the state file is of another network"
        for name in ("weights", "average", "first", "second"):
            getattr(shared, name).copy_(state[name])
        shared.step[0], began = state["step"], time.time() - state["spent"]
    context = mp.get_context("spawn")
    mp.spawn(train, args=(args, shared, context.Barrier(args.processes), began), nprocs=args.processes)


if __name__ == "__main__":
    main()

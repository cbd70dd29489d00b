"""The AutoencoderKL: 64x64 pictures to 16x16x4 latents and back. Ends by writing all latents.

Two channels groups in GroupNorm at least 8 channels wide: narrower groups wipe out flat colours.
"""

import argparse
import time
from pathlib import Path

import data
import numpy as np
import optim
import torch
from diffusers import AutoencoderKL
from torch.nn import functional as F


def new_vae(channels):
    levels = len(channels)
    return AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=4, sample_size=64, layers_per_block=1,
        block_out_channels=channels, norm_num_groups=2, mid_block_add_attention=False,
        down_block_types=("DownEncoderBlock2D",) * levels, up_block_types=("UpDecoderBlock2D",) * levels,
        scaling_factor=1.0, force_upcast=False)


def edges(x):
    return x[..., 1:, :] - x[..., :-1, :], x[..., 1:] - x[..., :-1]


def losses(out, x, mean, logvar, kl_weight):
    l1, mse = F.l1_loss(out, x), F.mse_loss(out, x)
    edge = sum(F.l1_loss(a, b) for a, b in zip(edges(out), edges(x)))
    kl = 0.5 * (mean**2 + logvar.exp() - 1 - logvar).sum((1, 2, 3)).mean()
    return l1 + 2 * mse + 0.3 * edge + kl_weight * kl, l1, mse


def encode_all(vae, pixels, batch=100):
    """Means and standard deviations of all latents, [N, 4, 16, 16] in half precision."""
    mean = torch.empty(len(pixels), 4, 16, 16, dtype=torch.float16)
    std = torch.empty_like(mean)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for at in range(0, len(pixels), batch):
            x = data.to_tensor(pixels[at : at + batch]).contiguous(memory_format=torch.channels_last)
            latent = vae.encode(x).latent_dist
            mean[at : at + batch], std[at : at + batch] = latent.mean, latent.std
    return mean, std


def train(rank, args):
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    out = Path(args.out)
    rows = data.records(args.data)
    pixels = data.images(args.data, rows, out / "pixels.npy")
    vae = new_vae(tuple(args.channels)).to(memory_format=torch.channels_last)
    params = list(vae.parameters())
    opts = optim.optimisers(vae.named_parameters(), args.lr, args.muon)
    step, spent, state_file = 0, 0.0, out / "vae_state.pt"
    if args.resume and state_file.exists():
        state = torch.load(state_file)
        vae.load_state_dict(state["vae"])
        for o, s in zip(opts, state["opts"]):
            o.load_state_dict(s)
        step, spent = state["step"], state["spent"]
    torch.manual_seed(1000 * step + rank)
    clock, saved = optim.Clock(args.seconds, spent), time.time()
    order, queue, said = data.shuffled(len(rows), 2 * step + rank), [], time.time()
    while True:
        fraction = optim.agreed(clock.fraction())
        if fraction >= 1:
            break
        if len(queue) < args.batch:
            queue = next(order)[:]
        batch, queue = sorted(queue[: args.batch]), queue[args.batch :]
        x = data.to_tensor(pixels[batch]).contiguous(memory_format=torch.channels_last)
        optim.schedule(opts, fraction, step)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            latent = vae.encode(x).latent_dist
            again = vae.decode(latent.sample()).sample
        loss, l1, mse = losses(again.float(), x, latent.mean.float(), latent.logvar.float(), args.kl)
        for o in opts:
            o.zero_grad(set_to_none=True)
        loss.backward()
        optim.average([p.grad for p in params])
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        for o in opts:
            o.step()
        step += 1
        if rank == 0 and step % 25 == 0:
            print(f"{step} {clock.elapsed():.0f}s loss {loss.item():.4f} l1 {l1.item():.4f} mse {mse.item():.5f} "
                  f"latent std {latent.mean.std().item():.3f} noise {latent.std.mean().item():.3f} "
                  f"{(time.time() - said) / 25:.3f}s a step", flush=True)
            said = time.time()
        if rank == 0 and time.time() - saved > 120:
            saved = time.time()
            optim.save({"vae": vae.state_dict(), "opts": [o.state_dict() for o in opts], "step": step,
                        "spent": clock.elapsed()}, state_file)
    if args.no_latents:
        return
    vae.eval()
    half = len(pixels) // args.processes
    mean, std = encode_all(vae, pixels[rank * half : len(pixels) if rank == args.processes - 1 else (rank + 1) * half])
    torch.save({"mean": mean, "std": std}, out / f"latents{rank}.pt")
    if rank == 0:
        vae.save_pretrained(out / "vae")


def main():
    cli = argparse.ArgumentParser()
    cli.add_argument("--data", required=True)
    cli.add_argument("--out", required=True)
    cli.add_argument("--seconds", type=float, default=660)
    cli.add_argument("--batch", type=int, default=16, help="in each process")
    cli.add_argument("--channels", type=int, nargs="+", default=[16, 48, 64])
    cli.add_argument("--lr", type=float, default=2e-3)
    cli.add_argument("--muon", type=float)
    cli.add_argument("--kl", type=float, default=2e-7)
    cli.add_argument("--threads", type=int, default=1)
    cli.add_argument("--processes", type=int, default=2)
    cli.add_argument("--port", type=int, default=29511)
    cli.add_argument("--resume", action="store_true")
    cli.add_argument("--no-latents", action="store_true")
    args = cli.parse_args()
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    data.images(args.data, data.records(args.data), out / "pixels.npy")
    optim.in_pair(train, args)
    if args.no_latents:
        return
    parts = [torch.load(out / f"latents{rank}.pt") for rank in range(args.processes)]
    mean, std = (torch.cat([part[key] for part in parts]) for key in ("mean", "std"))
    # Stable Diffusion's convention: latents times scaling_factor have standard deviation 1.
    scale = 1.0 / float(mean[:4000].float().std())
    vae = AutoencoderKL.from_pretrained(out / "vae")
    vae.register_to_config(scaling_factor=scale)
    vae.save_pretrained(out / "vae")
    torch.save({"mean": mean, "std": std, "scale": scale}, out / "latents.pt")
    print("scaling_factor", scale, "std of each channel", mean[:4000].float().std((0, 2, 3)).tolist())


if __name__ == "__main__":
    main()

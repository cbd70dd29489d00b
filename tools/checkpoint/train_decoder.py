"""The VAE's decoder alone, on latents that stay as they are, so a trained UNet keeps its meaning.

Reads the latents that train_vae.py wrote, and looks harder at the objects than at what is behind them:
their boxes are known.
"""

import argparse
import time

import data
import optim
import torch
from diffusers import AutoencoderKL
from torch.nn import functional as F
from train_vae import edges


def weights(rows, batch, inside):
    """[B, 1, 64, 64]: 1, and `inside` over the objects' boxes (left, top, width, height)."""
    mask = torch.ones(len(batch), 1, 64, 64)
    for k, i in enumerate(batch):
        for thing in rows[i]["objects"]:
            x, y, w, h = thing["box"]
            mask[k, :, y : y + h, x : x + w] = inside
    return mask


def main():
    cli = argparse.ArgumentParser()
    cli.add_argument("--data", required=True)
    cli.add_argument("--cache", required=True, help="the pixels.npy that train_vae.py wrote")
    cli.add_argument("--latents", required=True)
    cli.add_argument("--vae", required=True)
    cli.add_argument("--out", required=True)
    cli.add_argument("--seconds", type=float, required=True)
    cli.add_argument("--batch", type=int, default=32)
    cli.add_argument("--inside", type=float, default=3.0)
    args = cli.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rows = data.records(args.data)
    pixels = data.images(args.data, rows, args.cache)
    latents = torch.load(args.latents)
    mean, std = latents["mean"], latents["std"]
    vae = AutoencoderKL.from_pretrained(args.vae).to(memory_format=torch.channels_last)
    vae.requires_grad_(False)
    named = [(n, p.requires_grad_()) for n, p in vae.named_parameters() if n.startswith(("decoder", "post_quant"))]
    opts = optim.optimisers(named, 5e-4, muon_lr=7e-4)
    clock, order, queue, step, saved = optim.Clock(args.seconds), data.shuffled(len(rows), 0), [], 0, time.time()
    while clock.fraction() < 1:
        if len(queue) < args.batch:
            queue = next(order)
        batch, queue = sorted(queue[: args.batch]), queue[args.batch :]
        x = data.to_tensor(pixels[batch]).contiguous(memory_format=torch.channels_last)
        # A little more noise than the encoder's own: sampled latents are not exact.
        z = mean[batch].float() + (std[batch].float() + 0.03) * torch.randn(len(batch), 4, 16, 16)
        optim.schedule(opts, clock.fraction(), step, flat=0.2, warm_up=30)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            again = vae.decode(z.contiguous(memory_format=torch.channels_last)).sample
        off = (again.float() - x) * weights(rows, batch, args.inside)
        l1, mse = off.abs().mean(), off.square().mean()
        loss = l1 + mse + 0.3 * sum(e.abs().mean() for e in edges(off))
        for o in opts:
            o.zero_grad(set_to_none=True)
        loss.backward()
        for o in opts:
            o.step()
        step += 1
        if step % 25 == 0:
            print(f"{step} {clock.elapsed():.0f}s loss {loss.item():.4f} "
                  f"l1 {F.l1_loss(again.float(), x).item():.4f}", flush=True)
        if time.time() - saved > 120:
            saved = time.time()
            vae.save_pretrained(args.out)
    vae.save_pretrained(args.out)


if __name__ == "__main__":
    main()

"""Generates with an exported checkpoint: ONNX Runtime for the networks, diffusers for the scheduler.

    python sampler.py CHECKPOINT PROMPTS.txt SHEET.png
"""

import argparse
import textwrap
from pathlib import Path

import diffusers
import numpy as np
import onnxruntime
import torch
from PIL import Image, ImageDraw
from transformers import CLIPTokenizer


class Sampler:
    def __init__(self, folder, threads=1, scheduler=None):
        folder = Path(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads

        def session(part):
            return onnxruntime.InferenceSession(folder / part / "model.onnx", options)

        self.text, self.unet, self.decoder = session("text_encoder"), session("unet"), session("vae_decoder")
        self.tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
        self.scale = diffusers.AutoencoderKL.load_config(folder / "vae_decoder")["scaling_factor"]
        config = diffusers.DDIMScheduler.load_config(folder / "scheduler")
        self.scheduler = getattr(diffusers, scheduler or config["_class_name"]).from_config(config)

    def encode(self, texts):
        ids = self.tokenizer(texts, padding="max_length", truncation=True, return_tensors="np").input_ids
        return self.text.run(["last_hidden_state"], {"input_ids": ids.astype(np.int64)})[0]

    def generate(self, texts, negatives, steps=20, guidance=5.0, seed=0, batch=20):
        """uint8 [N, 64, 64, 3]. Picture i has the noise of seed + i."""
        parts = []
        for at in range(0, len(texts), batch):
            some = range(at, min(len(texts), at + batch))
            noise = [torch.randn(4, 16, 16, generator=torch.Generator().manual_seed(seed + i)) for i in some]
            x = torch.stack(noise)
            wanted, unwanted = ([all_texts[i] for i in some] for all_texts in (texts, negatives))
            hidden = np.concatenate([self.encode(unwanted), self.encode(wanted)])
            self.scheduler.set_timesteps(steps)
            for t in self.scheduler.timesteps:
                twice = self.scheduler.scale_model_input(torch.cat([x, x]), t).numpy()
                out = self.unet.run(None, {"sample": twice, "timestep": np.array(float(t), np.float32),
                                           "encoder_hidden_states": hidden})[0]
                without, given = torch.from_numpy(out).chunk(2)
                x = self.scheduler.step(without + guidance * (given - without), t, x).prev_sample
            parts.append(self.decode(x.numpy()))
        return np.concatenate(parts)

    def decode(self, latents):
        out = self.decoder.run(None, {"latent_sample": (latents / self.scale).astype(np.float32)})[0]
        return ((np.clip(out, -1, 1) + 1) * 127.5).round().astype(np.uint8).transpose(0, 2, 3, 1)


def sheet(pictures, texts, columns, zoom=2, marks=None):
    """Pictures in rows with their prompts below; marks draws a green or red rule under each."""
    side = 64 * zoom
    lines = [textwrap.wrap(t, side // 6)[:5] for t in texts]
    high = side + 12 + 11 * max(map(len, lines))
    rows = -(-len(pictures) // columns)
    page = Image.new("RGB", (columns * (side + 8) + 8, rows * high + 8), "white")
    draw = ImageDraw.Draw(page)
    for i, (picture, words) in enumerate(zip(pictures, lines)):
        x, y = 8 + i % columns * (side + 8), 8 + i // columns * high
        page.paste(Image.fromarray(picture).resize((side, side), Image.BICUBIC), (x, y))
        if marks:
            draw.rectangle((x, y + side, x + side, y + side + 2), "green" if marks[i] else "red")
        for k, line in enumerate(words):
            draw.text((x, y + side + 4 + 11 * k), line, "black")
    return page


def main():
    cli = argparse.ArgumentParser()
    cli.add_argument("checkpoint")
    cli.add_argument("prompts", help="one a line")
    cli.add_argument("sheet")
    cli.add_argument("--guidance", type=float, default=5)
    cli.add_argument("--steps", type=int, default=20)
    cli.add_argument("--seed", type=int, default=0)
    cli.add_argument("--columns", type=int, default=8)
    args = cli.parse_args()
    texts = [line.strip() for line in Path(args.prompts).read_text(encoding="utf-8").splitlines() if line.strip()]
    pictures = Sampler(args.checkpoint).generate(texts, [""] * len(texts), args.steps, args.guidance, args.seed)
    sheet(pictures, texts, args.columns).save(args.sheet, optimize=True)


if __name__ == "__main__":
    main()

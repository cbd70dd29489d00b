"""Makes fixtures from the tiny Stable Diffusion that make_goldens.py made, which stays as it is.

    python make_variants.py ../../iaa-diffusion/src/test/resources/golden

tiny-sd-expected/tiled-*.npy are latents and what AutoencoderKL.tiled_decode of diffusers makes of them with tiny-sd/.
tiny-sd-half/ is tiny-sd/ with float16 weights, inputs and outputs, as optimum-cli exports it with --dtype fp16;
tiny-sd-expected/half-*.npy is what the pipeline of diffusers gives over its files, with a scheduler in float32.
"""

import json
import pathlib
import shutil
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from diffusers import AutoencoderKL, DDIMScheduler
from onnxruntime.transformers.float16 import convert_float_to_float16
from transformers import CLIPTokenizer

PARTS = ["text_encoder", "unet", "vae_decoder"]


def make_tiled(source, expected):
    session = onnxruntime.InferenceSession(source / "vae_decoder/model.onnx")
    vae = AutoencoderKL.from_config(json.loads((source / "vae_decoder/config.json").read_text()))
    # The graph holds the convolution before the decoder, too.
    vae.register_to_config(use_post_quant_conv=False)
    vae.__dict__['_modules'].pop('decoder')
    vae.decoder = lambda tile: torch.from_numpy(session.run(None, {"latent_sample": tile.numpy()})[0])
    latents = torch.from_numpy(np.random.default_rng(2).standard_normal((1, 4, 20, 14)).astype(np.float32))
    image = vae.tiled_decode(latents / vae.config.scaling_factor, return_dict=False)[0]
    np.save(expected / "tiled-latents.npy", latents.numpy())
    np.save(expected / "tiled-image.npy", (image / 2 + 0.5).clamp(0, 1).numpy().astype("<f4"))


def main():
    golden = pathlib.Path(sys.argv[1])
    make_tiled(golden / "tiny-sd", golden / "tiny-sd-expected")
    source, half, expected = golden / "tiny-sd", golden / "tiny-sd-half", golden / "tiny-sd-expected"
    shutil.rmtree(half, ignore_errors=True)
    shutil.copytree(source, half)
    for part in PARTS:
        file = half / part / "model.onnx"
        model = convert_float_to_float16(onnx.load(file), keep_io_types=False)
        del model.graph.value_info[:]
        onnx.save(model, file)
    sessions = {part: onnxruntime.InferenceSession(half / part / "model.onnx") for part in PARTS}

    def run(part, **inputs):
        arrays = {k: v.astype(np.float16) if v.dtype == np.float32 else v for k, v in inputs.items()}
        return sessions[part].run(None, arrays)[0].astype(np.float32)

    settings = json.loads((expected / "run.json").read_text())
    tokenizer = CLIPTokenizer.from_pretrained(half / "tokenizer")
    ids = tokenizer([settings["negative"], settings["prompt"]], padding="max_length", return_tensors="np").input_ids
    hidden = run("text_encoder", input_ids=ids.astype(np.int64))
    config = json.loads((half / "scheduler/scheduler_config.json").read_text())
    config = {k: v for k, v in config.items() if k in DDIMScheduler().config}
    scheduler = DDIMScheduler.from_config(config)
    scheduler.set_timesteps(settings["steps"])
    x = torch.from_numpy(np.load(expected / "noise.npy"))
    for t in scheduler.timesteps:
        answer = run(
            "unet",
            sample=np.concatenate([x.numpy()] * 2),
            timestep=np.array([int(t)], np.int64),
            encoder_hidden_states=hidden,
        )
        without, given = torch.from_numpy(answer).chunk(2)
        x = scheduler.step(without + settings["guidance"] * (given - without), t, x).prev_sample
    scale = json.loads((half / "vae_decoder/config.json").read_text())["scaling_factor"]
    image = run("vae_decoder", latent_sample=(x / scale).numpy())
    np.save(expected / "half-latents.npy", x.numpy().astype("<f4"))
    np.save(expected / "half-image.npy", (image / 2 + 0.5).clip(0, 1).astype("<f4"))


if __name__ == "__main__":
    main()

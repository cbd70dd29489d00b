"""Whole runs of the pipelines that start from images, over the tiny Stable Diffusion of make_goldens.py.

    python pipelines.py ../../iaa-diffusion/src/test/resources/golden [PART ...]

encoder: the encoder of an autoencoder with random weights, tiny-sd/vae_encoder/, a source image and a mask.
runs: what image to image, inpainting and runs with timesteps and sigmas of their own paint with tiny-sd/.

All fixtures of these parts are in pipelines/. The pipelines of diffusers run over the ONNX files, so that
our code alone is compared. Where they draw noise, they are given that of noise.npy; the distribution that
the encoder answers is taken at its mean.
"""

import contextlib
import json
import pathlib
import sys
from unittest import mock

import diffusers
import numpy as np
import onnxruntime
import PIL.Image
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from diffusers.pipelines.stable_diffusion import (
    pipeline_stable_diffusion_img2img,
    pipeline_stable_diffusion_inpaint,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from make_goldens import SCHEDULERS, export, run

PROMPT = "a photo of a red bird on a green meadow"
NEGATIVE = "blurry, low quality"
STEPS = 20
GUIDANCE = 7.5
SIZE = 32

TIMESTEPS = [999, 850, 736, 645, 545, 455, 343, 233, 124, 24]
SIGMAS = [14.6, 6.4, 3.9, 2.7, 1.9, 1.4, 0.96, 0.65, 0.4, 0.15, 0.0]


# ------------------------------------------------------------------------------------ encoder

class VaeEncoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample):
        # What Optimum exports: mean and logarithm of the variance, one after the other.
        return self.model.encode(sample).latent_dist.parameters


def make_encoder(golden):
    torch.manual_seed(20250105)
    config = json.loads((golden / "tiny-sd/vae_decoder/config.json").read_text())
    vae = AutoencoderKL.from_config(config).eval()
    # Random weights answer next to nothing; these give latents as large as those of noise.
    vae.quant_conv.weight.mul_(6)
    dynamic = torch.export.Dim.DYNAMIC
    for file in (golden / "tiny-sd/vae_encoder").glob("*"):
        file.unlink()
    if (golden / "tiny-sd/vae_encoder").exists():
        (golden / "tiny-sd/vae_encoder").rmdir()
    export(
        VaeEncoder(vae),
        {"sample": torch.randn(2, 3, SIZE, SIZE)},
        "latent_parameters",
        golden / "tiny-sd/vae_encoder",
        config,
        ({0: dynamic, 2: dynamic, 3: dynamic},),
    )
    folder = golden / "pipelines"
    folder.mkdir(exist_ok=True)
    # A bright disc on a slope of colours, and a mask that has edges between the latents.
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    image = np.stack([8 * x, 255 - 8 * y, 4 * (x + y)], axis=2).astype(np.uint8)
    image[(x - 12) ** 2 + (y - 18) ** 2 < 60] = [250, 200, 30]
    PIL.Image.fromarray(image).save(folder / "source.png")
    mask = ((x - 12) ** 2 + (y - 18) ** 2 < 60).astype(np.uint8)
    PIL.Image.fromarray(mask).save(folder / "mask.png")
    np.save(folder / "noise.npy", torch.randn(1, 4, 8, 8).numpy())
    parameters = Tiny(golden).encode(as_input(image)).latent_dist
    np.save(folder / "encoder-noise.npy", torch.randn(1, 4, 8, 8).numpy())
    noise = torch.from_numpy(np.load(folder / "encoder-noise.npy"))
    latents = (parameters.mean + parameters.std * noise) * config["scaling_factor"]
    np.save(folder / "encoded.npy", latents.numpy())


def as_input(image):
    return 2.0 * torch.from_numpy(image.astype(np.float32) / 255.0).permute(2, 0, 1)[None] - 1.0


# --------------------------------------------------------------------------------------- runs

class Encoded:
    def __init__(self, parameters):
        self.latent_dist = DiagonalGaussianDistribution(parameters)
        # At its mean, whatever would be drawn.
        self.latent_dist.sample = lambda generator=None: self.latent_dist.mean


class Tiny:
    """The parts of tiny-sd/ as diffusers wants them, over its ONNX files."""

    def __init__(self, golden, unet=None):
        folder = golden / "tiny-sd"
        unet = unet or folder / "unet"
        files = {part: folder / part for part in ["text_encoder", "vae_decoder", "vae_encoder"]}
        files["unet"] = unet
        self.sessions = {
            part: onnxruntime.InferenceSession(file / "model.onnx") for part, file in files.items()
        }
        configs = {part: json.loads((file / "config.json").read_text()) for part, file in files.items()}
        self.tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
        self.text_encoder = CLIPTextModel(CLIPTextConfig.from_dict(configs["text_encoder"])).eval()
        self.text_encoder.forward = lambda ids, **_: (
            run(self.sessions["text_encoder"], input_ids=ids),
        )
        self.vae = AutoencoderKL.from_config(configs["vae_decoder"]).eval()
        self.vae.decode = lambda latents, **_: (
            run(self.sessions["vae_decoder"], latent_sample=latents),
        )
        self.vae.encode = self.encode
        self.unet = UNet2DConditionModel.from_config(configs["unet"]).eval()
        self.unet.forward = self.answer
        config = json.loads((folder / "scheduler/scheduler_config.json").read_text())
        self.options = {k: v for k, v in config.items() if not k.startswith("_")}

    def encode(self, image):
        return Encoded(run(self.sessions["vae_encoder"], sample=image))

    def answer(self, sample, timestep, encoder_hidden_states, **_):
        answer = run(
            self.sessions["unet"],
            sample=sample,
            timestep=np.array([timestep], dtype=np.int64),
            encoder_hidden_states=encoder_hidden_states,
        )
        return (answer,)

    def pipeline(self, cls, scheduler, **more):
        pipeline = cls(
            vae=self.vae,
            text_encoder=self.text_encoder,
            tokenizer=self.tokenizer,
            unet=self.unet,
            scheduler=scheduler.from_config(self.options),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
            **more,
        )
        pipeline.set_progress_bar_config(disable=True)
        return pipeline


def save(folder, name, pipeline, modules=(), **arguments):
    """One run, from the noise of noise.npy."""
    noise = torch.from_numpy(np.load(folder / "noise.npy"))
    if not modules:
        arguments["latents"] = noise
    for kind, suffix in [("latent", "latents"), ("pt", "image")]:
        with contextlib.ExitStack() as stack:
            for module in modules:
                stack.enter_context(
                    mock.patch.object(module, "randn_tensor", lambda *_, **__: noise.clone())
                )
            result = pipeline(
                PROMPT,
                negative_prompt=NEGATIVE,
                guidance_scale=GUIDANCE,
                output_type=kind,
                **{"num_inference_steps": STEPS, **arguments},
            ).images
        assert np.isfinite(result.numpy()).all(), name
        np.save(folder / f"{name}-{suffix}.npy", result.numpy().astype("<f4"))
    print(name, result.min().item(), result.max().item())


def make_runs(golden):
    folder = golden / "pipelines"
    tiny = Tiny(golden)
    source = PIL.Image.open(folder / "source.png")
    mask = PIL.Image.fromarray(np.array(PIL.Image.open(folder / "mask.png")) * 255)
    for scheduler in SCHEDULERS:
        if scheduler is diffusers.LMSDiscreteScheduler:
            # It weighs its first derivatives as if there were some before them.
            continue
        save(
            folder,
            f"image-to-image-{scheduler.__name__}",
            tiny.pipeline(diffusers.StableDiffusionImg2ImgPipeline, scheduler),
            [pipeline_stable_diffusion_img2img],
            image=source,
            strength=0.6,
        )
    for scheduler in SCHEDULERS:
        for strength in [0.6, 1.0]:
            if scheduler is diffusers.LMSDiscreteScheduler and strength < 1:
                continue
            if strength == 1 and scheduler is not diffusers.DDIMScheduler:
                if scheduler is not diffusers.EulerDiscreteScheduler:
                    continue
            save(
                folder,
                f"inpaint-{strength}-{scheduler.__name__}",
                tiny.pipeline(diffusers.StableDiffusionInpaintPipeline, scheduler),
                [pipeline_stable_diffusion_inpaint],
                image=source,
                mask_image=mask,
                height=SIZE,
                width=SIZE,
                strength=strength,
            )
    for name, scheduler, custom in [
        ("timesteps", diffusers.DPMSolverMultistepScheduler, {"timesteps": TIMESTEPS}),
        ("timesteps", diffusers.EulerDiscreteScheduler, {"timesteps": TIMESTEPS}),
        ("timesteps", diffusers.HeunDiscreteScheduler, {"timesteps": TIMESTEPS}),
        ("timesteps", diffusers.TCDScheduler, {"timesteps": TIMESTEPS}),
        ("sigmas", diffusers.EulerDiscreteScheduler, {"sigmas": SIGMAS}),
    ]:
        pipeline = tiny.pipeline(diffusers.StableDiffusionPipeline, scheduler)
        save(folder, f"{name}-{scheduler.__name__}", pipeline, **custom)
    save(
        folder,
        "image-to-image-timesteps",
        tiny.pipeline(
            diffusers.StableDiffusionImg2ImgPipeline, diffusers.DPMSolverMultistepScheduler
        ),
        [pipeline_stable_diffusion_img2img],
        image=source,
        strength=0.5,
        timesteps=TIMESTEPS,
    )


PARTS = {"encoder": make_encoder, "runs": make_runs}


def main():
    diffusers.logging.set_verbosity_error()
    golden = pathlib.Path(sys.argv[1])
    for part in sys.argv[2:] or PARTS:
        with torch.no_grad():
            PARTS[part](golden)


if __name__ == "__main__":
    main()

"""Whole runs of the pipelines that start from images, over the tiny Stable Diffusion of make_goldens.py.

    python pipelines.py ../../iaa-diffusion/src/test/resources/golden [PART ...]

encoder: the encoder of an autoencoder with random weights, tiny-sd/vae_encoder/, a source image and a mask.
runs: what image to image, inpainting and runs with timesteps and sigmas of their own generate with tiny-sd/.
equal-timesteps: the same with tiny-sd/ where the first two timesteps are equal.
inpaint: a UNet with 9 channels, tiny-sd-inpaint/, and what it generates.
control: a UNet that takes residuals and two ControlNets, tiny-sd-control/, and what they generate.
xl: the same of SDXL, tiny-sdxl-control/, with one ControlNet, and what it and tiny-sdxl/ of models.py generate.

The folders of the last three hold what is not as in tiny-sd/ or tiny-sdxl/. All runs are in pipelines/. The pipelines of diffusers run over the ONNX files, so that
our code alone is compared. Where they draw noise, they are given that of noise.npy; the distribution that
the encoder answers is taken at its mean.
"""

import contextlib
import json
import pathlib
import shutil
import sys
import tempfile
from unittest import mock

import diffusers
import numpy as np
import onnx
import onnxruntime
import PIL.Image
import torch
from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from diffusers.pipelines.controlnet import (
    pipeline_controlnet_img2img,
    pipeline_controlnet_inpaint,
)
from diffusers.pipelines.stable_diffusion import (
    pipeline_stable_diffusion_img2img,
    pipeline_stable_diffusion_inpaint,
)
from diffusers.pipelines.stable_diffusion_xl import (
    pipeline_stable_diffusion_xl_img2img,
    pipeline_stable_diffusion_xl_inpaint,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from make_goldens import SCHEDULERS, Unet, export, run
from models import XL, Folder

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

    def answer(
        self,
        sample,
        timestep,
        encoder_hidden_states,
        down_block_additional_residuals=(),
        mid_block_additional_residual=None,
        **_,
    ):
        residuals = {
            f"down_block_{i}_additional_residual": residual
            for i, residual in enumerate(down_block_additional_residuals)
        }
        if mid_block_additional_residual is not None:
            residuals["mid_block_additional_residual"] = mid_block_additional_residual
        answer = run(
            self.sessions["unet"],
            sample=sample,
            timestep=np.array([timestep], dtype=np.int64),
            encoder_hidden_states=encoder_hidden_states,
            **residuals,
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
                output_type=kind,
                **{"num_inference_steps": STEPS, "guidance_scale": GUIDANCE, **arguments},
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


def make_equal_timesteps(golden):
    """Runs whose first two timesteps are equal, at two levels of noise."""
    folder = golden / "pipelines"
    tiny = Tiny(golden)
    tiny.options["use_karras_sigmas"] = True
    source = PIL.Image.open(folder / "source.png")
    mask = PIL.Image.fromarray(np.array(PIL.Image.open(folder / "mask.png")) * 255)
    scheduler = diffusers.DPMSolverMultistepScheduler
    arguments = dict(image=source, strength=0.06, num_inference_steps=50)
    pipeline = tiny.pipeline(diffusers.StableDiffusionImg2ImgPipeline, scheduler)
    module = pipeline_stable_diffusion_img2img
    save(folder, "image-to-image-equal-timesteps", pipeline, [module], **arguments)
    assert pipeline.scheduler.timesteps[47] == pipeline.scheduler.timesteps[48]
    pipeline = tiny.pipeline(diffusers.StableDiffusionInpaintPipeline, scheduler)
    arguments.update(mask_image=mask, height=SIZE, width=SIZE)
    module = pipeline_stable_diffusion_inpaint
    save(folder, "inpaint-equal-timesteps", pipeline, [module], **arguments)


# ------------------------------------------------------------------------------ 9 channels

UNET = dict(
    sample_size=8,
    block_out_channels=(8, 16),
    down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
    layers_per_block=1,
    norm_num_groups=4,
    attention_head_dim=4,
    cross_attention_dim=32,
)
UP = dict(up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"))
DYNAMIC = torch.export.Dim.DYNAMIC
LATENTS = {0: DYNAMIC, 2: DYNAMIC, 3: DYNAMIC}


def make_inpaint(golden):
    torch.manual_seed(20250106)
    target = golden / "tiny-sd-inpaint"
    shutil.rmtree(target, ignore_errors=True)
    unet = UNet2DConditionModel(in_channels=9, **UNET, **UP).eval()
    export(
        Unet(unet),
        {
            "sample": torch.randn(2, 9, 8, 8),
            "timestep": torch.tensor([7]),
            "encoder_hidden_states": torch.randn(2, 24, 32),
        },
        "out_sample",
        target / "unet",
        dict(unet.config),
        (LATENTS, None, {0: DYNAMIC}),
    )
    index = json.loads((golden / "tiny-sd/model_index.json").read_text())
    index["_class_name"] = "StableDiffusionInpaintPipeline"
    (target / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")

    folder = golden / "pipelines"
    tiny = Tiny(golden, target / "unet")
    mask = PIL.Image.fromarray(np.array(PIL.Image.open(folder / "mask.png")) * 255)
    for scheduler in [
        diffusers.DDIMScheduler,
        diffusers.EulerDiscreteScheduler,
        diffusers.DPMSolverMultistepScheduler,
    ]:
        for strength in [0.6, 1.0]:
            save(
                folder,
                f"inpaint-9-{strength}-{scheduler.__name__}",
                tiny.pipeline(diffusers.StableDiffusionInpaintPipeline, scheduler),
                [pipeline_stable_diffusion_inpaint],
                image=PIL.Image.open(folder / "source.png"),
                mask_image=mask,
                height=SIZE,
                width=SIZE,
                strength=strength,
            )


# ------------------------------------------------------------------------------- ControlNet

RESIDUALS = 4


class ControlledUnet(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, encoder_hidden_states, d0, d1, d2, d3, mid):
        return self.model(
            sample,
            timestep,
            encoder_hidden_states,
            down_block_additional_residuals=(d0, d1, d2, d3),
            mid_block_additional_residual=mid,
            return_dict=False,
        )[0]


class Control(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, encoder_hidden_states, controlnet_cond, scale=1.0):
        down, mid = self.model(
            sample, timestep, encoder_hidden_states, controlnet_cond, scale, return_dict=False
        )
        return (*down, mid)


def take_whole_timesteps(control):
    """As its export does."""
    forward = control.forward
    control.forward = lambda sample, timestep, **more: forward(sample, timestep.long(), **more)


def make_control(golden):
    torch.manual_seed(20250107)
    target = golden / "tiny-sd-control"
    shutil.rmtree(target, ignore_errors=True)
    unet = UNet2DConditionModel(**UNET, **UP).eval()
    asked = {
        "sample": torch.randn(2, 4, 8, 8),
        "timestep": torch.tensor([7]),
        "encoder_hidden_states": torch.randn(2, 24, 32),
    }
    residuals = [torch.randn(2, *shape) for shape in [(8, 8, 8)] * 2 + [(8, 4, 4)] + [(16, 4, 4)] * 2]
    # The names of the UNets and ControlNets that OnnxStack's converter writes.
    names = [f"down_block_{i}_additional_residual" for i in range(RESIDUALS)]
    names.append("mid_block_additional_residual")
    export(
        ControlledUnet(unet),
        {**asked, **dict(zip(names, residuals))},
        "out_sample",
        target / "unet",
        dict(unet.config),
        (LATENTS, None, {0: DYNAMIC}, *[LATENTS] * 5),
    )
    index = json.loads((golden / "tiny-sd/model_index.json").read_text())
    index["_class_name"] = "StableDiffusionControlNetPipeline"
    (target / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")

    controls = []
    for part in ["controlnet", "controlnet-2"]:
        config = {k: v for k, v in UNET.items() if k != "sample_size"}
        control = ControlNetModel(conditioning_embedding_out_channels=(4, 8, 8), **config).eval()
        # What training starts from is a ControlNet that answers zeros.
        for weights in control.parameters():
            if not weights.any():
                weights.normal_(std=0.2)
        controls.append(control)
        inputs = {**asked, "controlnet_cond": torch.rand(2, 3, SIZE, SIZE)}
        dynamic = [LATENTS, None, {0: DYNAMIC}, LATENTS]
        outputs = names
        if part == "controlnet":
            inputs["conditioning_scale"] = torch.tensor(0.5, dtype=torch.float64)
            dynamic.append(None)
        else:
            # As a traced export names them that names two outputs.
            outputs = ["down_block_res_samples", "mid_block_res_sample", "901", "902", "903"]
        export(Control(control), inputs, outputs, target / part, dict(control.config), tuple(dynamic))
        take_whole_timesteps(control)

    folder = golden / "pipelines"
    source = PIL.Image.open(folder / "source.png")
    grey = np.array(source.convert("L")).astype(int)
    edges = np.zeros_like(grey)
    edges[1:, 1:] = (abs(np.diff(grey, axis=0)[:, 1:]) + abs(np.diff(grey, axis=1)[1:]) > 40) * 255
    PIL.Image.fromarray(np.stack([edges] * 3, axis=2).astype(np.uint8)).save(folder / "edges.png")
    edges = PIL.Image.open(folder / "edges.png")
    mask = PIL.Image.fromarray(np.array(PIL.Image.open(folder / "mask.png")) * 255)
    tiny = Tiny(golden, target / "unet")

    def generate(name, scheduler, nets, cls=diffusers.StableDiffusionControlNetPipeline, modules=(), **arguments):
        pipeline = tiny.pipeline(cls, scheduler, controlnet=nets)
        save(folder, f"control-{name}-{scheduler.__name__}", pipeline, modules, **arguments)

    ddim, heun = diffusers.DDIMScheduler, diffusers.HeunDiscreteScheduler
    dpm = diffusers.DPMSolverMultistepScheduler
    one = dict(image=edges, controlnet_conditioning_scale=0.8)
    two = dict(image=[edges, source], controlnet_conditioning_scale=[0.8, 0.5])
    for scheduler in [ddim, heun, dpm]:
        generate("one", scheduler, controls[0], **one)
        generate(
            "one-part", scheduler, controls[0],
            control_guidance_start=0.1, control_guidance_end=0.7, **one,
        )
    generate(
        "two", dpm, controls,
        control_guidance_start=[0.0, 0.2], control_guidance_end=[1.0, 0.6], **two,
    )
    generate("guess", ddim, controls[0], guess_mode=True, **one)
    generate("guess-two", dpm, controls, guess_mode=True, **two)
    generate("guess-unguided", ddim, controls[0], guess_mode=True, guidance_scale=1.0, **one)
    generate(
        "over-image", dpm, controls[0],
        diffusers.StableDiffusionControlNetImg2ImgPipeline, [pipeline_controlnet_img2img],
        image=source, control_image=edges, controlnet_conditioning_scale=0.8, strength=0.6,
        control_guidance_end=0.7,
    )
    generate(
        "in-mask", dpm, controls[0],
        diffusers.StableDiffusionControlNetInpaintPipeline, [pipeline_controlnet_inpaint],
        image=source, mask_image=mask, control_image=edges, controlnet_conditioning_scale=0.8,
        strength=0.6, height=SIZE, width=SIZE,
    )


# ------------------------------------------------------------------------------------- SDXL

XL_UNET = dict(
    block_out_channels=(8, 16),
    down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
    layers_per_block=1,
    norm_num_groups=4,
    attention_head_dim=(2, 4),
    cross_attention_dim=80,
    use_linear_projection=True,
    addition_embed_type="text_time",
    addition_time_embed_dim=8,
    projection_class_embeddings_input_dim=6 * 8 + 24,
)


class ControlledXlUnet(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(
        self, sample, timestep, encoder_hidden_states, text_embeds, time_ids, d0, d1, d2, d3, mid
    ):
        return self.model(
            sample,
            timestep,
            encoder_hidden_states,
            added_cond_kwargs={"text_embeds": text_embeds, "time_ids": time_ids},
            down_block_additional_residuals=(d0, d1, d2, d3),
            mid_block_additional_residual=mid,
            return_dict=False,
        )[0]


class XlControl(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(
        self, sample, timestep, encoder_hidden_states, text_embeds, time_ids, controlnet_cond
    ):
        down, mid = self.model(
            sample,
            timestep,
            encoder_hidden_states,
            controlnet_cond,
            added_cond_kwargs={"text_embeds": text_embeds, "time_ids": time_ids},
            return_dict=False,
        )
        return (*down, mid)


def make_xl_control(target):
    torch.manual_seed(20250108)
    shutil.rmtree(target, ignore_errors=True)
    unet = UNet2DConditionModel(sample_size=8, **XL_UNET, **UP).eval()
    control = ControlNetModel(conditioning_embedding_out_channels=(4, 8, 8), **XL_UNET).eval()
    for weights in control.parameters():
        if not weights.any():
            weights.normal_(std=0.2)
    asked = {
        "sample": torch.randn(2, 4, 8, 8),
        "timestep": torch.tensor(7),
        "encoder_hidden_states": torch.randn(2, 24, 80),
        "text_embeds": torch.randn(2, 24),
        "time_ids": torch.randn(2, 6),
    }
    dynamic = [LATENTS, None, {0: DYNAMIC, 1: DYNAMIC}, {0: DYNAMIC}, {0: DYNAMIC}]
    residuals = [torch.randn(2, *shape) for shape in [(8, 8, 8)] * 2 + [(8, 4, 4)] + [(16, 4, 4)] * 2]
    names = [f"down_block_{i}_additional_residual" for i in range(RESIDUALS)]
    names.append("mid_block_additional_residual")
    export(
        ControlledXlUnet(unet),
        {**asked, **dict(zip(names, residuals))},
        "out_sample",
        target / "unet",
        dict(unet.config),
        (*dynamic, *[LATENTS] * 5),
    )
    export(
        XlControl(control),
        {**asked, "controlnet_cond": torch.rand(2, 3, SIZE, SIZE)},
        names,
        target / "controlnet",
        dict(control.config),
        (*dynamic, LATENTS),
    )
    index = dict(
        _class_name="StableDiffusionXLControlNetPipeline", force_zeros_for_empty_prompt=True
    )
    (target / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    take_whole_timesteps(control)
    return control


def make_xl(golden):
    control = make_xl_control(golden / "tiny-sdxl-control")
    folder = golden / "pipelines"
    source = PIL.Image.open(folder / "source.png")
    edges = PIL.Image.open(folder / "edges.png")
    mask = PIL.Image.fromarray(np.array(PIL.Image.open(folder / "mask.png")) * 255)
    with tempfile.TemporaryDirectory() as plain, tempfile.TemporaryDirectory() as controlled:
        usual = Folder(golden, XL, pathlib.Path(plain))
        steered = Folder(golden, [*XL, "tiny-sdxl-control"], pathlib.Path(controlled))

        def generate(name, model, form, scheduler, modules=(), parts=None, **arguments):
            kind = f"StableDiffusionXL{form}Pipeline"
            pipeline = model.pipeline(kind, scheduler, **(parts or {}))
            pipeline.vae.encode = lambda image: Encoded(
                model.run("vae_encoder", sample=image)["latent_parameters"]
            )
            save(folder, f"xl-{name}-{scheduler}", pipeline, modules, **arguments)

        steps = dict(num_inference_steps=10, guidance_scale=5.0)
        masked = dict(image=source, mask_image=mask, height=SIZE, width=SIZE, **steps)
        net = dict(controlnet=control)
        edged = dict(image=edges, controlnet_conditioning_scale=0.8, **steps)
        for scheduler in ["EulerDiscreteScheduler", "DPMSolverMultistepScheduler"]:
            generate(
                "image-to-image", usual, "Img2Img", scheduler,
                [pipeline_stable_diffusion_xl_img2img], image=source, strength=0.6, **steps,
            )
            for strength in [0.6, 1.0]:
                generate(
                    f"inpaint-{strength}", usual, "Inpaint", scheduler,
                    [pipeline_stable_diffusion_xl_inpaint], strength=strength, **masked,
                )
            generate(
                "control", steered, "ControlNet", scheduler, parts=net,
                control_guidance_start=0.1, control_guidance_end=0.7, **edged,
            )
        generate(
            "control-guess", steered, "ControlNet", "EulerDiscreteScheduler", parts=net,
            guess_mode=True, **edged,
        )


def make_edm(golden):
    """The models with EDM's preconditioning over images, whose latents are scaled channel by channel."""
    folder = golden / "pipelines"
    source = PIL.Image.open(folder / "source.png")
    mask = PIL.Image.fromarray(np.array(PIL.Image.open(folder / "mask.png")) * 255)
    with tempfile.TemporaryDirectory() as target:
        model = Folder(golden, [*XL, "tiny-playground"], pathlib.Path(target))

        def generate(name, form, scheduler, modules, **arguments):
            pipeline = model.pipeline(f"StableDiffusionXL{form}Pipeline", scheduler)
            pipeline.vae.encode = lambda image: Encoded(
                model.run("vae_encoder", sample=image)["latent_parameters"]
            )
            save(folder, f"edm-{name}-{scheduler}", pipeline, modules, **arguments)

        steps = dict(num_inference_steps=10, guidance_scale=3.0)
        schedulers = ["EDMEulerScheduler", "EDMDPMSolverMultistepScheduler"]
        for scheduler in schedulers:
            generate(
                "image-to-image", "Img2Img", scheduler, [pipeline_stable_diffusion_xl_img2img],
                image=source, strength=0.6, **steps,
            )
        # The inpainting pipeline of diffusers brings mean and deviation back, but does not take them away.
        for half in ["vae_decoder", "vae_encoder"]:
            shutil.copy(golden / "tiny-sdxl" / half / "config.json", model.path / half)
        for scheduler in schedulers:
            for strength in [0.6, 1.0]:
                generate(
                    f"inpaint-{strength}", "Inpaint", scheduler, [pipeline_stable_diffusion_xl_inpaint],
                    strength=strength, image=source, mask_image=mask, height=SIZE, width=SIZE, **steps,
                )


PARTS = {
    "encoder": make_encoder,
    "runs": make_runs,
    "equal-timesteps": make_equal_timesteps,
    "inpaint": make_inpaint,
    "control": make_control,
    "xl": make_xl,
    "edm": make_edm,
}


def main():
    diffusers.logging.set_verbosity_error()
    golden = pathlib.Path(sys.argv[1])
    for part in sys.argv[2:] or PARTS:
        with torch.no_grad():
            PARTS[part](golden)


if __name__ == "__main__":
    main()

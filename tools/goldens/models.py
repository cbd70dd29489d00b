"""Makes the fixtures of further architectures: SDXL and its Turbo, SD 2, SD Turbo and LCM, in float32 and float16,
and SDXL with EDM's preconditioning, as Playground v2.5 and CosXL are.

    python models.py ../../iaa-diffusion/src/test/resources/golden DIFFUSERS [--only runs]
    python models.py ../../iaa-diffusion/src/test/resources/golden --only edm

DIFFUSERS is a checkout of diffusers: long and weighted prompts are embedded by its examples/community/lpw_*.py.
make_goldens.py must have run: tiny-sd/ lends tokenizer and autoencoder, tiny-sd-expected/ the noise. Folders are
laid over one another to make a model (layers in models-expected/runs.json), so that what is equal is stored once.
With --only runs the models stay as they are. With --only edm just the models with EDM's preconditioning and their runs
are made, over the SDXL as it lies there.
"""

import argparse
import ast
import json
import math
import pathlib
import re
import shutil
import tempfile
import types
from unittest import mock

import numpy as np
import onnx
import onnxruntime
import torch
import diffusers
from diffusers import AutoencoderKL, UNet2DConditionModel
from onnxruntime.transformers.float16 import convert_float_to_float16
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from noise import Noise
from schedulers import PLAYGROUND

SD = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
DYNAMIC = torch.export.Dim.DYNAMIC
TOKENS = 24
PROMPT = "a photo of a red bird on a green meadow"
NEGATIVE = "blurry, low quality"
WEIGHTED = "a (red:1.4) bird, ((grey sheep)) and [two black cats] \\(on\\) the (green meadow:0.7)"
LONG = (
    "a photo of a red bird on a green meadow in the morning light, two black cats and a small white dog sit on the "
    "grass, the boat sails on the blue sea at night under a yellow moon, (an aeroplane:1.3) flies over the [street], "
    "a brown cow, a grey sheep and three horses stand in the snow"
)

SD2 = ["tiny-sd", "tiny-clip", "tiny-sd2"]
LCM = [*SD2, "tiny-lcm"]
XL = ["tiny-sd", "tiny-clip", "tiny-sdxl"]
EDM = [*XL, "tiny-playground"]
RUNS = {
    "sdxl": dict(layers=XL, steps=10, guidance=5.0),
    "sdxl-zeros": dict(layers=XL, steps=4, guidance=5.0, negative=""),
    "sdxl-clip-skip": dict(layers=XL, steps=4, guidance=5.0, clip_skip=1),
    "sdxl-weighted": dict(layers=XL, steps=4, guidance=5.0, prompt=WEIGHTED, weights=True),
    "sdxl-long": dict(layers=XL, steps=4, guidance=5.0, prompt=LONG, weights=True, long=True),
    "sdxl-half": dict(layers=[*XL, "tiny-sdxl-half"], steps=4, guidance=5.0),
    "sdxl-turbo-1": dict(layers=[*XL, "tiny-sdxl-turbo"], steps=1, guidance=0.0),
    "sdxl-turbo-4": dict(layers=[*XL, "tiny-sdxl-turbo"], steps=4, guidance=0.0),
    "sd2": dict(layers=SD2, steps=10, guidance=7.5),
    "sd2-clip-skip": dict(layers=SD2, steps=4, guidance=7.5, clip_skip=1),
    "sd2-weighted": dict(layers=SD2, steps=4, guidance=7.5, prompt=WEIGHTED, weights=True),
    "sd2-long": dict(layers=SD2, steps=4, guidance=7.5, prompt=LONG, long=True),
    "sd2-long-weighted": dict(layers=SD2, steps=4, guidance=7.5, prompt=LONG, weights=True, long=True),
    "sd-turbo-1": dict(layers=[*SD2, "tiny-sd-turbo"], steps=1, guidance=0.0),
    "sd-turbo-2": dict(layers=[*SD2, "tiny-sd-turbo"], steps=2, guidance=0.0),
    "lcm-1": dict(layers=LCM, steps=1, guidance=8.5),
    "lcm-4": dict(layers=LCM, steps=4, guidance=8.5),
    "playground": dict(layers=EDM, steps=10, guidance=3.0),
    "playground-20": dict(layers=EDM, steps=20, guidance=3.0),
    "playground-euler": dict(layers=EDM, steps=10, guidance=3.0, scheduler="EDMEulerScheduler"),
    "cosxl": dict(layers=[*EDM, "tiny-cosxl"], steps=10, guidance=3.0),
    "cosxl-sde": dict(
        layers=[*EDM, "tiny-cosxl"], steps=10, guidance=3.0, scheduler="EDMDPMSolverMultistepScheduler"
    ),
}


# ---------------------------------------------------------------------------------------- models

class TextEncoder(torch.nn.Module):
    """With the outputs that Optimum names for an encoder whose config has output_hidden_states."""

    def __init__(self, model, pooled):
        super().__init__()
        self.model, self.pooled = model, pooled

    def forward(self, input_ids):
        out = self.model(input_ids, output_hidden_states=True)
        first = (out[self.pooled], out.last_hidden_state)
        return (first if self.pooled == "text_embeds" else first[::-1]) + tuple(out.hidden_states)


class Unet(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, encoder_hidden_states, timestep_cond=None, text_embeds=None, time_ids=None):
        added = None if text_embeds is None else {"text_embeds": text_embeds, "time_ids": time_ids}
        return self.model(
            sample, timestep, encoder_hidden_states, timestep_cond=timestep_cond, added_cond_kwargs=added,
            return_dict=False,
        )[0]


def write(file, value):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, indent=2) + "\n")


def export(module, inputs, outputs, folder, config, dynamic):
    folder.mkdir(parents=True)
    torch.onnx.export(
        module.eval(),
        (),
        folder / "model.onnx",
        kwargs=inputs,
        input_names=list(inputs),
        output_names=outputs,
        dynamic_shapes=dynamic,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    model = onnx.load(folder / "model.onnx")
    # The exporter's notes on where each node came from are larger than the weights.
    for node in model.graph.node:
        del node.metadata_props[:]
    del model.graph.value_info[:]
    onnx.save(model, folder / "model.onnx")
    write(folder / "config.json", config)


def make_text_encoder(folder, kind, ids, **options):
    config = CLIPTextConfig(
        vocab_size=682, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4,
        max_position_embeddings=TOKENS, bos_token_id=680, eos_token_id=681, output_hidden_states=True, **options,
    )
    model = kind(config).eval()
    for name, parameter in model.named_parameters():
        # As it is drawn, every norm does nothing and every word is nearly the same.
        if "norm" in name:
            parameter.copy_(torch.randn_like(parameter) * 0.3 + (1 if "weight" in name else 0))
        else:
            parameter.mul_(4)
    pooled = "text_embeds" if kind is CLIPTextModelWithProjection else "pooler_output"
    names = [pooled, "last_hidden_state"]
    names = names if pooled == "text_embeds" else names[::-1]
    export(
        TextEncoder(model, pooled),
        {"input_ids": torch.zeros(2, TOKENS, dtype=ids) + 681},
        names + [f"hidden_states.{i}" for i in range(4)],
        folder,
        json.loads(config.to_json_string(use_diff=False)),
        {"input_ids": {0: DYNAMIC}},
    )


def make_unet(folder, width, **options):
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16), down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), layers_per_block=1, norm_num_groups=4,
        attention_head_dim=(2, 4), cross_attention_dim=width, use_linear_projection=True, **options,
    ).eval()
    rows = {0: DYNAMIC}
    inputs = {
        "sample": (torch.randn(2, 4, 8, 8), {0: DYNAMIC, 2: DYNAMIC, 3: DYNAMIC}),
        "timestep": (torch.tensor(7), None),
        "encoder_hidden_states": (torch.randn(2, TOKENS, width), {0: DYNAMIC, 1: DYNAMIC}),
    }
    if options.get("time_cond_proj_dim"):
        inputs["timestep_cond"] = (torch.randn(2, options["time_cond_proj_dim"]), rows)
    if options.get("addition_embed_type"):
        inputs["text_embeds"] = (torch.randn(2, 24), rows)
        inputs["time_ids"] = (torch.randn(2, 6), rows)
    export(
        Unet(unet),
        {k: v[0] for k, v in inputs.items()},
        ["out_sample"],
        folder,
        dict(unet.config),
        {k: v[1] for k, v in inputs.items()},
    )


def copy_tokenizer(golden, folder, pad):
    folder.mkdir(parents=True)
    source = golden / "tiny-sd" / "tokenizer"
    for name in ["vocab.json", "merges.txt"]:
        shutil.copy(source / name, folder)
    config = json.loads((source / "tokenizer_config.json").read_text())
    write(folder / "tokenizer_config.json", dict(config, pad_token=pad))


def scheduler(folder, name, **options):
    config = dict(SD, _class_name=name, num_train_timesteps=1000, **options)
    write(folder / "scheduler" / "scheduler_config.json", config)


def make_models(golden):
    for name in ["clip", "sd2", "sd-turbo", "lcm", "sdxl", "sdxl-turbo", "sdxl-half"]:
        shutil.rmtree(golden / f"tiny-{name}", ignore_errors=True)
    make_text_encoder(golden / "tiny-clip/text_encoder", CLIPTextModel, torch.int64, hidden_size=32)

    sd2 = golden / "tiny-sd2"
    make_unet(sd2 / "unet", 32)
    copy_tokenizer(golden, sd2 / "tokenizer", "!")
    scheduler(sd2, "DDIMScheduler", clip_sample=False, prediction_type="v_prediction", set_alpha_to_one=False,
              steps_offset=1)

    scheduler(golden / "tiny-sd-turbo", "EulerDiscreteScheduler", timestep_spacing="trailing", steps_offset=1,
              prediction_type="epsilon")

    lcm = golden / "tiny-lcm"
    make_unet(lcm / "unet", 32, time_cond_proj_dim=16)
    scheduler(lcm, "LCMScheduler", original_inference_steps=50, clip_sample=False, set_alpha_to_one=True,
              steps_offset=0, timestep_scaling=10.0)
    write(lcm / "model_index.json", {"_class_name": "LatentConsistencyModelPipeline"})

    xl = golden / "tiny-sdxl"
    make_text_encoder(
        xl / "text_encoder_2", CLIPTextModelWithProjection, torch.int32, hidden_size=48, projection_dim=24,
        hidden_act="gelu",
    )
    copy_tokenizer(golden, xl / "tokenizer_2", "!")
    make_unet(
        xl / "unet", 80, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 24, transformer_layers_per_block=(1, 2),
    )
    scheduler(xl, "EulerDiscreteScheduler", timestep_spacing="leading", steps_offset=1, prediction_type="epsilon",
              interpolation_type="linear", use_karras_sigmas=False, sample_max_value=1.0, set_alpha_to_one=False,
              skip_prk_steps=True, clip_sample=False)
    vae = json.loads((golden / "tiny-sd/vae_decoder/config.json").read_text())
    for half in ["vae_decoder", "vae_encoder"]:
        write(xl / half / "config.json", dict(vae, scaling_factor=0.5, force_upcast=True))
    write(xl / "model_index.json", {
        "_class_name": "StableDiffusionXLPipeline", "force_zeros_for_empty_prompt": True,
    })

    scheduler(golden / "tiny-sdxl-turbo", "EulerAncestralDiscreteScheduler", timestep_spacing="trailing",
              steps_offset=1, prediction_type="epsilon")

    for part, source in [("text_encoder", "tiny-clip"), ("text_encoder_2", "tiny-sdxl"), ("unet", "tiny-sdxl")]:
        model = convert_float_to_float16(onnx.load(golden / source / part / "model.onnx"), keep_io_types=False)
        del model.graph.value_info[:]
        (golden / "tiny-sdxl-half" / part).mkdir(parents=True)
        onnx.save(model, golden / "tiny-sdxl-half" / part / "model.onnx")


def make_edm(golden):
    """SDXL whose UNet is told logarithms of noise levels: its timestep has fractions, as Optimum exports it now."""
    for name in ["playground", "cosxl"]:
        shutil.rmtree(golden / f"tiny-{name}", ignore_errors=True)
    xl, playground = golden / "tiny-sdxl", golden / "tiny-playground"
    model = onnx.load(xl / "unet" / "model.onnx")
    timestep = next(i for i in model.graph.input if i.name == "timestep")
    timestep.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    (playground / "unet").mkdir(parents=True)
    onnx.save(model, playground / "unet" / "model.onnx")
    write(playground / "scheduler" / "scheduler_config.json", dict(
        PLAYGROUND, _class_name="EDMDPMSolverMultistepScheduler",
    ))
    # Playground v2.5 states these, of each latent channel.
    latents = dict(latents_mean=[-1.6574, 1.886, -1.383, 2.5155], latents_std=[8.4927, 5.9022, 6.5498, 5.2299])
    for half in ["vae_decoder", "vae_encoder"]:
        config = dict(json.loads((xl / half / "config.json").read_text()), **latents)
        # Diffusers leaves aside what is stated of these.
        del config["_use_default_values"]
        write(playground / half / "config.json", config)
    write(golden / "tiny-cosxl" / "scheduler" / "scheduler_config.json", dict(
        _class_name="EDMEulerScheduler", num_train_timesteps=1000, prediction_type="v_prediction", sigma_data=1.0,
        sigma_max=120.0, sigma_min=0.002, sigma_schedule="exponential", algorithm_type="sde-dpmsolver++",
    ))


# ------------------------------------------------------------------------------------------ runs

class Folder:
    """A model folder, and the parts of a diffusers pipeline over its ONNX files."""

    def __init__(self, golden, layers, target):
        for layer in layers:
            shutil.copytree(golden / layer, target, dirs_exist_ok=True)
        self.path = target
        self.index = self.json("model_index.json")
        self.is_xl = "XL" in self.index["_class_name"]
        self.sessions = {}

    def json(self, name):
        return json.loads((self.path / name).read_text())

    def run(self, part, **inputs):
        if part not in self.sessions:
            self.sessions[part] = onnxruntime.InferenceSession(self.path / part / "model.onnx")
        session = self.sessions[part]
        types_ = {i.name: i.type for i in session.get_inputs()}
        numpy_types = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64,
                       "tensor(int32)": np.int32}
        arrays = {k: np.asarray(v).astype(numpy_types[types_[k]]) for k, v in inputs.items() if k in types_}
        outputs = session.run(None, arrays)
        return {o.name: torch.from_numpy(v.astype(np.float32)) for o, v in zip(session.get_outputs(), outputs)}

    def text_encoder(self, part):
        config = CLIPTextConfig.from_dict(self.json(f"{part}/config.json"))
        kind = CLIPTextModelWithProjection if part.endswith("_2") else CLIPTextModel
        model = kind(config).eval()
        # The fixture keeps no weights but those in the graph: the norm's are its only initializers of that name.
        graph = onnx.load(self.path / part / "model.onnx").graph
        for initializer in graph.initializer:
            for name in ["weight", "bias"]:
                if initializer.name.endswith(f"final_layer_norm.{name}"):
                    value = torch.from_numpy(onnx.numpy_helper.to_array(initializer).astype(np.float32))
                    norm = getattr(model, "text_model", model).final_layer_norm
                    getattr(norm, name).data = value

        class Output(tuple):
            pass

        def forward(ids, **_):
            found = self.run(part, input_ids=ids)
            hidden = tuple(found[f"hidden_states.{i}"] for i in range(config.num_hidden_layers + 1))
            first = found["text_embeds"] if part.endswith("_2") else found["last_hidden_state"]
            output = Output((first, hidden))
            output.hidden_states = hidden
            return output

        model.forward = forward
        if not hasattr(model, "text_model"):
            # Where the pipeline of diffusers 0.42 looks for the norm.
            object.__setattr__(model, "text_model", types.SimpleNamespace(final_layer_norm=model.final_layer_norm))
        return model

    def pipeline(self, kind=None, scheduler=None, **more_parts):
        unet = UNet2DConditionModel.from_config(self.json("unet/config.json")).eval()

        def ask(sample, timestep, encoder_hidden_states=None, timestep_cond=None, added_cond_kwargs=None,
                down_block_additional_residuals=(), mid_block_additional_residual=None, **_):
            more = dict(added_cond_kwargs or {})
            for i, residual in enumerate(down_block_additional_residuals):
                more[f"down_block_{i}_additional_residual"] = residual
            if mid_block_additional_residual is not None:
                more["mid_block_additional_residual"] = mid_block_additional_residual
            if timestep_cond is not None:
                more["timestep_cond"] = timestep_cond
            shape = self.run("unet", sample=sample, timestep=np.array(float(timestep)),
                             encoder_hidden_states=encoder_hidden_states, **more)
            return (shape["out_sample"],)

        unet.forward = ask
        vae = AutoencoderKL.from_config(self.json("vae_decoder/config.json")).eval()
        vae.decode = lambda latents, **_: (self.run("vae_decoder", latent_sample=latents)["sample"],)
        config = self.json("scheduler/scheduler_config.json")
        plan = getattr(diffusers, scheduler or config["_class_name"]).from_config(config)
        parts = dict(vae=vae, unet=unet, scheduler=plan, text_encoder=self.text_encoder("text_encoder"),
                     tokenizer=CLIPTokenizer.from_pretrained(self.path / "tokenizer"))
        if self.is_xl:
            parts.update(
                text_encoder_2=self.text_encoder("text_encoder_2"),
                tokenizer_2=CLIPTokenizer.from_pretrained(self.path / "tokenizer_2"),
                force_zeros_for_empty_prompt=self.index["force_zeros_for_empty_prompt"],
                add_watermarker=False,
            )
        else:
            parts.update(safety_checker=None, feature_extractor=None, requires_safety_checker=False)
        pipeline = getattr(diffusers, kind or self.index["_class_name"])(**parts, **more_parts)
        pipeline.set_progress_bar_config(disable=True)
        return pipeline


def community(checkout, name):
    """The functions of a community pipeline. The rest of its file wants parts that diffusers no longer has."""
    # Its weights in float16 are rounding, not meaning.
    source = (checkout / "examples" / "community" / name).read_text().replace("torch.float16", "torch.float32")
    wanted = ["parse_prompt_attention", "get_prompts_with_weights", "pad_tokens_and_weights",
              "get_unweighted_text_embeddings", "get_weighted_text_embeddings", "get_prompts_tokens_with_weights",
              "group_tokens_and_weights", "get_weighted_text_embeddings_sdxl"]
    kept = [ast.parse("from __future__ import annotations").body[0]]
    for node in ast.parse(source).body:
        named = isinstance(node, ast.FunctionDef) and node.name in wanted
        if named or isinstance(node, ast.Assign) and node.targets[0].id == "re_attention":
            kept.append(node)
    module = types.ModuleType(name)
    module.re, module.torch, module.logger = re, torch, diffusers.utils.logging.get_logger(name)
    for unused in ["TextualInversionLoaderMixin", "StableDiffusionLoraLoaderMixin", "StableDiffusionXLLoraLoaderMixin"]:
        setattr(module, unused, type(unused, (), {}))
    exec(compile(ast.Module(kept, []), name, "exec"), module.__dict__)
    return module


def with_end_first(tokens, bos, eos, pad, length):
    """One chunk as CLIP's tokenizer pads it: where the padding token is the end token, what lpw makes as well."""
    return [bos, *tokens, eos] + [pad] * (length - 2 - len(tokens))


def weighted_sd(pipeline, lpw, prompt, negative, weights, long):
    tokenizer = pipeline.tokenizer
    original = lpw.pad_tokens_and_weights

    def pad_tokens(tokens, token_weights, max_length, bos, eos, pad, **options):
        count = (max_length - 2) // (TOKENS - 2)
        plain = [list(t) for t in tokens]
        _, padded_weights = original(tokens, token_weights, max_length, bos, eos, pad, **options)
        # Chunks overlap by the two tokens that get_unweighted_text_embeddings replaces.
        return [chunks(t, count, bos, eos, pad) for t in plain], padded_weights

    def chunks(tokens, count, bos, eos, pad):
        size = TOKENS - 2
        return [with_end_first(tokens[i * size : (i + 1) * size], bos, eos, pad, TOKENS) for i in range(count)]

    def embeddings(pipe, text_input, chunk_length, **_):
        rows = [pipe.text_encoder(text_input[:, i])[0] for i in range(text_input.shape[1])]
        return torch.concat(rows, axis=1)

    pipe = types.SimpleNamespace(tokenizer=tokenizer, text_encoder=pipeline.text_encoder, device="cpu")
    with mock.patch.object(lpw, "pad_tokens_and_weights", pad_tokens), \
            mock.patch.object(lpw, "get_unweighted_text_embeddings", embeddings):
        return lpw.get_weighted_text_embeddings(
            pipe, prompt, negative, max_embeddings_multiples=99 if long else 1, skip_parsing=not weights
        )


def weighted_xl(pipeline, lpw, prompt, negative):
    size = TOKENS - 2

    calls = []

    def group(ids, weights, pad_last_block=False):
        # Called for both prompts with the first tokenizer, then for both with the second. The shorter prompt was
        # filled with end tokens before; each tokenizer has a padding token of its own.
        calls.append(ids)
        pad = (pipeline.tokenizer if len(calls) <= 2 else pipeline.tokenizer_2).pad_token_id
        count = -(-len(ids) // size)
        while ids and ids[-1] == 681:
            ids = ids[:-1]
        weights = weights[: len(ids)] + [1.0] * (count * size - len(ids))
        parts = [slice(i * size, (i + 1) * size) for i in range(count)]
        return [with_end_first(ids[part], 680, 681, pad, TOKENS) for part in parts], [
            [1.0, *weights[part], 1.0] for part in parts
        ]

    pipe = types.SimpleNamespace(
        tokenizer=pipeline.tokenizer, tokenizer_2=pipeline.tokenizer_2, text_encoder=pipeline.text_encoder,
        text_encoder_2=pipeline.text_encoder_2, _execution_device="cpu",
    )
    with mock.patch.object(lpw, "group_tokens_and_weights", group):
        return lpw.get_weighted_text_embeddings_sdxl(pipe, prompt=prompt, neg_prompt=negative)


def make_runs(golden, checkout, only=None):
    """Runs of all models, or of those that have a layer."""
    expected = golden / "models-expected"
    if only is None:
        shutil.rmtree(expected, ignore_errors=True)
    expected.mkdir(exist_ok=True)
    latents = torch.from_numpy(np.load(golden / "tiny-sd-expected" / "noise.npy"))
    if only is None:
        sd, xl = (community(checkout, f"lpw_stable_diffusion{kind}.py") for kind in ["", "_xl"])
    noise = Noise()
    cases = []
    for name, run in RUNS.items():
        case = dict(dict(name=name, prompt=PROMPT, negative=NEGATIVE), **run)
        cases.append(case)
        if only is not None and only not in run["layers"]:
            continue
        with tempfile.TemporaryDirectory() as target:
            pipeline = Folder(golden, run["layers"], pathlib.Path(target)).pipeline(scheduler=run.get("scheduler"))
            is_lcm = "LatentConsistency" in type(pipeline).__name__
            is_xl = "XL" in type(pipeline).__name__
            arguments = dict(num_inference_steps=run["steps"], guidance_scale=run["guidance"])
            if run.get("weights") or run.get("long"):
                if is_xl:
                    found = weighted_xl(pipeline, xl, case["prompt"], case["negative"])
                    names = ["prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds",
                             "negative_pooled_prompt_embeds"]
                else:
                    found = weighted_sd(pipeline, sd, case["prompt"], case["negative"], "weights" in run, "long" in run)
                    names = ["prompt_embeds", "negative_prompt_embeds"]
                arguments.update(zip(names, found))
            else:
                arguments["prompt"] = case["prompt"]
                if not is_lcm:
                    arguments["negative_prompt"] = case["negative"] or None
                if "clip_skip" in run:
                    arguments["clip_skip"] = run["clip_skip"]
            module = f"diffusers.schedulers.{type(pipeline.scheduler).__module__.split('.')[-1]}"
            draw = lambda shape, **_: noise.draw(pipeline.scheduler.step_index, math.prod(shape)).reshape(shape)
            for kind, what in [("latent", "latents"), ("pt", "image")]:
                with mock.patch(f"{module}.randn_tensor", draw, create=True):
                    result = pipeline(latents=latents.clone(), output_type=kind, **arguments).images
                assert torch.isfinite(result).all()
                np.save(expected / f"{name}-{what}.npy", result.numpy().astype("<f4"))
            print(name, float(result.mean()), float(result.std()))
    lines = ",\n".join(json.dumps(case) for case in cases)
    (expected / "runs.json").write_text("[\n" + lines + "\n]\n")


def main():
    torch.manual_seed(20261123)
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("diffusers", type=pathlib.Path, nargs="?")
    parser.add_argument("--only", choices=["runs", "edm"])
    arguments = parser.parse_args()
    if arguments.only != "edm" and arguments.diffusers is None:
        parser.error("a checkout of diffusers is needed")
    with torch.no_grad():
        if arguments.only == "edm":
            make_edm(arguments.folder)
            make_runs(arguments.folder, None, only="tiny-playground")
            return
        if arguments.only != "runs":
            make_models(arguments.folder)
            make_edm(arguments.folder)
        make_runs(arguments.folder, arguments.diffusers)


if __name__ == "__main__":
    main()

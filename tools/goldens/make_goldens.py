"""Makes the golden fixtures of iaa-diffusion with Hugging Face diffusers and transformers.

    python make_goldens.py ../../iaa-diffusion/src/test/resources/golden [--only PART]

Four parts: what the schedulers do (schedulers/, made by schedulers.py), how CLIP text becomes tokens
(tokens.json), a whole run of a tiny Stable Diffusion with random weights (tiny-sd/ and
tiny-sd-expected/), and a graph of 16-bit numbers that has to be refused (half/). The schedulers can be
made alone, and so can the whole runs, over the tiny model as it lies there.
"""

import argparse
import itertools
import json
import math
import pathlib
import shutil
from unittest import mock

import numpy as np
import onnx
import onnxruntime
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DDPMScheduler,
    DEISMultistepScheduler,
    DPMSolverMultistepScheduler,
    DPMSolverSinglestepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LMSDiscreteScheduler,
    PNDMScheduler,
    StableDiffusionPipeline,
    TCDScheduler,
    UNet2DConditionModel,
    UniPCMultistepScheduler,
)
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from tokenizers import Regex
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from noise import Noise
from schedulers import SD, make_schedulers

torch.manual_seed(20241220)
torch.set_num_threads(1)

# Those that draw no noise of their own in a pipeline.
SCHEDULERS = [
    DDIMScheduler,
    PNDMScheduler,
    LMSDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    DPMSolverMultistepScheduler,
    DPMSolverSinglestepScheduler,
    UniPCMultistepScheduler,
    DEISMultistepScheduler,
    TCDScheduler,
]

# Those that draw noise at each step, by the name of their fixtures; with what the config and the call add.
NOISY = {
    "DDPMScheduler": (DDPMScheduler, {}, {}),
    "EulerAncestralDiscreteScheduler": (EulerAncestralDiscreteScheduler, {}, {}),
    "multistep-sde": (DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++"}, {}),
    "singlestep-sde": (DPMSolverSinglestepScheduler, {"algorithm_type": "sde-dpmsolver++"}, {}),
    "ddim-eta": (DDIMScheduler, {}, {"eta": 0.7}),
}


# ------------------------------------------------------------------------------------ tokenizer

CORPUS = """
a photo of a red bird on a green meadow in the morning light. two black cats and a small white dog
sit on the grass. the boat sails on the blue sea at night under a yellow moon. an aeroplane flies over
the street. a brown cow, a grey sheep and three horses stand in the snow. there's a person who drives
the car; it isn't far. we've seen what they'll do, i'm sure you're right, he'd know. blurry, low
quality, watermark. 0 1 2 3 4 5 6 7 8 9 10 2026
"""

TEXTS = [
    "",
    " ",
    "a photo of a red bird",
    "A PHOTO of a ReD BiRd",
    "  leading, trailing\tand\n\nother   spaces \u00a0\u3000 here  ",
    "it's they'll we've you're i'm he'd don't rock'n'roll 'quoted'",
    "IT'S THEY'LL",
    "3 cats, 42 dogs & 1000000 birds; 3.14",
    "hyphen-ated words, under_scores, e-mail@example.org, a/b\\c",
    "!!! ??? ... *** --- ,,, ((a)) [[b]] {c}",
    "na\u00efve caf\u00e9 and nai\u0308ve cafe\u0301",
    "\u00c4\u00d6\u00dc\u00df \u0130stanbul \u03a3\u03a3\u03a3",
    "\u4e00\u53ea\u9e1f \u306d\u3053 \uace0\uc591\uc774 \u0645\u0631\u062d\u0628\u0627",
    "emoji \U0001f600\U0001f469\u200d\U0001f680 and \u2764\ufe0f",
    "x\u00b2 \u00bd \u2167 \u0663",
    "zero\u200bwidth\u200djoiner\ufeffbom",
    "control\x00\x07characters\x1f",
    "<|startoftext|> in the text <|endoftext|> and after",
    "<|STARTOFTEXT|> upper <|EndOfText|>",
    "<|endoftext|><|endoftext|>a",
    "a <|endof text|> b",
    "supercalifragilisticexpialidocious" * 3,
    "a bird " * 60,
    "a bird," * 60 + "<|endoftext|>",
]


def make_tokenizer(folder, length, pad):
    """A small CLIP vocabulary of our own, as vocab.json and merges.txt."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token="<|endoftext|>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    words = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(words, "removed", invert=True), pre_tokenizers.ByteLevel(False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=700, end_of_word_suffix="</w>", special_tokens=[], show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS.split("."), trainer)
    trained = json.loads(tokenizer.to_str())["model"]
    # CLIP's own order: every byte, every byte that ends a word, the merges, the two specials.
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [tuple(merge) for merge in trained["merges"]]
    tokens = alphabet + [byte + "</w>" for byte in alphabet] + ["".join(m) for m in merges]
    tokens = list(dict.fromkeys(tokens)) + ["<|startoftext|>", "<|endoftext|>"]
    vocab = {token: i for i, token in enumerate(tokens)}
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False), "utf-8")
    lines = ["#version: 0.2"] + [" ".join(merge) for merge in merges]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", "utf-8")
    start, end = (
        {
            "__type": "AddedToken",
            "content": token,
            "lstrip": False,
            "normalized": True,
            "rstrip": False,
            "single_word": False,
        }
        for token in ["<|startoftext|>", "<|endoftext|>"]
    )
    config = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": length,
        "add_prefix_space": False,
        "do_lower_case": True,
        "errors": "replace",
        "bos_token": start,
        "eos_token": end,
        "unk_token": end,
        "pad_token": pad,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    return CLIPTokenizer.from_pretrained(folder), len(vocab)


def make_tokens(file, tokenizer):
    cases = []
    for text in TEXTS:
        padded = tokenizer(
            text, padding="max_length", max_length=tokenizer.model_max_length, truncation=True
        ).input_ids
        cases.append({"text": text, "count": len(tokenizer(text).input_ids), "ids": padded})
    lines = ",\n".join(json.dumps(case) for case in cases)
    file.write_text("[\n" + lines + "\n]\n")


# -------------------------------------------------------------------------------- the whole thing

class TextEncoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        return self.model(input_ids, return_dict=False)[0]


class Unet(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, encoder_hidden_states):
        return self.model(sample, timestep, encoder_hidden_states, return_dict=False)[0]


class VaeDecoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, latent_sample):
        return self.model.decode(latent_sample, return_dict=False)[0]


def export(module, inputs, output, folder, config, dynamic):
    """One part in the layout that Optimum writes."""
    folder.mkdir(parents=True)
    torch.onnx.export(
        module.eval(),
        tuple(inputs.values()),
        folder / "model.onnx",
        input_names=list(inputs),
        output_names=[output] if isinstance(output, str) else output,
        dynamic_shapes=dynamic,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    # The exporter's notes on where each node came from are larger than the weights.
    model = onnx.load(folder / "model.onnx")
    for node in model.graph.node:
        del node.metadata_props[:]
    del model.graph.value_info[:]
    onnx.save(model, folder / "model.onnx")
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def run(session, **inputs):
    arrays = {name: np.asarray(value) for name, value in inputs.items()}
    return torch.from_numpy(session.run(None, arrays)[0])


def make_pipeline(folder, expected):
    tokenizer, vocab_size = make_tokenizer(folder / "tokenizer", 24, "<|endoftext|>")
    make_tokens(expected / "tokens.json", tokenizer)
    # The same tokenizer as exports with a tokenizer.json of their own hold it.
    ready = expected / "tokenizer-ready"
    ready.mkdir()
    tokenizer.backend_tokenizer.save(str(ready / "tokenizer.json"))
    shutil.copy(folder / "tokenizer" / "tokenizer_config.json", ready)
    # A padding token of its own, as Stable Diffusion 2 has one.
    other, _ = make_tokenizer(expected / "tokenizer-padded", 16, "!")
    make_tokens(expected / "tokens-padded.json", other)

    text_config = CLIPTextConfig(
        vocab_size=vocab_size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=24,
        bos_token_id=vocab_size - 2,
        eos_token_id=vocab_size - 1,
    )
    text_encoder = CLIPTextModel(text_config).eval()
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=8,
        attention_head_dim=4,
        cross_attention_dim=32,
    ).eval()
    vae = AutoencoderKL(
        block_out_channels=(8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        norm_num_groups=4,
        latent_channels=4,
        sample_size=32,
        scaling_factor=0.7,
    ).eval()

    batch = torch.export.Dim.DYNAMIC
    rows = torch.randn(2, 4, 8, 8)
    export(
        TextEncoder(text_encoder),
        {"input_ids": torch.zeros(2, 24, dtype=torch.int64)},
        "last_hidden_state",
        folder / "text_encoder",
        json.loads(text_config.to_json_string(use_diff=False)),
        ({0: batch},),
    )
    export(
        Unet(unet),
        {
            "sample": rows,
            "timestep": torch.tensor([7]),
            "encoder_hidden_states": torch.randn(2, 24, 32),
        },
        "out_sample",
        folder / "unet",
        dict(unet.config),
        ({0: batch, 2: batch, 3: batch}, None, {0: batch}),
    )
    export(
        VaeDecoder(vae),
        {"latent_sample": rows},
        "sample",
        folder / "vae_decoder",
        dict(vae.config),
        ({0: batch, 2: batch, 3: batch},),
    )
    index = {
        "_class_name": "StableDiffusionPipeline",
        "scheduler": ["diffusers", "PNDMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    # The config that Stable Diffusion 1.5 ships with. Its scheduler is one that has to be overridden.
    config = dict(
        SD,
        _class_name="PNDMScheduler",
        clip_sample=False,
        num_train_timesteps=1000,
        set_alpha_to_one=False,
        skip_prk_steps=True,
        steps_offset=1,
        trained_betas=None,
    )
    (folder / "scheduler").mkdir()
    file = folder / "scheduler" / "scheduler_config.json"
    file.write_text(json.dumps(config, indent=2) + "\n")

    np.save(expected / "noise.npy", torch.randn(1, 4, 8, 8).numpy())
    make_runs(folder, expected)


def given_noise(cls, draws):
    """Gives a scheduler, which draws once a step if at all, the noise that ours draws at it."""
    steps = itertools.count()
    noise = Noise()

    def draw(shape, **_):
        return noise.draw(next(steps), math.prod(shape)).reshape(shape)

    return mock.patch(f"{cls.__module__}.randn_tensor", draw, create=not draws)


def make_runs(folder, expected):
    """Whole runs of the tiny Stable Diffusion as it lies there, with each scheduler."""
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    configs = {
        part: json.loads((folder / part / "config.json").read_text())
        for part in ["text_encoder", "unet", "vae_decoder"]
    }
    text_encoder = CLIPTextModel(CLIPTextConfig.from_dict(configs["text_encoder"])).eval()
    unet = UNet2DConditionModel.from_config(configs["unet"]).eval()
    vae = AutoencoderKL.from_config(configs["vae_decoder"]).eval()
    config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())

    # The pipeline of diffusers over the same ONNX files, so that only our own code is compared.
    sessions = {
        part: onnxruntime.InferenceSession(folder / part / "model.onnx")
        for part in ["text_encoder", "unet", "vae_decoder"]
    }
    text_encoder.forward = lambda ids, **_: (run(sessions["text_encoder"], input_ids=ids),)
    unet.forward = lambda sample, timestep, encoder_hidden_states, **_: (
        run(
            sessions["unet"],
            sample=sample,
            timestep=np.array([timestep], dtype=np.int64),
            encoder_hidden_states=encoder_hidden_states,
        ),
    )
    vae.decode = lambda latents, **_: (run(sessions["vae_decoder"], latent_sample=latents),)
    vae.encode = None

    prompt = "a photo of a red bird on a green meadow"
    negative = "blurry, low quality"
    latents = torch.from_numpy(np.load(expected / "noise.npy"))
    options = {k: v for k, v in config.items() if not k.startswith("_")}
    runs = {cls.__name__: (cls, {}, {}) for cls in SCHEDULERS} | NOISY
    for fixture, (cls, more, arguments) in runs.items():
        pipeline = StableDiffusionPipeline(
            vae=vae,
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            unet=unet,
            scheduler=cls.from_config(dict(options, **more)),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.set_progress_bar_config(disable=True)
        for kind, name in [("latent", "latents"), ("pt", "image")]:
            with given_noise(cls, fixture in NOISY):
                result = pipeline(
                    prompt,
                    negative_prompt=negative,
                    num_inference_steps=20,
                    guidance_scale=7.5,
                    latents=latents.clone(),
                    output_type=kind,
                    **arguments,
                ).images
            np.save(expected / f"{fixture}-{name}.npy", result.numpy().astype("<f4"))
    expectation = {"prompt": prompt, "negative": negative, "steps": 20, "guidance": 7.5}
    (expected / "run.json").write_text(json.dumps(expectation, indent=2) + "\n")


# ------------------------------------------------------------------------------- what is refused

def make_half(folder):
    """A decoder that answers what it is asked, in float16, with every dimension fixed."""
    folder.mkdir(parents=True)
    names = ["latent_sample", "sample"]
    latents, image = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT16, [1, 4, 8, 8])
        for name in names
    )
    node = onnx.helper.make_node("Identity", names[:1], names[1:])
    model = onnx.helper.make_model(
        onnx.helper.make_graph([node], "half", [latents], [image]),
        opset_imports=[onnx.helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    onnx.save(model, folder / "model.onnx")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", choices=["schedulers", "runs"])
    arguments = parser.parse_args()
    golden = arguments.folder
    if arguments.only == "runs":
        with torch.no_grad():
            make_runs(golden / "tiny-sd", golden / "tiny-sd-expected")
        return
    shutil.rmtree(golden / "schedulers", ignore_errors=True)
    make_schedulers(golden / "schedulers")
    if arguments.only == "schedulers":
        return
    for part in ["tiny-sd", "tiny-sd-expected", "half"]:
        shutil.rmtree(golden / part, ignore_errors=True)
    make_half(golden / "half")
    (golden / "tiny-sd-expected").mkdir(parents=True)
    with torch.no_grad():
        make_pipeline(golden / "tiny-sd", golden / "tiny-sd-expected")


if __name__ == "__main__":
    main()

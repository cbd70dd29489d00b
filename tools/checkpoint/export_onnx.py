"""Writes the trained parts as the folder that Optimum writes for Stable Diffusion.

The weights are stored in half precision and cast to single precision inside the graph: half the size, and
all arithmetic stays in single precision. ONNX Runtime folds the casts away when it loads a model.
"""

import argparse
import hashlib
import json
import os
import shutil
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from diffusers import AutoencoderKL, DDIMScheduler
from onnx import TensorProto, helper, numpy_helper
from train_text import tokens
from train_unet import SCHEDULER, load_average
from transformers import CLIPTokenizer

OPSET = 17


class TextEncoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        out = self.model(input_ids, return_dict=True)
        return out.last_hidden_state, out.pooler_output


class Unet(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, encoder_hidden_states):
        return self.model(sample, timestep, encoder_hidden_states, return_dict=False)[0]


class Encoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, sample):
        return self.vae.encode(sample).latent_dist.parameters


class Decoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latent_sample):
        return self.vae.decode(latent_sample, return_dict=False)[0]


def halve(model):
    """Float initialisers become half precision with a Cast to float behind each."""
    casts = []
    for tensor in list(model.graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) == 0 or np.prod(tensor.dims) < 8:
            continue
        name, values = tensor.name, numpy_helper.to_array(tensor)
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], name=f"{name}.cast", to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)


def shorten(model):
    """Numbers for the names of nodes and of inner values: in a model this small they are a tenth of the file."""
    kept = {value.name for value in [*model.graph.input, *model.graph.output]} | {""}
    short = {}

    def name(long):
        return long if long in kept else short.setdefault(long, f"v{len(short)}")

    for tensor in model.graph.initializer:
        tensor.name = name(tensor.name)
    for number, node in enumerate(model.graph.node):
        assert not any(a.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for a in node.attribute)
        node.name = f"{node.op_type}{number}"
        node.input[:] = [name(n) for n in node.input]
        node.output[:] = [name(n) for n in node.output]


def bare(model):
    """Without what the exporter notes about the machine and the sources."""
    model.doc_string = model.graph.doc_string = ""
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
        value.doc_string = ""


def export(module, inputs, outputs, axes, folder, config):
    """One part: model.onnx and config.json."""
    folder.mkdir(parents=True)
    file = folder / "model.onnx"
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), tuple(inputs.values()), str(file), input_names=list(inputs),
                          output_names=outputs, dynamic_axes=axes, opset_version=OPSET, dynamo=False,
                          do_constant_folding=True)
    model = onnx.load(file)
    bare(model)
    halve(model)
    shorten(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, file)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    return model.ir_version


def outputs_of(module, inputs):
    with torch.no_grad():
        out = module.eval()(*inputs.values())
    return [o.numpy() for o in (out if isinstance(out, tuple) else (out,))]


def largest(found, wanted):
    return max(float(np.abs(f - w).max()) for f, w in zip(found, wanted))


def one(inputs):
    """The first row alone, and a wider picture where there is one: other sizes than those traced."""
    rows = {name: value[:1] if value.ndim else value for name, value in inputs.items()}
    return {name: torch.cat([v, v], 3) if v.ndim == 4 else v for name, v in rows.items()}


def round_trip(module):
    """The weights as half precision will give them back."""
    with torch.no_grad():
        for p in module.parameters():
            if p.numel() >= 8:
                p.copy_(p.half().float())


def config_of(model):
    values = json.loads(model.to_json_string())
    return {k: v for k, v in values.items() if k != "_name_or_path"}


def write(args, out):
    text, unet, step = load_average(args.state, args.text)
    # Eager attention: what is traced must not depend on the machine's fused kernels.
    text.set_attn_implementation("eager")
    unet.set_default_attn_processor()
    tokenizer = CLIPTokenizer.from_pretrained(args.tokenizer)
    vae = AutoencoderKL.from_pretrained(args.vae).eval()
    ids = tokens(tokenizer, ["a red cow on the grass", "two boats", ""])
    torch.manual_seed(0)
    sample, hidden = torch.randn(3, 4, 16, 16), text(ids).last_hidden_state.detach()
    picture = torch.rand(2, 3, 64, 64) * 2 - 1
    batch = {0: "batch_size"}
    low, high = {2: "latent_height", 3: "latent_width"}, {2: "sample_height", 3: "sample_width"}
    text_config = {k: v for k, v in json.loads(text.config.to_json_string(use_diff=False)).items()
                   if k not in ("_name_or_path", "_attn_implementation")}
    parts = [
        (TextEncoder(text), {"input_ids": ids}, ["last_hidden_state", "pooler_output"],
         {"input_ids": {**batch, 1: "sequence_length"}, "last_hidden_state": {**batch, 1: "sequence_length"},
          "pooler_output": batch}, "text_encoder", text_config),
        (Unet(unet), {"sample": sample, "timestep": torch.tensor(481.0), "encoder_hidden_states": hidden},
         ["out_sample"],
         {"sample": {**batch, 2: "height", 3: "width"}, "encoder_hidden_states": {**batch, 1: "sequence_length"},
          "out_sample": {**batch, 2: "height", 3: "width"}}, "unet", config_of(unet)),
        (Decoder(vae), {"latent_sample": sample / vae.config.scaling_factor}, ["sample"],
         {"latent_sample": {**batch, **low}, "sample": {**batch, **high}}, "vae_decoder", config_of(vae)),
        (Encoder(vae), {"sample": picture}, ["latent_parameters"],
         {"sample": {**batch, **high}, "latent_parameters": {**batch, **low}}, "vae_encoder", config_of(vae)),
    ]
    exact = [outputs_of(module, inputs) for module, inputs, *_ in parts]
    for model in (text, unet, vae):
        round_trip(model)
    for (module, inputs, outputs, axes, name, config), full in zip(parts, exact):
        version = export(module, inputs, outputs, axes, out / name, config)
        session = onnxruntime.InferenceSession(out / name / "model.onnx")
        parity = [largest(session.run(None, {n: v.numpy() for n, v in given.items()}), outputs_of(module, given))
                  for given in (inputs, one(inputs))]
        print(f"{name}: opset {OPSET}, IR {version}, output std {full[0].std():.3f}, largest difference "
              f"PyTorch to ONNX {max(parity):.2e}, from halving the weights "
              f"{largest(outputs_of(module, inputs), full):.2e}", flush=True)

    tokenizer_out = out / "tokenizer"
    tokenizer_out.mkdir()
    for name in ("vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json", "tokenizer.json"):
        shutil.copyfile(Path(args.tokenizer) / name, tokenizer_out / name)
    (out / "scheduler").mkdir()
    scheduler = DDIMScheduler(**{**SCHEDULER, "timestep_spacing": args.spacing})
    (out / "scheduler" / "scheduler_config.json").write_text(
        json.dumps(config_of(scheduler), indent=2, sort_keys=True) + "\n")
    index = {
        "_class_name": "StableDiffusionPipeline", "_diffusers_version": config_of(unet)["_diffusers_version"],
        "feature_extractor": [None, None], "image_encoder": [None, None], "requires_safety_checker": False,
        "safety_checker": [None, None], "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
    }
    (out / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    files = sorted(p for p in out.rglob("*") if p.is_file())
    sums = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(out).as_posix()}\n" for p in files]
    (out / "SHA256SUMS").write_text("".join(sums))
    print(f"step {step}: {sum(p.stat().st_size for p in files) / 1e6:.2f} MB")


def main():
    cli = argparse.ArgumentParser()
    cli.add_argument("--state", required=True)
    cli.add_argument("--text", required=True, help="the folder that train_text.py wrote, for its shape")
    cli.add_argument("--vae", required=True)
    cli.add_argument("--tokenizer", required=True)
    cli.add_argument("--out", required=True)
    cli.add_argument("--spacing", default=SCHEDULER["timestep_spacing"])
    args = cli.parse_args()
    out = Path(args.out)
    part, old = out.with_name(out.name + ".part"), out.with_name(out.name + ".old")
    for folder in (part, old):
        shutil.rmtree(folder, ignore_errors=True)
    part.mkdir(parents=True)
    write(args, part)
    if out.exists():
        os.rename(out, old)
    os.rename(part, out)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    main()

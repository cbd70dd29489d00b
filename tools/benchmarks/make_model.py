"""Makes a Stable Diffusion folder with a UNet of random weights, in the layout that Optimum writes.

    python make_model.py 100m OUT      about 110 million parameters, 32x32 latents
    python make_model.py sd15 OUT      the UNet of Stable Diffusion 1.5: 860 million parameters, 64x64 latents
    python make_model.py tiny OUT      the layout of 100m with next to nothing in it, to try programs

Speed does not depend on what the weights are. Tokenizer, autoencoder and, where it is as wide as the UNet wants,
text encoder are those of Toy World's checkpoint, which lies in this repository. The sd15 folder takes 3.5 GB, and
making it 12 GB of memory.
"""

import argparse
import json
import shutil
import warnings
from pathlib import Path

import onnx
import torch
from diffusers import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

TOY_WORLD = (Path(__file__).resolve().parents[2]
             / "iaa-toyworld/src/main/resources/io/github/iaa4j/toyworld/checkpoint")
OPSET = 17


def unet_config(channels, sample_size, width, heads):
    last = len(channels) - 1
    return dict(sample_size=sample_size, block_out_channels=channels, cross_attention_dim=width,
                attention_head_dim=heads, norm_num_groups=32,
                down_block_types=["CrossAttnDownBlock2D"] * last + ["DownBlock2D"],
                up_block_types=["UpBlock2D"] + ["CrossAttnUpBlock2D"] * last)


SIZES = {
    "tiny": unet_config([32, 64], 32, 128, 4),
    "100m": unet_config([160, 320, 640], 32, 128, 8),
    "sd15": unet_config([320, 640, 1280, 1280], 64, 768, 8),
}


class Unet(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, encoder_hidden_states):
        return self.model(sample, timestep, encoder_hidden_states, return_dict=False)[0]


class TextEncoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        out = self.model(input_ids, return_dict=True)
        return out.last_hidden_state, out.pooler_output


def export(module, inputs, outputs, axes, folder):
    """model.onnx, and beside it one file of weights where they do not fit into it."""
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), tuple(inputs.values()), str(scratch / "model.onnx"),
                          input_names=list(inputs), output_names=outputs, dynamic_axes=axes, opset_version=OPSET,
                          dynamo=False)
    large = sum(p.numel() for p in module.parameters()) * 4 > 2e9
    del module
    model = onnx.load(scratch / "model.onnx")
    onnx.save(model, folder / "model.onnx", save_as_external_data=large, location="model.onnx_data")
    shutil.rmtree(scratch)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    torch.manual_seed(0)
    config = SIZES[args.size]
    args.out.mkdir(parents=True)
    for part in ["model_index.json", "scheduler", "tokenizer", "vae_decoder", "vae_encoder", "text_encoder"]:
        source = TOY_WORLD / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, args.out / part)
    text = json.loads((args.out / "text_encoder/config.json").read_text())
    length = text["max_position_embeddings"]
    width = config["cross_attention_dim"]
    if text["hidden_size"] != width:
        shutil.rmtree(args.out / "text_encoder")
        text.update(hidden_size=width, intermediate_size=4 * width, num_attention_heads=width // 64)
        encoder = CLIPTextModel(CLIPTextConfig(**text))
        export(TextEncoder(encoder), {"input_ids": torch.ones(1, length, dtype=torch.int64)},
               ["last_hidden_state", "pooler_output"], {"input_ids": {0: "batch_size", 1: "sequence_length"}},
               args.out / "text_encoder")
        (args.out / "text_encoder/config.json").write_text(json.dumps(text, indent=2) + "\n")

    unet = UNet2DConditionModel(**config)
    written = dict(unet.config)
    print(f"{sum(p.numel() for p in unet.parameters()) / 1e6:.1f} million parameters")
    # A small picture is enough to trace, and the axes are open.
    inputs = {"sample": torch.randn(2, 4, 16, 16), "timestep": torch.tensor(1.0), "encoder_hidden_states":
              torch.randn(2, length, width)}
    export(Unet(unet), inputs, ["out_sample"],
           {"sample": {0: "batch_size", 2: "height", 3: "width"},
            "encoder_hidden_states": {0: "batch_size", 1: "sequence_length"},
            "out_sample": {0: "batch_size", 2: "height", 3: "width"}}, args.out / "unet")
    written = {key: value for key, value in written.items() if not key.startswith("_")}
    written.update(_class_name="UNet2DConditionModel", _diffusers_version="0.42.1")
    (args.out / "unet/config.json").write_text(json.dumps(written, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()

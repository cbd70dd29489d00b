"""Decoders for previews, for the tiny Stable Diffusion that make_goldens.py made, which stays as it is.

    python previews.py ../../iaa-diffusion/src/test/resources/golden

tiny-sd-preview/vae_preview/ is an AutoencoderTiny of diffusers with random weights, whose images have half the size
of those of tiny-sd/; previews/ has latents and what the pipeline of diffusers makes of them with it.
tiny-sd-linear/vae_decoder/ takes the place of the decoder in tiny-sd/: each of its pixels is a linear map of a latent.
"""

import json
import pathlib
import shutil
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from diffusers import AutoencoderTiny
from diffusers.image_processor import VaeImageProcessor
from onnx import TensorProto, helper, numpy_helper

from make_goldens import VaeDecoder, export, run

# Red, green and blue of each latent channel, and what they are without any: small, so that nothing is cut off.
LINEAR = np.array([[0.1, -0.05, 0.02, 0.04], [0.03, 0.08, -0.06, 0], [-0.02, 0.01, 0.05, 0.09]], np.float32)
BIAS = np.array([0.1, -0.2, 0.3], np.float32)


def make_tiny(golden):
    torch.manual_seed(20250121)
    vae = AutoencoderTiny(
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        num_encoder_blocks=(1, 1),
        num_decoder_blocks=(1, 1),
    ).eval()
    # Random weights answer next to black; these give images of some contrast.
    last = vae.decoder.layers[-1]
    last.weight.mul_(4)
    last.bias.fill_(0.5)
    folder = golden / "tiny-sd-preview"
    shutil.rmtree(folder, ignore_errors=True)
    latents = torch.randn(1, 4, 8, 8)
    config = {key: value for key, value in vae.config.items() if not key.startswith("_use")}
    dynamic = torch.export.Dim.DYNAMIC
    export(
        VaeDecoder(vae),
        {"latent_sample": torch.randn(2, 4, 6, 10)},
        "sample",
        folder / "vae_preview",
        {"_class_name": "AutoencoderTiny", **config},
        ({0: dynamic, 2: dynamic, 3: dynamic},),
    )
    session = onnxruntime.InferenceSession(folder / "vae_preview/model.onnx")
    vae.decoder.forward = lambda x: run(session, latent_sample=x)
    image = vae.decode(latents / vae.config.scaling_factor, return_dict=False)[0]
    image = VaeImageProcessor().postprocess(image, output_type="pt")
    print("image", image.shape, "mean", float(image.mean()), "deviation", float(image.std()))
    expected = golden / "previews"
    expected.mkdir(exist_ok=True)
    np.save(expected / "latents.npy", latents.numpy())
    np.save(expected / "image.npy", image.numpy().astype("<f4"))


def make_linear(golden):
    folder = golden / "tiny-sd-linear/vae_decoder"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    scale = json.loads((golden / "tiny-sd/vae_decoder/config.json").read_text())["scaling_factor"]
    weights = {
        # The scaled latents that the decoder is given are divided by the factor.
        "weight": (LINEAR * scale).reshape(3, 4, 1, 1),
        "bias": BIAS,
        "scales": np.array([1, 1, 4, 4], np.float32),
    }
    shape = ["batch_size", 4, "height", "width"]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["latent_sample", "weight", "bias"], ["colours"]),
            helper.make_node("Resize", ["colours", "", "scales"], ["sample"], mode="nearest"),
        ],
        "linear",
        [helper.make_tensor_value_info("latent_sample", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("sample", TensorProto.FLOAT, ["batch_size", 3, "high", "wide"])],
        [numpy_helper.from_array(values.astype(np.float32), name) for name, values in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, folder / "model.onnx")


if __name__ == "__main__":
    with torch.no_grad():
        make_tiny(pathlib.Path(sys.argv[1]))
        make_linear(pathlib.Path(sys.argv[1]))

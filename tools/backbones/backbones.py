"""PyTorch backbones as ONNX files that iaa4j fine-tunes."""

import json

import onnx
import torch
from torch import nn

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class FeatureMap(nn.Module):
    """A network without its pooling and its head: images to a feature map, or to tokens."""

    def __init__(self, backbone, call):
        super().__init__()
        self.backbone = backbone
        self.call = call

    def forward(self, images):
        return self.call(self.backbone, images)


def timm_features(backbone):
    return FeatureMap(backbone, lambda network, images: network.forward_features(images))


def torchvision_features(backbone):
    if hasattr(backbone, "features"):
        return FeatureMap(backbone, lambda network, images: network.features(images))
    if hasattr(backbone, "layer4"):

        def resnet(network, images):
            x = network.maxpool(network.relu(network.bn1(network.conv1(images))))
            return network.layer4(network.layer3(network.layer2(network.layer1(x))))

        return FeatureMap(backbone, resnet)
    if hasattr(backbone, "encoder") and hasattr(backbone, "class_token"):

        def vit(network, images):
            x = network._process_input(images)
            token = network.class_token.expand(x.shape[0], -1, -1)
            return network.encoder(torch.cat([token, x], dim=1))

        return FeatureMap(backbone, vit)
    raise SystemExit(f"{type(backbone).__name__} of torchvision has no feature map that is known here")


def transformers_features(backbone, plain_table=True):
    """
    The last hidden state: tokens of a ViT, a feature map of a convolutional network.

    plain_table: the position table is added as it is, and iaa4j interpolates it to the size of the
    training; otherwise the graph interpolates it at each run
    """
    embeddings = getattr(backbone, "embeddings", None)
    if plain_table and hasattr(embeddings, "interpolate_pos_encoding"):
        if isinstance(getattr(embeddings, "position_embeddings", None), nn.Parameter):
            embeddings.interpolate_pos_encoding = lambda *_: embeddings.position_embeddings
    return FeatureMap(backbone, lambda network, images: network(pixel_values=images).last_hidden_state)


def lite_features(backbone):
    return FeatureMap(backbone, lambda network, images: network.extract_features(images))


def export(model, path, size, mean, std, tokens=None, opset=17):
    """
    Writes one ONNX file with an open batch, height and width.

    ``training=PRESERVE`` and no constant folding keep BatchNorm as nodes and every weight under its
    name; folded files can be fine-tuned too, but with frozen BatchNorm only.

    tokens: for a ViT, {"prefix": class and register tokens, "patch": pixels, "table": the name of
    the position table, "tablePrefix": how many of its rows belong to prefix tokens}
    """
    model.eval()
    output = "tokens" if tokens else "features"
    axes = {"images": {0: "batch"}, output: {0: "batch"}}
    axes["images"].update({2: "height", 3: "width"})
    axes[output].update({1: "length"} if tokens else {2: "featureHeight", 3: "featureWidth"})
    torch.onnx.export(
        model,
        (torch.zeros(1, 3, size, size),),
        path,
        input_names=["images"],
        output_names=[output],
        dynamic_axes=axes,
        opset_version=opset,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        dynamo=False,
    )
    describe(path, output, size, mean, std, tokens)


def describe(path, output, size, mean, std, tokens):
    """Writes into the file what iaa4j does not guess."""
    model = onnx.load(path)
    entries = {
        "iaa4j.features": output,
        "iaa4j.layout": "NCHW",
        "iaa4j.color": "RGB",
        "iaa4j.mean": json.dumps(list(mean)),
        "iaa4j.std": json.dumps(list(std)),
        "iaa4j.size": str(size),
    }
    if tokens:
        entries["iaa4j.prefixTokens"] = str(tokens["prefix"])
        entries["iaa4j.patchSize"] = str(tokens["patch"])
        if tokens.get("table"):
            entries["iaa4j.positionTable"] = tokens["table"]
            entries["iaa4j.positionPrefix"] = str(tokens["tablePrefix"])
    del model.metadata_props[:]
    for key, value in entries.items():
        model.metadata_props.add(key=key, value=value)
    # Shapes of intermediate values are those of the size at export; stack traces are nobody's business.
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.doc_string = ""
    onnx.save(model, path)

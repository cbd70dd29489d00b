"""
Tiny random exports of each family, with what PyTorch computes on them, as fixtures of iaa-wsss.

    python make_tiny.py ../../iaa-wsss/src/test/resources/backbones [NAME ...]
"""

import copy
import json
import pathlib
import sys

import onnx
import torch
from torch.nn import functional

import backbones
import families

CLASSES = 3
BATCH = 4
STEPS = 20
HEAD_NAME = "head.weight", "head.bias"


def pattern(count, seed):
    """Numbers in [-2, 2) that any language can make."""
    i = torch.arange(count, dtype=torch.float64)
    return (((i * 7919 + seed * 104729) % 10007) / 10007 * 4 - 2).to(torch.float32)


def images(size, seed, batch=BATCH):
    return pattern(batch * 3 * size * size, seed).reshape(batch, 3, size, size)


def targets(seed):
    i = torch.arange(BATCH * CLASSES)
    return ((i + seed) % 3 == 0).to(torch.float32).reshape(BATCH, CLASSES)


def side(tokens):
    return families.TOKEN_SIZE if tokens else families.SIZE


def feature_map(model, tokens, x):
    y = model(x)
    if tokens:
        patch = tokens["patch"]
        y = y[:, tokens["prefix"] :].transpose(1, 2)
        y = y.reshape(y.shape[0], y.shape[1], x.shape[2] // patch, x.shape[3] // patch)
    return y


def loss_of(model, tokens, head, x, y):
    maps = functional.conv2d(feature_map(model, tokens, x), head[0], head[1])
    return functional.multilabel_soft_margin_loss(maps.mean(dim=(2, 3)), y)


def sampled(tensor):
    """What a reader compares: the norm, and eight values spread over the tensor."""
    flat = tensor.detach().reshape(-1).to(torch.float64)
    at = [i * (flat.numel() - 1) // 7 for i in range(8)]
    return {"norm": flat.norm().item(), "values": [flat[i].item() for i in at]}


def new_head(channels):
    weight = (pattern(CLASSES * channels, 5) * 0.1).reshape(CLASSES, channels, 1, 1)
    return [weight.requires_grad_(), torch.zeros(CLASSES).requires_grad_()]


def resized(model, tokens, wanted):
    """The features at another size, with the position table interpolated as timm does."""
    bigger = copy.deepcopy(model)
    side = wanted * families.PATCH
    grid = families.TOKEN_SIZE // families.PATCH
    owner = bigger.get_submodule(tokens["table"].rpartition(".")[0])
    table = getattr(owner, tokens["table"].rpartition(".")[2])
    rows = table.data.reshape(-1, table.shape[-1])
    patches = rows[tokens["tablePrefix"] :].reshape(1, grid, grid, -1).permute(0, 3, 1, 2)
    patches = functional.interpolate(patches, size=(wanted, wanted), mode="bicubic", antialias=True)
    patches = patches.permute(0, 2, 3, 1).reshape(wanted * wanted, -1)
    rows = torch.cat([rows[: tokens["tablePrefix"]], patches])
    table.data = rows.reshape(*table.shape[:-2], *rows.shape)
    for module in bigger.modules():
        if hasattr(module, "img_size"):
            module.img_size = None
        if hasattr(module, "image_size"):
            module.image_size = side
        if hasattr(module, "position_ids"):
            module.position_ids = torch.arange(len(rows))[None]
        if hasattr(module, "position_embeddings") and hasattr(module, "cls_token"):
            module.interpolate_pos_encoding = lambda *_, own=module: own.position_embeddings
    with torch.no_grad():
        maps = feature_map(bigger, tokens, images(side, 0))
    return {"size": side, "shape": list(maps.shape), **sampled(maps)}


def golden(name, model, tokens, optimiser):
    model.eval()
    # Another size than the file's own makes the graph interpolate its position table.
    size = side(tokens) * 3 // 2 if name.endswith("dynamic") else side(tokens)
    x = images(size, 0)
    features = feature_map(model, tokens, x)
    record = {
        "optimiser": optimiser,
        "size": size,
        "featureShape": list(features.shape),
        "features": sampled(features),
    }
    if not tokens:
        for stride in 16, 8:
            dilated = families.align(families.families(stride)[name][0].eval())
            own = {key: value for key, value in model.state_dict().items() if key in dilated.state_dict()}
            dilated.load_state_dict(own)
            with torch.no_grad():
                maps = dilated(x)
            record[f"stride{stride}"] = {"shape": list(maps.shape), **sampled(maps)}
    elif tokens["table"]:
        record["resized"] = [resized(model, tokens, patches) for patches in (6, 3)]
    head = new_head(features.shape[1])
    loss_of(model, tokens, head, x, targets(0)).backward()
    record["gradients"] = {
        key: sampled(parameter.grad) for key, parameter in model.named_parameters() if parameter.grad is not None
    }
    record["gradients"].update({key: sampled(p.grad) for key, p in zip(HEAD_NAME, head)})
    model.zero_grad()
    head = new_head(features.shape[1])
    parameters = [p for p in model.parameters()] + head
    if optimiser == "sgd":
        steps = torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=1e-4)
    else:
        steps = torch.optim.AdamW(parameters, lr=2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.LambdaLR(steps, lambda step: (1 - step / STEPS) ** 0.9)
    losses = []
    for step in range(STEPS):
        steps.zero_grad()
        loss = loss_of(model, tokens, head, images(size, step), targets(step))
        losses.append(loss.item())
        loss.backward()
        steps.step()
        schedule.step()
    record["losses"] = losses
    with torch.no_grad():
        record["trained"] = sampled(functional.conv2d(feature_map(model, tokens, x), *head))
    return record


# Files as other exporters and settings write them: the name, the operator set and whether PyTorch's
# newer exporter, which folds constants and fuses GELU, writes it.
VARIANTS = {
    "resnet-basic": ("resnet-folded", 13, False),
    "mobilenet-v3": ("mobilenet-v3-opset11", 11, False),
    "vit": ("vit-opset20", 20, True),
    "convnext": ("convnext-opset18", 18, True),
}


def variant(model, folder, name, opset, dynamo):
    path = folder / f"{name}.onnx"
    model.eval()
    torch.onnx.export(
        model,
        (images(families.TOKEN_SIZE if name.startswith("vit") else families.SIZE, 0, 2),),
        str(path),
        input_names=["images"],
        output_names=["features"],
        opset_version=opset,
        dynamo=dynamo,
        external_data=False,
        **(
            {"dynamic_shapes": ({0: torch.export.Dim("batch")},)}
            if dynamo
            else {"dynamic_axes": {"images": {0: "batch"}, "features": {0: "batch"}}}
        ),
    )
    exported = onnx.load(path)
    del exported.metadata_props[:], exported.graph.value_info[:]
    for node in exported.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in list(exported.graph.input) + list(exported.graph.output) + list(exported.graph.initializer):
        del value.metadata_props[:]
    onnx.save(exported, path)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, (model, tokens, optimiser) in families.families().items():
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        families.randomise(model, torch.Generator().manual_seed(len(name)))
        if tokens and tokens.get("table") == "POSITION":
            tokens["table"] = next(k for k, _ in model.named_parameters() if "position_embedding" in k)
        path = folder / f"{name}.onnx"
        backbones.export(model, str(path), side(tokens) + (16 if name.endswith("dynamic") else 0), backbones.IMAGENET_MEAN, backbones.IMAGENET_STD, tokens)
        record = golden(name, model, tokens, optimiser)
        (folder / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
        if name in VARIANTS:
            variant(model, folder, *VARIANTS[name])
        print(name, path.stat().st_size, record["featureShape"], [round(l, 3) for l in record["losses"][::6]])


if __name__ == "__main__":
    main()

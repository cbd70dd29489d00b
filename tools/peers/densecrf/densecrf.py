"""Dense CRF by pydensecrf, for iaa-wsss to be compared with.

    python densecrf.py fixture FILE               # the golden fixture of iaa-wsss
    python densecrf.py cases VOC FOLDER --photographs 20 [--size 500x375]
    python densecrf.py serve                      # what benchmarks/run crf starts

cases writes a file for each of the first photographs of VOC's list train, of that size where one is given: what
both sides read. Its probabilities are those of an imagined network of stride 8: the true mask, block by block, with
noise, through a softmax of 21 labels, scaled up bilinearly.

serve answers each line of JSON, {"case": FILE, "out": FILE, "gaussian": [sxy, weight], "bilateral": [sxy, srgb,
weight], "iterations": 10}, with the seconds from probabilities to labels, and writes the labels to out, a byte each.

A case file is, in little-endian order: width, height and labels as 32 bits each; pixels [height, width, 3] of 8 bits;
probabilities [labels, height, width] of 32 bits.
"""

import argparse
import gzip
import json
import struct
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pydensecrf.densecrf as dcrf
from PIL import Image
from pydensecrf.utils import unary_from_labels, unary_from_softmax

LABELS = 21
STRIDE = 8


def infer(image, unary, labels, gaussian, bilateral, iterations):
    height, width = image.shape[:2]
    crf = dcrf.DenseCRF2D(width, height, labels)
    crf.setUnaryEnergy(np.ascontiguousarray(unary))
    if gaussian:
        crf.addPairwiseGaussian(sxy=gaussian[0], compat=gaussian[1])
    if bilateral:
        crf.addPairwiseBilateral(sxy=bilateral[0], srgb=bilateral[1], rgbim=image, compat=bilateral[2])
    return np.array(crf.inference(iterations)).reshape(labels, height, width)


def softmax(logits):
    exponentials = np.exp(logits - logits.max(0))
    return exponentials / exponentials.sum(0)


def network_like(mask, seed):
    """[LABELS, height, width], float32: what a network of stride 8 might say about a mask."""
    height, width = mask.shape
    rows, columns = -(-height // STRIDE), -(-width // STRIDE)
    padded = np.pad(mask, ((0, rows * STRIDE - height), (0, columns * STRIDE - width)), mode="edge")
    blocks = padded.reshape(rows, STRIDE, columns, STRIDE)
    shares = np.stack([(blocks == label).mean((1, 3)) for label in range(LABELS)])
    logits = 6 * shares + np.random.default_rng(seed).normal(0, 1, shares.shape)
    small = softmax(logits).astype(np.float32)
    return np.stack([np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR))
                     for plane in small])


def cases(voc, folder, photographs, size):
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for name in (voc / "ImageSets/Segmentation/train.txt").read_text().split():
        with Image.open(voc / "JPEGImages" / f"{name}.jpg") as file:
            image = np.asarray(file.convert("RGB"))
        height, width = image.shape[:2]
        if written == photographs or (size and (width, height) != size):
            continue
        with Image.open(voc / "SegmentationClass" / f"{name}.png") as file:
            mask = np.asarray(file).copy()
        mask[mask == 255] = 0
        with open(folder / f"{name}.case", "wb") as out:
            out.write(struct.pack("<3i", width, height, LABELS))
            out.write(image.tobytes())
            out.write(network_like(mask, zlib.crc32(name.encode())).astype("<f4").tobytes())
        written += 1
    if written < photographs:
        sys.exit(f"{voc} has only {written} such photographs in its list train")


def read_case(path):
    data = Path(path).read_bytes()
    width, height, labels = struct.unpack_from("<3i", data)
    image = np.frombuffer(data, np.uint8, height * width * 3, 12).reshape(height, width, 3).copy()
    probabilities = np.frombuffer(data, "<f4", labels * height * width, 12 + image.size)
    return image, probabilities.reshape(labels, height, width).copy()


def serve():
    for line in sys.stdin:
        request = json.loads(line)
        image, probabilities = read_case(request["case"])
        begun = time.perf_counter()
        marginals = infer(image, unary_from_softmax(probabilities), len(probabilities), request["gaussian"],
                          request["bilateral"], request["iterations"])
        labels = np.argmax(marginals, axis=0).astype(np.uint8)
        seconds = time.perf_counter() - begun
        Path(request["out"]).write_bytes(labels.tobytes())
        print(seconds, flush=True)


def drawing(width, height):
    """Two discs on a gradient, with noise: (pixels [height, width, 3], labels [height, width])."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([60 + 2 * x, 90 + y, 140 - x], axis=-1).astype(np.float64)
    labels = np.zeros((height, width), np.uint8)
    for label, (cx, cy, radius, colour) in enumerate([(13, 12, 9, (200, 60, 40)), (31, 20, 7, (30, 160, 70))], 1):
        disc = (x - cx) ** 2 + (y - cy) ** 2 <= radius**2
        labels[disc] = label
        pixels[disc] = colour
    pixels += random.normal(0, 6, pixels.shape)
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8), labels


def fixture(path):
    """Big-endian: see DenseCrfGoldenTest, which reads it."""
    width, height, count = 44, 33, 3
    image, truth = drawing(width, height)
    random = np.random.default_rng(11)
    shifted = np.roll(truth, (2, -3), (0, 1))
    logits = 2.0 * (np.arange(count)[:, None, None] == shifted) + random.normal(0, 1, (count, height, width))
    # In 255ths, which is what the fixture holds.
    probabilities = np.rint(255 * softmax(logits)).astype(np.uint8)
    noisy = np.argmax(logits, axis=0).astype(np.uint8)
    soft = unary_from_softmax(probabilities.astype(np.float32) / np.float32(255))
    hard = unary_from_labels(noisy.astype(np.int64), count, gt_prob=0.7, zero_unsure=False)
    runs = [  # Those with the name of a preset are held against it.
        ("PSA", soft, False, (3, 3), (80, 13, 10), 10),
        ("IRN", hard, True, (3, 3), (50, 5, 10), 10),
        ("CLIP_ES", soft, False, (1, 3), (67, 3, 4), 10),
        ("TOCO", soft, False, (1, 1), (121, 5, 4), 10),
        ("DEEPLAB", soft, False, (1, 3), (67, 3, 4), 10),
        ("AFA", soft, False, (3, 3), (64, 5, 4), 10),
        ("MCTFORMER", soft, False, (4, 3), (83, 5, 3), 10),
        ("WEAKTR", soft, False, (3, 3), (83, 5, 3), 10),
        ("no iteration", soft, False, (3, 3), (80, 13, 10), 0),
        ("one iteration", soft, False, (1, 1), (121, 5, 4), 1),
        ("gaussian alone", soft, False, (2.5, 4), None, 5),
        ("bilateral alone", soft, False, None, (20, 30, 2), 5),
    ]
    with gzip.GzipFile(path, "wb", mtime=0) as out:
        out.write(struct.pack(">3i", width, height, count))
        out.write(image.tobytes() + probabilities.tobytes() + noisy.tobytes())
        out.write(struct.pack(">i", len(runs)))
        for name, unary, is_hard, gaussian, bilateral, iterations in runs:
            encoded = name.encode()
            out.write(struct.pack(">h", len(encoded)) + encoded)
            out.write(struct.pack(">?5di", is_hard, *(gaussian or (1, 0)), *(bilateral or (1, 1, 0)), iterations))
            marginals = infer(image, unary, count, gaussian, bilateral, iterations)
            # In 65535ths: finer than the two sides agree.
            out.write(np.rint(65535 * marginals).astype(">u2").tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("fixture").add_argument("file", type=Path)
    cases_parser = commands.add_parser("cases")
    cases_parser.add_argument("voc", type=Path)
    cases_parser.add_argument("folder", type=Path)
    cases_parser.add_argument("--photographs", type=int, default=20)
    cases_parser.add_argument("--size", type=lambda text: tuple(int(side) for side in text.split("x")))
    commands.add_parser("serve")
    args = parser.parse_args()
    if args.command == "fixture":
        fixture(args.file)
    elif args.command == "cases":
        cases(args.voc, args.folder, args.photographs, args.size)
    else:
        serve()


if __name__ == "__main__":
    main()

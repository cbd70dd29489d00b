"""Writes the fixture of PAMR: what the authors' PyTorch code gives on a drawn image.

Usage: python pamr_fixture.py PATH/TO/1-stage-wseg OUT.gz
"""

import gzip
import importlib.util
import pathlib
import struct
import sys

import numpy as np
import torch

WIDTH, HEIGHT, CLASSES, ITERATIONS = 44, 33, 3, 10


def load(repository):
    file = pathlib.Path(repository) / "models" / "mods" / "pamr.py"
    spec = importlib.util.spec_from_file_location("pamr", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PAMR


def main():
    repository, out = sys.argv[1:]
    random = np.random.default_rng(14)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    image = np.stack([5 * x, 7 * y, 3 * (x + y)], axis=-1).astype(float)
    image[(x - 14) ** 2 + (y - 12) ** 2 < 80] = (230, 40, 60)
    image[20:30, 24:40] = (30, 60, 220)
    image += random.normal(0, 6, image.shape)
    image[:6, 36:] = 255  # flat, so that the local deviation is zero
    pixels = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    activations = random.random((CLASSES, HEIGHT, WIDTH)).astype(np.float32)

    pamr = load(repository)(num_iter=ITERATIONS, dilations=[1, 2, 4, 8, 12, 24])
    planes = torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)[None]
    with torch.no_grad():
        refined = pamr(planes, torch.from_numpy(activations)[None])[0].numpy()

    with open(out, "wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as gz:
        gz.write(struct.pack(">4i", WIDTH, HEIGHT, CLASSES, ITERATIONS))
        gz.write(pixels.tobytes())
        gz.write(activations.astype(">f4").tobytes())
        gz.write(refined.astype(">f4").tobytes())


if __name__ == "__main__":
    main()

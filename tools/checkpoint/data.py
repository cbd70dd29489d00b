"""Toy World on disk: the records of captions.jsonl, the pictures, and the words around a caption.

The data set is a VOC folder (JPEGImages/<id>.jpg) with captions.jsonl: one record a picture with
`id`, `caption`, `setting` and `objects` (each with `class`, `colour`, `size`).
"""

import json
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image

CLASSES = ["aeroplane", "bird", "boat", "car", "cat", "cow", "dog", "horse", "person", "sheep"]

# A language model decorates its prompts with words that no caption holds. They are mixed into the
# captions during training, so that the text encoder learns to read past them.
DECORATION = """
a photo of | a realistic photo of | a high quality photograph of | an image of | a picture showing |
a detailed picture of | a scene with | this is | a close view of | a wide shot of | there is | we see |
high resolution | highly detailed | sharp focus | soft natural light | golden hour lighting |
with realistic textures | in vivid colours | under a clear sky | beautiful scenery | a calm atmosphere |
professional photography | cinematic composition | with a shallow depth of field | at eye level |
in the background | in the foreground | in the middle of the frame | clearly visible | fully in view |
gently lit by the sun | casting a soft shadow | with fine details | photorealistic style | in the distance |
looking at the camera | surrounded by its natural environment | on a quiet afternoon | early in the morning |
bright and colourful | with smooth textures | well lit | the subject is clear | simple and clean |
captured with a wide lens | warm tones | cool tones | the light is soft | natural colours | nothing else |
standing proudly | resting peacefully | moving slowly | facing the viewer | seen from the side | one single subject
"""
PHRASES = [p.strip() for p in DECORATION.replace("\n", " ").split("|") if p.strip()]
OPENINGS = PHRASES[:12]
LETTERS = "etaoinshrdlucmfwypvbgk"


def records(root):
    with open(Path(root) / "captions.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def images(root, rows, cache=None):
    """All pictures as uint8 [N, 64, 64, 3]."""
    if cache and Path(cache).exists():
        return np.load(cache, mmap_mode="r")
    pixels = np.empty((len(rows), 64, 64, 3), np.uint8)
    for i, row in enumerate(rows):
        with Image.open(Path(root) / "JPEGImages" / f"{row['id']}.jpg") as picture:
            pixels[i] = np.asarray(picture.convert("RGB"))
    if cache:
        np.save(cache, pixels)
    return pixels


def to_tensor(pixels):
    """uint8 [B, 64, 64, 3] to float32 [B, 3, 64, 64] in [-1, 1], channels last in memory."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def decorate(caption, rng, chance=0.3):
    """The caption, now and then with words around it that say nothing about the picture."""
    if rng.random() > chance:
        return caption
    text = caption
    if rng.random() < 0.4:
        text = rng.choice(OPENINGS) + " " + text
    for _ in range(rng.choice((0, 1, 1, 2))):
        text += ", " + rng.choice(PHRASES)
    if rng.random() < 0.4:
        words = text.split(" ")
        for _ in range(rng.choice((1, 1, 2))):
            made_up = "".join(rng.choice(LETTERS) for _ in range(rng.randint(2, 6)))
            words.insert(rng.randint(0, len(words)), made_up)
        text = " ".join(words)
    return text


class Labels:
    """What a caption says, as one multi-hot vector: classes, class and colour, class and size, setting, counts."""

    def __init__(self, rows):
        keys = set()
        for row in rows:
            keys.update(self.said(row))
        self.index = {key: i for i, key in enumerate(sorted(keys))}

    @staticmethod
    def said(row):
        counts = {}
        for thing in row["objects"]:
            name = thing["class"]
            counts[name] = counts.get(name, 0) + 1
            yield f"class {name}"
            yield f"colour {name} {thing.get('colour')}"
            yield f"size {name} {thing.get('size')}"
        for name, count in counts.items():
            yield f"count {name} {count}"
        yield f"setting {row.get('setting')}"

    def __call__(self, rows):
        hot = torch.zeros(len(rows), len(self.index))
        for i, row in enumerate(rows):
            for key in self.said(row):
                hot[i, self.index[key]] = 1
        return hot


def class_labels(rows):
    hot = torch.zeros(len(rows), len(CLASSES))
    for i, row in enumerate(rows):
        for thing in row["objects"]:
            hot[i, CLASSES.index(thing["class"])] = 1
    return hot


def shuffled(count, seed, again=()):
    """Endless permutations of range(count), with the numbers of `again` in each once more."""
    rng = random.Random(seed)
    order = [*range(count), *again]
    while True:
        rng.shuffle(order)
        yield list(order)

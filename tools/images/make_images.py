"""Makes the images that the readers of iaa-core are compared with Pillow on.

    python make_images.py ../../iaa-core/src/test/resources/images [--dump FOLDER]

Each file holds cases, gzipped as one stream: for each, the name, the image file, its width and height,
and the pixels as Image.open(file).convert("RGB") gives them. See README.md for the layout.
"""

import argparse
import gzip
import io
import pathlib
import struct
import warnings

import numpy as np
from PIL import Image

import jpeg

MARKERS = {
    "none": b"",
    "jfif": jpeg.jfif(),
    **{f"adobe{t}": jpeg.adobe(t) for t in (0, 1, 2)},
    **{f"jfif-adobe{t}": jpeg.jfif() + jpeg.adobe(t) for t in (0, 1, 2)},
}
IDS = {
    "123": (1, 2, 3, 4),
    "012": (0, 1, 2, 3),
    "345": (3, 4, 5, 6),
    "RGB": (82, 71, 66, 75),
    "odd": (200, 7, 34, 255),
}
CHROMA = {
    "444": (1, 1),
    "422": (2, 1),
    "420": (2, 2),
    "440": (1, 2),
    "411": (4, 1),
    "410": (4, 2),
}


def picture(width, height, channels):
    """Slopes and edges of colour, so that each way of interpolating chroma gives other pixels."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [
        40 + 9 * x + 3 * y,
        200 - 7 * x + 2 * y * (x > width // 2),
        90 + 60 * np.sin(x / 3.0) - 5 * y,
        60 + 8 * y + 40 * ((x // 5 + y // 5) % 2),
    ]
    return [np.clip(plane, 0, 255).astype(np.uint8) for plane in planes[:channels]]


def expected(content):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def over_black(content):
    """The file, and its pixels with transparency over black, where convert("RGB") forgets it."""
    image = Image.open(io.BytesIO(content)).convert("RGBA")
    black = Image.new("RGBA", image.size, "black")
    return content, np.asarray(Image.alpha_composite(black, image).convert("RGB"))


class Cases:
    def __init__(self, dump):
        self.out = bytearray()
        self.dump = dump

    def add(self, name, content, pixels=None):
        pixels = expected(content) if pixels is None else pixels
        height, width, _ = pixels.shape
        encoded = name.encode()
        self.out += struct.pack(">H", len(encoded)) + encoded
        self.out += struct.pack(">I", len(content)) + content
        self.out += struct.pack(">II", width, height) + pixels.tobytes()
        if self.dump:
            self.dump.mkdir(parents=True, exist_ok=True)
            (self.dump / name).write_bytes(content)
            Image.fromarray(pixels).save(self.dump / (name + ".expected.png"))

    def write(self, path):
        with gzip.GzipFile(path, "wb", 9, mtime=0) as file:
            file.write(self.out)


def jpegs(cases):
    three = picture(21, 17, 3)
    four = picture(21, 17, 4)
    for chroma, luma in CHROMA.items():
        for ids, values in IDS.items():
            for markers, segments in MARKERS.items():
                sampling = [luma, (1, 1), (1, 1)]
                content = jpeg.encode(three, sampling, values[:3], segments)
                cases.add(f"3-{chroma}-{ids}-{markers}.jpg", content)
    for chroma, luma in CHROMA.items():
        if chroma == "410":
            continue  # more blocks in a group than a JPEG may have
        for ids in ("123", "odd"):
            for markers, segments in MARKERS.items():
                sampling = [luma, (1, 1), (1, 1), luma]
                content = jpeg.encode(four, sampling, IDS[ids], segments)
                cases.add(f"4-{chroma}-{ids}-{markers}.jpg", content)
    for ids in IDS:
        for markers, segments in MARKERS.items():
            content = jpeg.encode(three[:1], [(1, 1)], IDS[ids][:1], segments)
            cases.add(f"1-{ids}-{markers}.jpg", content)
    cases.add("1-factors-2x2.jpg", jpeg.encode(three[:1], [(2, 2)], (1,), jpeg.jfif()))

    # Sampling that no tool names but decoders know.
    for name, sampling in {
        "luma-less-than-chroma": [(1, 1), (2, 2), (2, 2)],
        "chroma-apart": [(2, 2), (2, 1), (1, 2)],
        "441": [(1, 4), (1, 1), (1, 1)],
        "all-2x1": [(2, 1), (2, 1), (2, 1)],
        "one-tall": [(1, 2), (1, 1), (1, 2)],
    }.items():
        cases.add(f"3-{name}.jpg", jpeg.encode(three, sampling, (1, 2, 3), jpeg.jfif()))

    # Sizes around those of a block and of a group of blocks, where edges are interpolated.
    for width, height in ((1, 1), (2, 1), (1, 2), (3, 3), (8, 8), (9, 16), (16, 9), (17, 33), (5, 40)):
        for chroma in ("422", "420", "440", "411"):
            sampling = [CHROMA[chroma], (1, 1), (1, 1)]
            content = jpeg.encode(picture(width, height, 3), sampling, (0, 1, 2))
            cases.add(f"3-{chroma}-size-{width}x{height}.jpg", content)

    # What stands between the markers.
    usual = [(2, 2), (1, 1), (1, 1)]
    odd = dict(components=three, sampling=usual, ids=(0, 1, 2))
    cases.add("restart.jpg", jpeg.encode(**odd, restart=1))
    cases.add("padded.jpg", jpeg.encode(**odd, segments=b"\xff\xff" + jpeg.adobe(1), between=b"\xff\xff"))
    cases.add("stray-bytes.jpg", jpeg.encode(**odd, segments=jpeg.adobe(0), between=b"\0\x12"))
    cases.add("restart-before-frame.jpg", jpeg.encode(**odd, segments=b"\xff\xd3" + jpeg.adobe(0)))
    cases.add("adobe-too-short.jpg", jpeg.encode(**odd, segments=jpeg.segment(0xEE, b"Adobe\0\x64\0\0\0\0")))
    cases.add("jfif-too-short.jpg", jpeg.encode(**odd, segments=jpeg.segment(0xE0, b"JFIF\0\1\1") + jpeg.adobe(0)))
    cases.add("adobe-twice.jpg", jpeg.encode(**odd, segments=jpeg.adobe(1) + jpeg.adobe(0)))
    cases.add("adobe-after-tables.jpg", jpeg.encode(**odd).replace(b"\xff\xda", jpeg.adobe(0) + b"\xff\xda", 1))
    cases.add("exif-first.jpg", jpeg.encode(**odd, segments=jpeg.exif(1)))
    cases.add("exif-then-jfif.jpg", jpeg.encode(**odd, segments=jpeg.exif(1) + jpeg.jfif()))
    cases.add("jfif-extension.jpg", jpeg.encode(**odd, segments=jpeg.segment(0xE0, b"JFXX\0\x13\1\1\0\0\0")))
    cases.add("comment.jpg", jpeg.encode(**odd, segments=jpeg.segment(0xFE, b"JFIF\0 Adobe")))
    cases.add("after-the-end.jpg", jpeg.encode(**odd) + jpeg.encode(three, usual, (1, 2, 3), jpeg.jfif()))

    # Pillow's own encoder, which is libjpeg-turbo: progressive, optimised, CMYK.
    photo = Image.fromarray(np.stack(three, axis=2))
    for progressive in (False, True):
        for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
            name = f"pillow-{subsampling.replace(':', '')}{'-progressive' if progressive else ''}"
            content = saved(photo, "JPEG", quality=85, subsampling=subsampling, progressive=progressive)
            cases.add(f"{name}.jpg", content)
            for markers in ("none", "adobe0"):
                patched = patch(content, MARKERS[markers])
                cases.add(f"{name}-{markers}.jpg", patched)
        grey = saved(photo.convert("L"), "JPEG", quality=85, progressive=progressive)
        cases.add(f"pillow-grey{'-progressive' if progressive else ''}.jpg", grey)
        cmyk = Image.merge("CMYK", [Image.fromarray(plane) for plane in four])
        content = saved(cmyk, "JPEG", quality=85, progressive=progressive)
        cases.add(f"pillow-cmyk{'-progressive' if progressive else ''}.jpg", content)
    cases.add("pillow-rgb.jpg", saved(photo, "JPEG", quality=85, keep_rgb=True))


def pngs(cases):
    three = Image.fromarray(np.stack(picture(13, 9, 3), axis=2))
    cases.add("rgb.png", saved(three, "PNG"))
    cases.add("grey.png", saved(three.convert("L"), "PNG"))
    cases.add("bits.png", saved(three.convert("1"), "PNG"))
    for colours in (2, 4, 16, 200):
        cases.add(f"palette-{colours}.png", saved(three.quantize(colours), "PNG"))


def bmps(cases):
    three = Image.fromarray(np.stack(picture(13, 9, 3), axis=2))
    cases.add("rgb.bmp", saved(three, "BMP"))
    cases.add("grey.bmp", saved(three.convert("L"), "BMP"))
    cases.add("bits.bmp", saved(three.convert("1"), "BMP"))
    cases.add("palette.bmp", saved(three.quantize(200), "BMP"))
    cases.add("rgbx.bmp", saved(three.convert("RGBA"), "BMP"))
    # From the top, and with 16 bits a pixel: Pillow reads these, but does not write them.
    rgb = np.asarray(three)
    rows = np.pad(rgb[:, :, ::-1].reshape(9, 39), ((0, 0), (0, 1)))
    cases.add("from-the-top.bmp", bmp(13, -9, 24, rows))
    red, green, blue = (rgb[:, :, channel].astype("<u2") for channel in range(3))
    packed = {
        "555": (red >> 3 << 10 | green >> 3 << 5 | blue >> 3, ()),
        "565": (red >> 3 << 11 | green >> 2 << 5 | blue >> 3, (0xF800, 0x7E0, 0x1F)),
    }
    for name, (pixels, masks) in packed.items():
        rows = np.pad(pixels[::-1], ((0, 0), (0, 1)))
        cases.add(f"{name}.bmp", bmp(13, 9, 16, rows, masks))
    # Alpha that is zero everywhere, as many programs leave it.
    bgra = np.dstack([rgb[::-1, :, ::-1], np.zeros((9, 13, 1), np.uint8)])
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    cases.add("alpha-of-zero.bmp", bmp(13, 9, 32, bgra, masks))


def bmp(width, height, bits, rows, masks=()):
    size = 108 if len(masks) == 4 else 40
    fields = (size, width, height, 1, bits, 3 if masks else 0, 0, 0, 0, 0, 0)
    header = struct.pack("<IiiHHIIiiII", *fields) + struct.pack(f"<{len(masks)}I", *masks)
    header = header.ljust(size, b"\0")
    start = 14 + len(header)
    pixels = rows.tobytes()
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + header + pixels


def tiffs(cases):
    three = Image.fromarray(np.stack(picture(21, 17, 3), axis=2))
    four = Image.merge("CMYK", [Image.fromarray(plane) for plane in picture(21, 17, 4)])
    images = {
        "rgb": three,
        "grey": three.convert("L"),
        "bits": three.convert("1"),
        "palette": three.quantize(60),
        "cmyk": four,
    }
    for name, image in images.items():
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
            cases.add(f"{name}-{compression}.tif", saved(image, "TIFF", compression=compression))
    cases.add("rgb-big-endian.tif", big_endian_tiff(np.asarray(three)))
    cases.add("bits-group4.tif", saved(images["bits"], "TIFF", compression="group4"))
    for name in ("rgb", "grey"):
        cases.add(f"{name}-jpeg.tif", saved(images[name], "TIFF", compression="jpeg"))
    ycbcr = three.convert("YCbCr")
    cases.add("ycbcr.tif", saved(ycbcr, "TIFF"))
    cases.add("ycbcr-jpeg.tif", saved(ycbcr, "TIFF", compression="jpeg"))
    for name in ("grey", "bits"):
        cases.add(f"{name}-white-is-zero.tif", saved(images[name], "TIFF", tiffinfo={262: 0}))
    cases.add("predictor.tif", saved(three, "TIFF", compression="tiff_lzw", tiffinfo={317: 2}))
    cases.add("alpha.tif", *over_black(saved(with_alpha(three), "TIFF", compression="tiff_lzw")))
    # Pillow cuts 16 bits off at 255 where everything else scales them.
    grey = np.asarray(images["grey"])
    sixteen = Image.fromarray(grey.astype(np.uint16) * 257)
    cases.add("sixteen.tif", saved(sixteen, "TIFF"), np.stack([grey] * 3, axis=2))
    for orientation in range(1, 9):
        content = saved(three, "TIFF", tiffinfo={274: orientation})
        cases.add(f"orientation-{orientation}.tif", content)
    pages = dict(save_all=True, append_images=[three.rotate(90)])
    cases.add("two-pages.tif", saved(three, "TIFF", **pages))


def big_endian_tiff(pixels):
    """Pillow writes little-endian alone."""
    height, width, _ = pixels.shape
    short, long, tags = 3, 4, 9
    depths = 8 + 2 + 12 * tags + 4
    directory = b""
    for tag, kind, count, value in (
        (256, long, 1, width),
        (257, long, 1, height),
        (258, short, 3, depths),
        (259, short, 1, 1),
        (262, short, 1, 2),
        (273, long, 1, depths + 6),
        (277, short, 1, 3),
        (278, long, 1, height),
        (279, long, 1, pixels.size),
    ):
        number = struct.pack(">HH", value, 0) if (kind, count) == (short, 1) else struct.pack(">I", value)
        directory += struct.pack(">HHI", tag, kind, count) + number
    start = b"MM\0*" + struct.pack(">IH", 8, tags) + directory + bytes(4)
    return start + struct.pack(">HHH", 8, 8, 8) + pixels.tobytes()


def webps(cases):
    three = Image.fromarray(np.stack(picture(37, 25, 3), axis=2))
    few = three.quantize(7).convert("RGB")
    cases.add("lossless.webp", saved(three, "WEBP", lossless=True))
    cases.add("lossless-grey.webp", saved(three.convert("L"), "WEBP", lossless=True))
    cases.add("lossless-few-colours.webp", saved(few, "WEBP", lossless=True))
    alpha = saved(with_alpha(three), "WEBP", lossless=True, exact=True)
    cases.add("lossless-alpha.webp", *over_black(alpha))
    frames = dict(save_all=True, append_images=[three.rotate(180)])
    cases.add("lossless-animated.webp", saved(three, "WEBP", lossless=True, **frames))
    # Soft colours, because decoders interpolate chroma each in its way.
    soft = Image.fromarray(soft_picture(40, 30))
    for quality in (30, 75, 95):
        cases.add(f"lossy-{quality}.webp", saved(soft, "WEBP", quality=quality))
    exif = Image.Exif()
    exif[0x0112] = 6
    cases.add("lossy-exif.webp", saved(soft, "WEBP", quality=75, exif=exif.tobytes()))


def soft_picture(width, height):
    y, x = np.mgrid[0:height, 0:width]
    planes = [60 + 3 * x + y, 180 - 2 * x + y, 90 + 3 * y]
    return np.stack(planes, axis=2).clip(0, 255).astype(np.uint8)


def with_alpha(image):
    image = image.copy()
    image.putalpha(Image.fromarray(picture(*image.size, 4)[3]))
    return image


def patch(content, markers):
    """The JPEG with other markers in place of its JFIF segment."""
    assert content.startswith(b"\xff\xd8" + jpeg.jfif()[:10]), content[:20]
    return content[:2] + markers + content[2 + len(jpeg.jfif()) :]


def saved(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--dump", type=pathlib.Path, help="also write each case as a file")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    makers = {"jpeg": jpegs, "png": pngs, "bmp": bmps, "tiff": tiffs, "webp": webps}
    for name, make in makers.items():
        cases = Cases(arguments.dump and arguments.dump / name)
        make(cases)
        cases.write(arguments.out / f"{name}.cases.gz")


if __name__ == "__main__":
    main()

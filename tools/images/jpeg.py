"""A baseline JPEG encoder that leaves every choice to its caller.

Encoders write what is usual. Data sets hold what is not: any component ids, any sampling factors, any
markers or none. So this one takes components as they are to be stored and writes what it is told.
"""

import math
import struct

import numpy as np

ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, (i // 8, i % 8)[(i // 8 + i % 8) % 2 == 0]))

# The tables for luminance in annex K of the JPEG standard.
DC = ([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], list(range(12)))
AC = (
    [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125],
    list(
        bytes.fromhex(
            "01020300041105122131410613516107227114328191a1082342b1c11552d1f0"
            "2433627282090a161718191a25262728292a3435363738393a43444546474849"
            "4a535455565758595a636465666768696a737475767778797a83848586878889"
            "8a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5"
            "c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8"
            "f9fa"
        )
    ),
)


def segment(marker, content):
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jfif():
    return segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")


def adobe(transform):
    return segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))


def exif(orientation, order="<"):
    """The EXIF of a photo whose stored pixels have this orientation, 1 to 8."""
    tiff = {"<": b"II*\0\x08\0\0\0", ">": b"MM\0*\0\0\0\x08"}[order]
    entry = struct.pack(order + "HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    return segment(0xE1, b"Exif\0\0" + tiff + entry)


def encode(components, sampling, ids, segments=b"", quantum=12, restart=0, between=b""):
    """A JPEG.

    components: arrays [H, W] of 0..255, all of the size of the image
    sampling: for each, (horizontal, vertical) factor, 1 to 4
    ids: for each, 0 to 255
    segments: what stands between SOI and the tables
    restart: MCUs between restart markers, or 0
    between: bytes put before each further segment, such as 0xFF for padding
    """
    height, width = components[0].shape
    widest = max(h for h, _ in sampling)
    highest = max(v for _, v in sampling)
    # A scan of one component is not interleaved: its blocks simply follow one another.
    alone = len(components) == 1
    columns = math.ceil(width / (8 * (1 if alone else widest)))
    rows = math.ceil(height / (8 * (1 if alone else highest)))
    blocks = []
    for component, (h, v) in zip(components, sampling):
        across, down = (1, 1) if alone else (h, v)
        stored = shrink(component, *((1, 1) if alone else (widest // h, highest // v)))
        padded = np.pad(
            stored,
            ((0, rows * down * 8 - stored.shape[0]), (0, columns * across * 8 - stored.shape[1])),
            "edge",
        )
        blocks.append((quantised(padded, quantum), across, down))

    frame = struct.pack(">BHHB", 8, height, width, len(components))
    for component_id, (h, v) in zip(ids, sampling):
        frame += bytes([component_id, h << 4 | v, 0])
    scan = bytes([len(ids)]) + b"".join(bytes([i, 0]) for i in ids) + bytes([0, 63, 0])
    out = b"\xff\xd8" + segments
    parts = [segment(0xDB, b"\0" + bytes([quantum] * 64)), segment(0xC0, frame)]
    for kind, (counts, symbols) in ((0x00, DC), (0x10, AC)):
        parts.append(segment(0xC4, bytes([kind]) + bytes(counts) + bytes(symbols)))
    if restart:
        parts.append(segment(0xDD, struct.pack(">H", restart)))
    parts.append(segment(0xDA, scan))
    out += b"".join(between + part for part in parts)

    bits = Bits()
    last = [0] * len(blocks)
    for mcu in range(rows * columns):
        if restart and mcu and mcu % restart == 0:
            bits.flush()
            bits.out += bytes([0xFF, 0xD0 + (mcu // restart - 1) % 8])
            last = [0] * len(blocks)
        for index, (quantised_blocks, across, down) in enumerate(blocks):
            for block_row in range(down):
                for block_column in range(across):
                    block = quantised_blocks[
                        mcu // columns * down + block_row, mcu % columns * across + block_column
                    ]
                    last[index] = bits.block(block, last[index])
    bits.flush()
    return out + bytes(bits.out) + b"\xff\xd9"


def shrink(component, across, down):
    """The means of groups of pixels; those at the edge hold fewer."""
    height, width = component.shape
    padded = np.pad(component, ((0, -height % down), (0, -width % across)), "edge").astype(float)
    return padded.reshape(padded.shape[0] // down, down, -1, across).mean(axis=(1, 3))


def quantised(component, quantum):
    """[rows of blocks, blocks in a row, 64], in zigzag order."""
    k = np.arange(8)
    basis = np.cos((2 * k[None, :] + 1) * k[:, None] * math.pi / 16) / 2
    basis[0] /= math.sqrt(2)
    height, width = component.shape
    blocks = (component - 128.0).reshape(height // 8, 8, width // 8, 8).transpose(0, 2, 1, 3)
    coefficients = np.rint(basis @ blocks @ basis.T / quantum).astype(int)
    return coefficients.reshape(height // 8, width // 8, 64)[:, :, ZIGZAG]


def codes(table):
    counts, symbols = table
    code, found, symbols = 0, {}, iter(symbols)
    for length, count in enumerate(counts, 1):
        for _ in range(count):
            found[next(symbols)] = (code, length)
            code += 1
        code <<= 1
    return found


class Bits:
    def __init__(self):
        self.out = bytearray()
        self.held = ""
        self.dc = codes(DC)
        self.ac = codes(AC)

    def put(self, value, length):
        self.held += format(value, f"0{length}b") if length else ""
        while len(self.held) >= 8:
            byte = int(self.held[:8], 2)
            self.held = self.held[8:]
            self.out.append(byte)
            if byte == 0xFF:
                self.out.append(0)

    def flush(self):
        if self.held:
            self.put((1 << (8 - len(self.held))) - 1, 8 - len(self.held))

    def number(self, table, run, value):
        size = int(abs(value)).bit_length()
        self.put(*table[run << 4 | size])
        self.put(int(value) if value >= 0 else int(value) + (1 << size) - 1, size)

    def block(self, block, last):
        self.number(self.dc, 0, block[0] - last)
        run = 0
        for value in block[1:]:
            if value == 0:
                run += 1
                continue
            while run > 15:
                self.put(*self.ac[0xF0])
                run -= 16
            self.number(self.ac, run, value)
            run = 0
        if run:
            self.put(*self.ac[0])
        return block[0]

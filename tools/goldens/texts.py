"""Makes the fixtures of how prompts are read: text-expected/ with tokens and weights.

    python texts.py ../../iaa-diffusion/src/test/resources/golden DIFFUSERS [--fuzz FILE COUNT]

tokens.json holds what CLIPTokenizer of transformers makes of hostile texts with tiny-sd/tokenizer; weights.json
what parse_prompt_attention of lpw_stable_diffusion makes of brackets. --fuzz writes more tokens to a file of its own.
"""

import argparse
import json
import pathlib
import random

from transformers import CLIPTokenizer

from models import community

ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz ",
    "ABCXYZ abc '",
    "'stremvldSTREMVLD\u2019 ",
    "0123456789 \u00b2\u00bd\u0663\u2167\u3007 ",
    "!?.,;:-_()[]{}<>|/\\@#$%^&*+=~`\"' ",
    " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000a",
    "\x00\x01\x07\x08\x0e\x7f\x80\u00ad\u200b\u200c\u200d\u200e\u2060\ufeff\ufffd\ufff9\ufffe\uffffa ",
    "\u00c4\u00e4\u00d6\u00f6\u00dc\u00df\u1e9e\u0130\u0131\u00c5\u212b\u017f\u03a3\u03c3\u03c2\u01c5\u01c4 ",
    "a\u0300\u0301\u0308\u0323\u0327\u0345\u1100\u1161\u11a8\uac00e\u0338n\u0303 ",
    "\u4e00\u53ea\u9e1f\u306d\u3053\uace0\uc591\u0645\u0631\u05e9\u05b8\u0905\u0915\u094d\u0e01\u0e34 ",
    "\U0001f600\U0001f468\u200d\U0001f469\ufe0f\U0001f1e9\U0001f1ea\U0001d400\U00010400\U00020000\U000e0041 ",
]
PIECES = [
    "<|startoftext|>", "<|endoftext|>", "<|STARTOFTEXT|>", "<|EndOfText|>", "<|endof text|>", "<|", "|>", "</w>",
    "don't", "IT'S", "we'Ve", "'ll'd", "a photo of", "red bird", "\u0130", "fi\ufb01", "\u2126", "\u0344", "x" * 90,
    "\r\n", "  ", "!", "a.b.c", "3.14", "1st", "caf\u00e9", "nai\u0308ve", "\u1e69", "s\u0323\u0307", "\u03a3\u03a3 ",
]
BRACKETS = ["(", ")", "[", "]", ":", ":1.3)", ":0.5)", ":-1)", ":+2.)", ":.5)", "\\", "\\(", "\\)", "\\[", "\\]", "\\\\",
            "bird", " red ", "1.3", "a (b:1.1)", "((", "))", ",", "\n", "\u00e4"]
NAMED = ["", "plain", "an (important) word", "(unbalanced", "unbalanced)", "[open", "\\(literal\\]", "(a)(b)", ":1.3)",
         "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).", "(red:1.3", "(a [b) c]", "()", "(:1.2)", "a\\b", "\\\\("]


def texts(count, seed):
    """Texts that str can hold and UTF-8 can: no lone surrogates."""
    draw = random.Random(seed)
    for _ in range(count):
        text = ""
        for _ in range(draw.randint(0, 6)):
            kind = draw.random()
            if kind < 0.3:
                text += draw.choice(PIECES)
            elif kind < 0.9:
                alphabet = draw.choice(ALPHABETS)
                text += "".join(draw.choice(alphabet) for _ in range(draw.randint(1, 8)))
            else:
                points = (draw.choice([0xFF, 0x7FF, 0xFFFF, 0x10FFFF]) for _ in range(4))
                points = (draw.randint(0, limit) for limit in points)
                text += "".join(chr(p) for p in points if not 0xD800 <= p < 0xE000)
        yield text


def write(file, cases):
    file.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("diffusers", type=pathlib.Path)
    parser.add_argument("--fuzz", nargs=2)
    arguments = parser.parse_args()
    tokenizer = CLIPTokenizer.from_pretrained(arguments.folder / "tiny-sd" / "tokenizer")

    def tokens(count, seed):
        return [{"text": text, "ids": tokenizer(text).input_ids[1:-1]} for text in texts(count, seed)]

    if arguments.fuzz:
        write(pathlib.Path(arguments.fuzz[0]), tokens(int(arguments.fuzz[1]), 2))
        return
    expected = arguments.folder / "text-expected"
    expected.mkdir(exist_ok=True)
    write(expected / "tokens.json", tokens(400, 1))
    parse = community(arguments.diffusers, "lpw_stable_diffusion.py").parse_prompt_attention
    draw = random.Random(3)
    prompts = NAMED + ["".join(draw.choice(BRACKETS) for _ in range(draw.randint(1, 9))) for _ in range(200)]
    write(expected / "weights.json", [{"text": text, "parts": parse(text)} for text in prompts])


if __name__ == "__main__":
    main()

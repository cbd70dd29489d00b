"""Byte-pair encoding in CLIP's form, learnt from the captions: tokenizer/vocab.json and merges.txt."""

import argparse
import collections
import json
from pathlib import Path

import data
from transformers import CLIPTokenizer

START, END = "<|startoftext|>", "<|endoftext|>"


def bytes_to_unicode():
    """GPT-2's table: every byte as a printable character (Radford et al., 2019)."""
    kept = list(range(ord("!"), ord("~") + 1)) + list(range(0xA1, 0xAD)) + list(range(0xAE, 0x100))
    table = {b: chr(b) for b in kept}
    table.update({b: chr(256 + i) for i, b in enumerate(b for b in range(256) if b not in table)})
    return table


def learn(words, merges):
    """words: {word: count}. Merges the commonest neighbours until none repeats or `merges` are made."""
    table = bytes_to_unicode()
    pieces = {}
    for word, count in words.items():
        symbols = [table[b] for b in word.encode("utf-8")]
        symbols[-1] += "</w>"
        pieces[tuple(symbols)] = count
    learnt = []
    while len(learnt) < merges:
        pairs = collections.Counter()
        for symbols, count in pieces.items():
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        learnt.append(best)
        merged = {}
        for symbols, count in pieces.items():
            out, i = [], 0
            while i < len(symbols):
                if symbols[i : i + 2] == best:
                    out.append(symbols[i] + symbols[i + 1])
                    i += 2
                else:
                    out.append(symbols[i])
                    i += 1
            merged[tuple(out)] = merged.get(tuple(out), 0) + count
        pieces = merged
    return learnt


def main():
    cli = argparse.ArgumentParser()
    cli.add_argument("--data", required=True)
    cli.add_argument("--out", required=True)
    cli.add_argument("--merges", type=int, default=1200)
    cli.add_argument("--length", type=int, default=48)
    args = cli.parse_args()

    import regex

    pattern = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    words = collections.Counter()
    for row in data.records(args.data):
        words.update(pattern.findall(row["caption"].lower()))
    for phrase in data.PHRASES:
        words.update(pattern.findall(phrase))
    merges = learn(words, args.merges)

    alphabet = list(bytes_to_unicode().values())
    entries = alphabet + [c + "</w>" for c in alphabet] + ["".join(pair) for pair in merges] + [START, END]
    entries = list(dict.fromkeys(entries))
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "vocab.json").write_text(json.dumps({e: i for i, e in enumerate(entries)}, ensure_ascii=False))
    (out / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), encoding="utf-8")

    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    tokenizer = CLIPTokenizer.from_pretrained(out, model_max_length=args.length, **special)
    tokenizer.save_pretrained(out)
    # The files that older readers, in other languages too, look for.
    (out / "vocab.json").write_text(json.dumps({e: i for i, e in enumerate(entries)}, ensure_ascii=False))
    (out / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), encoding="utf-8")
    (out / "special_tokens_map.json").write_text(json.dumps(special, indent=2))
    config = {
        "add_prefix_space": False, **special, "clean_up_tokenization_spaces": True, "do_lower_case": True,
        "errors": "replace", "model_max_length": args.length, "tokenizer_class": "CLIPTokenizer",
    }
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=2))
    tokenizer = CLIPTokenizer.from_pretrained(out)
    print(len(words), "words", len(merges), "merges", len(entries), "entries")
    for row in data.records(args.data)[:3]:
        ids = tokenizer(row["caption"], padding="max_length", truncation=True).input_ids
        print(row["caption"], ids, tokenizer.convert_ids_to_tokens(ids)[:20])
    lengths = [len(tokenizer(row["caption"]).input_ids) for row in data.records(args.data)[:2000]]
    print("tokens a caption: mean", sum(lengths) / len(lengths), "most", max(lengths))


if __name__ == "__main__":
    main()

"""How often a checkpoint generates what its prompt asks for.

A small network learns the classes from drawn pictures (`judge.py train`), then looks at generated ones
(`judge.py measure`): a picture counts when every class of its prompt is found in it.
"""

import argparse
import json
import time
from pathlib import Path

import data
import numpy as np
import torch
from sampler import Sampler, sheet
from torch import nn


class Judge(nn.Module):
    """Class maps at a quarter of the resolution, pooled as mean plus half the maximum."""

    def __init__(self):
        super().__init__()
        layers, before = [], 3
        for width, stride in ((32, 1), (48, 2), (96, 2), (128, 1), (128, 1)):
            layers += [nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
            before = width
        self.features = nn.Sequential(*layers)
        self.maps = nn.Conv2d(before, len(data.CLASSES), 1)

    def forward(self, x):
        maps = self.maps(self.features(x))
        return maps.mean((2, 3)) + 0.5 * maps.amax((2, 3))


def accuracy(judge, pixels, hot):
    judge.eval()
    with torch.no_grad():
        found = torch.cat([judge(data.to_tensor(pixels[i : i + 100])) for i in range(0, len(pixels), 100)]) > 0
    right = found == (hot > 0)
    return right.float().mean().item(), (found | (hot == 0)).all(1).float().mean().item(), right.float().mean(0).tolist()


def roughen(x):
    """Each picture blurred (Gaussian, up to 1.2 pixels) and with noise, both by chance.

    Without it the judge leans on the crisp edges that only drawings have, and fails soft pictures that a person
    names at a glance.
    """
    sigma = torch.where(torch.rand(len(x)) < 0.7, torch.rand(len(x)) * 1.2, 0.0).clamp_min(1e-3)
    kernel = torch.exp(-0.5 * (torch.arange(-4.0, 5) / sigma[:, None]) ** 2)
    kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(3, 0)
    flat = nn.functional.pad(x.reshape(1, -1, *x.shape[2:]), (4, 4, 4, 4), mode="reflect")
    groups = len(kernel)
    flat = nn.functional.conv2d(flat, kernel.view(groups, 1, 1, 9), groups=groups)
    flat = nn.functional.conv2d(flat, kernel.view(groups, 1, 9, 1), groups=groups)
    return flat.view_as(x) + torch.randn_like(x) * torch.rand(len(x), 1, 1, 1) * 0.1


def train(args):
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    rows = data.records(args.data)
    pixels, hot = data.images(args.data, rows, args.cache), data.class_labels(rows)
    test_rows = data.records(args.test)
    test, test_hot = data.images(args.test, test_rows), data.class_labels(test_rows)
    judge = Judge().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=4e-3, weight_decay=0.01)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=args.steps, pct_start=0.15)
    order, queue, began = data.shuffled(len(rows), 0), [], time.time()
    for step in range(1, args.steps + 1):
        if len(queue) < args.batch:
            queue = next(order)
        batch, queue = sorted(queue[: args.batch]), queue[args.batch :]
        x = data.to_tensor(pixels[batch])
        x = roughen(torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, x, x.flip(3)))
        x = x.contiguous(memory_format=torch.channels_last)
        judge.train()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            said = judge(x)
        loss = nn.functional.binary_cross_entropy_with_logits(said.float(), hot[batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        plan.step()
        if step % 100 == 0 or step == args.steps:
            labels, all_found, _ = accuracy(judge, test, test_hot)
            print(f"{step} {time.time() - began:.0f}s loss {loss.item():.4f} labels right {labels:.4f} "
                  f"all wanted found {all_found:.3f}", flush=True)
            torch.save(judge.state_dict(), args.judge)
    print(dict(zip(data.CLASSES, (round(r, 3) for r in accuracy(judge, test, test_hot)[2]))))


def prompts_of(path, objects=None, limit=None):
    """(classes, text, negative text) of captions.jsonl or of a file of prompts."""
    path = Path(path)
    if path.is_dir():
        rows = data.records(path)
        rows = [(sorted({o["class"] for o in r["objects"]}), r["caption"], "", len(r["objects"])) for r in rows]
        found = [r[:3] for r in rows if objects is None or len(r[0]) == r[3] == objects]
    else:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        found = [(r["labels"], r["text"], r.get("negativeText") or "") for r in rows]
        found = [f for f in found if objects is None or len(f[0]) == objects]
    return found[:limit]


def measure(args):
    torch.set_num_threads(args.threads)
    judge = Judge()
    judge.load_state_dict(torch.load(args.judge))
    judge.eval()
    sampler = Sampler(args.checkpoint, args.threads, args.scheduler)
    prompts = prompts_of(args.prompts, args.objects, args.limit)
    for guidance in args.guidance:
        began = time.time()
        pictures = sampler.generate([p[1] for p in prompts], [p[2] for p in prompts], args.steps, guidance, args.seed)
        spent = time.time() - began
        with torch.no_grad():
            chance = torch.sigmoid(judge(data.to_tensor(pictures))).numpy()
        columns = [[data.CLASSES.index(c) for c in p[0]] for p in prompts]
        hits = np.array([(chance[i, c] >= 0.5).all() for i, c in enumerate(columns)])
        each = {}
        for i, c in enumerate(columns):
            for k in c:
                each.setdefault(data.CLASSES[k], []).append(chance[i, k] >= 0.5)
        extra = np.mean([(np.delete(chance[i], c) >= 0.5).any() for i, c in enumerate(columns)])
        print(f"{Path(args.prompts).name} objects {args.objects or 'any'} guidance {guidance}: "
              f"{hits.mean():.3f} of {len(prompts)} show all their classes, {extra:.3f} show others too, "
              f"{spent / len(prompts):.3f}s an image", flush=True)
        print("  ", {c: f"{np.mean(v):.2f}" for c, v in sorted(each.items())}, flush=True)
        if args.sheet:
            sheet(pictures[:48], [p[1] for p in prompts[:48]], 6,
                  marks=[bool(h) for h in hits[:48]]).save(args.sheet.replace("{}", str(guidance)))


def main():
    cli = argparse.ArgumentParser()
    verbs = cli.add_subparsers(dest="verb", required=True)
    t = verbs.add_parser("train")
    t.add_argument("--data", required=True)
    t.add_argument("--cache", help="the pixels.npy that train_vae.py wrote")
    t.add_argument("--test", required=True)
    t.add_argument("--judge", required=True)
    t.add_argument("--steps", type=int, default=1600)
    t.add_argument("--batch", type=int, default=32)
    t.add_argument("--threads", type=int, default=1)
    m = verbs.add_parser("measure")
    m.add_argument("--checkpoint", required=True)
    m.add_argument("--judge", required=True)
    m.add_argument("--prompts", required=True, help="a data set's folder, or lines with labels, text and negativeText")
    m.add_argument("--objects", type=int)
    m.add_argument("--limit", type=int)
    m.add_argument("--guidance", type=float, nargs="+", default=[5])
    m.add_argument("--steps", type=int, default=20)
    m.add_argument("--scheduler", default="DDIMScheduler")
    m.add_argument("--seed", type=int, default=0)
    m.add_argument("--threads", type=int, default=1)
    m.add_argument("--sheet", help="write a contact sheet here; {} becomes the guidance")
    args = cli.parse_args()
    (train if args.verb == "train" else measure)(args)


if __name__ == "__main__":
    main()

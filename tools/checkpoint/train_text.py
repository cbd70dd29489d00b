"""The text encoder alone, for a minute or two: what does a caption say?

A CLIPTextModel learns to name the classes, colours, sizes and the setting of a caption from its end
token, and from its padding too, because the UNet's cross-attention will read both.
"""

import argparse
import random
import time

import data
import optim
import torch
from torch.nn import functional as F
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer


def new_text_encoder(tokenizer, width=128, layers=2, heads=4):
    return CLIPTextModel(CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=4 * width, projection_dim=width,
        num_hidden_layers=layers, num_attention_heads=heads, max_position_embeddings=tokenizer.model_max_length,
        hidden_act="quick_gelu", bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id, attn_implementation="eager"))


def tokens(tokenizer, texts):
    return torch.tensor(tokenizer(texts, padding="max_length", truncation=True).input_ids)


def main():
    cli = argparse.ArgumentParser()
    cli.add_argument("--data", required=True)
    cli.add_argument("--tokenizer", required=True)
    cli.add_argument("--out", required=True)
    cli.add_argument("--seconds", type=float, default=100)
    cli.add_argument("--batch", type=int, default=128)
    cli.add_argument("--layers", type=int, default=2)
    cli.add_argument("--threads", type=int, default=1)
    args = cli.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    rng = random.Random(0)
    rows = data.records(args.data)
    labels = data.Labels(rows)
    hot = labels(rows)
    tokenizer = CLIPTokenizer.from_pretrained(args.tokenizer)
    model = new_text_encoder(tokenizer, layers=args.layers)
    head = torch.nn.Linear(model.config.hidden_size, hot.shape[1])
    prior = hot.mean(0).clamp(1e-4, 1 - 1e-4)
    head.bias.data.copy_(torch.log(prior / (1 - prior)))
    opts = optim.optimisers(list(model.named_parameters()) + [("embed.head.weight", head.weight), ("bias", head.bias)],
                            2e-3, muon_lr=2e-3)
    clock = optim.Clock(args.seconds)
    held = len(rows) - 1000
    step = 0
    for order in data.shuffled(held, 1):
        for at in range(0, held - args.batch, args.batch):
            optim.schedule(opts, clock.fraction(), step)
            batch = order[at : at + args.batch]
            ids = tokens(tokenizer, [data.decorate(rows[i]["caption"], rng, 0.5) for i in batch])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                hidden = model(ids).last_hidden_state
            end = (ids == tokenizer.eos_token_id).int().argmax(1)
            spot = torch.randint(0, ids.shape[1], end.shape).maximum(end)
            lines = torch.arange(len(batch))
            said = head(torch.cat([hidden[lines, end], hidden[lines, spot]]).float())
            loss = F.binary_cross_entropy_with_logits(said, hot[batch].repeat(2, 1), reduction="none").sum(1).mean()
            for o in opts:
                o.zero_grad(set_to_none=True)
            loss.backward()
            for o in opts:
                o.step()
            step += 1
            if step % 50 == 0:
                print(f"{step} {clock.elapsed():.0f}s loss {loss.item():.3f}", flush=True)
            if clock.fraction() >= 1:
                break
        if clock.fraction() >= 1:
            break
    model.eval()
    with torch.no_grad():
        ids = tokens(tokenizer, [row["caption"] for row in rows[held:]])
        out = head(model(ids).pooler_output) > 0
        truth = hot[held:] > 0
        for kind in ("class", "colour", "size", "count", "setting"):
            columns = [i for key, i in labels.index.items() if key.startswith(kind)]
            print(kind, f"all right in {(out[:, columns] == truth[:, columns]).all(1).float().mean():.3f} of 1000 held out")
    model.save_pretrained(args.out)


if __name__ == "__main__":
    main()

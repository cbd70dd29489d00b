"""Generates images from a Stable Diffusion folder with another library; benchmarks/run peers starts it.

    python peer.py optimum|diffusers FOLDER --threads N --steps N

Reads JSON lines such as {"batch": 4, "prompts": [...]}, generates an image for each prompt and answers with the seconds
that it took. optimum generates with the ONNX files. diffusers builds the same architecture from the configs, with
random weights on PyTorch: what it generates is noise, and how long it takes is not.
"""

import argparse
import contextlib
import json
import sys
import time
from pathlib import Path


def optimum(folder, threads):
    import onnxruntime
    from optimum.onnxruntime import ORTStableDiffusionPipeline

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return ORTStableDiffusionPipeline.from_pretrained(folder, session_options=options,
                                                      provider="CPUExecutionProvider")


def diffusers(folder, threads):
    import diffusers
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.set_num_threads(threads)
    torch.manual_seed(0)

    def config(part):
        return json.loads((folder / part).read_text())

    scheduler = config("scheduler/scheduler_config.json")
    return diffusers.StableDiffusionPipeline(
        vae=diffusers.AutoencoderKL.from_config(config("vae_decoder/config.json")).eval(),
        text_encoder=CLIPTextModel(CLIPTextConfig(**config("text_encoder/config.json"))).eval(),
        tokenizer=CLIPTokenizer.from_pretrained(folder / "tokenizer"),
        unet=diffusers.UNet2DConditionModel.from_config(config("unet/config.json")).eval(),
        scheduler=getattr(diffusers, scheduler["_class_name"]).from_config(scheduler),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=["optimum", "diffusers"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    args = parser.parse_args()
    # Libraries greet on the standard output, where the answers go.
    with contextlib.redirect_stdout(sys.stderr):
        pipe = (optimum if args.peer == "optimum" else diffusers)(args.folder, args.threads)
        pipe.set_progress_bar_config(disable=True)
    for line in sys.stdin:
        request = json.loads(line)
        prompts, batch = request["prompts"], request["batch"]
        with contextlib.redirect_stdout(sys.stderr):
            begun = time.perf_counter()
            generated = 0
            for first in range(0, len(prompts), batch):
                images = pipe(prompts[first:first + batch], num_inference_steps=args.steps, guidance_scale=7.5,
                              output_type="pil").images
                generated += len(images)
            seconds = time.perf_counter() - begun
        assert generated == len(prompts)
        print(seconds, flush=True)


if __name__ == "__main__":
    main()

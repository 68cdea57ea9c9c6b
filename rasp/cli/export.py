"""rasp export: a compiled model for another library."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rasp.cli.arguments import Commands, add_command, add_json
from rasp.cli.output import complain, print_json, say

DETAILS = """\
MODEL is a checkpoint (.safetensors) made by rasp compile.  PATH is a folder for huggingface, a file
for the others.  What is written is compared with the model first, and refused where it differs.

Each target needs packages that are optional:
  huggingface        pip install 'rasp-lang[huggingface]'
  onnx               pip install 'rasp-lang[onnx]'
  transformer-lens   pip install 'rasp-lang[transformer-lens]'

examples:
  rasp export sort.safetensors --to huggingface -o sort-hf
  rasp export sort.safetensors --to onnx -o sort.onnx
  rasp export sort.safetensors --to transformer-lens -o sort-tl.safetensors
  rasp export counting.safetensors --to huggingface --head lm -o counting-hf    for generate()
  rasp export counting.safetensors --to onnx --step -o counting-step.onnx       with a cache
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "export", run, summary="write a model for another library", details=DETAILS
    )
    parser.add_argument("model", metavar="MODEL", help="a .safetensors file made by rasp compile")
    parser.add_argument(
        "--to",
        required=True,
        choices=("huggingface", "onnx", "transformer-lens"),
        help="the library",
    )
    parser.add_argument("-o", "--output", metavar="PATH", required=True, help="where it goes")
    parser.add_argument(
        "--head",
        choices=("auto", "labels", "number", "lm"),
        help="huggingface: labels, the number itself, or a language model; by default labels where"
        " there are such",
    )
    parser.add_argument(
        "--dtype", choices=("float32", "float64"), help="huggingface: by default the model's"
    )
    parser.add_argument("--step", action="store_true", help="onnx: a token at a time, with a cache")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    from rasp.checkpoint import load_model
    from rasp.export import OPTIONS, export, require_packages

    given: dict[str, Any] = {"head": options.head, "dtype": options.dtype, "step": options.step}
    chosen = {name: value for name, value in given.items() if value}
    for name in chosen:
        if name not in OPTIONS[options.to]:
            options.usage_error(f"--{name} is not for --to {options.to}")
    require_packages(options.to)
    model = load_model(options.model)
    if options.to == "huggingface":
        from rasp.export.huggingface import plan

        complain(plan(model, options.head or "auto", options.dtype))
    export(model, options.to, options.output, **chosen)
    size = _size(Path(options.output))
    if options.json:
        print_json(
            {"model": options.model, "to": options.to, "path": options.output, "bytes": size}
        )
    else:
        say(f"{options.output}: {size:,} bytes for {options.to}, compared with the model")


def _size(path: Path) -> int:
    """In bytes; of a folder, all files in it."""
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())

"""rasp info: what is in a checkpoint."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from rasp.cli.arguments import Commands, add_command
from rasp.cli.output import print_exactly, print_json, say
from rasp.visible import shortened, visible

if TYPE_CHECKING:
    from rasp.compiled import CompiledModel

DETAILS = """\
examples:
  rasp info sort.safetensors
  rasp info sort.safetensors --labels          what every direction, head and neuron is for
  rasp info sort.safetensors --source          the program it was compiled from
"""


def add(commands: Commands) -> None:
    parser = add_command(commands, "info", run, summary="what is in a checkpoint", details=DETAILS)
    parser.add_argument("model", metavar="MODEL", help="a .safetensors file made by rasp compile")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--labels", action="store_true", help="show the labels too")
    what.add_argument("--source", action="store_true", help="only the program text")
    what.add_argument("--json", action="store_true", help="one JSON object instead of text")


def run(options: argparse.Namespace) -> None:
    from rasp.checkpoint import load_model

    model = load_model(options.model)
    source = model.specification.source
    if options.json:
        print_json(_data(model))
    elif options.source:
        print_exactly(source.text if source else "")
    else:
        say(f"s-op        {visible(shortened(model.specification.name or 'without a name'))}")
        say(f"program     {visible(shortened(source.name)) if source else 'built from Python'}")
        say(f"tokens      {model.vocabulary}")
        say(model.report.to_text())
        if options.labels:
            say("\n".join(_label_lines(model)))


def _data(model: CompiledModel) -> dict[str, Any]:
    from rasp.manifest import manifest_of

    return {**manifest_of(model.artifact, model.specification), "report": model.report.to_dict()}


def _label_lines(model: CompiledModel) -> list[str]:
    labels = model.labels
    lines = ["", "residual stream"]
    lines += [f"  {number:>4}  {label}" for number, label in enumerate(labels.residual)]
    for block, (heads, neurons) in enumerate(zip(labels.heads, labels.neurons, strict=True)):
        lines.append(f"block {block}")
        lines += [f"  head {number}  {label}" for number, label in enumerate(heads)]
        lines += [f"  neurons {start}-{end - 1}  {label}" for start, end, label in neurons]
    return lines

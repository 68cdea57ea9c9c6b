"""rasp circuit: which part of a compiled model reads what from which other part."""

from __future__ import annotations

import argparse
from pathlib import Path

from rasp.cli.arguments import Commands, add_command, add_json
from rasp.cli.output import CommandFailed, complain, print_json, say

DETAILS = """\
MODEL is a checkpoint (.safetensors) made by rasp compile.  An edge says which part reads which
variable from which other part; its witness are two inputs: run on the one, with what comes along
the edge as it is on the other, the model answers something else.  What has no edge has no effect.

FILE is .json for everything, with the names that tools for edge attribution use, or a picture
(.dot, .svg, .html, .png, .txt).

examples:
  rasp circuit sort.safetensors
  rasp circuit sort.safetensors -o sort.json
  rasp circuit sort.safetensors -o sort.svg --pairs 0       no witnesses: the model does not run
  rasp circuit sort.safetensors --check                     patch everything that has no edge, too
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands,
        "circuit",
        run,
        summary="which part of a model reads what from which, with witnesses",
        details=DETAILS,
    )
    parser.add_argument("model", metavar="MODEL", help="a .safetensors file made by rasp compile")
    parser.add_argument("-o", "--output", metavar="FILE", help="where the circuit is written")
    parser.add_argument(
        "--pairs",
        metavar="N",
        type=_not_negative,
        default=192,
        help="pairs of inputs of each kind that are tried for witnesses (default 192)",
    )
    parser.add_argument(
        "--seed", metavar="S", type=_not_negative, default=0, help="of these inputs (default 0)"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="patch all that has no edge on as many pairs; exit status 1 if anything changes",
    )
    add_json(parser)


def _not_negative(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"has to be at least 0, got {number}")
    return number


def run(options: argparse.Namespace) -> None:
    from rasp.checkpoint import load_model

    if options.check and not options.pairs:
        options.usage_error("--check needs pairs of inputs: --pairs N")
    model = load_model(options.model)
    circuit = model.circuit(n_pairs=options.pairs, seed=options.seed)
    outside = None
    if options.check:
        from rasp.causal.witnesses import outside as patch_outside

        outside = patch_outside(model, circuit, n_pairs=options.pairs, seed=options.seed)
    if options.output is not None:
        circuit.save(Path(options.output))
    if options.json:
        checked = None if outside is None else outside.to_dict()
        print_json({"model": options.model, **circuit.to_dict(), "outside": checked})
    elif options.output is not None:
        n_parts, n_edges = len(circuit.parts), len(circuit)
        say(f"{options.output}: circuit of {circuit.name}, {n_parts} parts, {n_edges} edges")
    else:
        say(circuit.to_text())
    if outside is not None and not options.json:
        say(outside.to_text())
    if outside is not None and outside.largest != 0.0:
        complain("something without an edge has an effect")
        raise CommandFailed

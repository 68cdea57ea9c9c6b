"""rasp verify: is a compiled model equal to the interpreter?"""

from __future__ import annotations

import argparse

from rasp.cli.arguments import Commands, add_command, add_json, positive, seed
from rasp.cli.output import CommandFailed, print_json, progress_bar

DETAILS = """\
The reference is the interpreter on the program in the checkpoint.  A difference is reported on a
short input, and the exit status is 1.

examples:
  rasp verify sort.safetensors --samples 10000
  rasp verify sort.safetensors --exhaustive --max-length 5
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "verify", run, summary="compare a model with the interpreter", details=DETAILS
    )
    parser.add_argument("model", metavar="MODEL", help="a .safetensors file made by rasp compile")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--exhaustive", action="store_true", help="on every input there is")
    how.add_argument(
        "--samples", metavar="N", type=positive, default=1000, help="on N inputs (default 1000)"
    )
    parser.add_argument(
        "--max-length", metavar="N", type=positive, help="inputs of at most N tokens"
    )
    parser.add_argument("--seed", metavar="S", type=seed, default=0, help="of the samples")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    from rasp.checkpoint import load_model
    from rasp.verification import verify

    model = load_model(options.model)
    with progress_bar("inputs") as progress:
        verification = verify(
            model,
            exhaustive=options.exhaustive,
            max_length=options.max_length,
            samples=options.samples,
            seed=options.seed,
            progress=progress,
        )
    if options.json:
        print_json(verification.to_dict())
    else:
        print(verification.to_text())
    if not verification.ok:
        raise CommandFailed

"""rasp analyze: the layers and heads that a program needs, by the theory."""

from __future__ import annotations

import argparse

from rasp.cli.arguments import (
    Commands,
    add_command,
    add_json,
    add_sop,
    choose_sop,
    load_program,
    print_warnings,
)
from rasp.cli.output import print_json

DETAILS = """\
examples:
  rasp analyze examples/sort.rasp
  rasp analyze examples/sort.rasp --sop length --json
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "analyze", run, summary="layers and heads, by the theory", details=DETAILS
    )
    parser.add_argument("file", metavar="FILE", help="a program; - is standard input")
    add_sop(parser)
    parser.add_argument(
        "--bos",
        action="store_true",
        help="inputs begin with a token of their own: a selector_width is one head, not two",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    from rasp.api import analyze

    program = load_program(options.file)
    print_warnings(program)
    name, sop = choose_sop(program, options.sop)
    analysis = analyze(sop, bos=options.bos)
    if options.json:
        print_json({"sop": name, **analysis.to_dict()})
    else:
        print(f"s-op {name}" if name else "the program's last s-op")
        print(analysis.to_text())

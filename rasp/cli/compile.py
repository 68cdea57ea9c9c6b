"""rasp compile: a program to the weights of a Transformer."""

from __future__ import annotations

import argparse

from rasp.cli.arguments import (
    Commands,
    add_command,
    add_json,
    add_sop,
    choose_sop,
    load_program,
    parse_vocabulary_line,
    positive,
    print_warnings,
    read_text,
)
from rasp.cli.output import print_json
from rasp.graph.nodes import Atom

DETAILS = """\
The model computes the s-op exactly, for every input of 1 to N tokens from the vocabulary.

examples:
  rasp compile examples/sort.rasp --vocab abcdefgh --max-len 20 -o sort.safetensors
  rasp compile examples/sort.rasp --vocab-file words.txt --max-len 9 -o sort.safetensors
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "compile", run, summary="compile an s-op to Transformer weights", details=DETAILS
    )
    parser.add_argument("file", metavar="FILE", help="a program; - is standard input")
    add_sop(parser)
    vocabulary = parser.add_mutually_exclusive_group(required=True)
    vocabulary.add_argument("--vocab", metavar="CHARS", help="the tokens, one character each")
    vocabulary.add_argument(
        "--vocab-file",
        metavar="FILE",
        help="the tokens, one a line: JSON values, and any other text as it is",
    )
    parser.add_argument(
        "--max-len", metavar="N", type=positive, required=True, help="the longest input"
    )
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="the checkpoint")
    parser.add_argument(
        "--causal", action="store_true", help="positions attend only to themselves and before"
    )
    parser.add_argument(
        "--dtype",
        choices=("auto", "float32", "float64"),
        default="auto",
        help="of the weights; auto takes the smaller one that is exact",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    from rasp.api import compile

    program = load_program(options.file)
    print_warnings(program)
    _, sop = choose_sop(program, options.sop)
    model = compile(
        sop,
        vocab=_vocabulary(options),
        max_len=options.max_len,
        causal=options.causal,
        dtype=options.dtype,
    )
    model.save(options.output)
    if options.json:
        print_json(
            {"sop": model.specification.name, "file": options.output} | model.report.to_dict()
        )
    else:
        print(f"{options.output}: s-op {model.specification.name or 'without a name'}")
        print(model.report.to_text())


def _vocabulary(options: argparse.Namespace) -> list[Atom]:
    if options.vocab_file is None:
        if not options.vocab:
            options.usage_error("--vocab has no characters")
        return list(options.vocab)
    lines = [line for line in read_text(options.vocab_file).splitlines() if line]
    if not lines:
        options.usage_error(f"{options.vocab_file} has no tokens")
    return [parse_vocabulary_line(line) for line in lines]

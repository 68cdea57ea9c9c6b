"""rasp run: evaluate a program with the interpreter, or run a compiled model."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from rasp.cli.arguments import (
    MODEL_SUFFIX,
    STDIN,
    Commands,
    add_command,
    add_json,
    add_sop,
    choose_sop,
    load_program,
    parse_input,
    print_warnings,
    read_text,
)
from rasp.cli.output import CommandFailed, print_json, show_value
from rasp.errors import RaspError
from rasp.graph.nodes import Atom
from rasp.graph.plain import plain_atom

DETAILS = """\
FILE is a program (.rasp, the interpreter runs it) or a compiled model (.safetensors).  Every INPUT
is a string of one-character tokens, or with --tokens-json a JSON list of tokens.  The values are
printed one line per input.  An INPUT that begins with a dash goes after `--`.

examples:
  rasp run examples/sort.rasp hello
  rasp run examples/sort.rasp --sop length hello hi
  rasp run sort.safetensors hello
  rasp run sum.rasp --tokens-json '[3, 0.5, true]'
  echo hello | rasp run examples/sort.rasp -          inputs from standard input, one a line
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "run", run, summary="evaluate a program or a compiled model", details=DETAILS
    )
    parser.add_argument("file", metavar="FILE", help="a .rasp or .safetensors file; - is stdin")
    parser.add_argument("inputs", metavar="INPUT", nargs="+", help="what to evaluate it on")
    add_sop(parser)
    parser.add_argument("--tokens-json", action="store_true", help="every INPUT is a JSON list")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    if options.file == STDIN and STDIN in options.inputs:
        options.usage_error("the program and the inputs cannot both come from standard input")
    if options.file.endswith(MODEL_SUFFIX):
        name, evaluate = _model(options)
    else:
        name, evaluate = _program(options)
    results: list[dict[str, Any]] = []
    for text in _inputs(options.inputs):
        try:
            tokens = parse_input(text, as_json=options.tokens_json)
            value = evaluate(tokens)
        except RaspError as error:
            if not options.json:
                print(error, file=sys.stderr)
            results.append({"input": text, "error": error.to_dict()})
            continue
        results.append({"input": list(map(plain_atom, tokens)), "values": _plain(value)})
        if not options.json:
            print(show_value(value))
    if options.json:
        print_json({"sop": name, "results": results})
    if any("error" in result for result in results):
        raise CommandFailed


def _model(options: argparse.Namespace) -> tuple[str | None, Any]:
    from rasp.checkpoint import load_model

    if options.sop is not None:
        options.usage_error("--sop chooses from a program; a compiled model has one s-op only")
    model = load_model(options.file)
    return model.specification.name, model


def _program(options: argparse.Namespace) -> tuple[str | None, Any]:
    from rasp.sop import Selector

    program = load_program(options.file)
    print_warnings(program)
    if options.sop is not None and isinstance(program[options.sop], Selector):
        return options.sop, program[options.sop]
    return choose_sop(program, options.sop)


def _inputs(arguments: list[str]) -> list[str]:
    """The inputs in order, `-` replaced by the lines of standard input."""
    inputs: list[str] = []
    for argument in arguments:
        inputs.extend(read_text(STDIN).splitlines() if argument == STDIN else [argument])
    return inputs


def _plain(value: list[Atom] | list[list[bool]]) -> list[Any]:
    return [row if isinstance(row, list) else plain_atom(row) for row in value]

"""rasp run: evaluate a program with the interpreter, or run a compiled model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from rasp.cli.arguments import (
    STDIN,
    Commands,
    add_command,
    add_json,
    add_sop,
    choose_sop,
    is_model,
    load_program,
    parse_input,
    print_warnings,
)
from rasp.cli.lines import Line, batches
from rasp.cli.output import CommandFailed, complain, json_text, show_value
from rasp.errors import RaspError
from rasp.graph.nodes import Atom
from rasp.graph.plain import plain_atom
from rasp.graph.sequences import as_sequence

if TYPE_CHECKING:
    from rasp.sop import Selector, SOp

DETAILS = """\
FILE is a program (.rasp, the interpreter runs it) or a compiled model (.safetensors).  Every INPUT
is a string of one-character tokens, or with --tokens-json a JSON list of tokens.  The values are
printed one line per input.  An INPUT that begins with a dash goes after `--`.

An INPUT `-` stands for the lines of standard input.  They are answered in order while others still
arrive, many at once where many are there; a line that fails is reported with its number, and the
others are answered.

examples:
  rasp run examples/sort.rasp hello
  rasp run examples/sort.rasp --sop length hello hi
  rasp run sort.safetensors hello
  rasp run sum.rasp --tokens-json '[3, 0.5, true]'
  rasp run sort.safetensors - < words.txt             inputs from standard input, one a line
"""

# For each input its values, or a RaspError.
Evaluate: TypeAlias = Callable[[Sequence[list[Atom]]], Iterable[Any]]
# An input, its tokens or why there are none, and what is to be said of it.


Answer: TypeAlias = tuple[Line, "list[Atom] | RaspError", Any]


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
    if is_model(options.file):
        name, evaluate = _model(options)
    else:
        name, evaluate = _program(options)
    show = _show_json if options.json else _show_text
    answers = _answers(evaluate, options.inputs, as_json=options.tokens_json)
    if not show(answers, name, streaming=STDIN in options.inputs):
        raise CommandFailed


def _model(options: argparse.Namespace) -> tuple[str | None, Evaluate]:
    from rasp.checkpoint import load_model

    if options.sop is not None:
        options.usage_error("--sop chooses from a program; a compiled model has one s-op only")
    model = load_model(options.file)
    return model.specification.name, model.outcomes


def _program(options: argparse.Namespace) -> tuple[str | None, Evaluate]:
    from rasp.sop import Selector

    program = load_program(options.file)
    print_warnings(program)
    name = options.sop
    if name in program and isinstance(selector := program[name], Selector):
        return name, partial(_matrices, selector)
    name, sop = choose_sop(program, name)
    return name, partial(_values, sop)


def _matrices(selector: Selector, inputs: Sequence[list[Atom]]) -> Iterator[Any]:
    """One at a time: the matrices of a whole batch are large."""
    for tokens in inputs:
        yield from _values(selector, [tokens])


def _values(value: SOp | Selector, inputs: Sequence[list[Atom]]) -> Iterator[Any]:
    """By the interpreter, which takes no empty input."""
    from rasp import interpreter

    taken = [tokens for tokens in inputs if tokens]
    outcomes = iter(interpreter.outcomes(value.node, taken, origins=value.origins))
    for tokens in inputs:
        yield next(outcomes) if tokens else _refusal(tokens)


def _refusal(tokens: list[Atom]) -> RaspError | None:
    """Why something is no input."""
    try:
        as_sequence(tokens)
    except RaspError as error:
        return error
    return None


# ---- inputs and their answers


def _answers(
    evaluate: Evaluate, arguments: Sequence[str], *, as_json: bool
) -> Iterator[Iterator[Answer]]:
    """The answers to all inputs in order, those of one batch together."""
    for batch in _batches(arguments):
        yield _answered(evaluate, [_read(line, as_json=as_json) for line in batch])


def _batches(arguments: Sequence[str]) -> Iterator[list[Line]]:
    """The inputs in order, `-` replaced by the lines of standard input."""
    for from_stdin, group in groupby(arguments, lambda argument: argument == STDIN):
        if not from_stdin:
            yield [Line(None, text) for text in group]
            continue
        for _ in group:  # the second finds nothing left
            yield from batches(sys.stdin.buffer)


def _read(line: Line, *, as_json: bool) -> tuple[Line, list[Atom] | RaspError]:
    """The tokens in a line, or why there are none."""
    if line.problem is not None:
        return line, line.problem
    try:
        return line, parse_input(line.text, as_json=as_json)
    except RaspError as error:
        return line, error


def _answered(
    evaluate: Evaluate, inputs: list[tuple[Line, list[Atom] | RaspError]]
) -> Iterator[Answer]:
    outcomes = iter(evaluate([tokens for _, tokens in inputs if isinstance(tokens, list)]))
    for line, tokens in inputs:
        outcome = next(outcomes) if isinstance(tokens, list) else tokens
        yield line, tokens, outcome


# ---- what is printed


def _show_text(answers: Iterator[Iterator[Answer]], name: str | None, *, streaming: bool) -> bool:
    """A line for each input, errors on standard error.  False where there was one."""
    successful = True
    for batch in answers:
        for line, _, outcome in batch:
            if not isinstance(outcome, RaspError):
                print(show_value(outcome))
                continue
            successful = False
            sys.stdout.flush()  # who sees both sees them in order
            place = "" if line.number is None else f"line {line.number} of standard input: "
            complain(f"{place}{outcome}")
        sys.stdout.flush()
    return successful


def _show_json(answers: Iterator[Iterator[Answer]], name: str | None, *, streaming: bool) -> bool:
    """One object.  While inputs arrive, each result is printed as a line of its own."""
    successful, first = True, True
    end = "\n" if streaming else ""
    print(f'{{"sop": {json_text(name)}, "results": [', end=end, flush=streaming)
    for batch in answers:
        for line, tokens, outcome in batch:
            successful &= not isinstance(outcome, RaspError)
            result = json_text(_result(line, tokens, outcome))
            print("" if first else ", ", result, sep="", end=end)
            first = False
        sys.stdout.flush()
    print("]}")
    return successful


def _result(line: Line, tokens: list[Atom] | RaspError, outcome: Any) -> dict[str, Any]:
    if not isinstance(outcome, RaspError):
        assert isinstance(tokens, list)
        return {"input": list(map(plain_atom, tokens)), "values": _plain(outcome)}
    place = {} if line.number is None else {"line": line.number}
    return {"input": line.text, **place, "error": outcome.to_dict()}


def _plain(value: list[Atom] | list[list[bool]]) -> list[Any]:
    return [row if isinstance(row, list) else plain_atom(row) for row in value]

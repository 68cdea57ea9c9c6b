"""The arguments of the `rasp` command: one module for each subcommand."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from rasp import __version__
from rasp.cli import (
    analyze,
    check,
    circuit,
    compile,
    completion,
    dataset,
    draw,
    export,
    fmt,
    generate,
    info,
    lsp,
    run,
    test,
    verify,
)
from rasp.cli.output import fitted
from rasp.visible import shortened, visible

COMMANDS = (
    run,
    generate,
    check,
    test,
    fmt,
    analyze,
    compile,
    info,
    verify,
    export,
    circuit,
    dataset,
    draw,
    lsp,
    completion,
)

EPILOG = """\
Without a command the REPL starts: it reads programs statement by statement from the terminal, or
from a pipe.  `rasp COMMAND --help` explains a command, with examples.

examples:
  rasp                                         think
  echo 'indices + 1;' | rasp --strict          run statements from a pipe
  rasp run examples/sort.rasp hello
"""


class Parser(argparse.ArgumentParser):
    """Complains of arguments without repeating what a terminal would obey; keeps to its width."""

    def _print_message(self, message: str, file: Any = None) -> None:
        stream = file or sys.stderr
        super()._print_message(fitted(message, stream), stream)

    def error(self, message: str) -> NoReturn:
        if wrong := _CHOICE.search(message):
            near = _did_you_mean(wrong[1], re.findall(r"[\w-]+", wrong[2]))
            message += "; help is rasp --help, or rasp COMMAND --help" if wrong[1] == HELP else near
        super().error(visible(shortened(message)))


HELP = "help"
_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")


def _did_you_mean(word: str, others: Sequence[str]) -> str:
    """The dashes do not count: every option has them."""
    bare = {other.lstrip("-"): other for other in others}
    near = get_close_matches(word.lstrip("-"), bare, n=1)
    return f"; did you mean {bare[near[0]]}?" if near else ""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of a command line.  Ends the program for one that is none."""
    parser = build_parser()
    options, rest = parser.parse_known_args(arguments)
    if rest:
        command: argparse.ArgumentParser = getattr(options, "parser", parser)
        near = _did_you_mean(rest[0], re.findall(r"(?<!\w)--?\w[\w-]*", command.format_help()))
        command.error(f"unrecognized arguments: {' '.join(rest)}{near}")
    return options


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="rasp",
        description="RASP: a language for thinking about Transformers, compiled to weights.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"rasp {__version__}")
    parser.add_argument(
        "--strict",
        action="store_true",
        help="REPL: exit status 1 if a statement failed",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in COMMANDS:
        module.add(commands)
    for command in commands.choices.values():
        command.set_defaults(parser=command)
    return parser

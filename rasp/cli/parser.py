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

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self._given = list(sys.argv[1:] if args is None else args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        if message.startswith(_MISSING):
            message += self._mistyped()
        if wrong := _CHOICE.search(message):
            near = _did_you_mean(wrong[1], re.findall(r"[\w-]+", wrong[2]))
            message += f"; {_ELSEWHERE[wrong[1]]}" if wrong[1] in _ELSEWHERE else near
        super().error(visible(shortened(message)))

    def _mistyped(self) -> str:
        """The first option that there is not, where one is missing that may be meant by it."""
        options = _options(self)
        for given in self._given:
            name = given.split("=")[0]
            if name.startswith("--") and not any(option.startswith(name) for option in options):
                return f"; there is no {name}{_did_you_mean(name, options)}"
        return ""


_MISSING = "the following arguments are required"
_ELSEWHERE = {
    "help": "help is rasp --help, or rasp COMMAND --help",
    "version": "it is rasp --version",
    "repl": "the REPL is rasp without a command",
    "explore": "the explorer is a page, made by rasp draw MODEL INPUT -o PAGE.html",
    "explorer": "the explorer is a page, made by rasp draw MODEL INPUT -o PAGE.html",
    "format": "it is rasp fmt",
    "lint": "it is rasp check",
    "eval": "it is rasp run",
    "evaluate": "it is rasp run",
    "load": "it is rasp run",
}
"""What commands of other programs are here."""
_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return re.findall(r"(?<!\w)--?\w[\w-]*", parser.format_help())


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
        near = _did_you_mean(rest[0], _options(command))
        if rest[0].lower() == "-v":
            near = "; did you mean --version?"
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

"""Arguments that several commands share, and what they stand for."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from rasp.errors import RaspLoadError, RaspNameError, RaspTypeError, VocabularyError
from rasp.graph.nodes import Atom
from rasp.graph.operators import short, type_name
from rasp.source import Source

if TYPE_CHECKING:
    from rasp.program import Program
    from rasp.sop import SOp

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

STDIN = "-"
MODEL_SUFFIX = ".safetensors"


def add_command(
    commands: Commands,
    name: str,
    run: Callable[[argparse.Namespace], None],
    *,
    summary: str,
    details: str,
) -> argparse.ArgumentParser:
    """A subcommand.  details: further explanation and examples, shown as they are."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=details,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, usage_error=parser.error)
    return parser


def add_sop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sop",
        metavar="NAME",
        help="which s-op of the program; by default the last one bound at top level",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def positive(text: str) -> int:
    """The type of an argument that counts something."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, got {text!r}")
    return number


def seconds(text: str) -> float:
    """The type of an argument that says how long something may take."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number of seconds above 0, got {text!r}")
    return number


def seed(text: str) -> int:
    """The type of an argument that seeds random numbers."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 on, got {text!r}")
    return number


def read_text(path: str) -> str:
    """A text file, or standard input for `-`.  Raises RaspLoadError."""
    try:
        data = sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RaspLoadError(f"cannot read {path}: {reason}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RaspLoadError(f"cannot read {path}: it is not UTF-8 (byte {error.start})") from None


def is_model(path: str) -> bool:
    """Is the file a compiled model, by its name or by how it begins?"""
    if path.endswith(MODEL_SUFFIX):
        return True
    try:
        if not Path(path).is_file():
            return False
        with open(path, "rb") as file:
            length, first = file.read(8), file.read(1)
    except (OSError, ValueError):  # whoever reads it says what is wrong
        return False
    return first == b"{" and length.endswith(b"\0\0")  # of the JSON that comes first


def load_program(path: str) -> Program:
    """The program in a file, or on standard input for `-`."""
    from rasp.program import load, loads

    if is_model(path) and Path(path).is_file():
        raise RaspLoadError(f"'{path}' is a compiled model, and a program is expected")
    return loads(read_text(STDIN), name="<stdin>") if path == STDIN else load(path)


def read_program(path: str) -> Source:
    """The text of a program, or of standard input for `-`.  Raises RaspLoadError."""
    from rasp.elaborate.files import read_source
    from rasp.elaborate.limits import Limits

    if is_model(path) and Path(path).is_file():
        raise RaspLoadError(f"'{path}' is a compiled model, and a program is expected")
    if path == STDIN:
        return Source("<stdin>", read_text(STDIN))
    return read_source(Path(path), path, Limits())


def choose_sop(program: Program, name: str | None) -> tuple[str | None, SOp]:
    """The s-op with the name, or the last one that the program binds or ends with."""
    from rasp.sop import SOp

    if name is not None:
        if name not in program:
            from rasp.program.environment import undefined

            sops = [other for other in program.names if isinstance(program[other], SOp)]
            raise undefined(name, sops, "s-ops")
        value = program[name]
        if not isinstance(value, SOp):
            raise RaspTypeError(
                f"'{name}' is not an s-op: it is of type {type_name(value).lower()}"
            )
        return name, value
    for last in reversed(program.names):
        value = program[last]
        if isinstance(value, SOp):
            return last, value
    if isinstance(program.last, SOp):
        return None, program.last
    raise RaspNameError("the program binds no s-op", hint="name one: result = ...;")


def print_warnings(program: Program) -> None:
    from rasp.cli.output import complain_of_all

    complain_of_all(program.warnings, "warning")


def parse_tokens(texts: Sequence[str], *, as_json: bool) -> list[Atom]:
    """Single tokens, each an argument of its own: as it is, or as JSON.  Raises VocabularyError."""
    tokens: list[Atom] = []
    for text in texts:
        tokens += parse_input(f"[{text}]", as_json=True) if as_json else [text]
    return tokens


def parse_input(text: str, *, as_json: bool) -> list[Atom]:
    """An input: a string of one-character tokens, or a JSON list of tokens."""
    if not as_json:
        return list(text)
    data = _parse_json(text)
    if not isinstance(data, list) or not all(_is_atom(item) for item in data):
        raise VocabularyError(f"not a JSON list of tokens: {text}")
    return data


def vocabulary_of(options: argparse.Namespace) -> list[Atom]:
    """The tokens that --vocab or --vocab-file declares.

    Raises VocabularyError where --vocab has a character twice, as where somebody lists words there.
    """
    if options.vocab_file is None:
        characters = list(options.vocab)
        if not characters:
            options.usage_error("--vocab has no characters")
        twice = next((c for n, c in enumerate(characters) if c in characters[:n]), None)
        if twice is not None:
            raise VocabularyError(
                f"--vocab lists the token {short(twice)} twice",
                hint="every character of --vocab is a token: list each once"
                + (f", and no {short(twice)} between tokens" if twice in ", " else "")
                + ". Longer tokens stand in a file, one a line: --vocab-file FILE",
            )
        return [*characters]
    lines = [line for line in read_text(options.vocab_file).splitlines() if line]
    if not lines:
        options.usage_error(f"{options.vocab_file} has no tokens")
    return [parse_vocabulary_line(line) for line in lines]


def parse_vocabulary_line(line: str) -> Atom:
    """A token of a vocabulary file: a JSON value where the line is one, else the line itself."""
    try:
        value = _parse_json(line)
    except VocabularyError:
        return line
    if not _is_atom(value):
        return line
    atom: Atom = value
    return atom


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise VocabularyError(f"not JSON: {text[:100]}") from None


def _no_constant(name: str) -> Any:
    """NaN and Infinity, which Python reads and JSON does not have: they may be words."""
    raise ValueError(f"JSON has no {name}")


def _is_atom(value: object) -> bool:
    return isinstance(value, (bool, int, float, str))

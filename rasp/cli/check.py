"""rasp check: do programs parse and elaborate, and do they mean what they seem to?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rasp.cli.arguments import STDIN, Commands, add_command, add_json, read_program
from rasp.cli.output import CommandFailed, complain_of_all, print_json, say
from rasp.errors import RaspError

if TYPE_CHECKING:
    from rasp.diagnostics import Warning

DETAILS = """\
All errors of a program are printed, those left out that only follow from others.  They make the
exit status 1; warnings about what reads differently from what it means, or fails on every input, do
not.

examples:
  rasp check examples/*.rasp
  rasp check - < program.rasp
"""


def add(commands: Commands) -> None:
    parser = add_command(commands, "check", run, summary="parse, elaborate, warn", details=DETAILS)
    parser.add_argument("files", metavar="FILE", nargs="+", help="a program; - is standard input")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    results = []
    for path in options.files:
        errors, warnings = check(path)
        complain_of_all(errors, "error")
        complain_of_all(warnings, "warning")
        results.append(
            {
                "file": path,
                "ok": not errors,
                "error": errors[0].to_dict() if errors else None,
                "errors": [error.to_dict() for error in errors],
                "warnings": [warning.to_dict() for warning in warnings],
            }
        )
        if not options.json and (len(errors) > 1 or not errors):
            say(f"{path}: {summary(len(errors), len(warnings))}")
    if options.json:
        print_json({"files": results})
    if not all(result["ok"] for result in results):
        raise CommandFailed


def check(path: str) -> tuple[tuple[RaspError, ...], tuple[Warning, ...]]:
    """The errors of a program that say something of their own, and its warnings."""
    from rasp.program import Session, independent_errors

    try:
        source = read_program(path)
    except RaspError as error:
        return (error,), ()
    session = Session()
    file = None if path == STDIN else Path(path)
    results = list(session.steps(source.text, source.name, path=file))
    errors = independent_errors(error for result in results for error in result.errors)
    warnings = [*session.warnings, *session.doubts(results)]
    return errors, tuple(sorted(warnings, key=_place))


def _place(warning: Warning) -> tuple[str, int]:
    span = warning.labels[0].span
    return span.source.name, span.start


def summary(n_errors: int, n_warnings: int) -> str:
    counts = [
        f"{n} {noun}{'s' * (n > 1)}" for n, noun in ((n_errors, "error"), (n_warnings, "warning"))
    ]
    shown = [text for text in counts if not text.startswith("0 ")]
    return ", ".join(shown if n_errors else ["ok", *shown])

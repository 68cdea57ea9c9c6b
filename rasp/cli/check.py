"""rasp check: do programs parse and elaborate, and do they mean what they seem to?"""

from __future__ import annotations

import argparse
import sys

from rasp.cli.arguments import Commands, add_command, add_json, load_program
from rasp.cli.output import CommandFailed, print_json
from rasp.errors import RaspError

DETAILS = """\
Errors make the exit status 1; warnings about expressions that read differently from what they mean
do not.

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
        try:
            program = load_program(path)
        except RaspError as error:
            print(error, file=sys.stderr)
            results.append({"file": path, "ok": False, "error": error.to_dict(), "warnings": []})
            continue
        for warning in program.warnings:
            print(warning, file=sys.stderr)
        warnings = [warning.to_dict() for warning in program.warnings]
        results.append({"file": path, "ok": True, "error": None, "warnings": warnings})
        if not options.json:
            count = len(warnings)
            print(f"{path}: ok" + (f", {count} warning{'s' * (count > 1)}" if count else ""))
    if options.json:
        print_json({"files": results})
    if not all(result["ok"] for result in results):
        raise CommandFailed

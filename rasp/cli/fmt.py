"""rasp fmt: programs in canonical layout."""

from __future__ import annotations

import argparse
import os
import secrets
from pathlib import Path

from rasp.cli.arguments import STDIN, Commands, add_command, add_json, read_text
from rasp.cli.output import CommandFailed, print_exactly, print_json, say

DETAILS = """\
Files are rewritten in place, and named if that changed them.  `-` formats standard input to
standard output.

examples:
  rasp fmt examples/*.rasp
  rasp fmt --check examples/*.rasp       change nothing; exit status 1 if something would change
"""


def add(commands: Commands) -> None:
    parser = add_command(commands, "fmt", run, summary="canonical layout", details=DETAILS)
    parser.add_argument("files", metavar="FILE", nargs="+", help="a program; - is standard input")
    parser.add_argument("--check", action="store_true", help="only say what would change")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    from rasp.source import Source
    from rasp.syntax.format import format_text

    if options.json and STDIN in options.files and not options.check:
        options.usage_error("with --json and without --check there is no room for formatted text")
    results = []
    for path in options.files:
        text = read_text(path)
        formatted = format_text(Source("<stdin>" if path == STDIN else path, text))
        results.append({"file": path, "changed": formatted != text})
        if path == STDIN and not options.check:
            print_exactly(formatted)
        elif formatted != text:
            if not options.json:
                say(f"would reformat {path}" if options.check else f"reformatted {path}")
            if not options.check:
                _rewrite(Path(path), formatted)
    if options.json:
        print_json({"files": results})
    if options.check and any(result["changed"] for result in results):
        raise CommandFailed


def _rewrite(path: Path, text: str) -> None:
    """Whole or not at all, with the permissions that the file had."""
    path = path.resolve()
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        temporary.write_bytes(text.encode())
        temporary.chmod(path.stat().st_mode)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

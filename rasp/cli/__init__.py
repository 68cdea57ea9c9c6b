"""The `rasp` command: one module per subcommand, each with `add` (its arguments) and `run`.

Exit status: 0 success; 1 the program, the input or the model is at fault; 2 wrong usage.  Whatever
goes wrong is said on standard error, with its place, and never as a traceback.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from rasp import __version__
from rasp.cli import analyze, check, compile, fmt, info, run, verify
from rasp.cli.output import CommandFailed, report_error
from rasp.errors import RaspError

COMMANDS = (run, check, fmt, analyze, compile, info, verify)
INTERRUPTED = 130
PIPE_CLOSED = 141


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rasp",
        description="RASP: a language for thinking about Transformers, compiled to weights.",
        epilog="`rasp COMMAND --help` explains a command, with examples.",
    )
    parser.add_argument("--version", action="version", version=f"rasp {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in COMMANDS:
        module.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal cannot show is shown as its code.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    try:
        parser = build_parser()
        options = parser.parse_args(arguments)
        if not hasattr(options, "run"):
            parser.print_help()
            return 0
        status = _run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever reads our output has stopped; Python's own flush at exit has nowhere to write to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(options: argparse.Namespace) -> int:
    try:
        options.run(options)
        return 0
    except CommandFailed:
        return 1  # everything has been said
    except RaspError as error:
        report_error(error, json=getattr(options, "json", False))
        return 1
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename is not None else ""
        print(f"rasp: {place}{error.strerror or error}", file=sys.stderr)
        return 1

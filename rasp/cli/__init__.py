"""The `rasp` command: one module per subcommand, each with `add` (its arguments) and `run`.

Exit status: 0 success; 1 the program, the input or the model is at fault; 2 wrong usage.  Whatever
goes wrong is said on standard error, with its place, and never as a traceback.  Without a
subcommand the REPL starts, which shows mistakes beside results.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rasp.errors import RaspError

if TYPE_CHECKING:
    import argparse

INTERRUPTED = 130
PIPE_CLOSED = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal cannot show is shown as its code.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    try:
        status = _run(sys.argv[1:] if arguments is None else arguments)
        if not sys.stdout.closed:  # as a language server leaves it
            sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever reads our output has stopped; Python's own flush at exit has nowhere to write to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(arguments: Sequence[str]) -> int:
    if not arguments:
        return _repl(strict=False)
    # The REPL does without the arguments of the others: its prompt is there at once.
    from rasp.cli.parser import parsed

    options = parsed(arguments)
    if not hasattr(options, "run"):
        return _repl(strict=options.strict)
    return _run_command(options)


def _repl(*, strict: bool) -> int:
    from rasp import repl

    return repl.main(strict=strict)


def _run_command(options: argparse.Namespace) -> int:
    from rasp.cli.output import CommandFailed, complain, report_error

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
        complain(f"rasp: {place}{error.strerror or error}")
        return 1

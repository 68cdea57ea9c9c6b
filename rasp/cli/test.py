"""rasp test: do programs give what their comments say?"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasp.cli.arguments import STDIN, Commands, add_command, add_json, read_text
from rasp.cli.output import CommandFailed, complain, complain_of_all, print_json, say
from rasp.errors import RaspError, RaspLoadError

if TYPE_CHECKING:
    from rasp.expectations import Checked, Report

DETAILS = """\
FILE is a program, a page in Markdown (its blocks that name the language `rasp` are run), or a
folder (all programs in it).  Their comments say what is expected:

  #> sorted("ba") = ["a", "b"]       an s-op or a selector on an input, a function of arguments
  #> number("x") ! not an integer    its error: a part of the message
  len("abc");  #> 3                  the value of the statement before
  1 / 0;       #! value: by zero     its error: the kind, and a part of the message

The exit status is 1 where something is not as expected, or a program fails otherwise.

examples:
  rasp test examples
  rasp test --watch sort.rasp        again whenever the file, or one that it loads, changes
"""

POLL_SECONDS = 0.25


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "test", run, summary="run the expectations in programs", details=DETAILS
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="a program, page or folder; - is standard input"
    )
    parser.add_argument("--watch", action="store_true", help="run again when a file changes")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    if options.watch:
        if STDIN in options.files:
            options.usage_error("--watch watches files, and standard input is none")
        watch(options.files, as_json=options.json)
    elif not test(options.files, as_json=options.json)[0]:
        raise CommandFailed


def test(arguments: list[str], *, as_json: bool) -> tuple[bool, set[Path]]:
    """Tests and reports.  Gives whether all is as expected, and the files that were read."""
    results: list[dict[str, Any]] = []
    read: set[Path] = set()
    failed = passed = 0
    ok = True
    for argument in arguments:
        for name in files_of(argument):
            try:
                report = test_file(name)
            except RaspError as error:  # the file cannot be read
                complain(error)
                results.append(_unreadable(name, error))
                ok = False
                continue
            read.update(report.files)
            failed += report.n_failed
            passed += report.n_passed
            ok = ok and report.ok
            results.append(report_dict(name, report))
            if not as_json:
                print_report(name, report)
    if as_json:
        print_json({"ok": ok, "passed": passed, "failed": failed, "files": results})
    elif len(results) > 1:
        say(f"{len(results)} files: {_counts(passed, failed)}")
    return ok, read


def files_of(argument: str) -> list[str]:
    """The files that an argument names: itself, or the programs in a folder."""
    folder = Path(argument)
    if argument == STDIN or not folder.is_dir():
        return [argument]
    return sorted(map(str, folder.rglob("*.rasp"))) or [argument]


def test_file(name: str) -> Report:
    """Raises RaspLoadError."""
    from rasp.expectations import check_text
    from rasp.expectations.reading import PAGE_SUFFIXES

    if Path(name).is_dir():
        raise RaspLoadError(f"there are no programs in the folder {name}")
    text = read_text(name)
    if name == STDIN:
        return check_text(text, "<stdin>", page=False)
    return check_text(text, name, Path(name), page=name.lower().endswith(PAGE_SUFFIXES))


# ---- what is printed


def print_report(name: str, report: Report) -> None:
    from rasp.expectations import difference

    width = shutil.get_terminal_size().columns
    complain_of_all(report.errors, "error")
    for checked in report.checked:
        if not checked.ok:
            complain(difference(checked, width))
    sys.stderr.flush()
    say(f"{name}: {summary(report)}", flush=True)


def summary(report: Report) -> str:
    """One line about a file."""
    n_errors = len(report.errors)
    errors = f", {n_errors} error{'s' * (n_errors > 1)} in the program" if n_errors else ""
    if not report.checked:
        return "no expectations" + errors
    return _counts(report.n_passed, report.n_failed) + errors


def _counts(passed: int, failed: int) -> str:
    if not failed:
        return f"{passed} passed"
    return f"{failed} failed, {passed} passed"


def report_dict(name: str, report: Report) -> dict[str, Any]:
    return {
        "file": name,
        "ok": report.ok,
        "passed": report.n_passed,
        "failed": report.n_failed,
        "expectations": list(map(_checked_dict, report.checked)),
        "errors": [error.to_dict() for error in report.errors],
    }


def _checked_dict(checked: Checked) -> dict[str, Any]:
    from rasp.expectations.showing import value_text

    expectation = checked.expectation
    return {
        "line": expectation.span.line,
        "column": expectation.span.column,
        "text": expectation.span.text,
        "ok": checked.ok,
        "got": None if checked.got is None else value_text(checked.got),
        "error": None if checked.error is None else checked.error.to_dict(),
    }


def _unreadable(name: str, error: RaspError) -> dict[str, Any]:
    return {
        "file": name,
        "ok": False,
        "passed": 0,
        "failed": 0,
        "expectations": [],
        "errors": [error.to_dict()],
    }


# ---- watching

Stamp = tuple[int, int] | None


def watch(
    arguments: list[str],
    *,
    as_json: bool,
    wait: Callable[[], None] = lambda: time.sleep(POLL_SECONDS),
) -> None:
    """Tests again whenever a file changes that was read, until the user interrupts it.

    wait: what is done between two looks at the files; each look asks for their times alone.
    """
    read: set[Path] = set()
    while True:
        before = _stamps(_named(arguments) | read)  # what changes during the test has changed
        _, read = test(arguments, as_json=as_json)
        before = _stamps(read) | before
        if not as_json:
            print("watching for changes; Ctrl-C ends", flush=True)
        while _stamps({*before, *_named(arguments)}) == before:
            wait()


def _named(arguments: Iterable[str]) -> set[Path]:
    return {Path(name).resolve() for argument in arguments for name in files_of(argument)}


def _stamps(paths: Iterable[Path]) -> dict[Path, Stamp]:
    """When each file was changed last, and its size; None for one that is not there."""
    return {path: _stamp(path) for path in paths}


def _stamp(path: Path) -> Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size

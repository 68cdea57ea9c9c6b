"""The original REPL and this one show the same for correct statements.

transcript.txt is a session of the original, to the character.  displays.txt has statements, each
section a session of its own, with how the original shows their values: the end of every line, for
selectors the rows of the matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Terminal

HERE = Path(__file__).parent
MISTAKES = {"set example 5", "foo;"}  # shown in the original's own words
NO_MISTAKES = {"show s-op example;"}  # to the original, but a ';' is allowed here


def steps() -> Iterator[tuple[list[str], str]]:
    """The lines of each entry of the transcript, and what is printed for it."""
    lines: list[str] = []
    printed: list[str] = []
    for line in (HERE / "transcript.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(">> "):
            if lines:
                yield lines, "\n".join(printed)
            lines, printed = [line[3:]], []
        elif line.startswith(".. "):
            lines.append(line[3:])
        else:
            printed.append(line)
    yield lines, "\n".join(printed)


def test_transcript(terminal: Terminal) -> None:
    n_equal = 0
    for lines, printed in steps():
        got = terminal(*lines)
        if lines[0] in MISTAKES:
            assert "error: " in got
            assert "^" in got
        elif lines[0] in NO_MISTAKES:
            assert got == '\ts-op example: "abc"'
        else:
            assert got == printed, lines
            n_equal += 1
    assert n_equal == 20
    assert terminal.shell.finished


def sections() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    title, cases = "", []
    for line in (HERE / "displays.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            if cases:
                yield title, cases
            title, cases = line[2:], []
        else:
            statement, _, shown = line.partition("  =>  ")
            cases.append((statement, shown))
    yield title, cases


SECTIONS = dict(sections())


@pytest.mark.parametrize("title", SECTIONS)
def test_displays(terminal: Terminal, title: str) -> None:
    assert len(SECTIONS[title]) > 10
    for statement, shown in SECTIONS[title]:
        got = terminal(statement)
        if shown.startswith("M "):
            assert rows(got) == shown[2:].split("/"), statement
        elif shown:
            parts = [part.strip() for part in got.split("\n")]
            wanted = shown.split(" ; ") if len(parts) > 1 and " ; " in shown else [shown]
            assert all(map(str.endswith, parts[-len(wanted) :], wanted)), statement
        else:
            assert not got, statement


def rows(printed: str) -> list[str]:
    """The rows of a matrix of tokens of one character, in digits."""
    bodies = [line.partition(" | ")[2] for line in printed.split("\n") if " | " in line]
    return [body[::2].replace(" ", "0") for body in bodies]


def test_containers_of_sops(terminal: Terminal) -> None:
    assert terminal('[1,[2,3],"x"];') == (
        "     list: out =  [\n"
        "\t\t    value:  1\n"
        "\t\t     list: [2, 3]\n"
        '\t\t    value:  "x"\n'
        "                 ]"
    )
    assert terminal('a = {1: 2, "c": [indices, [[]]]};', "examples off", "a;").endswith(
        "     dict: a =  {\n"
        "\t\t\t 1 :    value:  2\n"
        '\t\t\t "c" :     list:  [\n'
        "\t\t\t\t\t     s-op: indices\n"
        "\t\t\t\t\t     list:  [\n"
        "\t\t\t\t\t\t\t     list: []\n"
        "\t\t\t\t\t           ]\n"
        "\t\t\t           ]\n"
        "               }"
    )

"""What the REPL prints on terminals of all widths."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasp.repl.commands import COMMANDS
from rasp.repl.fitting import bands, fitted, visible_width
from rasp.repl.sequences import matrix, rows
from rasp.repl.shell import Shell
from rasp.repl.style import Painter

PLAIN = Painter(colour=False)
SESSION = [
    'set example "abcdefghijklmnopqrst"',
    "place = selector_width(select(tokens, tokens, <));",
    "same = select(tokens, tokens, ==);",
    "sorted = aggregate(select(place, indices, ==), tokens);",
    ":draw sorted",
    ":trace sorted",
    ":draw same",
    "full seq display on",
    "indices * 100;",
    "same;",
    "[[1, 2], {1: indices}];",
    ":analyze sorted",
    ":list",
    ":list library",
    ":help",
    *(f":help {name}" for name in COMMANDS),
    ":help select",
    "undefined;",
]


def screen(columns: int | None, *, colour: bool = False) -> str:
    written: list[str] = []
    shell = Shell(written.append, Painter(colour=colour), columns=lambda: columns)
    for number, entry in enumerate(SESSION):
        shell.run(entry, f"<{number}>")
    return "\n".join(written)


@pytest.mark.parametrize("columns", [40, 80, 110, 200])
@pytest.mark.parametrize("colour", [False, True])
def test_nothing_is_wider_than_the_terminal(columns: int, *, colour: bool) -> None:
    for line in screen(columns, colour=colour).split("\n"):
        assert visible_width(line) <= columns, line


def test_nothing_is_lost_at_40_columns() -> None:
    def words(text: str) -> set[str]:
        return set(re.findall(r"\w+", text))

    assert words(screen(40)) == words(screen(None))


def test_a_wide_terminal_changes_nothing() -> None:
    assert screen(1000) == screen(None)


def test_a_matrix_in_pieces() -> None:
    tokens = list("abcdefghijklmnopqr")
    selected = [[key <= query for key in tokens] for query in tokens]
    assert matrix(tokens, selected, PLAIN, 1000) == matrix(tokens, selected, PLAIN)
    lines = matrix(tokens, selected, PLAIN, 26)
    assert len(lines) == 2 * (1 + len(tokens))
    assert lines[0] == "      a b c d e f g h i j"
    assert lines[19] == "      k l m n o p q r"
    assert lines[-1] == "  r | 1 1 1 1 1 1 1 1"


def test_a_matrix_of_wide_tokens() -> None:
    lines = matrix(["日本", "é", "e\u0301", "👩\u200d👧"], [[True] * 4] * 4, PLAIN)
    widths = {visible_width(line) for line in lines}
    assert len(widths) == 1


def test_rows_in_pieces() -> None:
    tokens = list("abcdefghij")
    found = rows(tokens, list(range(100, 110)), PLAIN, 40)
    assert found is not None
    assert found[0] == "  input:     a   b   c"
    assert found[1] == "  output:  100 101 102"
    assert found[-1] == "  output:  109  (ints)"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("short", "short"),
        (
            "a line of plain texts\ngoes on\n\nEnd.",
            "a line of plain\ntexts goes on\n\nEnd.",
        ),
        ("name  text that goes on and on", "name  text that goes\n      on and on"),
        ("a_long_name(a, b)  text", "a_long_name(a, b)\n    text"),
        ("\t = [1, 2, 3, 4, 5, 6]", "     = [1, 2, 3, 4,\n      5, 6]"),
        ("  1 | x = 1234567890123456;", "  1 | x = 1234567890123456;"),
        ("  1 | x = 1234567890123456;\n    |   ^", "  1 | x = 1234567...\n    |   ^"),
        ("unbreakable_word_of_many", "unbreakable_word_of_many"),
    ],
)
def test_fitted(text: str, wanted: str) -> None:
    assert fitted(text, 20) == wanted


def test_colours_end_with_the_line() -> None:
    text = "\033[36m[aaaa, bbbb, cccc, dddd]\033[0m (strings)"
    lines = fitted(text, 20).split("\n")
    assert lines[0] == "\033[36m[aaaa, bbbb, cccc,\033[0m"
    assert lines[1].lstrip() == "\033[36mdddd]\033[0m (strings)"


@given(st.text(st.sampled_from("ab \t日e\u0301|,;")), st.integers(1, 60))
def test_only_layout_changes(text: str, columns: int) -> None:
    assert fitted(text, columns).split() == text.split()


def test_bands_repeat_labels() -> None:
    drawing = [
        "layer 1",
        "    tokens   aa bb cc dd ee ff",
        "    first  | 1  2  3  4  5  6",
        "",
        "end",
    ]
    assert bands(drawing, 22) == [
        "layer 1",
        "    tokens   aa bb cc",
        "    first  | 1  2  3",
        "    tokens   dd ee ff",
        "    first  | 4  5  6",
        "",
        "end",
    ]


CHOSEN = 'aggregate(select(indices, indices - 1, ==), tokens, "漢字漢字漢字漢字")'
LONG = f"x = {CHOSEN} + nowhere + length;"


@pytest.mark.parametrize("columns", [20, 40, 80, 100])
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize(
    "text",
    [LONG, LONG.replace("nowhere", "max(1)"), f"nowhere + {CHOSEN};", LONG.replace(" + ", "+")],
)
def test_carets_stand_below_what_they_are_about(columns: int, text: str, *, colour: bool) -> None:
    written: list[str] = []
    shell = Shell(written.append, Painter(colour=colour), columns=lambda: columns)
    shell.run(text, "<here>")
    lines = [re.sub(r"\033\[[0-9;]*m", "", line) for line in "\n".join(written).split("\n")]
    at = next(number for number, line in enumerate(lines) if line.strip(" |").startswith("^"))
    source, carets = lines[at - 1], lines[at].rstrip()
    before, marked = carets.index("^"), carets.count("^")
    shown = ""
    for character in source:
        if visible_width(shown) >= before:
            break
        shown += character
    assert visible_width(shown) == before
    wanted = "nowhere" if "nowhere" in text else "max(1)"
    assert source[len(shown) :][:marked] == wanted[:marked]
    assert marked >= min(len(wanted), 6)
    assert all(visible_width(line) <= columns for line in lines[at - 1 : at + 1])


def test_what_is_said_behind_carets_goes_below_them() -> None:
    text = (
        "  1 | aggregate(select(tokens, tokens, ==), tokens)\n"
        "    | ^^^^^^^^^ in the library function f"
    )
    assert fitted(text, 30) == (
        "  1 | aggregate(select(toke...\n    | ^^^^^^^^^\n      in the library function\n      f"
    )


def test_a_value_that_goes_on_below_itself() -> None:
    text = (
        "width       d_model 4\ncertificate exact for every input (all proved\n"
        "            and checked)"
    )
    assert fitted(text, 30) == (
        "width       d_model 4\ncertificate exact for every\n            input (all proved\n"
        "            and checked)"
    )


def test_a_heading_is_no_part_of_the_sentence_above() -> None:
    text = "same = selector_width(tokens)\nlayers  1\nheads   2"
    assert fitted(text, 20) == "same =\nselector_width(tokens)\nlayers  1\nheads   2"


def test_what_a_row_is_the_value_of_goes_below() -> None:
    lines = ["output", "  same  2 2 2  = selector_width(select(tokens, tokens, ==))"]
    assert bands(lines, 40) == [
        "output",
        "  same  2 2 2",
        "      = selector_width(select(tokens,",
        "          tokens, ==))",
    ]

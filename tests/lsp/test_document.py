"""What an editor shows about a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from rasp.lsp.document import TextDocument
from rasp.syntax.words import LIBRARY


def at(text: str, marked: str, *, last: bool = False) -> int:
    """The offset of a part of the text."""
    return text.rindex(marked) if last else text.index(marked)


def test_problems() -> None:
    text = "a = 1;\nb = not a == 1;\nc = missing;\nd = (1;\ne = d\n"
    problems = TextDocument(text).problems
    assert [(p.severity, p.code, text[p.start : p.end]) for p in problems] == [
        ("warning", "tight-not", "not a == 1"),
        ("error", "name", "missing"),
        ("error", "syntax", "("),
        ("error", "syntax", ""),
    ]
    assert "help: " in problems[0].message


def test_problems_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "p.rasp").write_text("x = ;")
    document = TextDocument('load "p";\nx;', tmp_path / "main.rasp")
    problem, other = document.problems
    assert (problem.start, problem.end) == (0, 9), "where this text loads it"
    ((span, message),) = [(s, m) for s, m in problem.elsewhere if s.source is not document.source]
    assert document.place(span).path == (tmp_path / "p.rasp").resolve()
    assert message
    assert other.code == "name"


def test_a_text_without_a_place() -> None:
    (problem,) = TextDocument("#" * 2_000_000).problems
    assert (problem.code, problem.start, problem.end) == ("limit", 0, 0)


TEXT = """\
x = indices + 1;
s = select(x, x, <);
deep = selector_width(s);
def f(a, b) {
    c = a + x;
    return [c for d in b];
}
y = f(x, [1]);
v = "text";
"""


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        ("x = ", ["x = (indices + 1)", "s-op of 0 layers"]),
        ("deep", ["deep = selector_width(s)", "s-op of 1 layer"]),
        ("s = ", ["s = select(x, x, <)", "selector"]),
        ("f(x", ["def f(a, b)", "function"]),
        ("selector_width", ["def selector_width(selector)", "function of library"]),
        ("a + x", ["a\n", "a parameter or a local name"]),
        ("v = ", ["v = 'text'"]),
    ],
)
def test_hover(marked: str, said: list[str]) -> None:
    text = TextDocument(TEXT).hover(at(TEXT, marked))
    assert text is not None
    for words in said:
        assert words in text


@pytest.mark.parametrize("marked", ["+ 1", '"text"', "return", "=="])
def test_no_hover(marked: str) -> None:
    text = TEXT + "undefined == 1;"
    assert TextDocument(text).hover(at(text, marked)) is None


@pytest.mark.parametrize(
    ("used", "defined"),
    [
        ("x, x, <", "x = "),
        ("f(x", "f(a, b) {"),
        ("x;\n    return", "x = "),
        ("a + x", "a, b) {"),
        ("c for", "c = a"),
        ("b];", "b) {"),
    ],
)
def test_definition(used: str, defined: str) -> None:
    place = TextDocument(TEXT).definition(at(TEXT, used))
    assert place is not None
    assert place.span.start == at(TEXT, defined)


def test_definition_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "p.rasp").write_text("one = 1;\ntwo = 2;")
    document = TextDocument('load "p";\ntwo;', tmp_path / "main.rasp")
    place = document.definition(11)
    assert place is not None
    assert place.path == (tmp_path / "p.rasp").resolve()
    assert (place.span.line, place.span.column) == (2, 1)
    assert "defined in p.rasp:2:1" in (document.hover(11) or "")
    assert document.definition(5) is None


def test_completions() -> None:
    names = TextDocument(TEXT).completions()
    assert {"x", "deep", "f", "select", "return", *LIBRARY} <= set(names)
    assert len(names) == len(set(names))

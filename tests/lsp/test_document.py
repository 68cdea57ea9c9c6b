"""What an editor shows about a text."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.workspace import PositionCodec

from rasp.lsp import positions
from rasp.lsp.document import TextDocument
from rasp.lsp.server import shown
from rasp.source import Source
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


def test_messages_have_no_escapes_of_terminals() -> None:
    (problem,) = TextDocument('load "z\x1b[31m";').problems
    assert r"z\x1b[31m" in problem.message
    assert "\x1b" not in problem.message


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
        ("selector_width", ["selector_width(selector)", "how many positions it selects"]),
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
    names = [completion.name for completion in TextDocument(TEXT).completions()]
    assert {"x", "deep", "f", "select", "return", *LIBRARY} <= set(names)
    assert len(names) == len(set(names))


def test_completions_know_where_they_are() -> None:
    text = "top = 1;\ndef f(a) {\n    b = a;\n    return b;\n}\n# note\n"
    document = TextDocument(text)
    inside = {c.name: c.kind for c in document.completions(at(text, "return"))}
    assert (inside["a"], inside["b"], inside["top"]) == ("local", "local", "value")
    outside = {c.name: c.kind for c in document.completions(at(text, "def"))}
    assert "b" not in outside
    assert (outside["f"], outside["indices"], outside["shift"]) == ("function", "s-op", "function")
    assert document.completions(at(text, "note")) == ()


def test_hover_shows_comments_and_the_texts_of_help() -> None:
    text = (
        "# Twice *as* much.\n#> f(1) = 2\ndef f(x) { return 2 * x; }\ny = f(shift(tokens, 1, 0));"
    )
    document = TextDocument(text)
    hover = document.hover(at(text, "f(shift")) or ""
    assert "Twice \\*as\\* much." in hover
    assert "= 2" not in hover
    assert "filled up with filler" in (document.hover(at(text, "shift")) or "")
    best = TextDocument("x = fetch(best(full_s, indices), tokens);")
    assert "whose score is largest" in (best.hover(10) or "")
    assert "the one value of the positions" in (best.hover(4) or "")
    own = TextDocument("last = 3;\nx = last + 1;")
    assert "last = 3" in (own.hover(14) or "")
    assert own.problems == ()
    assert "The input, as strings" in (document.hover(at(text, "tokens")) or "")


def test_hover_in_a_broken_statement() -> None:
    text = "x = indices;\ny = select(x, ;"
    hover = TextDocument(text).hover(at(text, "x, ;"))
    assert hover is not None
    assert "s-op" in hover
    assert TextDocument(text).definition(at(text, "x, ;")) is not None


def signature(text: str) -> str | None:
    """The usage at the mark `|`, with the parameter that is being written in brackets."""
    offset = text.index("|")
    found = TextDocument(text.replace("|", "")).signature(offset)
    if found is None:
        return None
    if not found.parameters:
        return found.usage
    start, end = found.parameters[found.active]
    return f"{found.usage[:start]}<{found.usage[start:end]}>{found.usage[end:]}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x = select(|", "select(<key>, query, comparison)"),
        ("x = select(tokens, (1, [2, 3]), |==);", "select(key, query, <comparison>)"),
        ('x = aggregate(s, "a, b|', "aggregate(selector, <value> [, default])"),
        ("x = fetch(last(s), |", "fetch(selector, <value> [, default])"),
        ("x = fetch(last(|s", "last(<selector>)"),
        ('x = shift(count(tokens, "a"), |', "shift(seq, <n>, filler)"),
        ("x = shift(count(tokens, |", "count(seq, <atom>)"),
        ("def f(a, b) { return a; }\nx = f(1, |);", "f(a, <b>)"),
        ("def f(a, b) { return a; }\nx = f(1, 2|);", "f(a, <b>)"),
        ("def f(a, b) {\n def g(c) { return c; }\n return g(|a);\n}", "g(<c>)"),
        ("f = [1];\nx = f(|", None),
        ("s = indices + 1;\ns(|", "s(<input>)"),
        ("x = (|", None),
        ("x = f(1);|", None),
        ("# select(|", None),
        ("x = f(1;\ny = |2;", None),
        ("def f(|", None),
    ],
)
def test_signature(text: str, wanted: str | None) -> None:
    assert signature(text) == wanted


@pytest.mark.parametrize(
    ("text", "titles", "mended"),
    [
        (
            "index = 1; x = inde;",
            ["Change to 'index'", "Change to 'indices'"],
            "index = 1; x = index;",
        ),
        ("x = Tokens;", ["Change to 'tokens'"], "x = tokens;"),
        ("x = indices ** 2;", ["Change to '^'"], "x = indices ^ 2;"),
        ("x = 1\ny = 2;", ["Insert ';'"], "x = 1;\ny = 2;"),
        ("x = tokens == 'a';", ['Change to "a"'], 'x = tokens == "a";'),
        ("x = indices = 1;", ["Change to '=='"], "x = indices == 1;"),
        ("x = (1;", [], None),
    ],
)
def test_fixes(text: str, titles: list[str], mended: str | None) -> None:
    fixes = [fix for problem in TextDocument(text).problems for fix in problem.fixes]
    assert [fix.title for fix in fixes] == titles
    if mended is not None:
        fix = fixes[0]
        assert text[: fix.start] + fix.text + text[fix.end :] == mended
        assert TextDocument(mended).problems == ()


def test_places_in_a_long_line_are_found_at_once() -> None:
    """Each of them by itself would be counted from the start of the line: hours, in a megabyte."""
    source = Source("", "é😀" * 100_000)
    codec = PositionCodec(types.PositionEncodingKind.Utf16)
    start = time.process_time()
    for place in range(0, 200_001, 5):
        character = positions.position(source, place, codec).character
        assert character == place // 2 * 3 + place % 2
    assert time.process_time() - start < 10
    ascii_source = Source("", "a\n" + "b" * 1_000)
    assert positions.position(ascii_source, 502, codec) == types.Position(1, 500)


@pytest.mark.parametrize(
    ("text", "line", "character"), [("", 0, 0), ("ab", 0, 2), ("ab\n", 1, 0), ("ab\ncd", 1, 2)]
)
def test_the_end_of_a_text_is_on_its_last_line(text: str, line: int, character: int) -> None:
    codec = PositionCodec(types.PositionEncodingKind.Utf16)
    assert positions.position(Source("", text), len(text), codec) == types.Position(line, character)


def test_an_editor_is_told_of_a_thousand_problems() -> None:
    document = TextDocument("x = " + "1 == " * 3_000 + "1; y = ;")
    told = shown(document.problems)
    assert len(told) == 1_001
    assert told[0].severity == "error"
    assert told[-1].message.endswith("more errors and warnings are not shown")
    few = TextDocument("x = 1 == 1 == 1; y = ;")
    assert shown(few.problems) == list(few.problems)

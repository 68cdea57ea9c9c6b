"""Drawings of s-ops and selectors on inputs: what they show, and that they are well-formed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rasp
from rasp.drawing.flow_layers import flow
from rasp.drawing.text import cell
from rasp.testing import inputs, programs

from . import reading

EXAMPLES = Path(__file__).parents[2] / "examples"
DYCK2 = rasp.load(EXAMPLES / "dyck2.rasp")
SORT = rasp.load(EXAMPLES / "sort.rasp")
FAILING = rasp.loads(
    "number = tokens_int;\n"
    "inverse = 10 / (number - 3);\n"
    "before = aggregate(select(indices, indices, <), inverse);\n"
    "fine = number * 2;\n"
    "last = before + fine;\n"
)
HOSTILE = [
    "<script>alert(1)</script>",
    "]]>",
    "&amp;",
    "\"'`",
    "\\",
    "\\n",
    "\x00\x1b[31m",
    "\ud800",
    "a\nb\tc",
    "日本語",
    "e\u0301",
    "\u202eabc",
    "",
    "  ",
    "x" * 500,
]


def test_dyck2_layer_by_layer() -> None:
    made = flow(DYCK2["dyck2"].node, "({(})(){}(", origins=DYCK2.origins)
    assert [layer.n_heads for layer in made.layers] == [0, 2, 2, 1, 1]
    assert made.n_heads == 6
    first = made.layers[1].heads[0]
    assert first.heading == "heads 1-2: (so_far and select(is_open, True, ==))"
    assert first.parts == ("so_far = select(indices, indices, <=)",)
    assert [row.name for row in first.keys] == ["indices", "is_open"]
    assert [row.name for row in first.queries] == ["indices"], "a constant is in the expression"
    assert first.values == ()
    assert [(r.row.name, r.of) for r in first.results] == [("n_open", None)]
    assert first.selected is not None
    assert first.selected[5] == (True, True, True, False, False, True, *[False] * 4)
    third = made.layers[3].heads[0]
    assert [c.state for c in third.results[0].row.cells] == ["default"] * 3 + ["value"] * 7
    assert third.results[0].default == '"-"'
    assert third.results[0].of == "tokens"
    rows = [[row.name for row in layer.rows] for layer in made.layers]
    assert rows == [
        ["indices", "is_open"],
        ["depth", "level"],
        ["(number - 1)"],
        ["fits", "wrong", "indicator(wrong)"],
        ["failed"],
    ]
    assert made.output.name == "dyck2"
    assert "".join(c.text for c in made.output.cells) == "PPPFFFFFFF"


def test_svg_has_it_all() -> None:
    drawing = DYCK2["dyck2"].draw("({(})(){}(")
    shown = reading.texts(drawing.svg)
    for text in (
        'dyck2 on "({(})(){}("',
        "4 layers, 6 heads",
        "layer 4",
        "heads 1-2: (same_level and earlier)",
        "key level",
        "value tokens",
        "= (depth if is_open else (depth + 1))",
        'dashed: nothing is selected, so "-", the default',
        "output",
    ):
        assert text in shown
    assert shown.count("1") >= sum(sum(row) for row in DYCK2["same_level"]("({(})(){}(")) / 2
    assert '5 ("(") selects 1 ("{")' in reading.titles(drawing.svg)


def test_names_of_rows_are_within_their_frame() -> None:
    """Where what is averaged are the tokens, "value tokens" is the longest name at the left."""
    program = rasp.loads('k = indices + 1; b = aggregate(select(k, tokens, ==), tokens, "?");')
    left = reading.lefts(program["b"].draw("eagle").svg)
    assert left["value tokens"] >= left["frame"]
    assert left["key k"] >= left["frame"]


def test_all_forms_of_a_drawing(tmp_path: Path) -> None:
    drawing = SORT["sorted"].draw("banana")
    assert drawing.title == 'sorted on "banana"'
    assert drawing.error is None
    assert str(drawing) == repr(drawing) == drawing.text
    assert drawing._repr_svg_() == drawing.svg
    assert drawing.text in reading.html(drawing.html)
    assert 'sorted on "banana"' in reading.html(drawing._repr_html_())
    labels = reading.dot(drawing.dot)
    assert any(label.startswith("head 1: select(place, indices, ==)") for label in labels)
    assert "head_2_0 -> row_3" in drawing.dot
    for suffix, text in ((".svg", drawing.svg), (".dot", drawing.dot), (".html", drawing.html)):
        drawing.save(tmp_path / f"a{suffix}")
        assert (tmp_path / f"a{suffix}").read_text(encoding="utf-8") == text
    drawing.save(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == drawing.png()
    drawing.save(str(tmp_path / "a.txt"))
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == drawing.text + "\n"


def test_selected_cells_are_marked() -> None:
    drawing = SORT["smaller"].draw("ba")
    assert reading.texts(drawing.svg).count("1") == 1
    assert drawing.text.split("\n")[-2:] == ["             b | . 1", "             a | . ."]
    assert '0 ("b") selects 1 ("a")' in reading.titles(drawing.svg)
    reading.dot(drawing.dot)


def test_without_attention() -> None:
    drawing = rasp.load(EXAMPLES / "cipher.rasp")["encrypted"].draw("hello")
    assert "no attention: every position by itself" in reading.texts(drawing.svg)
    assert "layer" not in drawing.text
    assert drawing.text.split("\n")[-1].startswith("  encrypted  k h o o r")


def test_from_python() -> None:
    """Without program text there are neither names nor places."""
    from rasp import indices, select, selector_width, tokens

    drawing = (selector_width(select(tokens, tokens, "==")) + indices).draw("aab")
    assert "layer 1: 2 heads" in drawing.text
    assert reading.texts(drawing.svg).count("width") == 1


# ---- what fails


def test_failure_is_shown_where_it_is() -> None:
    drawing = FAILING["last"].draw("135")
    assert isinstance(drawing.error, rasp.RaspRuntimeError)
    assert drawing.error.message == "division by zero in '/'"
    lines = drawing.text.split("\n")
    assert "  inverse     -5.0    ✗  5.0  = (10 / (tokens_int - 3))" in lines
    assert "  fine           2    6   10  = (tokens_int * 2)" in lines, "it depends on no failure"
    assert "  last  ? ? ?  = (before + fine)" in lines
    assert drawing.text.endswith(str(drawing.error))
    shown = reading.texts(drawing.svg)
    assert "✗" in shown
    assert any("division by zero" in text for text in shown)
    assert "url(#rasp-hatch)" in drawing.svg
    assert "error: division by zero" in "".join(reading.dot(drawing.dot))


def test_selector_that_fails() -> None:
    program = rasp.loads("s = select(tokens_int, tokens, <); w = selector_width(s);")
    drawing = program["s"].draw("12")
    assert drawing.error is not None
    assert "| ✗ ✗" in drawing.text
    assert "?" in program["w"].draw("12").text
    reading.svg(drawing.svg)
    later = rasp.loads("s = select(1 / (indices - 1), 1, ==);")["s"].draw("ab")
    assert "|    ?    ?" in later.text


def test_result_of_different_types() -> None:
    drawing = rasp.loads('x = 1 if indices == 0 else "a";')["x"].draw("ab")
    assert drawing.error is not None
    assert "  x  1 a" in drawing.text


# ---- names


def test_names_are_of_one_node() -> None:
    program = rasp.loads("acc = tokens_int; for i in [1, 2, 3] { acc = acc + i; } twice = acc * 2;")
    text = program["twice"].draw("12").text
    assert "  acc.1       2 3  = (tokens_int + 1)" in text
    assert "  acc         7 8  = (acc.2 + 3)" in text
    assert "  twice  14 16  = (acc * 2)" in text


def test_the_name_that_was_asked_for() -> None:
    program = rasp.loads("first = indices + 1; second = first;")
    assert program["second"].draw("ab").title == 'second on "ab"'
    assert program["second"].table("ab").to_dict() == {
        "position": [0, 1],
        "tokens": ["a", "b"],
        "second": [1, 2],
    }


# ---- inputs


def test_hostile_tokens() -> None:
    program = rasp.loads(
        "s = select(tokens, tokens, ==); n = selector_width(s);"
        't = aggregate(select(indices, indices - 1, ==), tokens, "<&>") + "]]>";'
    )
    for name in ("s", "n", "t"):
        drawing = program[name].draw(HOSTILE)
        assert drawing.svg.isprintable() or "\n" in drawing.svg
        reading.svg(drawing.svg)
        reading.html(drawing.html)
        reading.html(drawing._repr_html_())
        reading.dot(drawing.dot)
        drawing.html.encode()
        assert "\x1b" not in drawing.text + drawing.svg + drawing.dot
    table = program["t"].table(HOSTILE)
    reading.html(table.html)
    assert "\x1b" not in table.text


def test_numbers_as_tokens() -> None:
    drawing = rasp.loads("x = tokens_asis * 2;")["x"].draw([1, 2.5, True, 10**5000, float("nan")])
    shown = reading.texts(drawing.svg)
    assert {"1", "2.5", "T", "nan"} <= set(shown)
    assert any(text.startswith("an integer") for text in shown)


def test_wide_characters_are_aligned() -> None:
    lines = SORT["sorted"].draw(["日本", "a", "bb"]).text.split("\n")
    assert "  tokens   日本    a   bb" in lines
    assert "  indices     0    1    2" in lines


@pytest.mark.parametrize("value", ["", [], 3, None, [["a"]], b"ab"])
def test_what_is_no_input(value: object) -> None:
    for draw in (SORT["sorted"].draw, SORT["smaller"].draw, SORT["sorted"].table):
        with pytest.raises(rasp.RaspTypeError):
            draw(value)


def test_limits() -> None:
    with pytest.raises(
        rasp.RaspLimitError, match="an input of 200 tokens .* limit is 40"
    ) as caught:
        SORT["sorted"].draw("a" * 200)
    assert caught.value.hint == "draw a shorter one"
    with pytest.raises(rasp.RaspLimitError, match="limit is 100"):
        SORT["smaller"].draw("a" * 200)
    with pytest.raises(rasp.RaspLimitError, match="an input of 201 tokens"):
        SORT["sorted"].table("a" * 201)
    many = rasp.loads("x = indices; for i in range(400) { x = x + i; }")["x"]
    for draw in (lambda: many.draw("a"), lambda: many.table("a"), many.graph):
        with pytest.raises(rasp.RaspLimitError, match="the limit is [23]00") as caught:
            draw()
        assert "an s-op that it is made of" in str(caught.value.hint)
    heads = "+".join(f"selector_width(select(indices, {i}, ==))" for i in range(20))
    with pytest.raises(rasp.RaspLimitError, match="cells"):
        rasp.loads(f"x = {heads};")["x"].draw("a" * 40)


def test_deep_graphs_are_refused_or_drawn_without_recursion() -> None:
    from rasp import indices

    deep = indices
    for _ in range(10_000):
        deep = deep + 1
    assert "output" in deep.draw("ab").text
    assert len(deep.graph().text.split("\n")) == 3
    assert deep.table("ab").rows[-1][1] == (10_000, 10_001)


def test_causal() -> None:
    drawing = SORT["smaller"].draw("ba", causal=True)
    assert reading.texts(drawing.svg).count("1") == 0
    length = rasp.loads("x = length;")["length"]
    assert [cell(v) for v in length.table("abc", causal=True).rows[-1][1] if v] == ["1", "2", "3"]
    assert "length  1 2 3" in length.draw("abc", causal=True).text


# ---- saving


@pytest.mark.parametrize("name", ["a.gif", "a", ".svg", "a.svg.zip"])
def test_unknown_suffixes(tmp_path: Path, name: str) -> None:
    with pytest.raises(rasp.RaspValueError) as caught:
        SORT["sorted"].draw("ab").save(tmp_path / name)
    assert ".svg, .png, .html, .dot, .txt" in str(caught.value.hint)


def test_what_cannot_be_written(tmp_path: Path) -> None:
    drawing = SORT["sorted"].draw("ab")
    for path in (tmp_path / "no" / "a.svg", tmp_path / "a\0.svg"):
        with pytest.raises(rasp.RaspLoadError, match="cannot write"):
            drawing.save(path)


# ---- what it needs


def test_needs_no_torch() -> None:
    code = (
        "import sys, rasp, rasp.drawing\n"
        "assert not {'torch', 'numpy', 'lark'} & set(sys.modules)\n"
        "sop = rasp.loads('x = selector_width(select(tokens, tokens, ==));')['x']\n"
        "sop.draw('aab').html, sop.graph(), sop.table('aab'), sop._repr_html_()\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- everything


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_random_programs(data: st.DataObject) -> None:
    program = data.draw(programs())
    value = data.draw(inputs(program))
    sop = rasp.loads(program.text)[program.sop]
    drawing = sop.draw(value)
    reading.svg(drawing.svg)
    reading.html(drawing.html)
    reading.dot(drawing.dot)
    reading.svg(sop.graph().svg)
    reading.dot(sop.graph().dot)
    made = flow(sop.node, value, origins=sop.origins)
    assert made.n_heads == sum(rasp.analyze(sop).heads_per_layer)
    try:
        expected = sop(value)
    except rasp.RaspRuntimeError:
        assert drawing.error is not None
        assert str(drawing.error) in drawing.text
    else:
        assert drawing.error is None
        assert [c.text for c in made.output.cells] == [cell(v) for v in expected]
        assert sop.table(value).rows[-1][1] == tuple(expected)

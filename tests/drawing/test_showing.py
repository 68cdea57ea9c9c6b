"""What notebooks show: tables, and HTML of whatever there is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import rasp
from rasp.markup.html import page
from rasp.markup.style import SHADES

from . import reading

EXAMPLES = Path(__file__).parents[2] / "examples"
SORT = rasp.load(EXAMPLES / "sort.rasp")


@pytest.fixture(scope="module")
def model() -> rasp.CompiledModel:
    return rasp.compile(SORT["sorted"], vocab="abc", max_len=4)


def shown(value: Any) -> str:
    """The text of what a notebook shows of a value."""
    return reading.html(value._repr_html_())


# ---- tables


def test_table() -> None:
    table = SORT["sorted"].table("banana")
    assert table.text == (
        "position  0 1 2 3 4 5\ntokens    b a n a n a\nplace     3 0 4 1 5 2\nsorted    a a a b n n"
    )
    assert str(table) == repr(table) == table.text
    assert table.title == 'sorted on "banana"'
    assert len(table) == 4
    assert dict(table)["place"] == (3, 0, 4, 1, 5, 2)
    assert table.to_dict()["sorted"] == list("aaabnn")
    assert 'title="&quot;b&quot;">b</td>' in table._repr_html_()


def test_table_of_what_fails(tmp_path: Path) -> None:
    sop = rasp.loads("half = 1 / (indices - 1); x = half + 1;")["x"]
    table = sop.table("abc")
    assert table.to_dict()["half"] == [-1.0, None, 1.0]
    assert "half      -1.0 ✗ 1.0" in table.text
    assert "x            ? ?   ?" in table.text
    assert isinstance(table.error, rasp.RaspRuntimeError)
    assert "division by zero" in shown(table)
    table.save(tmp_path / "t.html")
    table.save(tmp_path / "t.txt")
    assert "division by zero" in reading.html((tmp_path / "t.html").read_text(encoding="utf-8"))
    with pytest.raises(rasp.RaspValueError, match=r"'\.svg'"):
        table.save(tmp_path / "t.svg")


# ---- HTML


def test_handles() -> None:
    text = shown(SORT["sorted"])
    for part in ("s-op", "sorted", "aggregate(select(place, indices, ==)", "sort.rasp:7:10", "2"):
        assert part in text
    assert 'sorted on "hello"' in text
    assert "select(tokens, tokens, <)" in shown(SORT["smaller"])
    assert "<svg" in SORT["smaller"]._repr_html_()
    assert "it fails on" in shown(rasp.loads("x = tokens_int;")["x"])
    assert "no attention" in shown(rasp.loads("x = indices;")["x"])


def test_handles_that_are_large() -> None:
    deep = rasp.indices
    for _ in range(10_000):
        deep = deep + 1
    assert "hello" not in shown(deep)


def test_programs() -> None:
    program = rasp.loads(
        'a = indices; s = select(a, a, <); l = [1]; d = {"<": 2}; n = "<b>"; def f(x) { return x; }'
    )
    text = shown(program)
    for part in ("selector", "select(indices, indices, <)", "list", "dict", '"<b>"', "(x)"):
        assert part in text


def test_accounts() -> None:
    analysis = rasp.analyze(SORT["sorted"])
    assert "smaller or equal_earlier" in shown(analysis)
    assert repr(analysis) == "<analysis of sorted: 2 layers, heads 2, 1>"
    assert str(analysis) == analysis.to_text()
    assert "fits" in shown(analysis.order("afaf"))
    assert "not within" in shown(analysis.attention("window:2", vocab="abc", max_len=4))


def test_models(model: rasp.CompiledModel) -> None:
    assert "compiled model of sorted" in shown(model)
    assert "residual stream" in shown(model)
    assert "d_model" in shown(model.report)
    assert 'tokens == "a"' in shown(model.labels)
    assert "heads and neurons" in shown(model.labels)
    verification = rasp.verify(model, samples=20)
    assert "ok: equal to the interpreter on" in shown(verification)


def test_errors() -> None:
    with pytest.raises(rasp.RaspSyntaxError) as caught:
        rasp.loads("x = 1;\n\ty = <b>;")
    text = shown(caught.value)
    assert "<string>:2:6: syntax error: unexpected '<'" in text
    assert "\n  2 |     y = <b>;\n    |         ^\n" in text
    (warning,) = rasp.loads("x = not indices == 1;").warnings
    assert "'not' binds tighter than '=='" in shown(warning)


def test_light_and_dark() -> None:
    for text in (SORT["sorted"].draw("ab").svg, page("t", SORT["sorted"]._repr_html_())):
        assert "prefers-color-scheme: dark" in text
        assert '[data-jp-theme-light="false"]' in text
        for shade in (SHADES["paper"], SHADES["ink"]):
            assert shade.light in text
            assert shade.dark in text


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("ink", ["ink", "muted", "key", "query", "value", "wrong"])
@pytest.mark.parametrize("paper", ["paper", "panel"])
def test_contrast(theme: int, ink: str, paper: str) -> None:
    """Small text is readable: 4.5 to 1, as the accessibility guidelines of the web ask for."""
    one, other = sorted(luminance(SHADES[name][theme]) for name in (ink, paper))
    assert (other + 0.05) / (one + 0.05) >= 4.5


# ---- IPython


@pytest.fixture
def notebook() -> Iterator[InteractiveShell]:
    shell = InteractiveShell.instance()
    shell.user_ns.update(sop=SORT["sorted"], selector=SORT["smaller"], program=SORT, rasp=rasp)
    yield shell
    InteractiveShell.clear_instance()


def test_ipython_is_not_misled_by_operators(notebook: InteractiveShell) -> None:
    """== builds an s-op, and neither truth value nor hash nor iteration are to be had."""
    cells = ["sop", "sop", "_", "selector", "selector", "_", "sop == 'a'", "[sop, selector]"]
    with redirect_stdout(io.StringIO()) as printed:
        for cell in [*cells, "program", "sop.table('ba')", "x = sop", "sop;", "{'a': sop}"]:
            assert notebook.run_cell(cell, store_history=True).success, cell
    assert "<s-op sorted: aggregate(" in printed.getvalue()
    assert "sorted    a b" in printed.getvalue()


@pytest.mark.parametrize(
    ("cell", "formats"),
    [
        ("sop", {"text/plain", "text/html"}),
        ("selector", {"text/plain", "text/html"}),
        ("program", {"text/plain", "text/html"}),
        ("sop.draw('ab')", {"text/plain", "text/html", "image/svg+xml"}),
        ("sop.table('ab')", {"text/plain", "text/html"}),
        ("rasp.analyze(sop)", {"text/plain", "text/html"}),
    ],
)
def test_ipython_formats(notebook: InteractiveShell, cell: str, formats: set[str]) -> None:
    data, _ = notebook.display_formatter.format(eval(cell, notebook.user_ns))
    assert data.keys() == formats


def test_ipython_shows_errors_without_the_inside(notebook: InteractiveShell) -> None:
    with redirect_stdout(io.StringIO()) as printed:
        assert not notebook.run_cell("y = 1\nz = rasp.loads('x = ;')").success
    text = printed.getvalue()
    assert "<string>:1:5: syntax error: unexpected ';'" in text
    assert "z = rasp.loads('x = ;')" in text
    assert "Traceback" not in text
    assert "program.py" not in text

"""Cells of RASP in a real IPython shell, and in a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import rasp
from rasp.errors import RaspError, RaspNameError, RaspSyntaxError, RaspTypeError
from rasp.magics import RaspMagics
from rasp.program import Function
from rasp.sop import Selector, SOp


class Notebook:
    """Runs cells; `shown` is what the last one printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.ipython = InteractiveShell()
        self.ipython.run_line_magic("load_ext", "rasp.magics")
        self._capsys = capsys
        self.shown = ""

    def __call__(self, text: str) -> Any:
        """The value of a cell that must succeed."""
        result = self._run(text)
        assert result.error_before_exec is None
        assert result.error_in_exec is None, self.shown
        return result.result

    def fails(self, text: str) -> BaseException:
        """The error of a cell that must not."""
        error = self._run(text).error_in_exec
        assert error is not None
        return error

    def _run(self, text: str) -> Any:
        self._capsys.readouterr()
        result = self.ipython.run_cell(text, store_history=True)
        self.shown = self._capsys.readouterr().out
        return result

    def __getitem__(self, name: str) -> Any:
        return self.ipython.user_ns[name]

    def __contains__(self, name: str) -> bool:
        return name in self.ipython.user_ns


@pytest.fixture
def notebook(capsys: pytest.CaptureFixture[str]) -> Iterator[Notebook]:
    InteractiveShell.clear_instance()
    made = Notebook(capsys)
    yield made
    made.ipython.history_manager.end_session()
    made.ipython.atexit_operations = lambda: None  # type: ignore[method-assign]


HISTOGRAM = """%%rasp
same = select(tokens, tokens, ==);
histogram = selector_width(same);
"""


def test_values_are_shown_as_in_the_repl(notebook: Notebook) -> None:
    assert notebook(HISTOGRAM + 'histogram("aab")') is None
    assert "     selector: same\n" in notebook.shown
    assert 'Example: histogram("hello") = [1, 1, 2, 2, 1] (ints)\n' in notebook.shown
    assert notebook.shown.endswith("\t =  [2, 2, 1] (ints)\n")


def test_names_are_in_python(notebook: Notebook) -> None:
    notebook(HISTOGRAM + 'two = 2; half = 0.5; word = "a"; many = [histogram, {1: same}];\n')
    notebook("%%rasp\ndef twice(x) { return two * x; }\nfor i in range(3) { last = i; }")
    assert notebook('histogram("aab")') == [2, 2, 1]
    assert isinstance(notebook["histogram"], SOp)
    assert isinstance(notebook["same"], Selector)
    assert isinstance(notebook["twice"], Function)
    assert (notebook["two"], notebook["half"], notebook["word"]) == (2, 0.5, "a")
    assert notebook["many"][1][1].node is notebook["same"].node
    assert notebook('twice(histogram)("aab")') == [4, 4, 2]
    assert notebook["last"] == 2


def test_names_of_python_are_in_cells(notebook: Notebook) -> None:
    notebook("import rasp; number = rasp.tokens == 'a'; scale = 3; table = {'a': [1, 2]}")
    notebook('%%rasp\nscaled = indicator(number) * scale + table["a"][1];')
    assert notebook('scaled("ab")') == [5, 2]
    notebook("scale = 4; table['a'].append(9)")
    assert notebook('%rasp (indicator(number) * scale + table["a"][2])("ab")') == [13, 9]


def test_functions_see_what_python_binds_later(notebook: Notebook) -> None:
    notebook("step = 1")
    notebook("%%rasp\ndef next(x) { return x + step; }")
    notebook("step = 10")
    assert notebook("%rasp next(1)") == 11
    notebook("del step")
    assert isinstance(notebook.fails("%rasp next(1)"), RaspNameError)


def test_python_can_take_a_name_over(notebook: Notebook) -> None:
    notebook(HISTOGRAM)
    notebook("histogram = 5")
    assert notebook("%rasp histogram + 1") == 6
    assert notebook["histogram"] == 5
    notebook("import json as histogram")
    error = notebook.fails("%rasp histogram + 1")
    assert isinstance(error, RaspNameError)
    assert error.hint == ("there is one in Python, but a program has no values of type module")


def test_words_of_the_language_stay_what_they_are(notebook: Notebook) -> None:
    notebook("from rasp import select; tokens = length = indices = 'nonsense'; max = 3; _x = 4")
    assert notebook('%rasp max(length, indices)("ab")') == [2, 2]
    assert notebook('%rasp selector_width(select(tokens, tokens, ==))("aab")') == [2, 2, 1]


def test_names_with_an_underscore_are_not_shared(notebook: Notebook) -> None:
    notebook("%%rasp\n_hidden = 1;")
    assert "_hidden" not in notebook
    assert notebook("%rasp _hidden") == 1


def test_the_names_of_handles_come_with_them(notebook: Notebook) -> None:
    notebook("import rasp; part = rasp.loads('inner = indices + 1; outer = inner * 2;')['outer']")
    notebook("%%rasp\npart;\nwhole = part + 1;")
    inner = rasp.loads("x = indices + 1;")["x"]
    assert notebook["whole"].origins.name(inner.node) == "inner"
    assert "inner" in notebook["whole"].origins.span(inner.node).source.text


def test_an_input_for_one_cell(notebook: Notebook) -> None:
    notebook("%%rasp --input banana\nindices")
    assert 'indices("banana")' in notebook.shown
    notebook("%%rasp -i [1, 2, 30]\ntokens_int; full_s")
    assert "tokens_int([1, 2, 30]) = [1, 2, 30] (ints)" in notebook.shown
    assert "30 |" in notebook.shown
    notebook('%%rasp --input="a b"\nindices')
    assert 'indices("a b")' in notebook.shown
    notebook("%%rasp\nindices")
    assert 'indices("hello")' in notebook.shown
    notebook('%%rasp\nset example "abc"\nindices;')
    notebook("%%rasp\nindices")
    assert 'indices("abc")' in notebook.shown


def test_quiet(notebook: Notebook) -> None:
    notebook("%%rasp -q\nx = indices; not x == 1;")
    assert "warning: 'not' binds tighter" in notebook.shown
    assert "s-op" not in notebook.shown


@pytest.mark.parametrize("line", ["--other", "hello", "--input"])
def test_wrong_options(notebook: Notebook, line: str) -> None:
    assert type(notebook.fails(f"%%rasp {line}\nindices;")).__name__ == "UsageError"
    assert type(notebook.fails("%rasp")).__name__ == "UsageError"


def test_a_mistake_ends_its_cell(notebook: Notebook) -> None:
    error = notebook.fails("%%rasp\nbefore = 1;\n\nmistake = before +;\nafter = 2;")
    assert isinstance(error, RaspSyntaxError)
    assert notebook["before"] == 1
    assert "after" not in notebook
    plain = notebook.shown.replace("\033[0m", "").replace("\033[31m", "").replace("\033[1m", "")
    assert ":3:19: syntax error: unexpected ';'\n  3 | mistake = before +;\n" in plain
    assert "^" in plain
    assert "Traceback" not in plain
    assert ".py" not in plain


def test_failing_on_an_input_is_a_mistake(notebook: Notebook) -> None:
    notebook.fails('%%rasp\nx = 1 / indices;\nx("ab");')
    assert "division by zero" in notebook.shown
    assert "Traceback" not in notebook.shown
    assert "x" in notebook


def test_python_cells_show_their_line(notebook: Notebook) -> None:
    notebook("%%rasp\nx = 1 / indices;")
    notebook.fails('x("ab")')
    assert "division by zero" in notebook.shown
    assert 'x("ab")' in notebook.shown


def test_drawings(notebook: Notebook) -> None:
    notebook(HISTOGRAM + 'draw(histogram, "aab");')
    assert "histogram" in notebook.shown
    notebook("%%rasp --input abc\ndraw(histogram);")
    assert "a b c" in notebook.shown
    error = notebook.fails('%%rasp\ndraw(1 / indices, "ab");')
    assert "division by zero" in str(error)


def test_places_are_those_of_the_cell(notebook: Notebook) -> None:
    number = len(notebook.ipython.user_ns["In"])
    error = notebook.fails("%%rasp\nx = 1;\n:analyze indices\n\n  y;")
    assert isinstance(error, RaspError)
    assert str(error.span) == f"<cell {number}>:4:3"
    assert "layers     none" in notebook.shown


def test_commands(notebook: Notebook) -> None:
    notebook(HISTOGRAM + ":compile histogram ab 4\n:verify histogram")
    assert "ok: equal to the interpreter on 30 inputs" in notebook.shown
    assert isinstance(notebook.fails("%%rasp\n:nonsense"), RaspNameError)
    notebook("%%rasp\nexit\nx = 1;")
    assert notebook["x"] == 1


def test_saving(notebook: Notebook, tmp_path: Path) -> None:
    notebook('%%rasp\nx = {"a": indices}')
    path = tmp_path / "saved.rasp"
    notebook(f"%%rasp\n:save {path}")
    assert rasp.load(path)["x"]["a"]("aa") == [0, 1]


def test_a_dict_may_have_colons_of_its_own(notebook: Notebook) -> None:
    notebook('%%rasp\nd = {"a"\n: 1};')
    assert notebook["d"] == {"a": 1}


def test_the_line_magic_is_an_expression(notebook: Notebook) -> None:
    notebook('answer = %rasp (indices + 1)("abc");')
    assert notebook["answer"] == [1, 2, 3]
    assert notebook('%rasp {"a": 3}["a"]') == 3
    assert isinstance(notebook.fails("%rasp x = 3"), RaspSyntaxError)
    assert isinstance(notebook.fails('%rasp 1 + "a"'), RaspTypeError)


def test_programs_in_checkpoints(notebook: Notebook) -> None:
    notebook(HISTOGRAM)
    model = rasp.compile(notebook["histogram"], vocab="ab", max_len=3)
    assert model.specification.source is not None
    assert model.specification.source.text in HISTOGRAM


def test_reset(notebook: Notebook) -> None:
    notebook(HISTOGRAM + "mine = 1;")
    notebook("mine = 2")
    notebook("%rasp_reset")
    assert "histogram" not in notebook
    assert notebook["mine"] == 2
    assert isinstance(notebook.fails("%rasp histogram"), RaspNameError)
    assert type(notebook.fails("%rasp_reset now")).__name__ == "UsageError"


def test_loading_again_and_unloading(notebook: Notebook) -> None:
    notebook(HISTOGRAM)
    notebook("%reload_ext rasp.magics")
    assert notebook('%rasp histogram("aa")') == [2, 2]  # by way of Python
    notebook("%unload_ext rasp.magics")
    notebook.fails("%rasp 1")


def completions(notebook: Notebook, text: str) -> list[str]:
    with provisionalcompleter():
        found = notebook.ipython.Completer.completions(text, len(text))
        return [completion.text for completion in found]


def test_completion(notebook: Notebook) -> None:
    notebook(HISTOGRAM)
    assert set(completions(notebook, "%%rasp\nx = sele")) == {
        "select",
        "selector_width",
        "select_from_first",
        "select_from_last",
        "select_next_identical",
    }
    assert "histogram" in completions(notebook, "%%rasp\nx = hist")
    assert "histogram" in completions(notebook, "%rasp hist")
    assert "selector_width" not in completions(notebook, "sele")


def test_drawings_are_pictures_in_a_kernel() -> None:
    client = _client(["%load_ext rasp.magics", HISTOGRAM + "draw(histogram);"])
    client.execute()
    shown = [output.data for output in client.nb.cells[1].outputs if "data" in output]
    assert len(shown) == 1
    assert shown[0]["image/svg+xml"].startswith("<svg")
    assert "histogram" in shown[0]["text/plain"]


def test_in_a_kernel() -> None:
    cells = ["%load_ext rasp.magics", HISTOGRAM, 'histogram("aab")']
    client = _client([*cells, "%%rasp\nhistogram +;"])
    with pytest.raises(CellExecutionError, match="expected an expression"):
        client.execute()
    _, shown, value, failed = client.nb.cells
    assert 'Example: histogram("hello")' in shown.outputs[0].text
    assert value.outputs[0].data["text/plain"] == "[2, 2, 1]"
    (error,) = failed.outputs
    assert error.ename == "RaspSyntaxError"
    assert "<cell 4>:1:12: " in error.traceback[0]
    assert not any(".py" in line for line in error.traceback)


def _client(cells: list[str]) -> NotebookClient:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    return NotebookClient(made, timeout=120, kernel_name="python3")


def test_the_class_is_registered_once(notebook: Notebook) -> None:
    notebook("%reload_ext rasp.magics")
    matchers = notebook.ipython.Completer.custom_matchers
    assert len(matchers) == 1
    assert type(matchers[0].__self__).__name__ == RaspMagics.__name__


def test_of_a_loaded_file_with_mistakes_the_rest_is_bound(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.rasp").write_text("x = 1;\ny = nowhere;\nz = 1 / 0;\nw = 2;\n")
    error = notebook.fails('%%rasp\nload "a";')
    assert isinstance(error, rasp.RaspValueError)  # the last one; those before it are shown
    assert "undefined variable 'nowhere'" in notebook.shown
    assert notebook("x + w") == 3

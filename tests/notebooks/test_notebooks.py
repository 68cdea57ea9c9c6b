"""The notebooks: what is shown in them is what happens when they are run."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

from rasp import exercises
from rasp.exercises import EXERCISES
from rasp.program import Session
from rasp.sop import SOp

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SOLUTIONS = FOLDER / "07-solutions.ipynb"
NEEDS = {"08-transformerlens": "transformer_lens"}  # packages that not everybody has
MOST_WORDS = 1500  # ten minutes with a look at the outputs


def _refresh() -> ModuleType:
    spec = importlib.util.spec_from_file_location("refresh", FOLDER / "refresh.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


refresh = _refresh()


def test_all_are_here() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == [
        "01",
        "02",
        "03",
        "04",
        "05",
        "06",
        "07",
        "07",
        "08",
        "09",
        "10",
    ]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=pytest.mark.extras if path.stem in NEEDS else (), id=path.stem)
        for path in NOTEBOOKS
    ],
)
def test_outputs_are_those_of_a_run(path: Path) -> None:
    """`python docs/notebooks/refresh.py` writes them."""
    if path.stem in NEEDS and importlib.util.find_spec(NEEDS[path.stem]) is None:
        pytest.skip(f"{NEEDS[path.stem]} is not here")
    assert refresh.text(refresh.executed(path)) == refresh.text(refresh.read(path))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_normalised(path: Path) -> None:
    """Without timings, paths of a machine and traces of an editor."""
    notebook = refresh.read(path)
    nbformat.validate(notebook)
    assert nbformat.writes(refresh.normalised(notebook)) + "\n" == path.read_text(encoding="utf-8")
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/home/|/root/|/tmp/|/Users/|site-packages", text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_short(path: Path) -> None:
    words = sum(len(cell.source.split()) for cell in refresh.read(path).cells)
    assert words <= MOST_WORDS


def answers() -> dict[str, list[SOp]]:
    """The answers of the solutions notebook, by the name with which they are checked."""
    session = Session()
    found: dict[str, list[SOp]] = {}
    for cell in refresh.read(SOLUTIONS).cells:
        if cell.source.startswith("%%rasp"):
            for result in session.run(cell.source.partition("\n")[2], cell=True):
                assert result.error is None
        elif check := re.match(r'exercises.check\("(\w+)", answer\)', cell.source):
            found.setdefault(check[1], []).append(session["answer"])
    return found


def test_every_exercise_is_solved_at_par() -> None:
    solved = answers()
    assert list(solved) == list(EXERCISES)
    for name, sops in solved.items():
        results = [exercises.check(name, sop) for sop in sops]
        assert all(result.at_par for result in results)
        first = results[0]
        assert (first.layers, first.heads) == (EXERCISES[name].layers, EXERCISES[name].heads)


def test_every_exercise_is_set() -> None:
    sources = [cell.source for cell in refresh.read(FOLDER / "07-exercises.ipynb").cells]
    for name in EXERCISES:
        assert f'exercises.show("{name}")' in sources
        assert f'exercises.check("{name}", answer)' in sources


def notebook_of(tmp_path: Path, *sources: str) -> Path:
    path = tmp_path / "made.ipynb"
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_warnings_are_noticed(tmp_path: Path) -> None:
    path = notebook_of(tmp_path, "import warnings; warnings.warn('mind')")
    with pytest.raises(refresh.NotebookError, match="a cell warns"):
        refresh.executed(path)


def test_changes_are_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = notebook_of(tmp_path, "print(6 * 7)")
    assert refresh.main(["--check", str(path)]) == 1
    assert refresh.main([str(path)]) == 0
    assert refresh.main(["--check", str(path)]) == 0
    assert "is not what it was" in capsys.readouterr().out

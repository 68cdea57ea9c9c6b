"""Compiled models know the text that gives their s-op, and get it without running it again."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import rasp
from rasp.program import Limits, Session
from rasp.source import Source
from rasp.syntax.parse import parse

TWICE = "opposite = length - 1 - indices; flipped = tokens[opposite];"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the texts that are run from now on."""
    names = []

    def noted(source: Source) -> object:
        names.append(source.name)
        return parse(source)

    monkeypatch.setattr("rasp.program.programs.parse", noted)
    return names


def compiled(sop: rasp.SOp) -> rasp.CompiledModel:
    return rasp.compile(sop, vocab="ab", max_len=3)


def test_a_program_in_one_text_is_run_once(runs: list[str]) -> None:
    sop = rasp.loads(TWICE, name="flip.rasp")["flipped"]
    model = compiled(sop)
    compiled(model.sop)
    assert runs == ["flip.rasp"]
    assert model.specification.name == "flipped"
    assert model.specification.source is not None
    assert model.specification.source.text == TWICE


def test_a_program_in_a_file_is_run_once(runs: list[str], tmp_path: Path) -> None:
    path = tmp_path / "flip.rasp"
    path.write_text(TWICE, encoding="utf-8")
    source = compiled(rasp.load(path)["flipped"]).specification.source
    assert runs == [str(path)]
    assert source is not None
    assert source.text == TWICE


def test_the_s_op_of_a_checkpoint_is_run_once(runs: list[str], tmp_path: Path) -> None:
    compiled(rasp.loads(TWICE, name="flip.rasp")["flipped"]).save(tmp_path / "flip.safetensors")
    loaded = rasp.load_model(tmp_path / "flip.safetensors")
    runs.clear()
    assert compiled(loaded.sop).specification.source is not None
    assert runs == ["flip.rasp"]  # for the names and places of `loaded.sop`


def test_what_a_name_was_bound_to_before_is_not_what_the_text_gives() -> None:
    program = rasp.loads("x = indices + 1; first = [x]; x = indices + 2;")
    specification = compiled(program["first"][0]).specification
    assert (specification.name, specification.source) == ("x", None)


def test_what_is_made_of_a_program_is_not_in_its_text() -> None:
    specification = compiled(rasp.loads(TWICE)["flipped"] + "c").specification
    assert (specification.name, specification.source) == (None, None)


def test_a_text_that_needs_another_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.rasp").write_text("one = indices + 1;", encoding="utf-8")
    (tmp_path / "two.rasp").write_text('load "one"; two = one + 1;', encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    program = rasp.load(tmp_path / "two.rasp")
    assert compiled(program["two"]).specification.source is None
    one = compiled(program["one"]).specification.source
    assert one is not None
    assert one.text == "one = indices + 1;"


def test_a_text_that_needs_larger_limits_is_not_taken() -> None:
    text = "def f(n) { return 0 if n == 0 else f(n - 1); } x = indices + f(1200);"
    limits = Limits(call_depth=2 * Limits().call_depth)
    assert compiled(rasp.loads(text, limits=limits)["x"]).specification.source is None
    shallow = text.replace("1200", "12")
    assert compiled(rasp.loads(shallow, limits=limits)["x"]).specification.source is not None


def test_the_entries_of_a_session_are_tried() -> None:
    session = Session()
    session.run("opposite = length - 1 - indices;", "one")
    session.run("flipped = tokens[opposite];", "two")
    session.run("alone = indices + 1;", "three")
    assert compiled(session["flipped"]).specification.source is None
    alone = compiled(session["alone"]).specification.source
    assert alone is not None
    assert alone.name == "three"


@pytest.mark.parametrize("room", ["datasets", "dsl", "export", "program", "report", "verification"])
def test_rooms_that_the_documents_name_are_there_after_import_rasp(
    room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`rasp.program.Limits` was an AttributeError until something else had imported the room."""
    monkeypatch.delattr(rasp, room, raising=False)
    assert getattr(rasp, room) is import_module(f"rasp.{room}")
    assert room in dir(rasp)

"""Errors of models point at what the program's errors point at, also after saving and loading."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import rasp
from rasp.cli import main
from rasp.compiled import CompiledModel
from rasp.errors import CheckpointError, RaspError
from rasp.manifest.failures import plain_failure, read_failure
from rasp.outputs import Failure
from rasp.program import Session
from rasp.sop import SOp
from rasp.source import Source, Span

PROGRAMS = {
    "of one token": ("x = tokens_int + 1;", "1a", "a1", []),
    "of two values": (
        'y = 6 / (indices - indicator(tokens == "a"));\nx = y + 1;',
        "ab",
        "ba",
        ['6 / (indices - indicator(tokens == "a"))'],
    ),
    "in what is compared": (
        'x = count(tokens, "a") > 1 and (10 / count(tokens, "b") > 4);',
        "abc",
        "ca",
        ['10 / count(tokens, "b")'],
    ),
    "a dict without the key": ('x = {"a": 1}[tokens] * 2;', "ab", "ab", ['{"a": 1}[tokens]']),
    "nothing is selected": (
        'x = fetch(select(tokens, "a", ==), indices);',
        "ab",
        "bb",
        ['fetch(select(tokens, "a", ==), indices)'],
    ),
    "strings that differ": (
        "x = aggregate(select(indices, indices, <=), tokens);",
        "ab",
        "ab",
        ["aggregate(select(indices, indices, <=), tokens)"],
    ),
    "no order": (
        'v = indices if tokens == "a" else "s";\nx = selector_width(select(v, 1, <));',
        "ab",
        "ab",
        ["select(v, 1, <)"],
    ),
    "over several lines": ("x = (1\n  / indices)\n  + 1;", "ab", "ab", ["1\n  / indices"]),
    "strings and numbers": (
        'x = 1 if tokens == "a" else "s";',
        "ab",
        "ab",
        ['1 if tokens == "a" else "s"'],
    ),
    "means and strings": (
        'x = aggregate(select(indices, indices, <), indices, "none") ;',
        "ab",
        "ab",
        ['aggregate(select(indices, indices, <), indices, "none")'],
    ),
}


def error_of(answer: Any, tokens: str) -> RaspError:
    with pytest.raises(RaspError) as caught:
        answer(tokens)
    return caught.value


def marked(error: RaspError) -> list[str]:
    """What the message shows of the program."""
    first, *lines = str(error).splitlines()
    return [first.split(" error:")[0], *(line for line in lines if " | " in line)]


def spans(error: RaspError) -> list[tuple[str, int, int]]:
    places = [label.span for label in error.labels]
    return [(place.source.text, place.start, place.end) for place in places]


def saved(model: CompiledModel, folder: Path) -> CompiledModel:
    model.save(folder / "model.safetensors")
    return rasp.load_model(folder / "model.safetensors")


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_is_underlined(name: str, tmp_path: Path) -> None:
    text, vocabulary, tokens, expected = PROGRAMS[name]
    sop = rasp.loads(text, name="p.rasp")["x"]
    model = rasp.compile(sop, vocab=vocabulary, max_len=3)
    by_program = error_of(sop, tokens)
    for answer in (model, saved(model, tmp_path)):
        by_model = error_of(answer, tokens)
        assert spans(by_model) == spans(by_program)
        assert marked(by_model) == marked(by_program)
        assert [label.span.text for label in by_model.labels] == expected


def check_excerpts(sop: SOp, vocabulary: str, tokens: str, folder: Path) -> None:
    """Where the text is not in the checkpoint, the line that is marked is."""
    model = rasp.compile(sop, vocab=vocabulary, max_len=3)
    loaded = saved(model, folder)
    assert loaded.specification.source is None
    by_program = error_of(sop, tokens)
    assert spans(error_of(model, tokens)) == spans(by_program)
    assert marked(error_of(loaded, tokens)) == marked(by_program)
    assert rasp.verify(loaded)
    again = saved(loaded, folder)
    assert marked(error_of(again, tokens)) == marked(by_program)


def test_programs_in_several_files(tmp_path: Path) -> None:
    (tmp_path / "inner.rasp").write_text("# shares\ndef share(a) {\n    return 10 / a + 1;\n}\n")
    (tmp_path / "outer.rasp").write_text('load "inner";\nx = share(count(tokens, "a"));\n')
    sop = rasp.load(tmp_path / "outer.rasp")["x"]
    check_excerpts(sop, "ab", "bb", tmp_path)


def test_sessions(tmp_path: Path) -> None:
    session = Session()
    session.run("y = 1 / indices;")
    session.run("x = y + 1;")
    check_excerpts(session["x"], "ab", "bb", tmp_path)


def test_what_both_commands_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program, model = tmp_path / "p.rasp", tmp_path / "m.safetensors"
    program.write_text("x = 10 / (indices - 1) + 2;\n")
    options = ["--vocab", "a,b", "--max-len", "3", "-o", str(model)]
    assert main(["compile", str(program), *options]) == 0
    capsys.readouterr()
    said = []
    for file in (program, model):
        assert main(["run", str(file), "ab"]) != 0
        lines = capsys.readouterr().err.splitlines()
        said.append([line for line in lines if line.startswith(("  1 |", "    |"))])
    assert (
        said[0]
        == said[1]
        == [
            "  1 | x = 10 / (indices - 1) + 2;",
            "    |     ^^^^^^^^^^^^^^^^^^",
        ]
    )


SOURCE = Source("p.rasp", "a = 1;\nb = 1 / a;\n")
SPAN = Span(SOURCE, 11, 16)


@pytest.mark.parametrize("source", [SOURCE, Source("p.rasp", "another"), None])
def test_there_and_back(source: Source | None) -> None:
    failure = Failure.at("it fails", SPAN)
    plain = json.loads(json.dumps(plain_failure(failure, source)))
    found = read_failure(plain, source)
    assert (found.message, found.place) == ("it fails", "p.rasp:2:5")
    assert found.span is not None
    assert (found.span.text, str(found.span)) == ("1 / a", "p.rasp:2:5")
    assert (found == failure) == (source is SOURCE)


def test_without_a_place() -> None:
    failure = Failure("it fails")
    assert read_failure(plain_failure(failure, SOURCE), SOURCE) == failure


def test_lines_that_are_too_long_have_a_place_only() -> None:
    line = Source("p.rasp", "x" * 20_000)
    failure = Failure.at("it fails", Span(line, 5, 9))
    plain = plain_failure(failure, None)
    assert plain["span"] is None
    assert read_failure(plain, None) == Failure("it fails", "p.rasp:1:6")
    assert read_failure(plain_failure(failure, line), line) == failure


@pytest.mark.parametrize(
    ("place", "column"),
    [
        ("p.rasp:2:5", 5),
        ("", None),
        ("p.rasp", None),
        ("p.rasp:2:99", None),
        ("p:2:5", None),
        (":::", None),
        ("p.rasp:x:²", None),
        ("p.rasp:1:" + "1" * 5000, None),
    ],
)
def test_failures_of_older_checkpoints(place: str, column: int | None) -> None:
    found = read_failure({"message": "it fails", "place": place}, SOURCE)
    assert found.place == place
    assert (None if found.span is None else found.span.column) == column


@pytest.mark.parametrize(
    "change",
    [
        {"file": 1},
        {"file": "q.rasp"},
        {"line": 0},
        {"line": 9},
        {"line": True},
        {"column": 0},
        {"column": "5"},
        {"column": 99},
        {"length": -1},
        {"length": 1_000},
        {"length": None},
        {"text": 5},
        {"text": "a\nb"},
        {"text": "x" * 20_000},
        {"text": "b = 1 / a", "line": 10**9},
        {"text": "b"},
    ],
)
def test_spans_that_fit_no_text(change: dict[str, object]) -> None:
    plain = plain_failure(Failure.at("it fails", SPAN), SOURCE)
    read_failure(plain, SOURCE)
    with pytest.raises(CheckpointError, match="the manifest does not fit"):
        read_failure({**plain, "span": {**plain["span"], **change}}, SOURCE)


def test_failures_are_objects() -> None:
    with pytest.raises(CheckpointError, match="not an object"):
        read_failure("it fails", SOURCE)

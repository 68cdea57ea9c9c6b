"""Loading files: where they are looked for, what they export, and what can go wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

import rasp
from rasp.elaborate.limits import Limits
from rasp.program import load, loads


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.rasp").write_text(text, encoding="utf-8")


def test_names_are_exported(files: Path) -> None:
    write(files, a="x = indices + 1; _hidden = 2; def f(v) { return v + _hidden; }")
    program = loads('load "a"; y = f(x);')
    assert program.names == ("x", "f", "y")
    assert program["y"]("ab") == [3, 4]
    with pytest.raises(rasp.RaspNameError):
        loads('load "a"; _hidden;')


def test_a_file_does_not_see_its_loader(files: Path) -> None:
    write(files, a="x = secret;")
    with pytest.raises(rasp.RaspNameError) as raised:
        loads('secret = 1;\nload "a";')
    assert [str(label.span) for label in raised.value.labels] == ["a.rasp:1:5", "<string>:2:1"]


def test_a_file_sees_the_tokens_of_the_library(files: Path) -> None:
    write(files, a="x = tokens;")
    program = loads('tokens = tokens_int; load "a"; y = tokens;')
    assert program["x"]("12") == ["1", "2"]
    assert program["y"]("12") == [1, 2]


def test_files_are_found_beside_the_loading_one_first(files: Path) -> None:
    inner = files / "inner"
    inner.mkdir()
    write(files, b="where = 1;", c="other = 3;")
    write(inner, a='load "b"; load "c";', b="where = 2;")
    program = load(inner / "a.rasp")
    assert (program["where"], program["other"]) == (2, 3)
    assert loads('load "inner/a";')["where"] == 2
    assert loads('load "b.rasp";')["where"] == 1


def test_loading_inside_a_function_binds_there(files: Path) -> None:
    write(files, a="x = 5;")
    program = loads('def f() { load "a"; return x; } y = f();')
    assert program["y"] == 5
    assert "x" not in program


def test_cycles(files: Path) -> None:
    write(files, a='load "b";', b='load "a";', c='load "c";')
    for start, chain in [
        ("a", "a.rasp loads b.rasp loads a.rasp"),
        ("c", "c.rasp loads c.rasp"),
    ]:
        with pytest.raises(rasp.RaspLoadError, match=chain):
            loads(f'load "{start}";')
        with pytest.raises(rasp.RaspLoadError, match=chain):
            load(files / f"{start}.rasp")


def test_the_same_file_twice_is_no_cycle(files: Path) -> None:
    write(files, a='load "c"; x = z;', b='load "c"; y = z;', c="z = 1;")
    program = loads('load "a"; load "b";')
    assert (program["x"], program["y"]) == (1, 1)


def test_depth(files: Path) -> None:
    for number in range(100):
        write(files, **{f"f{number}": f'load "f{number + 1}";'})
    with pytest.raises(rasp.RaspLimitError, match="files"):
        loads('load "f0";')


def test_unreadable(files: Path) -> None:
    (files / "folder.rasp").mkdir()
    (files / "binary.rasp").write_bytes(b"x = 1;\xff")
    (files / "large.rasp").write_bytes(b"#" * 100)
    for name in ("missing", "folder", "binary", "a\0b", "/nowhere/at/all", "x" * 5_000):
        with pytest.raises(rasp.RaspLoadError) as raised:
            loads(f'load "{name}";')
        assert raised.value.span is not None
        assert raised.value.span.source.name == "<string>"
    for path in (files / "missing.rasp", files, Path("a\0b")):
        with pytest.raises(rasp.RaspLoadError):
            load(path)
    with pytest.raises(rasp.RaspLimitError):
        loads('load "large";', limits=Limits(file_size=10))


def test_a_byte_order_mark_is_left_out(files: Path) -> None:
    (files / "bom.rasp").write_bytes(b"\xef\xbb\xbfx = 1;")
    assert load(files / "bom.rasp")["x"] == 1


def test_a_mistake_in_a_file_is_shown_there(files: Path) -> None:
    write(files, a="x = 1;\ny = ;")
    with pytest.raises(rasp.RaspSyntaxError) as raised:
        loads('load "a";')
    assert [str(label.span) for label in raised.value.labels] == ["a.rasp:2:5", "<string>:1:1"]


def test_a_file_cannot_replace_the_library(files: Path) -> None:
    write(files, a="length = 7; y = length;")
    with pytest.raises(rasp.RaspNameError, match="length"):
        loads('load "a";')


def test_warnings_of_loaded_files(files: Path) -> None:
    write(files, a="x = not 1 == 2;")
    program = loads('load "a";')
    assert [warning.labels[0].span.source.name for warning in program.warnings] == ["a.rasp"]
    assert len(program.sources) == 2

"""Loading files: where they are looked for, what they export, and what can go wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

import rasp
from rasp.elaborate.limits import Limits
from rasp.program import Session, load, loads


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


def test_the_ending_may_be_written(files: Path) -> None:
    write(files, a="x = indices;\ny = nothing;")
    for name in ("a", "a.rasp"):
        with pytest.raises(rasp.RaspNameError) as raised:
            loads(f'load "{name}";')
        assert str(raised.value.labels[0].span) == "a.rasp:2:5"
        with pytest.raises(rasp.RaspLoadError, match=r"could not find file 'no-a\.rasp'"):
            loads(f'load "no-{name}";')
    (files / "a.rasp.rasp").write_text("y = nothing;", encoding="utf-8")
    with pytest.raises(rasp.RaspNameError) as raised:
        loads('load "a.rasp";')
    assert str(raised.value.labels[0].span) == "a.rasp.rasp:1:5"


def test_a_file_cannot_replace_the_library(files: Path) -> None:
    write(files, a="length = 7; y = length;")
    with pytest.raises(rasp.RaspNameError, match="length"):
        loads('load "a";')


def test_warnings_of_loaded_files(files: Path) -> None:
    write(files, a="x = not 1 == 2;")
    program = loads('load "a";')
    assert [warning.labels[0].span.source.name for warning in program.warnings] == ["a.rasp"]
    assert len(program.sources) == 2


# ---- sessions: what worked is kept


def mistakes(session: Session, text: str) -> list[str]:
    return [
        f"{error.span}: {error.message}" for result in session.run(text) for error in result.errors
    ]


def test_a_session_binds_what_worked(files: Path) -> None:
    write(
        files,
        a='x = indices + 1;\ny = nowhere;\nload "b";\nz = ;\nlength = 7;\nw = x + deep;\nv = 1',
        b='deep = 4;\nload "a";\nload "none";\nnone = 1 / 0;\n_hidden = 2;\nlast = indices;',
    )
    session = Session()
    assert mistakes(session, 'load "a";') == [
        "a.rasp:2:5: undefined variable 'nowhere'",
        "b.rasp:2:1: 'a.rasp' loads itself: a.rasp loads b.rasp loads a.rasp",
        "b.rasp:3:1: could not find file 'none.rasp'",
        "b.rasp:4:8: division by zero",
        "a.rasp:4:5: unexpected ';'",
        "a.rasp:7:6: missing ';'",
        "<input>:1:1: cannot set 'length', which belongs to the library",
    ]
    assert session.names == ("x", "deep", "last", "w")
    assert session["w"]("ab") == [5, 6]
    for whole in (lambda: load(files / "a.rasp"), lambda: loads('load "a";')):
        with pytest.raises(rasp.RaspSyntaxError, match="unexpected ';'"):
            whole()


def test_a_load_that_binds_nothing_fails(files: Path) -> None:
    write(files, a="x = nowhere;\ny = ;")
    (result,) = Session().run('load "a";')
    assert result.kind == "error"
    assert [str(error.span) for error in result.errors] == ["a.rasp:1:5", "a.rasp:2:5"]


def test_where_a_file_is_loaded_is_said_for_each_mistake(files: Path) -> None:
    write(files, a='load "b";\nx = 1;', b="y = nowhere;\nz = nowhere + 1;")
    (result,) = Session().run('load "a";')
    assert result.error is None
    assert result.names == ("x",)
    assert [[str(label.span) for label in error.labels] for error in result.mistakes] == [
        ["b.rasp:1:5", "a.rasp:1:1", "<input>:1:1"],
        ["b.rasp:2:5", "a.rasp:1:1", "<input>:1:1"],
    ]


def test_a_mistake_within_calls_leaves_the_rest_as_it_was(files: Path) -> None:
    write(
        files,
        a="def f(n) { return f(n + 1); } x = f(0); def g(n) { return 1 / n; } y = g(0); z = g(2);"
        " d = shift(nowhere, 1); e = sort(tokens, tokens);",
    )
    session = Session()
    found = mistakes(session, 'def h() { load "a"; return z; } w = h();')
    assert [text.partition(": ")[2] for text in found] == [
        "more than 1,000 calls within each other",
        "division by zero",
        "undefined variable 'nowhere'",
    ]
    assert session["w"] == 0.5
    assert mistakes(session, "def k(n) { return n; } u = k(3);") == []
    assert "z" not in session


def test_a_statement_that_fails_after_a_load_says_both(files: Path) -> None:
    write(files, a="x = nowhere;")
    found = mistakes(Session(), 'def f() { load "a"; return x; } f();')
    assert [text.partition(": ")[2] for text in found] == [
        "undefined variable 'nowhere'",
        "undefined variable 'x'",
    ]


def test_very_many_mistakes_are_counted(files: Path) -> None:
    write(files, a="".join(f"x{n} = y{n};\n" for n in range(1000)) + "z = 1;", b="x = nowhere;")
    session = Session()
    found = mistakes(session, 'load "a";')
    assert len(found) == 51
    assert found[-1] == "<input>:1:1: 950 more mistakes in loaded files"
    assert session["z"] == 1
    assert len(mistakes(session, 'for i in range(1000) { load "b"; }')) == 2


def test_a_program_without_end_is_not_gone_on_with(files: Path) -> None:
    write(files, a="for i in range(100000) { x = i; } y = 1; z = 2;", b='load "a"; u = 1;')
    session = Session(limits=Limits(steps=1000))
    (result,) = session.run('load "b";')
    assert isinstance(result.error, rasp.RaspLimitError)
    assert not result.mistakes
    assert session.names == ()
    assert mistakes(session, "y = 1;") == []


def test_a_strict_session_is_as_a_program_is(files: Path) -> None:
    write(files, a="x = 1; y = nowhere; z = 2;")
    session = Session(tolerant=False)
    (result,) = session.run('load "a";')
    assert isinstance(result.error, rasp.RaspNameError)
    assert session.names == ()

"""Programs, sessions and functions as Python code sees them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import lark
import pytest

import rasp
from rasp.graph.nodes import INDICES
from rasp.program import Function, Session, load, loads
from rasp.sop import Selector, SOp
from rasp.syntax import ast


def test_names_are_in_order_of_their_last_binding() -> None:
    program = loads("a = 1; b = 2; _c = 3; def f() { return 1; } a = 4; for i in [1] { b = 5; }")
    assert program.names == ("f", "a", "i", "b")
    assert list(program) == list(program.names)
    assert program["_c"] == 3
    assert "a" in program
    assert "length" in program
    assert "nothing" not in program
    assert "length" not in program.names


def test_values_have_their_kinds() -> None:
    program = loads('x = indices; s = full_s; f = max; v = 1.5; l = [1, [x], {"k": s}];')
    assert isinstance(program["x"], SOp)
    assert isinstance(program["s"], Selector)
    assert isinstance(program["f"], Function)
    assert program["v"] == 1.5
    assert program["l"][1][0].node is INDICES
    assert isinstance(program["l"][2]["k"], Selector)
    with pytest.raises(rasp.RaspNameError, match="nothing"):
        program["nothing"]


def test_what_python_does_to_a_value_does_not_reach_the_program() -> None:
    program = loads("l = [1, 2]; def f() { return l; }")
    program["l"].append(3)
    assert program["l"] == [1, 2]
    assert program["f"]() == [1, 2]


def test_shared_values_stay_shared() -> None:
    value = loads("x = [1]; for i in range(60) { x = [x, x]; }")["x"]
    assert value[0] is value[1]
    function = loads("def f(x) { return x; }")["f"]
    assert function(value)[0] is not value[0]


def test_last() -> None:
    assert loads("x = 3;").last == 3
    assert loads("a, b = 1, 2;").last == [1, 2]
    assert loads("3 + 4; def f() { return 1; }").last == 7
    assert loads("def f() { return 1; }").last is None
    assert loads("").last is None


def test_functions_can_be_called() -> None:
    program = loads("def f(s, l) { return s + l[0], max; }")
    result, function = program["f"](program["indices"], [3])
    assert result("ab") == [3, 4]
    assert function(1, 2) == 2
    assert program["f"].parameters == ("s", "l")
    assert repr(program["f"]) == "<function f(s, l)>"
    assert (program["f"].maker, program["max"].maker) == ("console", "library")
    with pytest.raises(rasp.RaspArityError):
        program["f"](1)
    with pytest.raises(rasp.RaspTypeError):
        program["f"](object(), 1)
    with pytest.raises(rasp.RaspTypeError):
        program["f"](1, {(1, 2): 3})


def test_load_and_sources(tmp_path: Path) -> None:
    file = tmp_path / "p.rasp"
    file.write_text("x = not 1 == 2;", encoding="utf-8")
    program = load(file)
    assert program.path == file
    assert program.source.text == "x = not 1 == 2;"
    assert [warning.code for warning in program.warnings] == ["tight-not"]
    assert "p.rasp:1:5" in str(program.warnings[0])


def test_session_keeps_going_after_errors() -> None:
    session = Session()
    results = session.run('a = 1;\nb = a + "x";\nc = (2;\nd = a + 1; d;\nexamples off')
    assert [result.kind for result in results] == [
        "assignment",
        "error",
        "error",
        "assignment",
        "expression",
        "command",
    ]
    assert isinstance(results[1].error, rasp.RaspTypeError)
    assert isinstance(results[2].error, rasp.RaspSyntaxError)
    assert results[4].values == (2,)
    assert results[4].names == ("d",)
    assert isinstance(results[5].command, ast.SwitchExamples)
    assert "b" not in session
    assert session.run("a + d;")[0].values == (3,)


def test_session_results() -> None:
    session = Session()
    (result,) = session.run('x, y = indices, "a";')
    assert result.names == ("x", "y")
    assert result.values[0].name == "x"
    assert result.values[1] == "a"
    (result,) = session.run('x("abc");')
    assert result.is_application
    assert result.values == ([0, 1, 2],)
    (result,) = session.run("[0, 1, 2];")
    assert not result.is_application
    (result,) = session.run('set example "ab"')
    assert session.example == "ab"
    (result,) = session.run("draw(x);")
    assert (result.kind, result.values[0].node, result.values[1]) == ("draw", INDICES, None)
    (result,) = session.run('draw(x, "abc");')
    assert result.values[1] == "abc"
    (result,) = session.run("for i in [1] { i; }")
    assert (result.kind, result.values) == ("loop", ())
    (result,) = session.run("def f(a) { return a; }")
    assert (result.kind, result.names) == ("definition", ("f",))
    (result,) = session.run("not a == b;")
    assert [warning.code for warning in result.warnings] == ["tight-not"]
    assert session.run("  # nothing") == []
    assert session.run("1 + 1", cell=True)[0].values == (2,)


def test_session_limits_are_for_each_text() -> None:
    session = Session(limits=rasp.program.Limits(steps=1_000))
    for _ in range(5):
        assert session.run("for i in range(150) { x = i; }")[0].kind == "loop"
    (result,) = session.run("for i in range(600) { x = i; }")
    assert isinstance(result.error, rasp.RaspLimitError)
    assert session.run("x = 1;")[0].kind == "assignment"


def test_a_session_survives_an_error_deep_in_calls() -> None:
    session = Session()
    session.run("def f(n) { return 1 / 0 if n == 0 else 1 + f(n - 1); }")
    for _ in range(3):
        (result,) = session.run("f(900);")
        assert isinstance(result.error, rasp.RaspValueError)
        assert len(result.error.labels) == 4
    (result,) = session.run("max(1);")
    assert isinstance(result.error, rasp.RaspArityError)
    assert len(result.error.labels) == 1


def test_running_a_program_does_not_import_torch() -> None:
    code = "import sys, rasp.program as p; p.loads('x = 1;'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_damaged_cache_does_no_harm(tmp_path: Path) -> None:
    code = "from rasp.program import loads; print(loads('x = 1 + 1;').last)"
    environment = {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(Path.cwd())}
    file = tmp_path / "rasp" / "grammar.lalr"
    for content in (None, b"", b"\x80garbage", None):
        if content is not None:
            file.write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, check=False
        )
        assert (done.stdout.strip(), done.stderr) == (b"2", b"")
        assert file.stat().st_size > 1_000
    (tmp_path / "rasp").chmod(0o500)
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )
    (tmp_path / "rasp").chmod(0o700)


def test_the_package_runs_where_its_source_lies(tmp_path: Path) -> None:
    """As for somebody who has installed it and starts Python in the folder of the source.

    Without `site` no editable installation tells where `rasp.grammar` is.
    """
    package = Path(rasp.__file__).parent
    (tmp_path / "rasp").symlink_to(package, target_is_directory=True)
    code = (
        f"import sys; sys.path[:0] = ['.', {str(Path(lark.__file__).parents[1])!r}];"
        "import rasp; print(rasp.loads('x = 1 + 1;').last)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("2\n", "")

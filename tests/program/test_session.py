"""Sessions: what the REPL, notebooks and editors need of them."""

from __future__ import annotations

from pathlib import Path

from rasp.program import Session


def test_steps_run_when_they_are_asked_for() -> None:
    session = Session()
    steps = session.steps("a = 1; b = 2;")
    assert session.names == ()
    next(steps)
    assert session.names == ("a",)
    next(steps)
    assert session.names == ("a", "b")
    assert next(steps, None) is None


def test_a_text_that_is_refused_is_one_step() -> None:
    (result,) = Session().steps("#" * 2_000_000)
    assert result.error is not None
    assert result.error.kind == "limit"


def test_applications_know_their_input() -> None:
    session = Session()
    results = session.run('tokens("ab"); full_s([1, True]); x = tokens("ab"); x[0];')
    assert [result.input for result in results] == [("a", "b"), (1, True), None, None]


def test_causal() -> None:
    session = Session()
    assert not session.causal
    session.causal = True
    (result,) = session.run('length("abc");')
    assert result.values == ([1, 2, 3],)
    session.causal = False
    (result,) = session.run('length("abc");')
    assert result.values == ([3, 3, 3],)


def test_files(tmp_path: Path) -> None:
    (tmp_path / "p.rasp").write_text("x = 1;")
    (tmp_path / "wrong.rasp").write_text("x = ;")
    session = Session()
    main = tmp_path / "main.rasp"
    text = 'load "p"; load "wrong"; x;'
    results = list(session.steps(text, "main.rasp", path=main))
    assert [result.kind for result in results] == ["load", "error", "expression"]
    assert {source.name: path.name for source, path in session.files.items()} == {
        "main.rasp": "main.rasp",
        "p.rasp": "p.rasp",
        "wrong.rasp": "wrong.rasp",
    }

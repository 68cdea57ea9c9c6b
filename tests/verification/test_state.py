"""An interrupted verification goes on where it was, and only where it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rasp.deadline import limited
from rasp.errors import VerificationError
from rasp.verification import Estimate, Verification, verify
from rasp.verification.comparison import Comparison
from tests import handmade

ALL = 3 + 9 + 27 + 81


def interrupted(path: Path, after: int, **options: Any) -> int:
    """How many inputs were compared before the interrupt."""
    seen = 0

    def note(done: int, total: int) -> None:
        nonlocal seen
        seen = done
        if done >= after:
            raise KeyboardInterrupt

    model = handmade.identity(max_len=4)
    with pytest.raises(KeyboardInterrupt):
        verify(model, batch_size=10, resume=path, progress=note, **options)
    return seen


@pytest.mark.parametrize("options", [{"exhaustive": True}, {"samples": ALL, "seed": 5}])
@pytest.mark.parametrize("jobs", [1, 2])
def test_goes_on(tmp_path: Path, options: dict[str, Any], jobs: int) -> None:
    path = tmp_path / "state.json"
    seen = interrupted(path, 50, **options, jobs=jobs)
    assert 50 <= seen < ALL
    assert json.loads(path.read_text())["n_checked"] == seen
    calls: list[int] = []
    estimates: list[Estimate] = []
    verification = verify(
        handmade.identity(max_len=4),
        batch_size=10,
        resume=path,
        progress=lambda done, total: calls.append(done),
        announce=estimates.append,
        **options,
    )
    assert verification == Verification(True, ALL, "exhaustive" in options, 4)
    assert calls[0] == seen
    assert calls[-1] == ALL
    assert [(e.n_inputs, e.n_checked) for e in estimates] == [(ALL, seen)]
    assert verify(handmade.identity(max_len=4), batch_size=10, resume=path, **options).ok


def test_nothing_is_left_out(tmp_path: Path) -> None:
    """Interrupted after every shard, the inputs compared are all of them, each once."""
    from rasp.verification.inputs import exhaustive_shards, rows_of

    done, rows = 0, []
    while True:
        shard = next(exhaustive_shards(3, 4, 7, done=done), None)
        if shard is None:
            break
        rows += rows_of(shard, 3)
        done = len(rows)
    assert len({tuple(row) for row in rows}) == len(rows) == ALL


def test_a_difference_is_found_again(tmp_path: Path) -> None:
    model = handmade.identity(max_len=4)
    model.artifact.tensors["pos_embed.W_pos"][4] = -5 * model.artifact.tensors["embed.W_E"][3]
    path = tmp_path / "state.json"
    first = verify(model, exhaustive=True, batch_size=10, resume=path)
    assert not first.ok
    assert json.loads(path.read_text())["n_checked"] < first.n_checked
    again = verify(model, exhaustive=True, batch_size=10, resume=path)
    assert again.to_dict() == first.to_dict()


def test_states_of_others(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    interrupted(path, 50, exhaustive=True)
    other = handmade.identity(max_len=4)
    other.artifact.tensors["unembed.b_U"][0] = 0.25
    with pytest.raises(VerificationError, match="the state of another model"):
        verify(other, exhaustive=True, batch_size=10, resume=path)
    same = handmade.identity(max_len=4)
    for options in ({"max_length": 3}, {"batch_size": 20}):
        with pytest.raises(VerificationError, match="with other inputs") as raised:
            verify(same, **{"exhaustive": True, "batch_size": 10, "resume": path} | options)
        assert raised.value.hint == (
            "it was made with exhaustive True, max_length 4, batch_size 10"
        )
    with pytest.raises(VerificationError, match="with other inputs"):
        verify(same, samples=ALL, batch_size=10, resume=path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no state"),
        ("[]", "is no state"),
        ("[" * 100_000, "is no state"),
        (" " * 100_000 + "{}", "is no state"),
        ('{"format": "rasp-verification", "format_version": 2}', "not understood"),
    ],
)
def test_not_a_state(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(VerificationError, match=message):
        verify(handmade.identity(), samples=10, resume=path)
    assert path.read_text() == text


@pytest.mark.parametrize("n_checked", [-1, 10**6, "3", True, None])
def test_damaged(tmp_path: Path, n_checked: object) -> None:
    path = tmp_path / "state.json"
    interrupted(path, 50, exhaustive=True)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"n_checked": n_checked}))
    with pytest.raises(VerificationError, match="damaged"):
        verify(handmade.identity(max_len=4), exhaustive=True, batch_size=10, resume=path)


def test_where_it_cannot_be(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "state.json", "nul\0"):
        with pytest.raises(VerificationError, match=r"cannot (read|write)"):
            verify(handmade.identity(), samples=10, resume=path)


class Clock:
    """A clock that goes on by a second whenever it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 1.0
        return self.now


@pytest.mark.parametrize("options", [{"exhaustive": True}, {"samples": ALL, "seed": 5}])
def test_time_that_is_up_ends_it(
    tmp_path: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says on how many inputs nothing differed, and goes on from there."""
    path = tmp_path / "state.json"
    with monkeypatch.context() as patched:
        patched.setattr("rasp.deadline.time", Clock())
        found = verify(
            handmade.identity(max_len=4), batch_size=10, resume=path, time_limit=10.5, **options
        )
    assert not found.ok
    assert found.stopped
    assert found.counterexample is None
    assert 0 < found.n_checked < ALL
    assert f"equal to the interpreter on {found.n_checked} of {ALL} inputs" in found.to_text()
    assert json.loads(path.read_text())["n_checked"] == found.n_checked
    found = verify(handmade.identity(max_len=4), batch_size=10, resume=path, **options)
    assert found == Verification(True, ALL, "exhaustive" in options, 4)


def test_what_was_found_is_said_although_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no time to make the input small."""
    model = handmade.identity(max_len=4)
    model.artifact.tensors["unembed.W_U"][2] = [0, 1, 0]  # says b for c
    comparison = Comparison(model)
    assert comparison.shrink([0, 2, 1]).input == ("c",)
    monkeypatch.setattr("rasp.deadline.time", Clock())
    with limited(0.5):
        assert comparison.shrink([0, 2, 1]).input == ("a", "c", "b")


def test_a_time_limit_is_above_0() -> None:
    from rasp.errors import RaspValueError

    with pytest.raises(RaspValueError, match="time_limit has to be above 0"):
        verify(handmade.identity(), time_limit=0)

"""A compile that takes longer than it may ends, with the stage, the place and what would help."""

from __future__ import annotations

import time

import pytest

import rasp
from rasp.api import _in_time
from rasp.deadline import TimeIsUpError, at_stage, beating, limited, look, working_on
from rasp.errors import CompileError, RaspTypeError
from rasp.sop import SOp

ROUNDS = """
s = tokens_int;
for k in range(150) { s = (s + aggregate(select(indices, indices - 1, ==), s)) % 5; }
"""
LARGE = """
a = selector_width(select(tokens, "a", ==));
b = selector_width(select(tokens, "b", ==));
s = (a * a + b * 7 + indices) % 13;
"""
ORDERS = "s = sort(tokens, tokens);"


def sop_of(text: str) -> SOp:
    sop = rasp.loads(text)["s"]
    assert isinstance(sop, SOp)
    return sop


@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize(
    ("text", "vocab", "max_len"),
    [(ROUNDS, list("01234"), 30), (LARGE, list("abc"), 60), (ORDERS, list(range(900)), 60)],
)
def test_it_ends_and_says_where(
    text: str, vocab: list[str | int], max_len: int, optimize: str
) -> None:
    with pytest.raises(CompileError) as caught:
        rasp.compile(
            sop_of(text),
            vocab=vocab,
            max_len=max_len,
            optimize=optimize,  # type: ignore[arg-type]
            time_limit=0.05,
        )
    error = caught.value
    assert error.message.startswith("compiling takes longer than 0.05 s: the stage of ")
    assert error.labels
    assert "time limit" in (error.hint or "")


def test_without_a_limit_nothing_is_said() -> None:
    look()
    working_on(None)
    at_stage("domains")
    model = rasp.compile(sop_of("s = tokens;"), vocab="ab", max_len=3, time_limit=600)
    assert model("ab") == ["a", "b"]


def test_the_limit_ends_with_what_it_is_for() -> None:
    with limited(1e-6):
        time.sleep(0.001)
        with pytest.raises(TimeIsUpError):
            look()
    look()


def test_a_limit_is_a_number_of_seconds() -> None:
    with pytest.raises(RaspTypeError, match="number of seconds"):
        rasp.compile(sop_of("s = tokens;"), vocab="ab", max_len=3, time_limit="1")  # type: ignore[arg-type]
    with pytest.raises(CompileError, match="above 0"):
        rasp.compile(sop_of("s = tokens;"), vocab="ab", max_len=3, time_limit=0)


class Clock:
    """A clock that stands still until it is told that much time has passed."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr("rasp.deadline.time", found)
    return found


def test_a_limit_within_a_limit_ends_with_both(clock: Clock) -> None:
    with limited(5), limited(100) as inner:
        at_stage("domains")
        assert inner is not None
        assert inner.outer is not None
        assert inner.outer.stage == "domains"
        clock.now = 6
        with pytest.raises(TimeIsUpError):
            look()


def test_it_beats_while_something_goes_on(clock: Clock) -> None:
    beats = []
    with beating(lambda: beats.append(clock.now)):
        for moment in (0.05, 0.2, 0.25, 0.31, 0.5):
            clock.now = moment
            look()
    look()
    assert beats == [0.2, 0.31, 0.5]


def test_progress_goes_on_in_every_stage(clock: Clock) -> None:
    """Also within the certificate and the proof of meaning; it never goes back."""
    told: list[tuple[str, float]] = []
    rasp.compile(
        sop_of("s = sort(tokens, tokens);"),
        vocab="ab",
        max_len=4,
        progress=lambda stage, share: told.append((stage, share)),
    )
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] < 1.0
    for stage in ("certificate", "meaning"):
        assert len({share for name, share in told if name == stage}) >= 3


def test_what_is_finished_is_kept(clock: Clock) -> None:
    """Time that is up while the meaning is proved ends the proof, and not the compile."""

    def late(stage: str, share: float) -> None:
        if stage == "meaning":
            clock.now = 100.0

    model = rasp.compile(
        sop_of("s = sort(tokens, tokens);"), vocab="ab", max_len=4, progress=late, time_limit=50
    )
    certificate = model.certificate
    assert certificate.rounding.ok
    assert not certificate.meaning.ok
    assert certificate.meaning.reason == "the time limit was reached"
    assert model("ba") == ["a", "b"]


def test_the_smallest_that_there_was_time_for(clock: Clock) -> None:
    """In the second of several compilations time is up: the first one is the model."""
    rounds = 0

    def late(stage: str, share: float) -> None:
        nonlocal rounds
        rounds += stage == "layout"
        if rounds and stage == "domains":
            clock.now = 100.0

    text = "s = sort(tokens, tokens);"
    model = rasp.compile(
        sop_of(text), vocab="abc", max_len=9, optimize="size", progress=late, time_limit=50
    )
    assert rounds == 1
    assert model.certificate.rounding.ok
    assert model("cab") == ["a", "b", "c"]


def test_what_comes_after_the_compiler_counts_too() -> None:
    """A trial of what is not certified, or training, in what is left of the time: nothing here."""
    late = time.monotonic() - 60
    with (
        pytest.raises(CompileError, match="takes longer than 50 s: the model was there"),
        _in_time(50, late, sop_of("s = tokens;")),
    ):
        look()

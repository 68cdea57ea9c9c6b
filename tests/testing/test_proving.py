"""With a condition of the proof changed, something wrong is proved, or something right is not."""

from __future__ import annotations

from rasp.graph.nodes import SOpNode
from rasp.meaning import alone, carried, neurons, sorts
from rasp.program import loads
from rasp.sop import SOp
from rasp.testing.fates import table
from rasp.testing.meanings import Case
from rasp.testing.mutants import instrumented
from rasp.testing.needed import MODELS, made
from rasp.testing.proving import KINDS, LEFT, Model, fate, judged, refused_in, think, watched

NAMES = ("neurons", "default", "silent sum", "silent_nan")


def some() -> list[Model]:
    wrong = [made(name, MODELS[name]) for name in NAMES]
    found = [Model(one.what, one.artifact, one.root, (), right=False) for one in wrong]
    root = _node('x = shift(tokens, 1, "-") == "a";')
    case = Case("right", root, ("a", "b"), 4)
    return [*found, Model("right", case.compiled(), root, (), right=True)]


def _node(text: str) -> SOpNode:
    sop = loads(text)["x"]
    assert isinstance(sop, SOp)
    return sop.node


def test_as_things_are() -> None:
    assert [judged(model) for model in some()] == ["refused"] * len(NAMES) + ["proved"]


def test_where_a_refusal_comes_from() -> None:
    """Also below an error that was raised in place of another."""
    neurons_do, default, *_ = map(refused_in, some())
    assert "rasp.meaning.neurons:Feedforward._rows" in neurons_do
    assert "rasp.meaning.carried:allowed" in default
    assert "rasp.meaning.heads:Attention.check" in default
    assert refused_in(some()[-1]) == frozenset()


def test_fates() -> None:
    with instrumented([carried, neurons, sorts]) as (switch, mutants):
        ready = list(watched(switch, iter(some()), 60.0))
        assert len(ready) == len(NAMES) + 1
        fates = {mutant.key: fate(switch, mutant, ready) for mutant in mutants}
    kinds = {one.kind for one in fates.values()}
    assert kinds <= {*KINDS, *LEFT}
    assert {"proved", "refused", *LEFT} <= kinds
    allowed = fates[
        "rasp.meaning.carried:allowed: not off <= TOLERANCE * (1.0 + size) < inf -> False"
    ]
    assert (allowed.kind, allowed.by) == ("believed", "default")
    finite = fates[
        "rasp.meaning.sorts:Sort.finite: self.largest < LARGE and (not self.nan) ->"
        " self.largest < LARGE"
    ]
    assert (finite.kind, finite.by) == ("proved", "silent_nan")


def test_what_is_taken_to_be_so_with_a_change() -> None:
    """Keys of which none of their kind is before them are alone only if they are of that kind."""
    with instrumented([alone]) as (switch, mutants):
        found = {mutant.key: one for mutant, one in think(switch, mutants, [], 20.0)}
    key = "key is query and key in equal -> key is query"
    (one,) = (one for name, one in found.items() if name.endswith(key))
    assert one.kind == "mistaken"
    assert one.by.startswith("x = aggregate(")
    assert len(found) < len(mutants)


def test_table() -> None:
    known = {
        "rasp.meaning.sums:a: b -> c": {"kind": "proved"},
        "rasp.meaning.sums:a: b -> d": {"kind": LEFT[1]},
    }
    assert table(known, (*KINDS, *LEFT)).splitlines()[2:] == [
        "| meaning.sums | 2 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 1 |",
        "| all | 2 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 1 |",
    ]

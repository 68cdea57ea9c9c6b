"""Results that are put together from several numbers are proved part by part."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rasp.artifact import Artifact
from rasp.meaning.attended import Attended
from rasp.meaning.parts import nodes_of
from rasp.meaning.states import UnprovedError
from rasp.testing.meanings import Case, inputs_of, is_wrong
from tests.meaning.test_proof import is_proved, model_of, node_of

A, B = "average(tokens_int)", "aggregate(select(indices, indices, <=), tokens_int)"
PROGRAM = f"x = {A} - 2 * {B};"


def model() -> Artifact:
    artifact = model_of(PROGRAM, "012", 4)
    assert artifact.readout.kind == "parts"
    return artifact


def test_each_part_is_proved() -> None:
    assert is_proved(model())


def test_parts_in_another_order_are_not_proved() -> None:
    artifact = model()
    names = [
        ("part", 1 - k) if name == "part" else (name, k) for name, k in artifact.readout.formula
    ]
    forged = replace(artifact, readout=replace(artifact.readout, formula=tuple(names)))
    assert forged.graph is not None
    assert is_wrong(forged, forged.graph, inputs_of(Case("", forged.graph, ("0", "1", "2"), 4), 0))
    assert not is_proved(forged)


@pytest.mark.parametrize("other", [f"x = {A} + 2 * {B};", f"x = {A} - 3 * {B};", f"x = {A} - {B};"])
def test_another_expression_is_not_proved(other: str) -> None:
    artifact = replace(model(), graph=node_of(other))
    assert not is_proved(artifact)


def test_what_each_part_has_to_be() -> None:
    a, b = node_of(f"x = {A};"), node_of(f"x = {B};")
    formula = (("part", 0), ("constant", 2), ("part", 1), ("multiply", 2), ("subtract", 2))
    space = Attended(("0", "1", "2"), 4, causal=False)
    parts = nodes_of(formula, node_of(PROGRAM), 2, space)
    assert parts.nodes == [a, b]
    assert parts.above[0] is node_of(PROGRAM)
    assert not parts.typed
    for wrong in (
        (*formula[:1], ("constant", 2.0), *formula[2:]),
        (("part", 1), *formula[1:]),
        formula[:-1],
        formula[1:],
        (*formula, ("negate", 1)),
        (*formula, ("negate", 0)),
    ):
        with pytest.raises(UnprovedError):
            nodes_of(wrong, node_of(PROGRAM), 2, space)
    with pytest.raises(UnprovedError, match="not in its formula"):
        nodes_of(formula, node_of(PROGRAM), 3, space)

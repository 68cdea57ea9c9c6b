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


READ = "x = aggregate(select(indices, indices - 1, ==), average(tokens_int) + 1, {});"


@pytest.mark.parametrize("other", ["False", "1", "1.0", '"True"'])
def test_another_default_is_not_proved(other: str) -> None:
    """Beside a default that is no number a part says whether a key is selected."""
    artifact = model_of(READ.format("True"), "012", 3)
    assert artifact.readout.formula[-2:] == (("constant", True), ("where", 3))
    assert is_proved(artifact)
    assert not is_proved(replace(artifact, graph=node_of(READ.format(other))))


def test_what_says_that_a_key_is_selected_has_to() -> None:
    """Where another key is, or where none is."""
    artifact = model_of(READ.format("True"), "012", 3)
    found, *rest = artifact.readout.parts
    assert found.values == (True, False)
    mirrored = replace(found, values=(False, True))
    forged = replace(artifact, readout=replace(artifact.readout, parts=(mirrored, *rest)))
    assert not is_proved(forged)
    other = READ.format("True").replace("indices - 1", "indices - 2")
    assert not is_proved(replace(artifact, graph=node_of(other)))


def test_a_read_without_a_default_is_put_together_with_none() -> None:
    formula = (("part", 0), ("part", 1), ("constant", 0), ("where", 3))
    read = node_of("x = fetch(select(indices, 0, ==), average(tokens_int));")
    with pytest.raises(UnprovedError, match="not the expression"):
        nodes_of(formula, read, 2, Attended(("0", "1"), 2, causal=False))

"""Models that were forged to be proved: each of them once was, and is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rasp.artifact import Artifact
from rasp.certificate import Head, Neurons, PlanError
from rasp.compiled import CompiledModel, Specification
from rasp.graph.nodes import TOKENS, SOpNode
from rasp.interpreter import outcomes
from rasp.meaning.witness import Joint, Quantity
from tests.meaning.test_proof import PROGRAMS, is_proved, model_of, node_of


def differs(artifact: Artifact, *tokens: str) -> bool:
    """Is what the model says another value, or of another type, than what the program says?"""
    assert artifact.graph is not None
    (found,) = CompiledModel(artifact, Specification(artifact.graph)).outcomes([list(tokens)])
    (wanted,) = outcomes(artifact.graph, [list(tokens)], causal=artifact.config.causal)
    return repr(found) != repr(wanted)


def certified(artifact: Artifact) -> Artifact:
    """With a certificate of its own weights."""
    return replace(artifact, report=replace(artifact.report, rounding=artifact.new_certificate()))


def speaking_of(artifact: Artifact, old: SOpNode, new: Quantity) -> Artifact:
    """The witness names something else in place of an s-op."""
    assert artifact.witness is not None
    named = tuple(new if quantity is old else quantity for quantity in artifact.witness.quantities)
    return replace(artifact, witness=replace(artifact.witness, quantities=named))


@pytest.mark.parametrize("by", ["a table", "an s-op"])
def test_what_the_witness_names_is_there_for_all_values(by: str) -> None:
    """It fails for "a", and what fails is looked at no further."""
    artifact = model_of("x = tokens;", "ab")
    w_e = artifact.tensors["embed.W_E"].copy()
    w_e[-2] = w_e[-1]
    artifact = replace(artifact, tensors=artifact.tensors | {"embed.W_E": w_e})
    partial: Quantity = node_of('x = {"b": "b"}[tokens];')
    if by == "a table":
        partial = Joint((TOKENS,), (("b",),), ("b",))
    assert differs(artifact, "a")
    assert not is_proved(certified(speaking_of(artifact, TOKENS, partial)))


def test_a_logit_of_more_than_one_hides_that_values_differ() -> None:
    artifact = model_of("x = aggregate(select(indices, indices, <=), tokens);", "ab")
    w_u = artifact.tensors["unembed.W_U"].copy()
    w_u[:, 0] *= 10
    forged = replace(artifact, tensors=artifact.tensors | {"unembed.W_U": w_u})
    assert is_proved(artifact)
    assert differs(forged, "a", "b")
    assert not is_proved(certified(forged))


def test_neurons_that_empty_another_dimension() -> None:
    rounds = "s = (s + aggregate(select(indices, indices - 1, ==), s)) % 3;" * 4
    artifact = model_of(f"s = tokens_int; {rounds} x = s;", "012", 4)
    assert artifact.plan is not None
    last = max(d.cleared for d in artifact.plan.directions)
    (cleared,) = {(d.cleared, d.place) for d in artifact.plan.directions if d.cleared == last}
    groups = [
        group for group in artifact.plan.sublayers[cleared[0] - 1] if isinstance(group, Neurons)
    ]
    (number,) = (number for number, group in enumerate(groups) if group.empties)
    start = sum(group.n for group in groups[:number])
    name = f"blocks.{(cleared[0] - 1) // 2}.mlp."
    w_in, w_out = (artifact.tensors[name + side].copy() for side in ("W_in", "W_out"))
    own, other = cleared[1], cleared[1] + 1
    neurons = range(start, start + groups[number].n)
    for n in neurons:
        w_in[[own, other], n] = w_in[[other, own], n]
        w_out[n, [own, other]] = w_out[n, [other, own]]
    moved = {name + "W_in": w_in, name + "W_out": w_out}
    forged = certified(replace(artifact, tensors=artifact.tensors | moved))
    assert differs(forged, "0")
    assert not forged.report.is_certified
    assert "empty other dimensions" in str(forged.report.rounding)


def test_a_type_that_is_known_is_not_left_to_the_rule() -> None:
    """Somewhere in the program is a mean, but it does not decide that 3 is an int."""
    text = 'm = aggregate(select(tokens, "a", ==), indices); '
    artifact = model_of(text + "x = 3 + indices if m > 1 else 5 - indices;", "ab", 3)
    values = tuple(float(v) if isinstance(v, int) else v for v in artifact.readout.values)
    readout = replace(artifact.readout, values=values, by_rule=True)
    forged = replace(artifact, readout=readout)
    assert is_proved(artifact)
    assert differs(forged, "b")
    assert not is_proved(forged)


def test_tables_of_results_belong_to_the_contexts() -> None:
    artifact = model_of("x = selector_width(select(tokens, tokens, ==));", "ab")
    readout = replace(artifact.readout, context="i")
    assert not is_proved(replace(artifact, readout=readout))


@pytest.mark.parametrize(
    "part", [{"values": ()}, {"centres": None}, {"kind": "grid"}, {"failures": ()}]
)
def test_a_read_out_that_is_not_that_of_the_weights_is_refused(part: dict[str, object]) -> None:
    name = "failure" if "failures" in part else "tokens" if "values" in part else "histogram"
    artifact = model_of(*PROGRAMS[name])
    forged = replace(artifact, readout=replace(artifact.readout, **part))  # type: ignore[arg-type]
    with pytest.raises(PlanError, match="the read-out"):
        forged.certify()
    assert forged.new_certificate().ok is False


def test_every_product_of_a_head_belongs_to_a_comparison() -> None:
    """The proof may look at comparisons one by one, and has to see all of them."""
    artifact = model_of("x = aggregate(select(tokens, tokens, ==), indices);", "ab")
    assert artifact.plan is not None
    ((head,),) = artifact.plan.sublayers
    assert isinstance(head, Head)
    plan = replace(artifact.plan, sublayers=((replace(head, comparisons=()),),))
    with pytest.raises(PlanError, match="belongs to a comparison"):
        replace(artifact, plan=plan).certify()


def test_nan_is_in_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither of two positions with nan selects the other by `smaller, or equal and before`."""
    monkeypatch.setattr("rasp.compiler.lowering.aggregates.selected_agree", lambda *_: True)
    smaller = "select(y, y, <) or (select(y, y, ==) and select(indices, indices, <))"
    text = f"y = tokens_float; w = selector_width({smaller});"
    forged = model_of(
        f"{text} x = aggregate(select(w, indices, ==), indices, -1);", ["nan", "1"], 3
    )
    assert differs(forged, "nan", "nan")
    assert not is_proved(forged)


@pytest.mark.parametrize("number", [0, 1])
def test_every_token_has_its_own_row_of_the_embedding(number: int) -> None:
    """0.0 and -0.0 are two tokens, and a nan is one."""
    vocabulary = (0.0, -0.0, 1.0, float("nan"))
    artifact = model_of("x = tokens_str;", vocabulary, 2)
    w_e = artifact.tensors["embed.W_E"].copy()
    w_e[-4 + number] = w_e[-2]
    forged = replace(artifact, tensors=artifact.tensors | {"embed.W_E": w_e})
    model = CompiledModel(artifact, Specification(node_of("x = tokens_str;")))
    assert model(vocabulary[:2]) == ["0.0", "-0.0"]
    assert model(vocabulary[3:]) == ["nan"]
    assert is_proved(artifact)
    assert not is_proved(forged)


def test_a_head_that_compares_nothing_selects_no_place() -> None:
    """It is said to read the key at a computed place: that was a crash of the proof."""
    every = node_of("x = aggregate(select(1, 1, ==), tokens_int);")
    placed = node_of("x = aggregate(select(indices, length - 1 - indices, ==), tokens_int);")
    artifact = model_of("x = aggregate(select(1, 1, ==), tokens_int);", "012", 3)
    forged = replace(speaking_of(artifact, every, placed), graph=placed)
    assert differs(forged, "0", "1")
    assert not is_proved(certified(forged))

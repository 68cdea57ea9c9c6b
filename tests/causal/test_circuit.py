"""The circuit of a model: what has no edge has no effect, and what has one has a witness."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rasp
from rasp.causal.anatomy import anatomy
from rasp.causal.circuit import Circuit
from rasp.causal.edges import Edge, Witness
from rasp.causal.meanings import depends_on_tokens, named
from rasp.causal.patching import Patching
from rasp.causal.witnesses import outside
from rasp.compiled import CompiledModel
from rasp.errors import CompileError, RaspError, RaspValueError, VocabularyError
from rasp.graph.nodes import INDICES, TOKENS
from rasp.graph.origins import Origins
from rasp.meaning.witness import Joint, Quantity
from rasp.testing import random_program
from rasp.vocabulary import BOS
from tests.compiler.test_corpus import REFUSED
from tests.interpreter.test_corpus import CASES

EXAMPLES = Path(__file__).parents[2] / "examples"

SOME = [case for case in CASES if case["id"] not in REFUSED][::6]

FEW = 48
"""One batch of pairs of each kind."""


@pytest.fixture(scope="module")
def sort() -> CompiledModel:
    return rasp.compile(rasp.load(EXAMPLES / "sort.rasp")["sorted"], vocab="abcd", max_len=6)


@pytest.fixture(scope="module")
def circuit(sort: CompiledModel) -> Circuit:
    return sort.circuit()


def test_edges_of_sort(circuit: Circuit) -> None:
    said = {(edge.writer, edge.reader, edge.variable) for edge in circuit if edge.carries != "BOS"}
    assert said == {
        ("embed", "a0.h0<q>", "tokens"),
        ("pos_embed", "a0.h0<q>", "indices"),
        ("embed", "a0.h0<k>", "tokens"),
        ("pos_embed", "a0.h0<k>", "indices"),
        ("embed", "a0.h1<q>", "tokens"),
        ("embed", "a0.h1<k>", "tokens"),
        ("a0.h0", "m0.g0", "place"),
        ("a0.h1", "m0.g0", "place"),
        ("pos_embed", "a1.h0<q>", "indices"),
        ("a0.h0", "a1.h0<k>", "place"),
        ("a0.h1", "a1.h0<k>", "place"),
        ("m0.g0", "a1.h0<k>", "place"),
        ("embed", "a1.h0<v>", "tokens"),
        ("a1.h0", "logits", "sorted"),
    }
    assert "a0.h1->a1.h0<k>" in circuit.node_edges
    assert "m0->a1.h0<k>" in circuit.node_edges
    assert "a1.h0->logits" in circuit.node_edges


def test_every_edge_of_sort_has_a_witness(circuit: Circuit) -> None:
    for edge in circuit:
        assert edge.witness is not None, edge
        assert edge.witness.changes_answer, edge
        shuffled = {"tokens": "none", "positions": "positions", "BOS": "BOS"}[edge.carries]
        assert edge.witness.shuffled == shuffled, edge


def test_witnesses_can_be_run_again(sort: CompiledModel, circuit: Circuit) -> None:
    for edge in circuit:
        witness = edge.witness
        assert witness is not None
        assert sort(witness.base) == list(witness.before)
        after = sort.patch(edge, witness.base, witness.source, witness.places)
        found = after.message if isinstance(after, RaspError) else tuple(after)
        assert found == witness.after, edge


def test_patches_that_cannot_be(sort: CompiledModel, circuit: Circuit) -> None:
    edge = circuit.edges[0]
    with pytest.raises(RaspValueError, match="places has to have"):
        sort.patch(edge, "abc", "abc", [0, 1, 2, 9])
    with pytest.raises(VocabularyError):
        sort.patch(edge, "abc", "xyz")
    other = replace(edge, reader="a7.h0<q>")
    with pytest.raises(RaspValueError, match="no edge from embed to a7.h0<q>"):
        sort.patch(other, "abc", "cba")


def test_length_shows_with_other_lengths() -> None:
    reverse = rasp.load(EXAMPLES / "reverse.rasp")["reversed"]
    circuit = rasp.compile(reverse, vocab="abc", max_len=6).circuit()
    (edge,) = circuit.of("length")
    assert edge.carries == "positions"
    assert edge.witness is not None
    assert edge.witness.shuffled == "none"
    assert len(edge.witness.base) != len(edge.witness.source)


@pytest.mark.parametrize("seed", range(12))
def test_nothing_outside_of_random_programs(seed: int) -> None:
    program = random_program(seed)
    try:
        sop = rasp.loads(program.text)[program.sop]
        model = rasp.compile(sop, vocab=program.vocabulary, max_len=program.max_len)
    except CompileError:
        pytest.skip("it is refused")
    tried = outside(model, model.circuit(n_pairs=0), n_pairs=FEW)
    assert tried.largest == 0.0, tried.where


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in SOME])
def test_corpus(case: dict[str, Any]) -> None:
    sop = rasp.loads(case["program"])[case["output"]]
    model = rasp.compile(sop, vocab=case["vocab"], max_len=min(case["max_len"], 12))
    circuit = model.circuit(n_pairs=FEW)
    assert outside(model, circuit, n_pairs=FEW).largest == 0.0
    for edge in circuit:
        shown = edge.witness is not None
        assert shown or edge.n_pairs >= FEW, "some pairs were tried where there is no witness"


def test_changed_weights_have_more_edges(sort: CompiledModel) -> None:
    import torch

    changed = copy.deepcopy(sort)
    with torch.no_grad():
        changed.module.get_parameter("blocks.1.attn.W_Q")[0, 11, 0] = 500.0
    before, after = sort.circuit(n_pairs=0), changed.circuit(n_pairs=0)
    new = set(after.pairs) - set(before.pairs)
    assert new == {("a0.h0", "a1.h0<q>"), ("a0.h1", "a1.h0<q>")}
    assert outside(changed, after, n_pairs=FEW).largest == 0.0
    wrong = outside(changed, before, n_pairs=FEW)
    assert wrong.largest > 0.0, "an edge that is missing is found"
    assert wrong.where is not None


def test_no_witness_where_there_can_be_none() -> None:
    # The only head reads nothing that matters: its result is the same whatever it sees.
    program = rasp.loads("x = aggregate(select(tokens, tokens, ==), tokens);")
    model = rasp.compile(program["x"], vocab="a", max_len=4)
    for edge in model.circuit(n_pairs=FEW):
        assert edge.carries != "tokens" or edge.witness is None or edge.witness.shuffled != "none"


def test_loaded_models_have_the_same_circuit(
    sort: CompiledModel, circuit: Circuit, tmp_path: Path
) -> None:
    sort.save(tmp_path / "sort.safetensors")
    loaded = rasp.load_model(tmp_path / "sort.safetensors")
    assert loaded.circuit().to_json() == circuit.to_json()


def test_without_a_program_text() -> None:
    model = rasp.compile(rasp.tokens == "a", vocab="ab", max_len=3)
    circuit = model.circuit()
    (edge,) = [edge for edge in circuit if edge.carries == "tokens"]
    assert (edge.writer, edge.reader, edge.variable) == ("embed", "logits", "tokens")
    assert circuit.node_edges == ("input->logits",)


def test_json(circuit: Circuit, tmp_path: Path) -> None:
    circuit.save(tmp_path / "circuit.json")
    data = json.loads((tmp_path / "circuit.json").read_text())
    assert data["format"] == "rasp-circuit"
    heads = [node for node in data["nodes"] if node["kind"] == "head"]
    assert [node["writes_at"] for node in heads] == ["blocks.0.attn.hook_result"] * 2 + [
        "blocks.1.attn.hook_result"
    ]
    assert heads[0]["reads_at"][0] == "blocks.0.hook_q_input"
    assert len(data["edges"]) == len(circuit)
    assert data["edges"][1]["witness"]["before"] != data["edges"][1]["witness"]["after"]


@pytest.mark.parametrize("suffix", [".svg", ".dot", ".html", ".txt"])
def test_pictures(circuit: Circuit, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"circuit{suffix}"
    circuit.save(path)
    text = path.read_text()
    assert "a1.h0" in text
    assert "place" in text


def test_no_such_form(circuit: Circuit, tmp_path: Path) -> None:
    with pytest.raises(RaspValueError, match=r"is not written as \.xyz"):
        circuit.save(tmp_path / "circuit.xyz")
    with pytest.raises(RaspValueError, match="no edge carries 'nothing'"):
        circuit.of("nothing")


def test_wrong_arguments(sort: CompiledModel) -> None:
    with pytest.raises(RaspValueError, match="n_pairs"):
        sort.circuit(n_pairs=-1)


def test_answers_are_told_apart_by_type() -> None:
    witness = Witness(("a",), ("b",), None, "none", (1,), (True,), 1.0)
    assert witness.changes_answer
    edge = Edge("embed", "logits", "x", (1,), ("x",), "tokens", witness=witness)
    assert edge.verdict == "the answer changes"


def test_contributions_add_up(sort: CompiledModel) -> None:
    patching = Patching(sort)
    run = patching.run(*patching.encode(["abcd", "ba"]))
    parts = anatomy(sort.artifact).parts
    written = [patching.contribution(run, part) for part in parts if part.kind != "output"]
    assert int(run.ids[0, 0]) == BOS
    final = run.cache["blocks.1.resid_post"]
    total = np.sum([tensor.numpy() for tensor in written], axis=0)  # [batch, pos, d_model]
    assert np.allclose(total, final.numpy(), atol=1e-6)


def test_joint_values_of_joint_values_are_named_in_few_words() -> None:
    quantity: Quantity = TOKENS
    for _ in range(60):  # each is made twice of the one before
        quantity = Joint((quantity, quantity, INDICES), (), ())
    assert named(quantity, Origins()) == "(tokens, indices)"
    assert depends_on_tokens(quantity)

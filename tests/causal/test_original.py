"""Variables and circuits of models in another basis, and of models with soft attention."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

import rasp
from rasp.causal.variables import interchanged
from rasp.causal.witnesses import outside
from rasp.cli import main
from rasp.compiled import CompiledModel
from rasp.errors import RaspNameError, RaspValueError
from rasp.graph.naming import named_sops
from rasp.interpreter.interchange import interchanged as by_program
from rasp.sop import SOp
from rasp.verification import same_outcome

REVERSE = "flip = select(indices, length - indices - 1, ==); x = aggregate(flip, tokens);"
PAIRS = "n = selector_width(select(tokens, tokens, ==)); x = selector_width(select(n, n, ==));"
SORT = """
    same = select(tokens, tokens, ==) and select(indices, indices, <);
    before = select(tokens, tokens, <) or same;
    place = selector_width(before);
    x = aggregate(select(place, indices, ==), tokens);
"""
MEAN = """
    p = aggregate(select(indices, indices, <=), indicator(tokens == "a"));
    x = p if p > 0.5 else 0;
"""
PROGRAMS = [REVERSE, PAIRS, SORT, MEAN]


def compiled(text: str, **dial: int) -> CompiledModel:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return rasp.compile(sop, vocab="abc", max_len=5, **dial)  # type: ignore[arg-type]


def assert_exchanges_are_the_programs(model: CompiledModel) -> None:
    """All pairs of two tokens, and some of four."""
    inputs = [list(row) for row in itertools.product("abc", repeat=2)]
    pairs = list(itertools.product(inputs, inputs))
    pairs += [(list("abca"), list(row)) for row in itertools.product("abc", repeat=4)]
    bases, sources = map(list, zip(*pairs, strict=True))
    known = named_sops(model.specification.node, model.sop.origins, model.specification.name)
    assert model.variables
    for names in [[name] for name in model.variables] + [list(model.variables)]:
        nodes = [known[name] for name in names]
        expected = by_program(model.specification.node, nodes, bases, sources)
        found = interchanged(model, bases, sources, names)
        assert all(
            same_outcome(*pair, by_rule=model.artifact.readout.by_rule)
            for pair in zip(expected, found, strict=True)
        )


# -- rotated


@pytest.mark.parametrize("text", PROGRAMS)
@pytest.mark.parametrize("dial", [{"rotate": 5}, {"rotate": 0, "sharpness": 64}])
def test_rotated(text: str, dial: dict[str, int], tmp_path: Path) -> None:
    plain = compiled(text, **{name: n for name, n in dial.items() if name != "rotate"})
    turned = compiled(text, **dial)
    turned.save(tmp_path / "turned.safetensors")
    for model in (turned, rasp.load_model(tmp_path / "turned.safetensors")):
        assert list(model.variables) == list(plain.variables)
        assert dict(model.variables.elsewhere) == dict(plain.variables.elsewhere)
        assert_exchanges_are_the_programs(model)
    circuit = turned.circuit(n_pairs=48)
    assert circuit.edges == plain.circuit(n_pairs=48).edges
    assert circuit.rotated
    assert circuit.to_dict()["rotated"] is True
    assert "before the stream was rotated" in circuit.to_text()
    assert outside(turned, circuit, n_pairs=48).largest == 0.0
    for edge in circuit:
        if edge.witness is not None and not isinstance(edge.witness.after, str):
            witness = edge.witness
            after = turned.patch(edge, witness.base, witness.source, witness.places)
            assert after == list(witness.after)


def test_directions_are_those_of_the_basis() -> None:
    plain, turned = compiled(SORT), compiled(SORT, rotate=3)
    basis = turned.artifact.basis
    assert basis is not None
    for name, variable in turned.variables.items():
        for point in variable.points:
            before = plain.variables[name].directions(point)
            assert (variable.directions(point) == before @ basis).all()
            assert variable.rows(point) == plain.variables[name].dimensions(point)
            with pytest.raises(RaspValueError, match="rotated, and no dimension holds"):
                variable.dimensions(point)
    # What the directions hold is what the dimensions hold.  Places are counted with a factor of
    # 5e11, by which roundings of the rotated weights grow.
    place = turned.variables["place"]
    point = place.points[-1]
    inputs = ["cab", "abcca"]
    here = turned.run_with_cache(inputs)[1][point].numpy() @ place.directions(point).T
    there = plain.run_with_cache(inputs)[1][point].numpy()[..., list(place.rows(point))]
    assert np.abs(here - there).max() < 1e-2
    assert turned.variables.to_dict()["variables"][0]["points"][
        turned.variables[next(iter(turned.variables))].points[0]
    ].keys() == {"rows", "holds"}


def test_rotated_and_changed() -> None:
    """A circuit is of the weights as they are; variables are those of the model as compiled."""
    model = compiled(SORT, rotate=3)
    edge = model.circuit(n_pairs=0).edges[0]
    with torch.no_grad():
        dict(model.module.named_parameters())["blocks.0.attn.W_Q"][0, 0, 0] += 1e-3
    for refused in (
        lambda: model.circuit(n_pairs=0),
        lambda: model.patch(edge, "abc", "acb"),
    ):
        with pytest.raises(RaspValueError, match="not those of the program, rotated"):
            refused()
    assert "place" in model.variables


def test_a_changed_file(tmp_path: Path) -> None:
    model = compiled(SORT, rotate=3)
    with torch.no_grad():
        dict(model.module.named_parameters())["blocks.0.attn.W_Q"][0, 0, 0] += 1e-3
    model.save(tmp_path / "changed.safetensors")
    loaded = rasp.load_model(tmp_path / "changed.safetensors")
    with pytest.raises(RaspValueError, match="not those of the program, rotated"):
        loaded.circuit(n_pairs=0)
    assert list(loaded.variables) == list(model.variables)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compiled(SORT, rotate=3).save(tmp_path / "turned.safetensors")
    assert main(["circuit", str(tmp_path / "turned.safetensors"), "--check", "--pairs", "48"]) == 0
    assert "the largest effect is 0.0" in capsys.readouterr().out


def test_page() -> None:
    page = compiled(SORT, rotate=3).explore("cab").html
    assert "model.variables has directions" in page


# -- squeezed


def test_squeezed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, count in {"STEPS": 3, "TRAINED_ON": 16, "MEASURED_ON": 16}.items():
        monkeypatch.setattr(f"rasp.dial.{name}", count)
    model = compiled(SORT, width=6)
    for refused in (model.circuit, lambda: outside(model, compiled(SORT).circuit(n_pairs=0))):
        with pytest.raises(RaspValueError, match="squeezed into fewer dimensions"):
            refused()
    assert not model.variables
    with pytest.raises(RaspNameError) as caught:
        model.interchange("abc", "cba", "place")
    assert "squeezed" in str(caught.value.hint)
    assert "squeezed into fewer dimensions" in model.explore("cab").html


# -- soft


@pytest.mark.parametrize("text", PROGRAMS)
@pytest.mark.parametrize("sharpness", [2, 32])
def test_soft(text: str, sharpness: int) -> None:
    """What has no edge has no effect at any sharpness; exchanges are right where answers are."""
    model = compiled(text, sharpness=sharpness)
    circuit = model.circuit(n_pairs=48)
    assert outside(model, circuit, n_pairs=48).largest == 0.0
    if sharpness == 32:
        assert model.certificate.ok
        assert_exchanges_are_the_programs(model)


def test_soft_and_changed_is_compiled_again_as_it_was(tmp_path: Path) -> None:
    model = compiled(SORT, sharpness=32)
    with torch.no_grad():
        dict(model.module.named_parameters())["blocks.0.attn.W_Q"][0, 0, 0] += 1e-3
    model.save(tmp_path / "changed.safetensors")
    loaded = rasp.load_model(tmp_path / "changed.safetensors")
    assert loaded.variables.to_dict() == compiled(SORT, sharpness=32).variables.to_dict()

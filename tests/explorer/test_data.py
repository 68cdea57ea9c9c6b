"""The data of a page is what the model computed, and says what it was for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import rasp
from rasp.compiled import CompiledModel, Specification
from rasp.errors import RaspLimitError, RaspTypeError, VocabularyError
from rasp.explorer import limits
from rasp.explorer.data import Head, Neurons
from rasp.explorer.gather import gather
from rasp.explorer.plain import plain_array, plain_exploration
from rasp.model.config import BlockConfig, TransformerConfig
from tests import handmade
from tests.explorer.pages import PROGRAMS, SORT, model, unpacked

INPUTS: dict[str, list[Any]] = {
    "sorted": list("cabca"),
    "histogram": list("abca"),
    "successor": list("312"),
    "number": [10, 2.5, 1, 1],
    "so_far": list("abaab"),
    "words": ["another one", "a word", "another one"],
}


def run(name: str, tokens: list[Any]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    import torch

    compiled = model(name)
    ids = torch.tensor([compiled.vocabulary.encode(tokens, compiled.max_len)])
    with torch.inference_mode():
        output, cache = compiled.module.run_with_cache(ids)
    return output[0].numpy(), {key: tensor[0].numpy() for key, tensor in cache.items()}


@pytest.mark.parametrize("name", INPUTS)
def test_numbers_are_those_of_the_forward_pass(name: str) -> None:
    data = plain_exploration(gather(model(name), INPUTS[name]))
    output, cache = run(name, INPUTS[name])
    dtype = output.dtype

    def same(packed: dict[str, Any], expected: np.ndarray) -> None:
        np.testing.assert_array_equal(unpacked(packed).astype(dtype), expected)

    same(data["output"]["numbers"], output)
    for head in data["heads"]:
        prefix = f"blocks.{data['steps'][head['step']]['block']}.attn"
        same(head["scores"], cache[f"{prefix}.scores"][head["number"]])
        same(head["pattern"], cache[f"{prefix}.pattern"][head["number"]])
    for group in data["neurons"]:
        prefix = f"blocks.{data['steps'][group['step']]['block']}.mlp"
        same(group["pre"], cache[f"{prefix}.pre"][:, group["first"] : group["end"]])
        same(group["post"], cache[f"{prefix}.post"][:, group["first"] : group["end"]])
    before = None
    for step in data["steps"]:
        before = unpacked(step["residual"], before)
        if step["kind"] != "embedding":
            which = "resid_mid" if step["kind"] == "attention" else "resid_post"
            np.testing.assert_array_equal(
                before.astype(dtype), cache[f"blocks.{step['block']}.{which}"]
            )
        elif cache:
            np.testing.assert_array_equal(before.astype(dtype), cache["blocks.0.resid_pre"])


@pytest.mark.parametrize("name", INPUTS)
def test_parts_add_up(name: str) -> None:
    """Each step is the one before and what its parts write; scores and outputs are their sums."""
    exploration = gather(model(name), INPUTS[name])
    parts: list[Head | Neurons] = [*exploration.heads, *exploration.neurons]
    for number, step in enumerate(exploration.steps[1:], start=1):
        total = exploration.steps[number - 1].residual + step.bias
        for part in parts:
            if part.step == number:
                total[:, list(part.writes)] += part.written
        np.testing.assert_allclose(total, step.residual, atol=1e-4)
    for head in exploration.heads:
        residual = exploration.steps[head.step - 1].residual
        ones = np.ones((len(residual), 1))
        queries = np.hstack([residual[:, head.queries], ones])
        keys = np.hstack([residual[:, head.keys], ones])
        np.testing.assert_allclose(queries @ head.scoring @ keys.T, head.scores, atol=1e-2)
        values = residual[:, head.reads] @ head.W_V + head.b_V
        np.testing.assert_allclose(values, head.values, atol=1e-5)
        np.testing.assert_allclose(head.pattern @ head.values, head.z, atol=1e-5)
    for group in exploration.neurons:
        residual = exploration.steps[group.step - 1].residual
        pre = residual[:, group.reads] @ group.W_in + group.b_in
        np.testing.assert_allclose(pre, group.pre, atol=1e-4)
    output = exploration.output
    last = exploration.steps[-1].residual[:, output.reads]
    np.testing.assert_allclose(last @ output.W_U + output.b_U, output.numbers, atol=1e-4)


@pytest.mark.parametrize("name", INPUTS)
def test_answers(name: str) -> None:
    exploration = gather(model(name), INPUTS[name])
    assert exploration.agree
    assert exploration.model_answer == exploration.program_answer
    assert len(exploration.model_answer.values) == len(INPUTS[name])


def test_numbers_become_values() -> None:
    """A width of m is read as w / (m + w), here with w = 8."""
    output = gather(model("histogram"), "abca").output
    near = [(candidate.value, candidate.number) for candidate in output.candidates[0]]
    assert near == [(str(m), 8 / (m + 8)) for m in (5, 4, 3, 2, 1)]
    np.testing.assert_allclose(output.numbers[1:, 0], [8 / 10, 8 / 9, 8 / 9, 8 / 10], rtol=1e-6)
    assert gather(model("sorted"), "abca").output.candidates == ()
    third = gather(handmade.share_of_a(), "aba").output.candidates[0]
    assert [candidate.value for candidate in third] == [
        "0.3333333333333333",
        "0.6666666666666666",
        "1",
    ]


def test_heads_lead_to_the_program() -> None:
    exploration = gather(model("sorted"), list("cabca"))
    *counting, last = exploration.heads
    assert {head.label for head in counting} == {"place (smaller)", "place (equal_earlier)"}
    assert last.label == "sorted"
    assert [head.shared for head in counting] == [len(counting)] * len(counting)
    assert last.shared == 1
    first = counting[0]
    (place,) = first.expressions
    assert (place.name, place.place) == ("place", "sorted.rasp:3:9")
    assert SORT[place.start : place.end] == "selector_width(smaller or equal_earlier)"
    assert place.excerpt == SORT.splitlines()[2]
    assert place.values == ("3", "0", "2", "4", "1")
    for head in counting:  # each shows the part of the selector that it has
        (selection,) = head.selections
        assert f"place ({selection.expression.name})" == head.label
        np.testing.assert_array_equal(selection.matrix, head.pattern[1:, 1:] > 0)
    (selection,) = last.selections
    assert SORT[selection.expression.start : selection.expression.end] == (
        "select(place, indices, ==)"
    )
    assert selection.matrix is not None
    np.testing.assert_array_equal(selection.matrix, last.pattern[1:, 1:] == 1)
    groups = [group for group in exploration.neurons if group.label == "place"]
    assert groups
    assert all(group.expressions == first.expressions for group in groups)


def test_scores_of_all_tokens() -> None:
    """Of what depends on tokens alone; on every input they are those of the forward pass."""
    exploration = gather(model("sorted"), list("cabca"))
    tokens = np.array(["abc".index(token) for token in "cabca"])
    smaller = next(head for head in exploration.heads if head.by_value is not None)
    scores = smaller.by_value.scores  # type: ignore[union-attr]
    np.testing.assert_allclose(scores[tokens[:, None], tokens], smaller.scores[1:, 1:], atol=1e-3)
    selected = scores > -1
    np.testing.assert_array_equal(selected, np.arange(3) < np.arange(3)[:, None])
    others = [head for head in exploration.heads if head is not smaller]
    assert [head.by_value for head in others] == [None, None]  # token and index; place
    (head,) = gather(model("so_far"), "abaab").heads
    assert head.by_value is not None
    assert (head.by_value.query_kind, head.by_value.keys) == ("index", tuple("01234"))
    np.testing.assert_array_equal(head.by_value.scores > -1, np.tri(5, dtype=bool))


def test_checkpoints_have_the_places_too(tmp_path: Any) -> None:
    model("sorted").save(tmp_path / "m.safetensors")
    loaded = rasp.load_model(tmp_path / "m.safetensors")
    assert loaded.explore("cab").html == model("sorted").explore("cab").html


def test_python_s_ops_have_no_text() -> None:
    sop = rasp.selector_width(rasp.select(rasp.tokens, rasp.tokens, "=="))
    exploration = gather(rasp.compile(sop, vocab="ab", max_len=3), "aab")
    assert (exploration.source, exploration.root[0].place) == ("", "")
    assert exploration.root[0].text == "selector_width(select(tokens, tokens, ==))"
    (head,) = exploration.heads
    assert head.selections[0].expression.text == "select(tokens, tokens, ==)"


def test_labels_over_time() -> None:
    source = """
    level = 2 * selector_width(select(indices, indices, <=) and select(tokens, "(", ==)) - indices;
    same = aggregate(select(level, level, ==) and select(indices, indices, <), indices, 0);
    result = round(same * 2) % 3;
    """
    sop = rasp.loads(source)["result"]
    exploration = gather(rasp.compile(sop, vocab="()", max_len=6), "(())")
    again = [direction for direction in exploration.directions if len(direction.labels) > 1]
    assert again, "some dimension is used twice"
    for direction in again:
        assert len(direction.since) == len(direction.labels)
        assert list(direction.since) == sorted(set(direction.since))
    assert any(group.empties for group in exploration.neurons)


def test_a_program_that_fails() -> None:
    exploration = gather(model("successor"), list("1x2"))
    for answer in (exploration.model_answer, exploration.program_answer):
        assert answer.values == ()
        assert answer.position == 1
        assert '"x" is not an integer' in answer.error
    assert exploration.agree
    fails = exploration.output.numbers[:, -1] > 0.5
    assert fails.tolist() == [False, False, True, False]


def test_weights_that_were_changed() -> None:
    """The page is about the module as it is."""
    import torch

    compiled = rasp.compile(rasp.loads("h = tokens;")["h"], vocab="ab", max_len=3)
    with torch.no_grad():
        compiled.module.unembed.b_U.add_(torch.tensor([100.0, 0.0]))
    exploration = gather(compiled, "bb")
    assert exploration.model_answer.values == ('"a"', '"a"')
    assert not exploration.agree


def test_the_rule_for_types_is_that_of_verification() -> None:
    """A model that leaves types to the rule agrees only where its program may leave them to it."""
    mean = rasp.loads("x = aggregate(select(1, 1, ==), tokens_int);")["x"]
    twice = rasp.loads("x = aggregate(select(1, 1, ==), aggregate(select(1, 1, ==), tokens_int));")[
        "x"
    ]
    compiled = rasp.compile(mean, vocab="12", max_len=2)
    readout = compiled.artifact.readout
    floats = tuple(map(float, readout.values))
    artifact = replace(compiled.artifact, readout=replace(readout, values=floats, by_rule=True))
    for sop, agree in ((mean, False), (twice, True)):
        exploration = gather(CompiledModel(artifact, Specification(sop.node)), "11")
        assert exploration.model_answer.values == ("1.0", "1.0")
        assert exploration.program_answer.values == ("1", "1")
        assert exploration.agree is agree


def test_numbers_that_json_does_not_have() -> None:
    import torch

    compiled = handmade.mean_index()
    with torch.no_grad():
        compiled.module.unembed.b_U.fill_(float("nan"))
        compiled.module.blocks[0].attn.b_O.fill_(float("inf"))
    data = plain_exploration(gather(compiled, "ab"))
    assert np.isnan(unpacked(data["output"]["numbers"])).all()
    assert np.isinf(unpacked(data["steps"][1]["bias"])).all()
    assert "finite number" in data["model_answer"]["error"]
    assert not data["agree"]


def test_models_without_labels_of_neurons() -> None:
    compiled = handmade.model(
        handmade.TOKENS,
        vocab="ab",
        max_len=2,
        d_model=4,
        blocks=(BlockConfig(0, 0, 3),),
        readout=handmade.identity("ab").artifact.readout,
        name="tokens",
    )
    (group,) = gather(compiled, "ab").neurons
    assert (group.first, group.end, group.label) == (0, 3, "neurons without a label")


@pytest.mark.parametrize(
    ("tokens", "shown"),
    [
        (["a", "bc"], ("a", "bc")),
        ([1, "1"], ("1", '"1"')),
        (["a", " "], ('"a"', '" "')),
        (["a", "\n"], ('"a"', '"\\n"')),
        (["a", "\u202e"], ('"a"', '"\\u202e"')),
        ([True, 2.5], ("True", "2.5")),
    ],
)
def test_tokens_can_be_seen(tokens: list[Any], shown: tuple[str, ...]) -> None:
    assert gather(handmade.identity(tokens), tokens).tokens == shown


@pytest.mark.parametrize(
    "array",
    [
        np.array([[0.1, 1 / 3], [1e-30, 3.0]], dtype=np.float32),
        np.array([[0.1, 1 / 3], [1e-300, -0.5]], dtype=np.float64),
        np.zeros((3, 4)),
        np.eye(9, dtype=np.float32),
        np.zeros((0, 3)),
        np.array([0.0, 2.0]),
    ],
)
def test_arrays_survive(array: np.ndarray) -> None:
    again = unpacked(plain_array(array)).astype(array.dtype)
    np.testing.assert_array_equal(again, np.atleast_2d(array))
    before = np.ones_like(array)
    again = unpacked(plain_array(array, before), before).astype(array.dtype)
    np.testing.assert_array_equal(again, np.atleast_2d(array))


def test_inputs_that_are_refused() -> None:
    with pytest.raises(VocabularyError, match="unknown token"):
        gather(model("histogram"), "xyz")
    with pytest.raises(VocabularyError, match="at most 5"):
        gather(model("histogram"), "abcabc")
    with pytest.raises(VocabularyError, match="at least one token"):
        gather(model("histogram"), "")
    with pytest.raises(RaspTypeError):
        gather(model("histogram"), 3)  # type: ignore[arg-type]


def test_inputs_are_those_of_the_model() -> None:
    for tokens in (["a", "b"], ("a", "b"), iter("ab")):
        assert gather(model("histogram"), tokens).tokens == ("a", "b")


def test_the_dtype_is_that_of_the_module() -> None:
    compiled = rasp.compile(rasp.loads("h = tokens;")["h"], vocab="ab", max_len=3)
    compiled.module.double()
    assert gather(compiled, "ab").dtype == "float64"


def test_models_that_are_too_large() -> None:
    config = TransformerConfig(
        500, 400, 300, 10, (BlockConfig(4, 10, 4_000),), causal=False, dtype="float32"
    )
    limits.check_size(config, 100)
    with pytest.raises(RaspLimitError) as caught:
        limits.check_size(config, 400)
    assert "at most 3,000,000 numbers" in caught.value.message
    assert "shorter input" in str(caught.value.hint)
    with pytest.raises(RaspLimitError, match="13 MB"):
        limits.check_page(13_000_000)


def test_programs_are_known() -> None:
    assert INPUTS.keys() < PROGRAMS.keys()

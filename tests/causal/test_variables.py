"""Variables: where s-ops live in the stream, and that exchanging them there is the program's own
interchange."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import rasp
from rasp.causal.variables import interchanged
from rasp.compiled import CompiledModel
from rasp.errors import CompileError, RaspNameError, RaspRuntimeError, RaspValueError
from rasp.graph.naming import named_sops
from rasp.graph.nodes import Atom
from rasp.interpreter.interchange import interchanged as by_program
from rasp.testing import RandomProgram, programs
from rasp.verification import same_outcome
from tests.compiler.test_corpus import REFUSED
from tests.interpreter.test_corpus import CASES

EXAMPLES = Path(__file__).parents[2] / "examples"
SHORT = 12


def pairs_of(
    model: CompiledModel, count: int, seed: int = 0
) -> list[tuple[list[Atom], list[Atom]]]:
    """Pairs of one length: by chance, of few tokens, and nearly equal ones."""
    chance = random.Random(seed)
    tokens = model.vocabulary.tokens
    pairs = []
    for _ in range(count):
        length = chance.randint(1, min(SHORT, model.max_len))
        few = chance.sample(tokens, min(2, len(tokens)))
        pool = tokens if chance.random() < 0.5 else few
        base = [chance.choice(pool) for _ in range(length)]
        source = [chance.choice(pool) for _ in range(length)]
        if chance.random() < 0.3:
            source = [chance.choice(tokens) if chance.random() < 0.3 else x for x in base]
        pairs.append((base, source))
    return pairs


def differences(model: CompiledModel, names: Sequence[str], count: int) -> list[Any]:
    """The pairs on which the model's interchange is not the program's."""
    root, sop = model.specification.node, model.sop
    known = named_sops(root, sop.origins, model.specification.name)
    bases, sources = zip(*pairs_of(model, count), strict=True)
    causal = model.artifact.config.causal
    found = interchanged(model, bases, sources, names)
    expected = by_program(root, [known[name] for name in names], bases, sources, causal=causal)
    by_rule = model.artifact.readout.by_rule
    return [
        (base, source, want, got)
        for base, source, want, got in zip(bases, sources, expected, found, strict=True)
        if not same_outcome(want, got, by_rule=by_rule)
    ]


@pytest.fixture(scope="module")
def sort() -> CompiledModel:
    return rasp.compile(rasp.load(EXAMPLES / "sort.rasp")["sorted"], vocab="abcd", max_len=6)


def test_place_in_sort(sort: CompiledModel) -> None:
    place = sort.variables["place"]
    assert place.points[0] == "blocks.0.hook_resid_mid"
    assert place.dimensions("blocks.0.hook_resid_mid") == (11,)
    assert place.holds("blocks.0.hook_resid_post") == (
        "place",
        "place in [2, 3]",
        "place in [4, 5]",
        "place in [1, 3, 5]",
    )
    rows = place.directions("blocks.0.hook_resid_post")
    assert rows.shape == (4, sort.report.d_model)
    assert np.array_equal(rows.argmax(axis=1), [11, 12, 13, 14])
    assert place.sop("dcba") == [3, 2, 1, 0]
    # `abcd` is sorted already: everybody stays where they are.
    assert sort("dcba") == list("abcd")
    assert sort.interchange("dcba", "abcd", ["place"]) == list("dcba")
    assert sort.sop.interchange("dcba", "abcd", "place") == list("dcba")


def test_directions_say_where_it_is_not(sort: CompiledModel) -> None:
    with pytest.raises(RaspValueError, match=r"place is not at blocks.0.hook_resid_pre"):
        sort.variables["place"].directions("blocks.0.hook_resid_pre")


def test_exchange_by_hand_along_the_directions(sort: CompiledModel) -> None:
    place = sort.variables["place"]
    _, source = sort.run_with_cache("abcd")
    hooks = {}
    for point in ("blocks.0.hook_resid_mid", "blocks.0.hook_resid_post"):
        dimensions, there = list(place.dimensions(point)), source[point]

        def exchange(stream: Any, dimensions: list[int] = dimensions, there: Any = there) -> None:
            stream[..., dimensions] = there[..., dimensions]

        hooks[point] = exchange
    assert sort.run_with_hooks("dcba", hooks) == [sort.interchange("dcba", "abcd", "place")]


def test_source_decides_if_the_root_is_exchanged(sort: CompiledModel) -> None:
    assert sort.interchange("dcba", "aabb", "sorted") == list("aabb")
    assert sort.interchange("dcba", "aabb", ["tokens"]) == list("aabb")
    assert sort.interchange("dcba", "aabb", []) == list("abcd")


def test_lengths_have_to_be_equal(sort: CompiledModel) -> None:
    for interchange in (sort.interchange, sort.sop.interchange):
        with pytest.raises(RaspValueError, match="the base has 3 tokens and the source 2"):
            interchange("abc", "ab", "place")


def test_unknown_names(sort: CompiledModel) -> None:
    with pytest.raises(RaspNameError, match="no variable 'plaice'"):
        sort.interchange("ab", "ba", "plaice")
    with pytest.raises(RaspNameError, match="did you mean place"):
        sort.sop.interchange("ab", "ba", "plaice")


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        (
            'p = tokens == "a"; x = p or (aggregate(select(indices, indices - 1, ==), tokens)'
            " == tokens);",
            "p",
            "folded into the weights that read tokens, which others read as well",
        ),
        ("x = selector_width(select(tokens, tokens, ==)) + indices; ", "indices", None),
        ("half = length / 2; x = tokens if indices < half else tokens[0];", "half", "one length"),
        (
            'a = aggregate(select(indices, indices, <=), indicator(tokens == "a")); x = a > 0;',
            "a",
            "rewrote",
        ),
    ],
)
def test_where_an_s_op_does_not_live(text: str, name: str, reason: str | None) -> None:
    model = rasp.compile(rasp.loads(text)["x"], vocab="ab", max_len=5)
    if reason is None:
        assert name in model.variables
        return
    assert reason in model.variables.elsewhere[name]
    with pytest.raises(RaspNameError, match=f"{name} does not live in the residual stream"):
        model.interchange("ab", "ba", name)


def test_names_that_are_bound_again() -> None:
    text = "x = tokens_int;\nfor i in range(2) {\n  x = x + x[0];\n}\ny = x + 0 * indices;"
    model = rasp.compile(rasp.loads(text)["y"], vocab="012", max_len=4)
    names = named_sops(model.specification.node, model.sop.origins)
    assert names["x"] is names["x#3"]
    for name in model.variables:
        assert not differences(model, [name], 60), name


def test_a_mean_takes_its_type_with_it() -> None:
    # Whether a mean is an int is in a second number beside it.
    text = "x = aggregate(select(indices, indices - 1, >=), tokens_asis);"
    model = rasp.compile(rasp.loads(text)["x"], vocab=[1, 2, 2.5], max_len=5)
    assert not differences(model, ["x"], 200)


def test_a_second_number_that_no_s_op_is() -> None:
    text = "x = aggregate(select(indices, indices, >=), selector_width(select(tokens, tokens, >)));"
    model = rasp.compile(rasp.loads(text)["x"], vocab="abc", max_len=5)
    assert not differences(model, ["x"], 200)


def test_values_that_belong_together() -> None:
    # The how many-th of its kind is different within a kind; exchanged alone it need not be.
    text = (
        "kind = selector_width(select(tokens, tokens, ==));\n"
        "same = select(kind, kind, ==) and select(indices, indices, <=);\n"
        "order = selector_width(same);\n"
        'x = aggregate(select(order, order - 1, ==) and same, tokens, "-");\n'
    )
    model = rasp.compile(rasp.loads(text)["x"], vocab="abc", max_len=5)
    assert "belong together" in model.variables.elsewhere["order"]
    assert not differences(model, ["kind"], 200)


def test_counts_of_marked_keys_belong_to_the_marks() -> None:
    text = (
        "n = selector_width(select(tokens, tokens, ==));\n"
        "keep = n == 1;\n"
        "target = selector_width(select(keep, True, ==) and select(indices, indices, <));\n"
        'x = aggregate(select(target, indices, ==) and select(keep, True, ==), tokens, "");\n'
    )
    model = rasp.compile(rasp.loads(text)["x"], vocab="abc", max_len=6)
    assert "target" in model.variables.elsewhere
    for name in model.variables:
        assert not differences(model, [name], 100), name


def test_the_second_of_its_kind_belongs_to_its_kind() -> None:
    # At most one key is the second of a kind; counted alone, on another input, several are.
    text = (
        "same = select(tokens, tokens, ==);\n"
        "earlier = selector_width(same and select(indices, indices, <));\n"
        "second = select(earlier, 1, ==) and same;\n"
        'x = aggregate(second, shift(tokens, 1, "-"), "");\n'
    )
    model = rasp.compile(rasp.loads(text)["x"], vocab="abc", max_len=5)
    assert "belong together" in model.variables.elsewhere["earlier"]
    for name in model.variables:
        assert not differences(model, [name], 200), name


def test_the_last_but_one_that_is_marked_belongs_to_the_marks() -> None:
    # The mark is compared as a part of an expression.
    text = (
        'mark = tokens == "a";\n'
        "later = selector_width(select(mark, True, ==) and select(indices, indices, >));\n"
        "last = mark and later == 1;\n"
        "x = aggregate(select(last, True, ==), indices + 1, 0);\n"
    )
    model = rasp.compile(rasp.loads(text)["x"], vocab="abc", max_len=5)
    assert "belong together" in model.variables.elsewhere["later"]
    for name in model.variables:
        assert not differences(model, [name], 200), name


def test_of_the_first_of_its_kind_nothing_is_counted() -> None:
    # It is read as the first of all keys of its kind: whether there is an earlier one is not asked.
    text = (
        "same = select(tokens, tokens, ==);\n"
        "later = has_focus(same and select(indices, indices, <));\n"
        "first = select(later, False, ==) and same;\n"
        'x = aggregate(first, shift(tokens, 1, "-"));\n'
    )
    model = rasp.compile(rasp.loads(text)["x"], vocab="abc", max_len=5)
    assert "nothing is left of it" in model.variables.elsewhere["later"]
    for name in model.variables:
        assert not differences(model, [name], 200), name


def test_best_and_fetch() -> None:
    text = (
        "n = selector_width(select(tokens, tokens, ==));\n"
        "common = best(select(indices, indices, <=), n * 10 - indices);\n"
        "t = fetch(common, tokens);\n"
        "x = t == tokens;\n"
    )
    model = rasp.compile(rasp.loads(text)["x"], vocab="abc", max_len=5)
    for name in model.variables:
        assert not differences(model, [name], 100), name


def test_errors_are_the_programs() -> None:
    text = "x = 1 / (tokens_int - 1); y = x + indices;"
    model = rasp.compile(rasp.loads(text)["y"], vocab="123", max_len=4)
    with pytest.raises(RaspRuntimeError):
        model.sop.interchange("12", "33", "x")
    with pytest.raises(RaspRuntimeError):
        model.interchange("23", "13", "tokens_int")


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case["id"], marks=[] if place % 3 == 0 else pytest.mark.slow)
        for place, case in enumerate(case for case in CASES if case["id"] not in REFUSED)
    ],
)
def test_corpus(case: dict[str, Any]) -> None:
    sop = rasp.loads(case["program"])[case["output"]]
    model = rasp.compile(sop, vocab=case["vocab"], max_len=min(8, case["max_len"]))
    variables = model.variables
    names = named_sops(model.specification.node, model.sop.origins, case["output"])
    assert set(names) == set(variables) | set(variables.elsewhere)
    assert all(variables.elsewhere.values())
    for name in variables:
        assert not differences(model, [name], 40), name


@given(programs())
@settings(max_examples=25, deadline=None)
def test_random_programs(program: RandomProgram) -> None:
    try:
        model = rasp.compile(
            rasp.loads(program.text)[program.sop],
            vocab=program.vocabulary,
            max_len=program.max_len,
        )
    except CompileError:
        return
    names = list(model.variables)
    for chosen in [[name] for name in names] + [names[:2]]:
        assert not differences(model, chosen, 30), chosen


def test_changed_weights_are_the_ones_that_run(sort: CompiledModel) -> None:
    import torch

    changed = copy.deepcopy(sort)
    with torch.no_grad():
        changed.module.get_parameter("unembed.W_U").neg_()
    assert list(changed.variables) == list(sort.variables)
    with pytest.raises(RaspRuntimeError):
        changed.interchange("dcba", "abcd", "place")


def test_loaded_changed_models_have_the_variables_of_the_program(
    sort: CompiledModel, tmp_path: Path
) -> None:
    import torch

    changed = copy.deepcopy(sort)
    with torch.no_grad():
        for parameter in changed.module.parameters():
            parameter.add_(1e-6)  # nothing is zero any more
    changed.save(tmp_path / "changed.safetensors")
    loaded = rasp.load_model(tmp_path / "changed.safetensors")
    assert loaded.certificate.changed
    assert loaded.variables.to_dict() == sort.variables.to_dict()
    there = changed.interchange("dcba", "abcd", "place")
    assert loaded.interchange("dcba", "abcd", "place") == there


def test_loaded_models_have_the_same_variables(sort: CompiledModel, tmp_path: Path) -> None:
    sort.save(tmp_path / "sort.safetensors")
    loaded = rasp.load_model(tmp_path / "sort.safetensors")
    assert loaded.variables.to_dict() == sort.variables.to_dict()

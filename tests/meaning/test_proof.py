"""The proof of meaning: what it proves, and what it must never prove."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

import rasp
from rasp.artifact import Artifact
from rasp.compiler.pipeline import compile_graph
from rasp.graph.nodes import Atom, SOpNode
from rasp.meaning.attended import Attended
from rasp.meaning.rewrites import normal
from rasp.meaning.sums import mean_in_total
from rasp.report import Certificate
from rasp.sop import SOp
from rasp.testing.forged_programs import renamed
from rasp.testing.meanings import Campaign, Case, random_cases, run_case, with_other_limits
from rasp.testing.wrong_models import order_of_nan
from rasp.vocabulary import Vocabulary

SORT = """
place = selector_width(
    select(tokens, tokens, <) or (select(tokens, tokens, ==) and select(indices, indices, <)));
x = aggregate(select(place, indices, ==), tokens);
"""
PROGRAMS = {
    "tokens": ("x = tokens;", "abc"),
    "numbers": ("x = tokens_int / 4;", "0123"),
    "reverse": ("x = tokens[length - 1 - indices];", "abc"),
    "histogram": ("x = selector_width(select(tokens, tokens, ==));", "abc"),
    "sort": (SORT, "cab"),
    "mean": ('x = aggregate(select(indices, indices, <=), indicator(tokens == "0"));', "012"),
    "type": ("x = aggregate(select(indices, indices, <=), tokens_int);", "012"),
    "shift": ('x = shift(tokens, 1, "-");', "ab"),
    "length": ("x = length * 2 + indices;", "ab"),
    "contains": ('x = contains(tokens, "a");', "abc"),
    "sum": (
        "x = round((indices + 1) * aggregate(select(indices, indices, <=), tokens_int)) % 4;",
        "012",
    ),
    "later": ("x = selector_width(select(indices, indices, >));", "ab"),
    "failure": ("x = 1 / (selector_width(select(tokens, tokens, ==)) - 2);", "ab"),
    "differing": ('x = aggregate(select(tokens, "a", ==), tokens);', "ab"),
}


def node_of(text: str) -> SOpNode:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return sop.node


def model_of(
    text: str, vocab: Sequence[Atom], max_len: int = 5, *, causal: bool = False
) -> Artifact:
    return compile_graph(
        node_of(text), vocabulary=Vocabulary.of(vocab), max_len=max_len, causal=causal
    )


def is_proved(artifact: Artifact) -> bool:
    return artifact.new_meaning().ok


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("causal", [False, True])
def test_models_are_proved(name: str, causal: bool) -> None:
    text, vocab = PROGRAMS[name]
    artifact = model_of(text, vocab, causal=causal)
    assert str(artifact.report.meaning) == "proved"


@pytest.mark.parametrize("name", ["tokens", "reverse", "sort"])
def test_swapped_columns_of_the_unembedding(name: str) -> None:
    artifact = model_of(*PROGRAMS[name])
    w_u = artifact.tensors["unembed.W_U"].copy()
    w_u[:, [0, 1]] = w_u[:, [1, 0]]
    assert not is_proved(replace(artifact, tensors=artifact.tensors | {"unembed.W_U": w_u}))


def test_the_certificate_says_that_types_are_left_to_the_rule() -> None:
    """The mean could be more ints than any head compares with, so that nothing says which it is."""
    mean = "aggregate(select(indices, indices, <=), tokens_asis)"
    text = f"x = aggregate(select(indices, 0, ==), {mean} * 2);"
    artifact = model_of(text, tuple(range(42)), 2)
    assert artifact.report.meaning is not None
    assert artifact.report.meaning.free == 40  # all but the smallest and the largest
    assert "types of means by the rule (rounding and meaning" in str(Certificate.of(artifact))


def test_a_group_of_neurons_that_computes_another_function() -> None:
    """The weights of another function, and the witness says that it is this one."""
    one = model_of("x = selector_width(select(tokens, tokens, ==)) % 3;", "ab", 6)
    other = model_of("x = (selector_width(select(tokens, tokens, ==)) + 1) % 3;", "ab", 6)
    assert is_proved(one)
    assert not is_proved(replace(other, graph=one.graph))
    assert other.graph is not None
    assert one.graph is not None
    assert other.witness is not None
    lying = replace(
        other, graph=one.graph, witness=renamed(other.witness, {other.graph: one.graph})
    )
    assert not is_proved(lying)


SAME, BEFORE = "select(tokens, tokens, ==)", "select(indices, indices, <)"


@pytest.mark.parametrize(
    "other",
    [
        f"selector_width({SAME})",
        f"selector_width({SAME} and select(indices, indices, <=))",
        f"selector_width({SAME} and {BEFORE}) - 1",
        f"selector_width({SAME} and select(indices, indices - 1, <))",
        f'selector_width(select(tokens, "a", ==) and {BEFORE})',
        f"selector_width({SAME} and {BEFORE} and select(indices, 0, >))",
    ],
)
@pytest.mark.parametrize("optimize", ["patterns", "size"])
def test_a_count_up_to_the_query_is_that_of_what_is_before_it_and_no_other(
    optimize: str, other: str
) -> None:
    own = f"x = selector_width({SAME} and {BEFORE});"
    found = rasp.compile(
        rasp.loads(own)["x"],
        vocab="ab",
        max_len=5,
        causal=True,
        optimize=optimize,  # type: ignore[arg-type]
    ).artifact
    assert is_proved(found)
    assert not is_proved(replace(found, graph=node_of(f"x = {other};")))


def test_merged_values_of_the_readout() -> None:
    artifact = model_of(*PROGRAMS["histogram"])
    values = list(artifact.readout.values)
    values[1] = values[2]
    assert not is_proved(replace(artifact, readout=replace(artifact.readout, values=tuple(values))))


@pytest.mark.parametrize("kind", [int, float])
def test_the_type_of_a_value_counts(kind: type) -> None:
    artifact = model_of("x = tokens_int;" if kind is int else "x = tokens_float;", "012")
    other = float if kind is int else int
    values = tuple(other(value) for value in artifact.readout.values)
    assert is_proved(artifact)
    assert not is_proved(replace(artifact, readout=replace(artifact.readout, values=values)))


@pytest.mark.parametrize("change", [{"middle": 2.0}, {"apart": 3.0}])
def test_the_spread_that_tells_types_is_checked(change: dict[str, float]) -> None:
    artifact = model_of(*PROGRAMS["type"])
    spread = artifact.readout.spread
    assert spread is not None
    readout = replace(artifact.readout, spread=replace(spread, **change))
    assert not is_proved(replace(artifact, readout=readout))


@pytest.mark.parametrize("name", ["histogram", "reverse", "sort"])
def test_another_selector_in_the_graph(name: str) -> None:
    text, vocab = PROGRAMS[name]
    artifact = model_of(text, vocab)
    other = node_of(
        text.replace("<)", "<=)", 1).replace("==", "!=", 1)
        if name != "reverse"
        else text.replace("- 1", "- 2")
    )
    assert is_proved(artifact)
    assert not is_proved(replace(artifact, graph=other))


def test_a_vocabulary_in_another_order() -> None:
    artifact = model_of(*PROGRAMS["sort"])
    tokens = artifact.vocabulary.tokens
    assert not is_proved(replace(artifact, vocabulary=Vocabulary(tokens[::-1])))


def test_what_cannot_be_told_apart_is_not_proved_to_be_told_apart() -> None:
    """The read-out of close numbers as one value."""
    artifact = model_of("x = tokens_int + 1000;", "012")
    centres, codes = artifact.readout.centres, artifact.readout.codes
    assert centres is not None
    assert codes is not None
    readout = replace(artifact.readout, centres=centres[:, 1:], codes=codes[:, 1:])
    assert not is_proved(replace(artifact, readout=readout))


def test_without_a_witness_nothing_is_proved() -> None:
    artifact = model_of(*PROGRAMS["sort"])
    assert artifact.witness is not None
    assert not is_proved(replace(artifact, witness=None))
    blank = replace(artifact.witness, directions=artifact.witness.directions[:-1])
    assert not is_proved(replace(artifact, witness=blank))


def test_a_failure_that_is_not_reported() -> None:
    artifact = model_of(*PROGRAMS["failure"])
    b_u, w_u = (artifact.tensors[f"unembed.{name}"].copy() for name in ("b_U", "W_U"))
    w_u[:, -1] = 0.0
    b_u[-1] = 0.0
    silent = {"unembed.W_U": w_u, "unembed.b_U": b_u}
    assert not is_proved(replace(artifact, tensors=artifact.tensors | silent))
    b_u = np.ones_like(b_u)
    loud = {"unembed.W_U": w_u, "unembed.b_U": b_u}
    assert not is_proved(replace(artifact, tensors=artifact.tensors | loud))


def test_a_small_campaign_of_forged_proofs() -> None:
    campaign = Campaign()
    for case in random_cases(range(700, 706)):
        run_case(campaign, case, 1, 3)
    for name in ("sort", "mean", "failure"):
        text, vocab = PROGRAMS[name]
        run_case(campaign, Case(name, node_of(text), tuple(vocab), 4), 1, 12)
    assert not campaign.holes
    assert campaign.proved > 10
    assert campaign.wrong_and_rounded > 10


def test_a_small_campaign_with_other_limits() -> None:
    """What is done at long inputs, done at short ones."""
    campaign = Campaign()
    for name in ("reverse", "histogram", "later"):
        text, vocab = PROGRAMS[name]
        case, limits = with_other_limits(Case(name, node_of(text), tuple(vocab), 3), 3)
        run_case(campaign, case, 1, 6, limits)
    assert not campaign.holes
    assert campaign.proved > 3
    assert campaign.wrong_and_rounded > 3


def test_a_token_may_be_nan() -> None:
    model = rasp.compile(rasp.loads("x = tokens_asis;")["x"], vocab=[5.0, math.nan], max_len=2)
    assert model.certificate.meaning.ok
    assert repr(model([math.nan, 5.0])) == "[nan, 5.0]"


def test_an_order_of_nan_does_not_tell_positions_apart() -> None:
    """No nan is above another, or equal: both have the place 0, and no key has the place 1."""
    forged = order_of_nan()
    assert forged.certify().ok
    assert not is_proved(forged)


def test_a_mean_times_its_count_is_a_sum_only_while_roundings_are_small() -> None:
    value, n_selected, length = 2**40 - 1, 3699, 4203
    assert round(length * (n_selected * value / length)) != n_selected * value
    root = node_of("x = round(length * aggregate(full_s, tokens_int));")
    tokens = ("0", str(value))
    for max_len, is_sum in ((length, False), (400, True)):
        space = Attended(tokens, max_len, causal=False)
        found = mean_in_total(normal(root, space), space)
        assert (found is not None) == is_sum


def test_numbers_with_gaps_between_them() -> None:
    """Of integers that are close a column lists those in between, which are no tokens."""
    for text in ("x = tokens_asis;", "x = tokens_asis + 1;", "x = sort(tokens_asis, tokens_asis);"):
        sop = rasp.loads(text)["x"]
        assert isinstance(sop, SOp)
        model = rasp.compile(sop, vocab=[1, 2, 30, -4], max_len=3)
        assert model.certificate.meaning.ok, model.certificate.meaning.reason


def test_what_cancels_may_be_a_rest_below_0() -> None:
    """A quotient is 1 at index 0, and what the embedding has put there is taken from it again."""
    artifact = model_of(
        "x = selector_width(select(tokens, tokens, ==)) / (indices + 1);", "ab", 30, causal=True
    )
    assert is_proved(artifact)

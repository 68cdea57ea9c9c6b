"""What the certificate says of compiled models: reads and bounds, and what these depend on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rasp
from rasp.artifact import Artifact
from rasp.certificate import PlanError, certify
from rasp.checkpoint import from_bytes, to_bytes
from rasp.compiled import CompiledModel, Specification
from rasp.compiler.emission import DType
from rasp.errors import CompileError
from rasp.graph.nodes import TOKENS
from rasp.sop import SOp
from rasp.testing.lying_plans import LYING, UNFIT
from rasp.testing.wrong_numbers import blind_head, endless, faint
from tests import handmade

EXAMPLES = Path(__file__).parents[2] / "examples"


def compiled(text: str, max_len: int = 6, dtype: DType = "auto", vocab: str = "ab") -> Artifact:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return rasp.compile(sop, vocab=vocab, max_len=max_len, dtype=dtype).artifact


def worst(artifact: Artifact) -> float:
    return max(read.bound / read.margin for read in artifact.certify().reads)


def test_loading_computes_the_same() -> None:
    sop = rasp.loads("x = selector_width(select(tokens, tokens, ==));")["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="ab", max_len=6)
    assert model.report.certificate.checked
    loaded = from_bytes(to_bytes(model))
    assert loaded.report.certificate == model.report.certificate
    assert loaded.artifact.certify() == model.artifact.certify()
    assert not from_bytes(to_bytes(model), check=False).report.certificate.checked
    assert "2 reads within their margins, checked)" in loaded.report.to_text(1_000)


def test_functions_of_the_token_are_exact() -> None:
    (read,) = compiled('x = tokens == "a";').certify().reads
    assert read.bound == 0.0
    assert read.read.startswith("output ")


def test_a_width_is_not_exact() -> None:
    reads = compiled("x = selector_width(select(tokens, tokens, ==));").certify().reads
    assert [read.read.split()[0] for read in reads] == ["selection", "output"]
    assert 1e-7 < reads[1].bound < 1e-4  # in float32; it was once taken to be 0


def test_longer_inputs_have_larger_bounds() -> None:
    text = "x = selector_width(select(tokens, tokens, ==));"
    ratios = [worst(compiled(text, max_len, "float32")) for max_len in (8, 32, 128)]
    assert ratios[2] > 5 * ratios[1] > 25 * ratios[0]


def test_float64_has_smaller_bounds() -> None:
    text = 'x = aggregate(select(indices, indices, <=), indicator(tokens == "a")) > 0.3;'
    assert worst(compiled(text, 6, "float64")) < 1e-6 * worst(compiled(text, 6, "float32"))


def test_float32_where_it_suffices() -> None:
    text = "x = selector_width(select(tokens, tokens, ==));"
    assert compiled(text, 20).config.dtype == "float32"
    assert compiled(text, 20, "float32").certify().ok


def test_what_is_not_certified_says_so() -> None:
    program = rasp.load(str(EXAMPLES / "dyck2.rasp"))
    sop = program["dyck2"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="(){}", max_len=30, dtype="float32")
    certificate = model.artifact.certify()
    assert not certificate.ok
    assert any(not read.ok for read in certificate.reads)
    loaded = from_bytes(to_bytes(model))  # that is no reason not to load it
    assert not loaded.report.certificate.ok
    assert loaded.report.certificate.checked
    assert loaded.certificate.tested > 300
    said = f"not certified for every input, right on {loaded.certificate.tested} that were tried"
    assert said in " ".join(loaded.report.to_text().split())
    loaded.module.double()  # nobody has tried this one
    assert loaded.certificate.tested == 0
    assert "tried" not in str(loaded.certificate)


def test_a_value_whose_dimension_is_emptied_is_still_one() -> None:
    """Whether the last read is of "x" is told by the other dimensions of the one-hot being 0: that
    was not listed, and the program refused, as no key has a score of 0."""
    text = """
        last = aggregate(select_from_last(indices % 2, 0), tokens, "x");
        x = contains(last, "x");
    """
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="ab", max_len=4)
    assert model.certificate.rounding.ok
    assert rasp.verify(model, exhaustive=True).ok


@pytest.mark.parametrize(
    ("text", "tokens", "wrong"),
    [
        ("x = average(tokens_asis) < tokens_asis;", (2**30, 2**30 + 1, 2**30 - 1), "True"),
        (
            "x = aggregate(select(indices, indices, <=), tokens_asis) == tokens_asis;",
            (2**31 + 2, 2**31 - 2, 2**31),
            "True, True",
        ),
    ],
)
def test_what_is_not_certified_is_tried_and_refused_where_it_is_wrong(
    text: str, tokens: tuple[int, ...], wrong: str
) -> None:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    with pytest.raises(CompileError) as caught:
        rasp.compile(sop, vocab=tokens, max_len=3, dtype="float32")
    assert "in float32 the model would be wrong: for [" in caught.value.message
    assert f"it would give [{wrong}], and not [" in caught.value.message
    assert caught.value.labels
    assert caught.value.hint == 'dtype="float64"'
    assert rasp.compile(sop, vocab=tokens, max_len=3).certificate.ok


def test_no_plan_no_certificate() -> None:
    with pytest.raises(PlanError, match="no plan"):
        handmade.identity().artifact.certify()


def test_the_weights_count() -> None:
    artifact = compiled("x = selector_width(select(tokens, tokens, ==));")
    before = worst(artifact)
    tensors = dict(artifact.tensors)
    tensors["unembed.W_U"] = tensors["unembed.W_U"] * np.float32(1.5)
    assert worst(replace(artifact, tensors=tensors)) == pytest.approx(1.5 * before, rel=0.5)
    tensors["unembed.W_U"] = tensors["unembed.W_U"] * np.float32(1e6)
    assert not replace(artifact, tensors=tensors).certify().ok


def test_a_larger_dtype_says_why() -> None:
    text = "x = aggregate(select(indices, length - 1 - indices, ==), tokens);"
    reason = compiled(text, 400).report.dtype_reason
    assert reason.startswith("in float32 the selection of x could be off by ")
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    report = rasp.compile(sop, vocab="ab", max_len=400).report
    assert f"dtype       float64 ({reason})" in report.to_text(1_000)
    assert compiled(text, 10).report.dtype_reason is None
    assert compiled(text, 10, "float64").report.dtype_reason is None


def test_a_token_and_a_position_are_no_one_hot() -> None:
    """Each alone is, and at every position there is one of both."""
    with pytest.raises(PlanError, match="not a one-hot"):
        LYING["one family"]().certify()


def test_what_two_sublayers_write_is_no_one_hot() -> None:
    """Each sublayer writes one direction of it, and nobody looks at both."""
    with pytest.raises(PlanError, match="born in several sublayers"):
        UNFIT["a family of two sublayers"]().certify()


def test_of_columns_that_show_the_same_the_one_that_is_wrong_is_kept() -> None:
    """Also where it is exact, and there is no room for what is exact."""
    artifact = compiled("x = tokens;")
    assert artifact.plan is not None
    for margins in ((0.5, 0.0), (0.0, 0.5)):
        decisions = certify(
            artifact.config,
            artifact.tensors,
            artifact.plan,
            head_labels=[],
            neuron_labels=[],
            outputs=[("x", margin) for margin in margins],
        )
        assert not decisions.ok


def test_numbers_that_overflow_are_not_certified() -> None:
    """Nothing reads them, and so they are in no other bound."""
    artifact = endless()
    (outcome,) = CompiledModel(artifact, Specification(TOKENS)).outcomes([["a"]])
    assert "finite" in str(outcome)
    assert [read.read for read in artifact.certify().reads if not read.ok] == ["size of numbers"]


def test_numbers_of_few_digits_are_not_certified() -> None:
    artifact = faint()
    (outcome,) = CompiledModel(artifact, Specification(TOKENS)).outcomes([["0", "0", "1"]])
    assert outcome == [0.0, 0.0, 0.25]  # and not a third
    assert not artifact.certify().ok


def test_scores_that_overflow_are_not_certified() -> None:
    """Nothing rests on what the head selects, and the plan says that they are 0."""
    artifact = blind_head()
    (outcome,) = CompiledModel(artifact, Specification(TOKENS)).outcomes([["1"]])
    assert "finite" in str(outcome)
    reads = artifact.certify().reads
    assert [read.read for read in reads if not read.ok] == ["selection of nothing"]

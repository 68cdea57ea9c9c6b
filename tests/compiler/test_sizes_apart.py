"""Functions of numbers that no float holds side by side: of 1 and 1e15, of 2^53 and 2^53 + 1."""

from __future__ import annotations

from itertools import product

import pytest

import rasp
from rasp.compiler.encoding import neurons
from rasp.compiler.options import Optimize
from rasp.compiler.synthesis.table import Solution, Table
from rasp.errors import CompileError
from rasp.graph.nodes import Atom
from rasp.interpreter import outcomes
from rasp.sop import SOp
from rasp.verification import same_outcome

BEFORE = "aggregate(select(indices, indices - 1, ==), tokens_asis, 0)"
PROGRAMS: list[tuple[str, list[Atom]]] = [
    ("tokens_asis / tokens_asis[0]", [1, 3, 7, 1e15]),
    ("tokens_asis == tokens_asis[0]", [2**53, 2**53 + 1, 5]),
    (f"{BEFORE} - tokens_asis", [1e16, 1.0, 3]),
    ("tokens_asis + average(indicator(tokens_asis > 3))", [1e16, 1.0, 3, 1e-9]),
    ("tokens_asis / (indices + 1) / length", [10**15, 1.0, 3e-9]),
    ("tokens_asis * 2 ^ 127", [1, 2, 3]),  # read out as they were, no margin was large enough
    ("tokens_asis * 3 ^ 100", [1, 2.5, -3]),
    (f"123457 * {BEFORE} + 123456 * tokens_asis", [99999, 99998, 1]),  # no number is, but their sum
]


@pytest.mark.parametrize("optimize", ["patterns", "size"])
@pytest.mark.parametrize(("text", "tokens"), PROGRAMS)
def test_functions_of_numbers_of_any_size_are_compiled(
    text: str, tokens: list[Atom], optimize: Optimize
) -> None:
    """Beside 1e15, constructions took 1 and 3 for one number, and the program was refused."""
    sop = rasp.loads(f"x = {text};")["x"]
    model = rasp.compile(sop, vocab=tokens, max_len=4, optimize=optimize)
    assert model.certificate.rounding.ok
    assert model.certificate.meaning.ok
    assert rasp.verify(model, exhaustive=True, max_length=3).ok


def test_what_no_construction_keeps_is_refused_with_both_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def always(solution: Solution, table: Table) -> bool:
        return True

    monkeypatch.setattr(neurons, "_keeps_values", always)
    sop = rasp.loads("x = tokens_asis / tokens_asis[0];")["x"]
    with pytest.raises(CompileError, match="it may be .+ and .+") as failure:
        rasp.compile(sop, vocab=[1, 3, 7, 1e15], max_len=4)
    assert failure.value.span is not None


@pytest.mark.parametrize(
    ("text", "vocab"),
    [
        ("x = tokens_asis[0] + tokens_asis[1];", [1e308, -1e308, 1.0]),
        ("x = tokens_asis[0] + tokens_asis[1];", [1e308, 5e307, 5e-324]),
        ("x = aggregate(select(indices, indices - 1, ==), tokens_asis, 0) * 2;", [1e308, -1e308]),
    ],
)
def test_sums_that_overflow_are_what_the_program_has(text: str, vocab: list[float]) -> None:
    """Candidates of synthesis overflow, too, and nobody is told."""
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, rasp.SOp)
    model = rasp.compile(sop, vocab=vocab, max_len=2)
    for first in vocab:
        for second in vocab:
            assert repr(model([first, second])) == repr(sop([first, second]))


def test_numbers_too_different_in_size_are_refused_without_a_warning() -> None:
    sop = rasp.loads("x = tokens_asis if indices > 1 else 0;")["x"]
    assert isinstance(sop, rasp.SOp)
    with pytest.raises(CompileError, match="so different in size"):
        rasp.compile(sop, vocab=[1e308, -1e308, 1.0], max_len=3)


@pytest.mark.parametrize("small", [1e-9, 1e-10, 1e-12])
def test_a_small_number_is_not_lost_beside_others_that_it_is_nearly_none_of(small: float) -> None:
    """Of letters with 1 and 1, multiplied by 1e-9, that was nearly 0 times each of them: a model
    gave 4 for 4.000000001, and was certified."""
    text = f"""
    def mean(a, b) {{
        return aggregate(select(indices, indices, <=), {{"a": a, "b": b, "c": 0, "d": 0}}[tokens]);
    }}
    x = mean({small}, {small}) + 3 * mean(1, 0) + 7 * mean(0, 1);
    """
    sop = rasp.loads(text)["x"]
    model = rasp.compile(sop, vocab="abcd", max_len=2)
    assert model.certificate.ok
    for tokens in ("a", "b", "c", "ab", "bd", "da"):
        assert model(tokens) == sop(tokens)


def test_a_flag_is_no_multiple_of_a_number_that_is_too_small() -> None:
    """1 where a key is missing, 0 where the result is 5e-324: 1 / 5e-324 is no float."""
    sop = rasp.loads("x = {3: 5e-324}[tokens_asis] if tokens_asis == 3 else 0;")["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab=(3, 2, -2), max_len=3)
    inputs = [list(word) for n in (1, 2, 3) for word in product((3, 2, -2), repeat=n)]
    assert model.certificate.ok
    assert all(map(same_outcome, outcomes(sop.node, inputs), model.outcomes(inputs)))


def test_numbers_beyond_float32_are_no_weights_of_it() -> None:
    """In float32 they are infinite, which no plan allows."""
    sop = rasp.loads("x = average(tokens_asis);")["x"]
    assert isinstance(sop, SOp)
    with pytest.raises(CompileError, match="the weights cannot be written in float32") as failure:
        rasp.compile(sop, vocab=[1e39, 2e39], max_len=3, dtype="float32")
    assert failure.value.hint == 'dtype="float64"'
    assert failure.value.span is not None
    model = rasp.compile(sop, vocab=[1e39, 2e39], max_len=3)
    assert model.report.dtype == "float64"
    assert "in float32 dimension 1 is not as small" in str(model.report)
    assert model.certificate.ok
    assert model([1e39, 2e39]) == sop([1e39, 2e39])

"""Numbers that are hard to tell apart: a few of the cases of `python -m rasp.testing.close`."""

from __future__ import annotations

import pytest

from rasp.compiler.options import OPTIMIZE, Optimize
from rasp.testing.close import Outcomes, check_case, check_cases
from rasp.testing.close_cases import Case, random_case

CASES = 160


@pytest.mark.parametrize("start", range(0, CASES, 40))
def test_close_numbers(start: int) -> None:
    found = check_cases(range(start, start + 40))
    assert not found.wrong, "\n".join(found.wrong)
    assert not found.stopped, "\n".join(found.stopped)
    assert found.n_pairs > 500
    assert len(found.refused) < 20, found.refused


@pytest.mark.parametrize(
    ("expression", "vocabulary", "max_len"),
    [
        (
            "average(tokens_asis) if indices == 0 else 6.6e-34",
            (999_999_999_999, 1_000_000_000_000, 999_999_999_998),
            2,
        ),
        (
            "aggregate(so_far, tokens_asis)",
            (999_999_999_997, 1_000_000_000_002, 999_999_999_999),
            4,
        ),
    ],
)
@pytest.mark.parametrize("optimize", OPTIMIZE)
def test_integers_that_differ_in_the_last_of_many_digits(
    expression: str, vocabulary: tuple[int, ...], max_len: int, optimize: Optimize
) -> None:
    """Each of these once was certified, and wrong."""
    text = f"so_far = select(indices, indices, <=);\nresult = {expression};\n"
    found = Outcomes()
    check_case(Case(text, vocabulary, max_len, "auto", optimize, causal=False), found)
    assert not found.wrong, "\n".join(found.wrong)
    assert not found.refused


@pytest.mark.parametrize(
    ("x", "y", "result", "vocabulary", "max_len"),
    [
        (
            "selector_width(so_far and select(tokens_asis, 1, ==)) / 1.054571817e-34 - indices",
            "aggregate(so_far, tokens_asis) == tokens_asis",
            "x if tokens_asis == 1 else y",
            (1e16, -1, 1),
            1,
        ),
        (
            "36893488147419103233 * tokens_asis[0] + tokens_asis",
            "selector_width(select(tokens_asis, tokens_asis, <)) * 36893488147419103233",
            "x + y",
            (9.80665, 1.6749275e-27, 6.02214076e23),
            4,
        ),
    ],
)
def test_no_step_lies_between_floats_without_another_between_them(
    x: str, y: str, result: str, vocabulary: tuple[float, ...], max_len: int
) -> None:
    """Looking for one was a division by zero."""
    text = f"so_far = select(indices, indices, <=);\nx = {x};\ny = {y};\nresult = {result};\n"
    found = Outcomes()
    check_case(Case(text, vocabulary, max_len, "auto", "size", causal=False), found)
    assert not found.wrong, "\n".join(found.wrong)


def test_a_factor_that_is_a_function_of_more_than_the_index() -> None:
    """Its column over the index alone was looked for, and there is none."""
    text = (
        "x = aggregate(select(tokens_asis + 4.0, tokens_asis + 1.054571817e-34, ==), indices, 4.0);"
        "result = x * (2 ^ indices - tokens_asis);"
    )
    vocabulary = (-(2**63), 2**63 + 1, 2**63)
    found = Outcomes()
    check_case(Case(text, vocabulary, 2, "float32", "patterns", causal=True), found)
    assert not found.wrong, "\n".join(found.wrong)


def test_a_case_that_takes_too_long_is_stopped_and_counted() -> None:
    found = check_cases([0, 1], seconds=1e-6)
    assert found.n_cases == 2
    assert len(found.stopped) == 2
    assert "more than 1e-06 s of CPU" in found.stopped[0]
    assert "2 stopped, 0 differ" in found.to_text()


def test_cases_are_those_of_their_seeds() -> None:
    assert random_case(3) == random_case(3)
    assert len({random_case(seed) for seed in range(50)}) == 50

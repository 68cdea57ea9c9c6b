"""Numbers that are hard to tell apart: a few of the cases of `python -m rasp.testing.close`."""

from __future__ import annotations

import pytest

from rasp.testing.close import check_cases, random_case

CASES = 120


@pytest.mark.parametrize("start", range(0, CASES, 20))
def test_close_numbers(start: int) -> None:
    found = check_cases(range(start, start + 20))
    assert not found.wrong, "\n".join(found.wrong)
    assert found.n_pairs > 100
    assert len(found.refused) < 10, found.refused


@pytest.mark.parametrize("seed", [920186, 920188])
def test_integers_that_differ_in_the_last_of_many_digits(seed: int) -> None:
    """Each of these cases once was certified, and wrong."""
    found = check_cases([seed])
    assert not found.wrong, "\n".join(found.wrong)
    assert not found.refused


def test_cases_are_those_of_their_seeds() -> None:
    assert random_case(3) == random_case(3)
    assert len({random_case(seed) for seed in range(50)}) == 50

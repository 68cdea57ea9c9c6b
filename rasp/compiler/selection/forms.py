"""The forms that the scores of one comparison can have: one list of them.

A `Comparison` is a matrix of which query value selects which key value, and how exact the scores of
a head have to be.  Each form proposes scores as a few products, or says why there are none; the one
of fewest products is taken, and reports show what the others would take.  All but the threshold,
the code of an inequality and the window score 0 for every selected key, so that selected keys share
the attention.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rasp.compiler.facts.contexts import Bools, Ints
from rasp.compiler.facts.rows import Lines
from rasp.compiler.selection import factors, thresholds, unequal, windows
from rasp.compiler.selection.candidates import Answer, Candidate, Refusal, ask_all, proposals
from rasp.compiler.selection.factors import Factors
from rasp.compiler.selection.masks import continued


@dataclass(frozen=True, eq=False)
class Comparison:
    """matrix: [query value, key value] is it selected?

    most_numbers: so many values may be told apart by their number; masked: what is said of keys
    behind the query is no matter; free: its values are free of the errors of neurons; most_ranks:
    how large scores may be of which only the sign matters, None for any.
    """

    matrix: Bools
    most_numbers: int = 0
    masked: bool = False
    free: bool = True
    most_ranks: int | None = None

    @cached_property
    def filtered(self) -> Factors | None:
        return factors.filtered(self.matrix)

    @cached_property
    def rows(self) -> Lines:
        """The different rows, and which of them is that of each query value."""
        return Lines.of(self.matrix)

    @cached_property
    def numbers(self) -> tuple[Ints, Ints] | None:
        """Numbers of queries and keys that are equal where it selects; None if it is no equality,
        which is one where no key is selected by queries that differ."""
        is_equality = int(self.rows.selecting().max(initial=0)) <= 1
        return factors.numbers_of(self.matrix) if is_equality else None


_IS_FILTER = Refusal("only one side has a say")
_NO_EQUALITY = Refusal("it is no equality")


def _filter(comparison: Comparison) -> Factors | Refusal:
    return comparison.filtered or Refusal("query and key both have a say")


def _one_hot(comparison: Comparison) -> Factors | Refusal:
    if comparison.filtered:
        return _IS_FILTER
    return factors.one_hot(comparison.rows, Lines.of(comparison.matrix.T))


def _sign_code(comparison: Comparison) -> Factors | Refusal:
    if comparison.filtered:
        return _IS_FILTER
    if comparison.numbers is None:
        return _NO_EQUALITY
    return factors.sign_code(*comparison.numbers)


def _parabola(comparison: Comparison) -> Factors | Refusal:
    if comparison.filtered:
        return _IS_FILTER
    if comparison.numbers is None:
        return _NO_EQUALITY
    if not comparison.most_numbers:
        return Refusal("a head or neurons deliver what is compared, not exactly enough for numbers")
    if not factors.are_told_apart(*comparison.numbers, comparison.most_numbers):
        span = int(np.ptp(np.concatenate(comparison.numbers)))
        return Refusal(f"numbers up to {span:,} would not be exact enough")
    return factors.parabola(*comparison.numbers)


def _threshold(comparison: Comparison) -> Factors | Refusal:
    if not comparison.free:
        return Refusal("neurons compute what is compared")
    matrices = [comparison.matrix, *(continued(comparison.matrix) if comparison.masked else ())]
    found = next(filter(None, map(thresholds.threshold, matrices)), None)
    if found is None:
        return Refusal("it is no order")
    scores, largest = found
    if comparison.most_ranks is not None and largest > comparison.most_ranks:
        return Refusal(f"scores up to {largest:,.0f} would not be exact enough")
    return replace(scores, largest=largest)


def _unequal(comparison: Comparison) -> Factors | Refusal:
    if comparison.filtered:
        return _IS_FILTER
    return unequal.unequal(comparison.rows) or Refusal("it is no inequality")


def _window(comparison: Comparison) -> Factors | Refusal:
    if comparison.filtered:
        return _IS_FILTER
    if not comparison.free:
        return Refusal("neurons compute what is compared")
    found = windows.window(comparison.matrix)
    if found is None:
        return Refusal("the selected keys do not follow each other")
    scores, largest = found
    if comparison.most_ranks is not None and largest > comparison.most_ranks:
        return Refusal(f"scores up to {largest:,.0f} would not be exact enough")
    return scores


EVEN: tuple[Candidate[Comparison, Factors], ...] = (
    Candidate("filter", factors, _filter),
    Candidate(factors.ONE_HOT, factors, _one_hot),
    Candidate("sign code", factors, _sign_code),
    Candidate("parabola", factors, _parabola),
)
"""Selected keys all score 0.  Of equally many products the first is taken."""

UNEVEN: tuple[Candidate[Comparison, Factors], ...] = (
    Candidate(thresholds.FORM, thresholds, _threshold),
    Candidate(windows.FORM, windows, _window),
    Candidate(unequal.FORM, unequal, _unequal),
)
"""Some selected keys score more than others: only for heads that may read any of them."""

FORMS = (*EVEN, *UNEVEN)
"""All forms that there are."""

NOT_ASKED: tuple[Answer[Factors], ...] = tuple(
    Answer(form.name, Refusal("selected keys may differ, and share the attention"))
    for form in UNEVEN
)
"""What these say of all other heads."""


def factorisations(matrix: Bools, most_numbers: int = 0) -> list[Factors]:
    """All forms of which selected keys score 0."""
    return proposals(ask_all(EVEN, Comparison(matrix, most_numbers)))


def factor(matrix: Bools, most_numbers: int = 0) -> Factors:
    """The cheapest of these."""
    return cheapest(factorisations(matrix, most_numbers))


def cheapest(forms: list[Factors]) -> Factors:
    """The form with the fewest products."""
    return min(forms, key=lambda found: len(found.pairs))

"""Why checking finitely many lengths can decide a question about all lengths.

Let a question be whether some length n and positions 0 <= i, j < n satisfy a combination, by `and`,
`or` and `not`, of linear inequalities with integer coefficients (over n, i, j, and further integers
that occur in inequalities only).  If they do, then they satisfy one of the conjunctions that the
combination consists of, and so an integer point lies in one of finitely many polyhedra, each cut
out by some of the given inequalities and their negations.  These polyhedra have vertices, since no
unknown can go to infinity in both directions.  The point is a mixture of vertices plus a
non-negative combination of at most d extreme rays, where d is the number of unknowns; taking whole
multiples of the rays away leaves an integer point in the same polyhedron.  So if there is a
solution, there is one with

    n  <=  (largest n of any vertex)  +  d * (largest n of any extreme ray).

Vertices are where d of the inequalities hold with equality, rays where d - 1 of their homogeneous
forms do, and these are finitely many determinants.  Whoever has checked all lengths up to this
bound has checked all lengths.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import comb, factorial

import numpy as np
from numpy.typing import NDArray

MAX_CHOICES = 400_000
"""How many sets of inequalities are solved, at most."""


@dataclass(frozen=True, slots=True)
class Row:
    """A linear form: the sum of coefficients times unknowns and a constant, to be at least 0."""

    coefficients: tuple[tuple[str, int], ...]
    constant: int = 0

    @classmethod
    def of(cls, *, constant: int = 0, **coefficients: int) -> Row:
        """Unknowns are named: n, i, j, and others."""
        return cls(
            tuple(sorted((name, value) for name, value in coefficients.items() if value)), constant
        )

    def plus(self, constant: int) -> Row:
        return Row(self.coefficients, self.constant + constant)

    def negated(self, constant: int = 0) -> Row:
        """constant minus the form; with -1, the negation of "at least 0"."""
        return Row(
            tuple((name, -value) for name, value in self.coefficients), constant - self.constant
        )


DOMAIN = (
    Row.of(n=1, constant=-1),
    Row.of(i=1),
    Row.of(j=1),
    Row.of(n=1, i=-1, constant=-1),
    Row.of(n=1, j=-1, constant=-1),
)
"""n >= 1 and 0 <= i, j < n."""


def length_bound(rows: Iterable[Row]) -> int | None:
    """If any length answers a question that these inequalities and `DOMAIN` decide, one up to this.

    rows: all inequalities of the question, and the negations of those that may be negated.  None if
    there are too many or too large ones.
    """
    forms = list(dict.fromkeys((*DOMAIN, *rows)))
    names = ["n", *sorted({name for form in forms for name, _ in form.coefficients} - {"n"})]
    dimension = len(names)
    matrix = np.zeros((len(forms), dimension + 1), np.int64)
    for number, form in enumerate(forms):
        for name, value in form.coefficients:
            matrix[number, names.index(name)] = value
        matrix[number, dimension] = form.constant
    largest = int(np.abs(matrix).max())
    if factorial(dimension) * largest**dimension >= 2**62:
        return None
    if comb(len(forms), dimension) > MAX_CHOICES:
        return None
    vertex = _largest_vertex(matrix, dimension)
    ray = _largest_ray(matrix[:, :dimension], dimension)
    return vertex + dimension * ray


def _choices(n_rows: int, size: int) -> NDArray[np.int64]:
    return np.array(list(combinations(range(n_rows), size)), np.int64)  # [choice, size]


def _largest_vertex(matrix: NDArray[np.int64], dimension: int) -> int:
    """The largest n, rounded down, where `dimension` of the forms are 0."""
    chosen = matrix[_choices(len(matrix), dimension)]  # [choice, form, unknown + constant]
    below = _determinants(chosen[:, :, :dimension])  # [choice]
    solved = chosen[:, :, :dimension].copy()
    solved[:, :, 0] = -chosen[:, :, dimension]  # Cramer's rule for n
    above = _determinants(solved)
    regular = below != 0
    return int((above[regular] // below[regular]).max(initial=0))


def _largest_ray(matrix: NDArray[np.int64], dimension: int) -> int:
    """The largest n of the shortest integer vectors on which `dimension - 1` of the forms are 0."""
    chosen = matrix[_choices(len(matrix), dimension - 1)]  # [choice, form, unknown]
    minors = np.stack(
        [_determinants(np.delete(chosen, unknown, axis=2)) for unknown in range(dimension)], axis=1
    )  # [choice, unknown]
    divisor = np.gcd.reduce(minors, axis=1)
    proper = divisor != 0
    return int((np.abs(minors[proper, 0]) // divisor[proper]).max(initial=0))


def _determinants(matrices: NDArray[np.int64]) -> NDArray[np.int64]:
    """[batch, k, k] -> [batch], exactly: by Laplace expansion, k being small."""
    size = matrices.shape[1]
    if size == 0:
        return np.ones(len(matrices), np.int64)
    total = np.zeros(len(matrices), np.int64)
    for column in range(size):
        first = matrices[:, 0, column]
        if first.any():
            rest = np.delete(matrices[:, 1:, :], column, axis=2)
            total += (-1) ** column * first * _determinants(rest)
    return total

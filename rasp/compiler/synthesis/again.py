"""One function of different variables, synthesised once: the rounds of a loop are all alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rasp.compiler.limits import MOST_KEPT_ROWS
from rasp.compiler.synthesis import synthesise
from rasp.compiler.synthesis.table import Solution, Table
from rasp.compiler.variables import Categorical, Linear
from rasp.graph.nodes import atom_key

Key = tuple[object, ...]
Leaves = tuple[Categorical, ...]


@dataclass(frozen=True)
class Known:
    """leaves: what the solution is about; most: what was wanted had to cost less."""

    leaves: Leaves
    solution: Solution | None
    most: float

    def says(self, most: float) -> bool:
        """Is there one, or is it known that there is none, for less than this?"""
        if self.solution is None:
            return most <= self.most
        return self.solution.cost < most or most <= self.most


@dataclass(frozen=True)
class Synthesised:
    """found: solutions by what decides them."""

    found: dict[Key, Known] = field(default_factory=dict)

    def of(
        self,
        table: Table,
        sums: Sequence[Linear],
        *,
        exact: bool,
        noise: float,
        most: float = math.inf,
    ) -> Solution | None:
        """As `synthesise`."""
        leaves = tuple(leaf for leaf in table.leaves if isinstance(leaf, Categorical))
        inside = all(not form.scalars and set(form.features) <= set(leaves) for form in sums)
        if len(leaves) < len(table.leaves) or len(table.codes) > MOST_KEPT_ROWS or not inside:
            return synthesise(table, sums, exact=exact, noise=noise, most=most)
        key = _key(table, leaves, sums)  # errors are those of scalars, and there are none
        known = self.found.get(key)
        if known is None or not known.says(most):
            found = synthesise(table, sums, exact=exact, noise=noise, most=most)
            known = self.found[key] = Known(leaves, found, most)
        if known.solution is None or known.solution.cost >= most:
            return None
        return _moved(known.solution, dict(zip(known.leaves, leaves, strict=True)))


def _key(table: Table, leaves: Leaves, sums: Sequence[Linear]) -> Key:
    """All that a construction sees, but for which variables the leaves are."""
    places = {leaf: place for place, leaf in enumerate(leaves)}
    return (
        tuple((type(leaf), tuple(map(atom_key, leaf.domain.values))) for leaf in leaves),
        (table.codes.shape, table.codes.tobytes()),
        (table.targets.shape, table.targets.tobytes()),
        None if table.outcomes is None else table.outcomes.tobytes(),
        tuple(
            (place, table.alike[leaf].tobytes())
            for leaf, place in places.items()
            if leaf in table.alike
        ),
        tuple(
            (form.constant, tuple((places[v], f.tobytes()) for v, f in form.features.items()))
            for form in sums
        ),
    )


def _moved(solution: Solution, places: Mapping[Categorical, Categorical]) -> Solution:
    def moved(form: Linear) -> Linear:
        return replace(form, features={places[v]: f for v, f in form.features.items()})

    return replace(
        solution,
        neurons=tuple(map(moved, solution.neurons)),
        direct=tuple(map(moved, solution.direct)),
        gates=frozenset(places[gate] for gate in solution.gates),
    )

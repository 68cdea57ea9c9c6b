"""What the scores of heads are products of, for all states of a query and of a key.

States that act alike are one: those in which the factors of the scores are the same, and what else
is asked of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.certificate import Head
from rasp.meaning.attended import Attended
from rasp.meaning.kinds import Kinds
from rasp.meaning.linear import summed_in
from rasp.meaning.masks import EVERY
from rasp.meaning.selectors import MAX_PAIRS
from rasp.meaning.states import (
    Floats,
    Ints,
    States,
    TooManyError,
    UnprovedError,
    masks_of_kinds,
    numbered,
)
from rasp.meaning.stream import SLIGHTLY_MORE, UNIT, Numbers, Streams, check_listed
from rasp.meaning.totals import by_sum
from rasp.meaning.witness import Quantity

MANY_PAIRS = 200_000
"""Where more have to be looked at, parts of scores and selectors are tried first."""


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of one head: the sums of products of what is in `queries` [query, product] and `keys`
    [key, product], and a bias; and how far they may be off."""

    queries: Floats
    keys: Floats
    bias: float
    off: float

    def at(self, rows: slice | Ints) -> Floats:
        """[query, key] for some of the queries."""
        found: Floats = self.queries[rows] @ self.keys.T
        return found + self.bias if self.bias else found

    @property
    def scores(self) -> Floats:
        """[query, key] for all of them."""
        return self.at(EVERY)


class Factors:
    """The heads of one sublayer.  scale: how large a gap between scores is."""

    def __init__(
        self,
        tensors: dict[str, NDArray[Any]],
        heads: Sequence[Head],
        streams: Streams,
        scale: float,
    ) -> None:
        self.tensors, self.heads, self.streams = tensors, heads, streams
        self.space: Attended = streams.space
        self.scale = scale
        # What is asked for again by the next direction of the same head.
        self.listed: dict[object, tuple[States, list[Numbers]]] = {}
        self.weights: dict[object, tuple[bytes, ...]] = {}
        self.parts: dict[object, object] = {}
        self.folds = False  # states are put together one quantity after the other

    def states(
        self,
        name: str,
        heads: Iterable[int],
        extra: Sequence[Quantity],
        columns: range | None = None,
    ) -> tuple[States, dict[int, Numbers]]:
        """All states of queries (or keys) of heads, and the factors of their scores.

        States that act alike are one.  columns: the factors, if not all of a head.
        """
        wanted = tuple((head, columns or range(len(self.heads[head].keys))) for head in heads)
        states, factors = self.pieces(name, wanted, extra)
        return states, {head: found for (head, _), found in zip(wanted, factors, strict=True)}

    def pieces(
        self, name: str, wanted: Sequence[tuple[int, range]], extra: Sequence[Quantity]
    ) -> tuple[States, list[Numbers]]:
        """The same for some of the factors of each head."""
        content = tuple(self.content(name, *one) for one in wanted)
        key = name, content, tuple(extra), self.folds
        if key not in self.listed:
            self.listed[key] = self._listed(name, wanted, extra)
        return self.listed[key]

    def content(self, name: str, head: int, columns: range) -> tuple[bytes, ...]:
        """Equal for weights that are the same, such as those of heads that compare the same."""
        key = name, head, columns
        if key not in self.weights:
            some = list(columns)
            planned = self.heads[head].queries if name == "Q" else self.heads[head].keys
            self.weights[key] = (
                self.tensors[f"W_{name}"][head][:, some].tobytes(),
                self.tensors[f"b_{name}"][head][some].tobytes(),
                repr([planned[column] for column in some]).encode(),
            )
        return self.weights[key]

    def _listed(
        self, name: str, wanted: Sequence[tuple[int, range]], extra: Sequence[Quantity]
    ) -> tuple[States, list[Numbers]]:
        directions = [
            self.streams.read_by(self.tensors[f"W_{name}"][head][:, list(columns)])
            for head, columns in wanted
        ]
        every = list(dict.fromkeys(d for own in directions for d in own))
        for total in summed_in(extra, self.space):
            matrices = [self._matrix(name, head, columns) for head, columns in wanted]
            with suppress(UnprovedError):
                states, factors = by_sum(self.streams, matrices, every, total, extra)
                for (head, columns), found in zip(wanted, factors, strict=True):
                    self._check(name, head, columns, found)
                return states, factors
        near = self.streams.quantities(every)
        if self.folds:
            states = Kinds(self.streams, every).with_all(extra)
        else:
            states = self.space.states([*near, *extra], near=near).succeeding()
        if not states.size:
            raise UnprovedError("no values of a query or a key are known")
        alike = [*self.streams.kinds(every, states), *(states.codes(q)[0] for q in extra)]
        first, kind = numbered(alike, states.size)
        some = states.take(first)
        factors = [
            self._factors(name, head, own, some, columns)
            for (head, columns), own in zip(wanted, directions, strict=True)
        ]
        # Of what is read, only the factors of the scores matter.
        alike = [column for found in factors for column in found.values.T]
        again, of_kind = numbered([*alike, *(some.codes(q)[0] for q in extra)], some.size)
        if 2 * len(again) < some.size:
            first, kind, near = first[again], of_kind[kind], []
            factors = [replace(found, values=found.values[again]) for found in factors]
        known = {q: states.columns[q].take(first) for q in [*near, *extra]}
        if len(first) == states.size:
            states = states.take(first)
        else:
            mask = masks_of_kinds(states, kind, len(first), self.space.max_len)
            states = States({}, mask, None, None, len(first))
        return replace(states, columns=known), factors

    def _factors(
        self, name: str, head: int, directions: list[int], states: States, columns: range
    ) -> Numbers:
        found = self.streams.numbers(*self._matrix(name, head, columns), directions, states)
        self._check(name, head, columns, found)
        return found

    def _matrix(self, name: str, head: int, columns: range) -> tuple[NDArray[Any], NDArray[Any]]:
        """The weights [d_model, column] and the constants [column], in gaps for queries."""
        by = self.scale if name == "Q" else 1.0
        matrix = self.tensors[f"W_{name}"][head][:, list(columns)].astype(np.float64)
        constants = self.tensors[f"b_{name}"][head][list(columns)].astype(np.float64)
        return matrix / by, constants / by

    def products(self, name: str, head: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """The weights and constants of all products of a head's scores, in gaps for queries."""
        return self._matrix(name, head, range(len(self.heads[head].keys)))

    def query_matrix(self, head: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """The weights of a head's queries, in gaps, and their constants."""
        return self.products("Q", head)

    def check_queries(self, head: int, found: Numbers) -> None:
        """Raises UnprovedError where queries are not all known, or larger than planned."""
        self._check("Q", head, range(len(self.heads[head].keys)), found)

    def _check(self, name: str, head: int, columns: range, found: Numbers) -> None:
        check_listed(found.values, np.ones(len(found.values), dtype=bool), "a score")
        planned = self.heads[head].queries if name == "Q" else self.heads[head].keys
        check_largest([planned[column] for column in columns], found)

    def scores(
        self,
        head: int,
        queries: Numbers,
        keys: Numbers,
        *,
        biased: bool = True,
        most: int = MAX_PAIRS,
    ) -> Scored:
        """Raises TooManyError for more pairs than `most`."""
        n_pairs = len(self.heads[head].keys)
        bias = float(self.tensors["b_K"][head][n_pairs]) if biased else 0.0
        n_cells = len(queries.values) * len(keys.values)
        if n_cells > most:
            raise TooManyError(f"{len(queries.values)} * {len(keys.values)} scores")
        self.space.spend(queries.values.size * len(keys.values))
        most_q = np.abs(queries.values).max(axis=0, initial=0.0) + queries.off
        most_k = np.abs(keys.values).max(axis=0, initial=0.0) + keys.off
        size = float(most_q @ most_k) + abs(bias)
        off = float(most_q @ keys.off + queries.off @ most_k)
        whole = all(
            (array * 2**10 == np.round(array * 2**10)).all()
            for array in (queries.values, keys.values, np.array([bias]))
        )
        if not (whole and size < 2**31 and off == 0.0):
            off += 2 * (n_pairs + 4) * UNIT * size
        return Scored(queries.values, keys.values, bias, off)


def check_largest(planned: Sequence[float | None], found: Numbers) -> None:
    with np.errstate(invalid="ignore"):
        largest = np.nanmax(np.abs(found.values), axis=0, initial=0.0)
    for most, size in zip(planned, largest.tolist(), strict=True):
        if most is not None and not size <= most * SLIGHTLY_MORE:
            raise UnprovedError("a number is larger than the plan says")

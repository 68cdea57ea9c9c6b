"""S-ops, a vocabulary and a length -> the values that the s-ops can have together at a position.

What the compiler knows before any input is known, with and without a causal mask.  It may list
combinations that never occur, and leaves out none that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rasp.compiler.facts.contexts import Contexts
from rasp.compiler.facts.domains import TooManyRowsError, joint
from rasp.compiler.facts.rows import combinations_of
from rasp.compiler.lowering.evaluate import evaluate
from rasp.compiler.lowering.leaves import all_leaves
from rasp.compiler.lowering.lower import begin
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.variables import Mean, Variable
from rasp.errors import CompileError
from rasp.graph.nodes import Atom, SOpNode, atom_key
from rasp.graph.origins import Origins
from rasp.vocabulary import Vocabulary

MAX_COMBINATIONS = 200_000
"""More are not listed: a table of them is neither read nor compiled."""

MANY = 5_000
"""Of the values of what several s-ops are made of; of more, all that each can be is combined."""


class TooManyValuesError(Exception):
    """The values cannot be listed; the message says why."""


class Occurring:
    """What is known of the s-ops of one program, which is found out once for each s-op."""

    def __init__(
        self,
        vocab: Iterable[Atom],
        max_len: int,
        *,
        masks: Sequence[bool] = (False, True),
        origins: Origins | None = None,
    ) -> None:
        """masks: for which inputs, without a causal mask (False) or with one.

        Raises VocabularyError.
        """
        vocabulary = Vocabulary.of(vocab)
        self._lowerings = [
            begin(vocabulary, Contexts(max_len, causal), origins or Origins()) for causal in masks
        ]

    def values(self, sop: SOpNode) -> list[Atom]:
        """The values of one s-op, each once.  Raises TooManyValuesError."""
        return [value for (value,) in self.combinations([sop])]

    def combinations(self, sops: Sequence[SOpNode]) -> list[tuple[Atom, ...]]:
        """The values of several s-ops at one position, each combination once, where none fails.

        Raises TooManyValuesError.
        """
        found: dict[tuple[object, ...], tuple[Atom, ...]] = {}
        for lowering in self._lowerings:
            for row in self._combined(lowering, sops):
                found.setdefault(tuple(map(atom_key, row)), row)
        if len(found) > MAX_COMBINATIONS:
            raise TooManyValuesError(f"there are {len(found):,} of them")
        return list(found.values())

    def check_exact(self, sops: Sequence[SOpNode]) -> None:
        """Raises TooManyValuesError for means of numbers such as 0.1.

        These are rounded, in one way or another for each set of numbers with that mean; only one of
        them is listed.  S-ops that compute with the mean do not mind, tables of it do.
        """
        for lowering in self._lowerings:
            for sop in sops:
                for leaf in lowering.known[sop].leaves:
                    rounded = isinstance(leaf, Mean) and leaf.grid.blurred
                    if rounded and any(isinstance(value, float) for value in self.values(sop)):
                        raise TooManyValuesError(
                            f"{leaf.label} averages such as 0.1: its last bits are not known"
                        )

    def _combined(self, lowering: Lowering, sops: Sequence[SOpNode]) -> list[tuple[Atom, ...]]:
        """With one of the masks."""
        try:
            lowering.run(*sops)
            leaves = all_leaves(lowering.unit, *(lowering.known[sop].leaves for sop in sops))
            size = lowering.size_of(leaves)
            if len(sops) > 1 and size > MANY:
                return self._product(sops)
            if size > MAX_COMBINATIONS:
                raise TooManyValuesError(f"there may be {size:,.0f} of them")
            return _combinations(lowering, leaves, sops)
        except (CompileError, TooManyRowsError) as error:
            raise TooManyValuesError(str(error)) from None

    def _product(self, sops: Sequence[SOpNode]) -> list[tuple[Atom, ...]]:
        """All combinations of what each can be: what is known of them together is too much."""
        rows: list[tuple[Atom, ...]] = [()]
        for sop in sops:
            values = self.values(sop)
            if len(rows) * len(values) > MAX_COMBINATIONS:
                raise TooManyValuesError(f"there are more than {MAX_COMBINATIONS:,} of them")
            rows = [(*row, value) for row in rows for value in values]
        return rows


def _combinations(
    lowering: Lowering, leaves: tuple[Variable, ...], sops: Sequence[SOpNode]
) -> list[tuple[Atom, ...]]:
    table = joint([leaf.possible for leaf in leaves], lowering.contexts)
    codes = dict(zip(leaves, table.codes.T, strict=True))
    places, atoms = [], []
    alive = np.ones(len(table.codes), dtype=bool)
    for sop in sops:
        column = evaluate(lowering, sop, codes, len(table.codes))
        place, listed = column.coded()
        places.append(np.asarray(place))
        atoms.append(listed)
        if column.failed is not None:
            alive &= ~column.failed
    distinct, _ = combinations_of(np.stack(places, axis=1)[alive])  # [combinations, sops]
    return [
        tuple(listed[int(place)] for listed, place in zip(atoms, row, strict=True))
        for row in distinct
    ]

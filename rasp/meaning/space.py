"""Domains of quantities, each found once, and combinations of their values."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from rasp.deadline import look
from rasp.graph.columns import Column
from rasp.graph.construct import constant
from rasp.graph.nodes import (
    INDICES,
    TOKENS,
    Aggregate,
    Atom,
    Constant,
    Fetch,
    Indices,
    SelectorNode,
    SelectorWidth,
    Tokens,
    atom_key,
    children,
)
from rasp.meaning.compared import compares
from rasp.meaning.counts import Counts
from rasp.meaning.masks import at_lengths, firsts, identity
from rasp.meaning.necks import necks, necks_above
from rasp.meaning.products import MAX_STATES, Product, check_leaves, following, opened
from rasp.meaning.states import (
    Bools,
    Domain,
    Ints,
    Joints,
    States,
    UnprovedError,
    WorkLimitError,
    codes_of,
    describe,
    masks_of_kinds,
    ordered,
    parts,
)
from rasp.meaning.witness import Beside, Disagreement, Joint, Quantity, Total, made_of

FEW_STATES = 60_000
"""Up to so many, quantities are taken apart down to what attention delivers."""

MAX_VALUES = 60_000

ANY_DEPTH = 1 << 30

NEAR_ATTENTIONS = 3
"""What is there before so many attentions, one after the other, is first taken as it is."""


class Space:
    """Domains of quantities, each found once.

    values_of: domains of what attention delivers, by `rasp.meaning.attended`; counted: the widths
    that the weights are said to count; asked: what they are said to hold of whether there is a key
    at some index.
    """

    def __init__(self, tokens: Sequence[Atom], max_len: int, *, causal: bool) -> None:
        self.max_len, self.causal = max_len, causal
        self.tokens = tuple(tokens)
        self.counted: frozenset[Quantity] = frozenset()
        self.asked: frozenset[Quantity] = frozenset()
        self.unit: Quantity = constant(1)
        self.joints = Joints()
        self.domains: dict[Quantity, Domain | UnprovedError] = {}
        self.depths: dict[Quantity | SelectorNode, int] = {}
        self.leaves: dict[Quantity, int] = {}
        self.n_leaves = 0
        self.keys: dict[Quantity, frozenset[object]] = {}
        self.single: dict[Quantity, States] = {}
        self.listed: dict[object, States | UnprovedError] = {}
        self.ends: dict[Quantity, tuple[Ints, Ints]] = {}
        self.sums: dict[Quantity, tuple[Quantity, ...]] = {}  # `rasp.meaning.linear.summed_in`
        self.wholes: dict[Quantity, tuple[Fraction, Fraction]] = {}
        # Means of which only ends are listed (`rasp.meaning.compared`): each with its class.
        self.few: dict[Quantity, dict[float, int]] = {}
        self.compared: dict[Quantity, tuple[float, ...]] = {}  # the constants beside these
        self.roots: tuple[Quantity, ...] = ()
        self.enough, self.rough = FEW_STATES, False  # combinations taken apart; were some not?
        self.effort = 0.0
        self.most = float("inf")

    def spend(self, cells: float) -> None:
        """Raises WorkLimitError once all work together is more than is allowed."""
        look()
        self.effort += cells
        if self.effort > self.most:
            raise WorkLimitError("the work limit is reached")

    def asks(self, quantities: Iterable[Quantity]) -> None:
        """All that is asked of quantities from now on is in these, or in what they are made of."""
        self.roots = tuple(quantities)
        known = self.domains.items()
        self.domains = {q: found for q, found in known if not isinstance(found, UnprovedError)}
        self.listed = {
            key: found for key, found in self.listed.items() if isinstance(found, States)
        }

    # -- domains

    def domain(self, quantity: Quantity) -> Domain:
        """Raises UnprovedError where its values are not known, or too many."""
        if quantity not in self.domains:
            for current in ordered([quantity], self.domains.keys()):
                look()
                if current not in self.domains:
                    try:
                        self.domains[current] = self._domain(current)
                    except UnprovedError as error:
                        self.domains[current] = error
        found = self.domains[quantity]
        if isinstance(found, UnprovedError):
            raise UnprovedError(str(found))
        return found

    def _domain(self, quantity: Quantity) -> Domain:
        size = self.max_len
        match quantity:
            case Tokens():
                return Domain(self.tokens, np.ones((1, 1, len(self.tokens)), dtype=bool))
            case Indices():
                return Domain(tuple(range(size)), identity(size)[None])
            case Constant(value=value):
                return Domain((value,), np.ones((1, 1, 1), dtype=bool))
            case Aggregate() | Fetch() | SelectorWidth() | Disagreement() | Total() | Beside():
                return self.attended(quantity)
            case _:
                return self._computed(quantity)

    def may_be(self, quantity: Quantity, column: Column) -> Bools:
        """Where a quantity fails, or has one of its values, as far as these are known by now.

        What parts of it are is listed one by one, also where these never meet.
        """
        domain = self.domains.get(quantity)
        if domain is None or isinstance(domain, UnprovedError):
            return np.ones(len(column), dtype=bool)
        if quantity not in self.keys:
            self.keys[quantity] = frozenset(map(atom_key, domain.values))
        codes, atoms = codes_of(column)
        known = np.array([atom_key(atom) in self.keys[quantity] for atom in atoms] or [True])
        return np.asarray((codes < 0) | known[np.maximum(codes, 0)])

    def attended(self, quantity: Quantity) -> Domain:
        """What attention delivers: see `rasp.meaning.attended`."""
        raise NotImplementedError

    def may_meet(self, columns: dict[Quantity, Column], size: int) -> Bools:
        """Which rows are possible, as far as what attention delivers says that together."""
        raise NotImplementedError

    def is_length(self, quantity: Quantity) -> bool:
        """Is it the length of the input?"""
        raise NotImplementedError

    def counts(self, selector: SelectorNode) -> Counts:
        """How many keys a selector selects."""
        raise NotImplementedError

    def check_asked(self, quantity: Quantity) -> None:
        """Raises UnprovedError where more is asked of a mean of which only ends are listed than how
        it compares with the constants beside these."""
        for part in parts(quantity):
            if part in self.few and not compares(quantity, part, self.compared[part]):
                raise UnprovedError("of a mean that is read not all values are listed")

    def _computed(self, quantity: Quantity) -> Domain:
        states = self.states([quantity])
        column = states.columns[quantity]
        rows = np.flatnonzero(states.succeeded)
        if not len(rows):
            return Domain((), np.zeros((1, 1, 0), dtype=bool))
        states = states.take(rows)
        codes, atoms = codes_of(column.take(rows))
        used, codes = np.unique(codes, return_inverse=True)
        codes = codes.reshape(-1)
        if len(used) > MAX_VALUES:
            raise UnprovedError(f"{describe(quantity)} has {len(used)} values")
        mask = masks_of_kinds(states, codes, len(used), self.max_len)
        return Domain(tuple(atoms[code] for code in used.tolist()), mask)

    def is_below_length(self, quantity: Quantity) -> bool:
        """Are its values in every input of n tokens integers from 0 to n - 1?"""
        domain = self.domain(quantity)
        whole = [value if type(value) is int else -1 for value in domain.values]
        at = at_lengths(domain.mask)
        first, somewhere = firsts(at.T), at.any(axis=0)  # [value]
        numbers = np.array(whole)
        return bool(((numbers >= 0) & (numbers <= first))[somewhere].all())

    # -- combinations

    def alone(self, quantity: Quantity) -> States:
        """All values of one quantity."""
        if quantity not in self.single:
            domain = self.domain(quantity)
            self.single[quantity] = States(
                {quantity: domain.column}, domain.mask, None, None, len(domain.values)
            )
        return self.single[quantity]

    def states(self, quantities: Sequence[Quantity], near: Iterable[Quantity] = ()) -> States:
        """All combinations of values of these quantities that can meet.

        They are taken apart down to what attention delivers, if that is not too many combinations;
        otherwise down to those in `near`, or to what they are made of.  Raises UnprovedError.
        """
        wanted = list(dict.fromkeys(quantities))
        key = tuple(wanted), frozenset(near)
        found = self.listed.get(key)
        if found is None:
            try:
                found = self._states(wanted, key[1])
            except UnprovedError as error:
                found = error
            if isinstance(found, UnprovedError) or found.size <= FEW_STATES:
                self.listed[key] = found
        if isinstance(found, UnprovedError):
            raise type(found)(str(found))
        return found

    def taken_apart(self, quantities: Sequence[Quantity]) -> States:
        """All combinations that can meet, each as what attention delivers for it, also where that
        seems to be too much: there may be few that meet.  Raises UnprovedError."""
        return Product.of(self, list(dict.fromkeys(quantities)), frozenset()).states()

    def since_attention(self, quantities: Sequence[Quantity]) -> States | None:
        """The same, taken apart down to what attention delivers last, and what there was before:
        of `max(a, b)` next to `min(a, b)` only that says which is larger.  None for too many."""
        wanted = list(dict.fromkeys(quantities))
        with suppress(UnprovedError):
            return Product.of(self, wanted, self._lower(wanted, frozenset())).states()
        return None

    def _states(self, wanted: list[Quantity], near: frozenset[Quantity]) -> States:
        best: Product | None = None
        follows = following(wanted, near, self._below(near))
        tried: set[frozenset[Quantity]] = set()
        for stop in (stop - follows for stop in self._stops(wanted, near, follows)):
            if stop in tried:
                continue
            tried.add(stop)
            look()
            try:
                if not stop:
                    self._check_few(wanted)
                found = Product.of(self, wanted, stop)
            except UnprovedError as error:
                reason = error
                continue
            if best is None or found.n_rows < best.n_rows:
                best = found
            if found.n_rows <= self.enough:
                break
            self.rough |= not found.stop and found.n_rows <= MAX_STATES
        if best is None:
            raise reason
        if best.stop and len(wanted) > 1:
            self._known(wanted)
        return best.states()

    def _stops(
        self, wanted: list[Quantity], near: frozenset[Quantity], follows: frozenset[Quantity]
    ) -> Iterator[frozenset[Quantity]]:
        """Down to what quantities may be taken apart, but for what follows from others; each is
        looked for when it is tried."""
        yield frozenset()
        far = max(self.depth(quantity) for quantity in wanted) - NEAR_ATTENTIONS
        if far > 0:
            yield necks_above(wanted, _Shallow(self, far), self.made_of)
        yield necks(wanted, frozenset())
        lower = self._lower(wanted, follows)
        yield lower | opened(near, self._below(near))
        yield lower | near
        yield necks(wanted, near) | near
        for most in (FEW_STATES, FEW_STATES // 30):
            yield self._large(wanted, most) | near
        yield near
        yield frozenset(part for q in wanted for part in (parts(q) or (q,))) | near
        if len(wanted) > 1:
            yield frozenset(wanted) - {TOKENS, INDICES} | near

    def made_of(self, quantity: Quantity) -> int:
        """What it is made of in the end, constants aside: a bit for each, found once."""
        for current in ordered([quantity], self.leaves.keys()):
            if current in self.leaves:
                continue
            bits = 0
            for part in parts(current):
                bits |= self.leaves[part]
            if not parts(current) and not isinstance(current, Constant):
                bits = 1 << self.n_leaves
                self.n_leaves += 1
            self.leaves[current] = bits
        return self.leaves[quantity]

    def few_leaves(self, quantity: Quantity, most: int) -> list[Quantity]:
        """What it is made of but for constants; nothing where that is more than so many."""
        if self.made_of(quantity).bit_count() > most:
            return []
        ends = (end for end in ordered([quantity], frozenset()) if not parts(end))
        return [end for end in ends if not isinstance(end, Constant)]

    def _check_few(self, wanted: Sequence[Quantity]) -> None:
        """Raises TooManyError before all is gone through that quantities are made of."""
        bits = 0
        for quantity in wanted:
            bits |= self.made_of(quantity)
        check_leaves(bits.bit_count())

    def _below(self, near: Iterable[Quantity]) -> Container[Quantity]:
        """What is made of none of these: attention runs less often below it."""
        return _Shallow(self, min((self.depth(quantity) for quantity in near), default=ANY_DEPTH))

    def _known(self, quantities: Sequence[Quantity]) -> None:
        """What is known of quantities alone leaves out combinations that never meet."""
        for quantity in quantities:
            with suppress(UnprovedError):
                self.domain(quantity)

    def _lower(
        self, wanted: Sequence[Quantity], follows: frozenset[Quantity]
    ) -> frozenset[Quantity]:
        """What is there before the last attention below a quantity has run, and is computed with
        afterwards; what is below that, is looked at only where it is taken apart all the same."""
        found: set[Quantity] = set()
        seen: set[Quantity] = set()
        stack = list(wanted)
        while stack:
            quantity = stack.pop()
            if quantity in seen:
                continue
            seen.add(quantity)
            depth = self.depth(quantity)
            lower = {part for part in parts(quantity) if 0 < self.depth(part) < depth}
            found |= lower
            stack += [part for part in parts(quantity) if part not in lower or part in follows]
        return frozenset(found)

    def _large(self, wanted: Sequence[Quantity], most: int) -> frozenset[Quantity]:
        """What quantities are made of that has more combinations than this below it: it is not
        taken apart, while what is beside it is."""
        below: dict[Quantity, frozenset[Quantity]] = {}
        large: set[Quantity] = set()
        for quantity in ordered(wanted, frozenset()):
            own = parts(quantity)
            if any(part in large for part in own):
                large.add(quantity)  # whatever is made of it has as many
                continue
            leaves = frozenset().union(*(below[part] for part in own)) if own else {quantity}
            below[quantity] = frozenset(leaves)
            try:
                size = prod(len(self.domain(leaf).values) for leaf in leaves)
            except UnprovedError:
                continue
            if own and size > most:
                large.add(quantity)
        return frozenset(large.difference(wanted))

    def depth(self, quantity: Quantity) -> int:
        """How many attentions come one after the other below it."""
        stack: list[Quantity | SelectorNode] = [quantity]
        while stack:
            current = stack[-1]
            if current in self.depths:
                stack.pop()
                continue
            if isinstance(current, (Joint, Disagreement, Total, Beside)):
                below: tuple[Any, ...] = made_of(current)
            else:
                below = children(current)
            waiting = [child for child in below if child not in self.depths]
            if waiting:
                stack += waiting
                continue
            reads = isinstance(current, (Aggregate, Fetch, SelectorWidth))
            self.depths[current] = reads + max((self.depths[c] for c in below), default=0)
        return self.depths[quantity]


class _Shallow:
    """All that takes fewer attentions one after the other than so many."""

    def __init__(self, space: Space, depth: int) -> None:
        self.space, self.least = space, depth

    def __contains__(self, quantity: object) -> bool:
        return self.space.depth(quantity) < self.least  # type: ignore[arg-type]

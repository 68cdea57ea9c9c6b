"""Which answers of a model are right, where the rule for means forgives some types.

The rule is needed only where the program averages or reads what is made of means
(`rasp.graph.left_open`), and says nothing where position, length and value of a number decide
whether it is an int: where it is the same on all inputs of this length.
"""

from __future__ import annotations

from collections.abc import Sequence

from rasp.errors import RaspError
from rasp.graph.left_open import may_be_open
from rasp.graph.nodes import Atom, SOpNode, atom_key
from rasp.readout import Outcome
from rasp.verification import same_outcome


class Judge:
    """Which answers count as right for a program, where nothing is forgiven that the rule for means
    does not forgive.

    by_rule: does the model say that it leaves types to the rule?  What position, length and value
    decide about types is what they do in all inputs of a length, if these are all there.
    """

    def __init__(
        self,
        root: SOpNode,
        inputs: Sequence[Sequence[Atom]],
        expected: Sequence[Outcome],
        *,
        by_rule: bool,
        n_tokens: int,
    ) -> None:
        self.by_rule = by_rule and may_be_open(root)
        self.n_tokens = n_tokens
        self.types: dict[tuple[int, int, Atom], set[type]] = {}
        self.seen: dict[int, set[tuple[Atom, ...]]] = {}
        for tokens, outcome in zip(inputs, expected, strict=True) if self.by_rule else ():
            self.seen.setdefault(len(tokens), set()).add(tuple(tokens))
            for index, value in enumerate([] if isinstance(outcome, RaspError) else outcome):
                if type(value) in (int, float):
                    self.types.setdefault((len(tokens), index, value), set()).add(type(value))

    def accepts(self, tokens: Sequence[Atom], right: Outcome, got: Outcome) -> bool:
        """Is it the same, or is another type left to the rule?"""
        if same_outcome(right, got):
            return True
        if not self.by_rule or not same_outcome(right, got, by_rule=True):
            return False
        assert not isinstance(right, RaspError)
        assert not isinstance(got, RaspError)
        length = len(tokens)
        if len(self.seen.get(length, ())) < self.n_tokens**length:
            return True  # who knows which types there are
        return all(
            atom_key(wanted) == atom_key(found) or len(self.types[length, index, wanted]) > 1
            for index, (wanted, found) in enumerate(zip(right, got, strict=True))
        )

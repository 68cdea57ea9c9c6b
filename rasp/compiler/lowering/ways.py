"""The ways in which one head can score a selector: one list of them, of which the first is taken.

A selector becomes a `Term`, which is all that a head is told of it.  Each way proposes one, or says
why it does not apply; what stands first takes the fewest neurons.  Who adds one writes a module
that says how it works, and a line in `WAYS`; `rasp compile --emit selectors` shows what each said.
A count has no such choice: several heads add it up, one for each disjoint conjunction
(`Combination.terms`).

What a way writes into the lowering, such as a variable for joint values, it writes into a child,
which is adopted if the way is taken (`rasp.compiler.lowering.attempts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rasp.compiler.facts.bounds import Bounds
from rasp.compiler.lowering import nearest, places, unions
from rasp.compiler.lowering.compared import combination_of
from rasp.compiler.lowering.nearest import nearest_term
from rasp.compiler.lowering.places import place_term
from rasp.compiler.lowering.state import Lowering, Selection
from rasp.compiler.lowering.unions import Union, joint_term, products_term
from rasp.compiler.selection import combinations
from rasp.compiler.selection.candidates import Candidate, Refusal, ask_in_turn, proposals
from rasp.compiler.selection.combinations import Combination
from rasp.compiler.selection.counted import bounds
from rasp.compiler.selection.selectors import Term
from rasp.graph.nodes import SelectorNode, SOpNode


@dataclass(frozen=True, eq=False)
class Selecting:
    """A selector made of comparisons, for which one head is wanted.

    node: what reads what it selects; narrow: as in `Combination.terms`.
    """

    lowering: Lowering
    node: SOpNode
    selector: SelectorNode
    narrow: bool

    @cached_property
    def combination(self) -> Combination:
        """Raises CompileError for more values than can be compared."""
        return combination_of(self.lowering, self.selector)

    @cached_property
    def terms(self) -> list[Term]:
        return self.combination.terms(narrow=self.narrow)

    @cached_property
    def union(self) -> Union:
        return Union.of(self.lowering, self.node, self.terms, self.combination.clauses())

    def selection(self, found: Term | Refusal) -> Selection | Refusal:
        """A term of its own, with what is known of how many keys it selects."""
        return found if isinstance(found, Refusal) else Selection(found, self._limits([found]))

    def union_selection(self, found: Term | Refusal) -> Selection | Refusal:
        """A term for a union, of whose disjoint parts more is known than of the whole."""
        return found if isinstance(found, Refusal) else Selection(found, self._limits(self.terms))

    def _limits(self, terms: Sequence[Term]) -> Bounds:
        lowering = self.lowering
        return bounds(terms, lowering.position, lowering.unit, lowering.contexts)


def _nearest(question: Selecting) -> Selection | Refusal:
    return question.selection(nearest_term(question.lowering, question.selector))


def _place(question: Selecting) -> Selection | Refusal:
    return question.selection(place_term(question.lowering, question.selector))


def _nothing(question: Selecting) -> Selection | Refusal:
    if question.terms:
        return Refusal("keys may be selected")
    return Selection(None, Bounds.of(question.lowering.contexts, 0, 0))


def _conjunction(question: Selecting) -> Selection | Refusal:
    if len(question.terms) > 1:
        return Refusal(f"it falls into {len(question.terms):,} disjoint conjunctions")
    return question.selection(question.terms[0])


def _joint(question: Selecting) -> Selection | Refusal:
    return question.union_selection(joint_term(question.lowering, question.union))


def _products(question: Selecting) -> Selection | Refusal:
    return question.union_selection(products_term(question.lowering, question.union))


WAYS: tuple[Candidate[Selecting, Selection], ...] = (
    Candidate("nearest key", nearest, _nearest),
    Candidate("place", places, _place),
    Candidate("no key", combinations, _nothing),
    Candidate("conjunction", combinations, _conjunction),
    Candidate("joint values", unions, _joint),
    Candidate("products of comparisons", unions, _products),
)
"""In the order in which they are asked; the first that proposes a term is taken."""


def select_for_one_head(
    lowering: Lowering, node: SOpNode, selector: SelectorNode, *, narrow: bool
) -> Selection:
    """What the head is told that reads, for a node, what a selector made of comparisons selects.

    narrow: as in `Combination.terms`.  Raises CompileError, with the place, if there is no way.
    """
    answers = ask_in_turn(WAYS, Selecting(lowering, node, selector, narrow))
    found = proposals(answers)
    if not found:
        raise next(filter(None, (answer.error for answer in reversed(answers))))
    lowering.selections[node] = answers
    return found[0]

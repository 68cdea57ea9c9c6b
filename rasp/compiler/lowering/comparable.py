"""What a selector compares, as a function of one variable: one list of the ways to have it.

Scores are made of features, and only of a categorical variable can any feature be had.  An s-op
that is a function of one is compared as it is.  A count may be read from the table of positions, if
that saves neurons; whatever else there is they compute, value by value.
"""

from __future__ import annotations

from dataclasses import dataclass

from rasp.compiler.lowering import addresses, computed, state
from rasp.compiler.lowering.addresses import address_view
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.candidates import Candidate, Refusal, ask_in_turn, proposals
from rasp.compiler.variables import View
from rasp.graph.nodes import SOpNode


@dataclass(frozen=True, eq=False)
class Comparing:
    """An s-op that a selector compares."""

    lowering: Lowering
    node: SOpNode


def _as_it_is(question: Comparing) -> View | Refusal:
    lowering, node = question.lowering, question.node
    if node in lowering.columns or node in lowering.made:
        return lowering.view(node)
    return Refusal("it is a function of a number, or of several things")


def _of_the_positions(question: Comparing) -> View | Refusal:
    return address_view(question.lowering, question.node)


def _by_neurons(question: Comparing) -> View | Refusal:
    return question.lowering.view(question.node)


SIDES: tuple[Candidate[Comparing, View], ...] = (
    Candidate("as it is", state, _as_it_is),
    Candidate("address", addresses, _of_the_positions),
    Candidate("neurons", computed, _by_neurons),
)
"""In the order in which they are asked; the first that proposes a view is taken."""


def compared_view(lowering: Lowering, node: SOpNode) -> View:
    """The s-op as a function of one categorical variable.

    Raises CompileError, with the place, for what has too many values for neurons.
    """
    answers = ask_in_turn(SIDES, Comparing(lowering, node))
    if node not in lowering.sides_asked:
        lowering.sides_asked[node] = answers
    return proposals(answers)[0]

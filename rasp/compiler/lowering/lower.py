"""From the s-op graph to variables: what has to be read by attention, what has to be computed.

The walk (`rasp.compiler.lowering.state`) goes through the graph once, operands first; here is which
construction lowers which s-op.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from rasp.compiler.facts.contexts import Contexts
from rasp.compiler.facts.sides import Compared, compared_below, only_added
from rasp.compiler.lowering.aggregates import lower_aggregate
from rasp.compiler.lowering.cancelled import differences_compared
from rasp.compiler.lowering.chains import long_chains
from rasp.compiler.lowering.computed import hold
from rasp.compiler.lowering.counts import choose_readings
from rasp.compiler.lowering.elementwise import lower_elementwise
from rasp.compiler.lowering.failures import check_agreements, check_the_rest
from rasp.compiler.lowering.fetch import lower_fetch
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.lowering.readout import choose_readout, placed
from rasp.compiler.lowering.state import Known, Lowering, Rules
from rasp.compiler.lowering.tallies import ends_of_choices
from rasp.compiler.lowering.widths import lower_width
from rasp.compiler.names import Names
from rasp.compiler.options import FAITHFUL, Options
from rasp.compiler.variables import View
from rasp.graph.columns import Column
from rasp.graph.nodes import (
    Aggregate,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    Node,
    SelectorWidth,
    SOpNode,
    Tokens,
)
from rasp.graph.origins import Origins
from rasp.vocabulary import Vocabulary


def begin(
    vocabulary: Vocabulary,
    contexts: Contexts,
    origins: Origins,
    options: Options = FAITHFUL,
    deferred: frozenset[Node] = frozenset(),
    compared_with: Mapping[SOpNode, Compared] = MappingProxyType({}),
    only_added: frozenset[SOpNode] = frozenset(),
    ends: frozenset[SOpNode] = frozenset(),
    chained: frozenset[SOpNode] = frozenset(),
    differences: Mapping[SOpNode, tuple[SOpNode, ...]] = MappingProxyType({}),
) -> Lowering:
    """A lowering that has not seen any s-op yet; its `run` is the walk."""
    names = Names(origins)
    return Lowering(
        vocabulary,
        contexts,
        names,
        options,
        deferred,
        RULES,
        compared_with,
        only_added,
        ends,
        chained,
        differences,
    )


def lower(
    root: SOpNode,
    vocabulary: Vocabulary,
    contexts: Contexts,
    origins: Origins,
    options: Options = FAITHFUL,
    deferred: frozenset[Node] = frozenset(),
    progress: Callable[[float], None] = lambda share: None,
) -> Lowered:
    """The s-op, with all that it is made of, as variables.

    deferred: what nothing reads but scores of `best`; progress is called with the share that is
    done.  Raises CompileError, with the place.
    """
    asked = compared_below(root), only_added(root), ends_of_choices(root), long_chains(root)
    differences = differences_compared(root)
    lowering = begin(vocabulary, contexts, origins, options, deferred, *asked, differences)
    target = choose_readout(lowering, root, progress)
    check_the_rest(lowering, root)
    check_agreements(lowering, root)
    readings = choose_readings(lowering)
    output = target.finish(readings)
    readout = placed(output.readout, target.variable, lowering.names.span(root))
    return Lowered(
        lowering.names,
        lowering.contexts,
        lowering.unit,
        lowering.position,
        tuple(lowering.variables),
        readings,
        output.forms,
        output.words,
        readout,
        target.variable.label,
        tuple(lowering.checks),
        MappingProxyType(lowering.selections),
        MappingProxyType(lowering.sides_asked),
        MappingProxyType(lowering.known),
        MappingProxyType(lowering.made),
        MappingProxyType(lowering.columns),
        MappingProxyType(lowering.multiples),
        frozenset(lowering.stepped),
        MappingProxyType(lowering.no_layer),
        lowering.several.happened,
    )


def _know(lowering: Lowering, node: SOpNode) -> Known:
    match node:
        case Tokens():
            return lowering.known_leaf(node, lowering.token)
        case Indices():
            return lowering.known_leaf(node, lowering.position)
        case Constant(value=value):
            return lowering.view_as(node, View(lowering.unit, Column.of([value])))
        case Elementwise():
            return lower_elementwise(lowering, node)
        case SelectorWidth():
            return lower_width(lowering, node)
        case Aggregate():
            return lower_aggregate(lowering, node)
        case Fetch():
            return lower_fetch(lowering, node)


RULES = Rules(_know, hold)

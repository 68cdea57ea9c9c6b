"""The fewest parameters that an order can take, known before a model is built.

Of the ways that are tried for size most are larger than the best so far because of one order: it is
scored in full, or in few digits.  What it takes at least tells that without the other stages.
"""

from __future__ import annotations

from rasp.compiler.limits import WORTH_DIGITS
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.options import Options
from rasp.compiler.selection.digits import is_wide, n_directions, widest_order
from rasp.compiler.selection.selectors import Term
from rasp.compiler.variables import Mean, Sum, Width


def takes_digits(lowered: Lowered) -> bool:
    """Is there an order that digits take apart?"""
    return any(widest_order(term) >= WORTH_DIGITS for term in _added_up(lowered))


def _added_up(lowered: Lowered) -> list[Term]:
    """What is counted, added up or averaged over."""
    added = [v for v in lowered.variables if isinstance(v, (Width, Sum, Mean))]
    return [term for v in added for term in (v.terms if isinstance(v, Width) else (v.term,))]


def takes_more(lowered: Lowered, options: Options, n_parameters: int) -> bool:
    """Does it certainly take more parameters, to count or to average over an order?

    Scores of an order among s values have rank s, so that there are queries from s directions.
    What is added up by digits takes what a count of the same keys does.
    """
    if lowered.contexts.causal:
        return False
    if options.n_digits == 1:
        sizes = [widest_order(term) for term in _added_up(lowered) if not is_wide(term)]
        means = [v for v in lowered.variables if isinstance(v, Mean)]
        sizes += [widest_order(v.term) for v in means]
        if any(size**2 > n_parameters for size in sizes):
            return True
    sums = [v.term for v in lowered.variables if isinstance(v, Sum)]
    return counts_more(lowered, options, n_parameters) or any(
        _in_digits(lowered, options, term) > n_parameters for term in sums
    )


def counts_more(lowered: Lowered, options: Options, n_parameters: int) -> bool:
    """Does it certainly take more parameters, to count over an order of indices?

    Each digit takes all of its values but one in the table of positions.  What is counted is the
    same for all options, so that any of them may have been lowered.
    """
    return not lowered.contexts.causal and any(
        _in_digits(lowered, options, term) > n_parameters
        for variable in lowered.variables
        if isinstance(variable, Width)
        for term in variable.terms
        if options.sums or is_wide(term)
    )


def _in_digits(lowered: Lowered, options: Options, term: Term) -> int:
    """What the digits of an order of indices take in the table of positions."""
    return lowered.contexts.max_len * n_directions(term, options.n_digits, lowered.position)

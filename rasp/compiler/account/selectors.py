"""What became of each selector, as text: what each candidate said, in the order of asking.

There are three lists of candidates: ways to score a selector by one head
(`rasp.compiler.lowering.ways`), to have what it compares as one variable
(`rasp.compiler.lowering.comparable`), and forms of scores (`rasp.compiler.selection.forms`).
"""

from __future__ import annotations

from collections.abc import Iterable

from rasp.compiler.account.alternatives import Alternative, Scores
from rasp.compiler.blocks import Head
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.lowering.state import Selection
from rasp.compiler.selection.candidates import Answer, Refusal
from rasp.compiler.variables import Address, Tally, Variable, View, Width
from rasp.graph.nodes import Aggregate, Fetch


def selectors_text(lowered: Lowered, heads: Iterable[tuple[Head, tuple[Scores, ...]]]) -> str:
    """heads: each with its scores, comparison by comparison."""
    lines: list[str] = []
    for node, answers in lowered.selections.items():
        assert isinstance(node, (Aggregate, Fetch))
        lines.append(f"{lowered.names.text(node)} reads {lowered.names.text(node.selector)}")
        lines += [f"    {_said(answer)}" for answer in answers]
    for node, asked in lowered.sides_asked.items():
        if asked[0].proposal is None:
            lines.append(f"{lowered.names.text(node)} is compared")
            lines += [f"    {_said(answer)}" for answer in asked]
    lines += [line for variable in lowered.variables for line in _added_up(variable)]
    for head, comparisons in heads:
        lines.append(f"head {head.label}, attention {head.depth}")
        for one in comparisons:
            lines.append(f"    {one.compared or 'numbers'}")
            lines.append(f"        {one.text}: taken")
            lines += [f"        {other.text}: not fewer products" for other in _forms(one)]
            lines += [f"        {other.text}" for other in one.refused]
        if not comparisons:
            lines.append("    all keys: nothing to score")
    return "\n".join(lines) or "no selectors"


def _forms(scores: Scores) -> list[Alternative]:
    """Other forms of the scores of a comparison; numbers have no others."""
    others = scores.others if scores.compared else ()
    return [other for other in others if isinstance(other, Alternative)]


def _said(answer: Answer[Selection] | Answer[View]) -> str:
    match answer.said:
        case None:
            return f"{answer.name}: not asked"
        case Refusal(reason=reason):
            return f"{answer.name}: {reason}"
        case Selection(term=term):
            products = None if term is None else term.products
            width = f", {len(products.pairs)} products" if products else ""
            return f"{answer.name}: taken{width}"
        case View():
            return f"{answer.name}: taken"


def _added_up(variable: Variable) -> list[str]:
    """What is no choice: numbers that several heads add up, or that are read at a position."""
    match variable:
        case Address():
            return [f"{variable.label}: read at the position that has this number"]
        case Width(terms=terms) | Tally(terms=terms):
            heads = f"{len(terms)} disjoint conjunctions" if len(terms) > 1 else "one conjunction"
            return [f"{variable.label} adds up {heads}"]
    return []

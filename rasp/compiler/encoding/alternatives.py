"""What else could have been chosen, with its price, in words for reports."""

from __future__ import annotations

from collections.abc import Sequence

from rasp.compiler.selectors import Term
from rasp.compiler.variables import Categorical, Scalar, Width


def of_directions(variable: Categorical, n_asked: int, n_held: int) -> tuple[str, ...]:
    """Other ways to hold a variable of which so many features are asked for."""
    others: list[str] = []
    if n_held == 0:
        return ()
    if n_asked != n_held:
        others.append(f"one direction for each of {n_asked} features (more)")
    if n_held < variable.size:
        others.append(f"one-hot: {variable.size} directions (more)")
    return tuple(others)


def of_reading(scalar: Scalar) -> tuple[str, ...]:
    """The other way to read a count."""
    if not isinstance(scalar, Width):
        return ()
    if not scalar.linear:
        return ("a sum, linear in the count (a pattern that does not look like the selector)",)
    if len(scalar.terms) > 1:
        return (f"a faithful pattern (no such form: {len(scalar.terms)} heads have to be added)",)
    return ("a faithful pattern (no such form: not linear beside other numbers, or larger)",)


def of_head(term: Term, *, single: bool) -> str:
    """The width of a head's scores, and what other codes of its comparisons would take."""
    parts = []
    if term.nearest is not None:
        parts.append("parabola 2 (instead of neurons for every value of the query)")
    for group in term.groups:
        chosen = group.factor(single=single)
        forms = group.factorisations(single=single)
        others = [f"{f.form} {len(f.pairs)}" for f in forms if f.form != chosen.form]
        text = f"{chosen.form} {len(chosen.pairs)}"
        parts.append(text + (f" (instead of {', '.join(others)})" if others else ""))
    return "; ".join(parts) or "no comparison"


def of_layers(tried: Sequence[tuple[str, float | None]], chosen: str) -> tuple[str, ...]:
    """Other constructions of a function: cost in neurons and directions, None for no such form."""
    return tuple(
        f"{method}: " + ("no such form" if cost is None else f"{cost:,.0f} neurons and directions")
        for method, cost in tried
        if method != chosen
    )

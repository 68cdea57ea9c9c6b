"""What else could have been chosen, and how much more that would take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import assert_never

from rasp.compiler.readings import Readings
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.selection.factors import ONE_HOT, Factors
from rasp.compiler.selection.selectors import Products, Purpose, Term
from rasp.compiler.selection.shared import Shared
from rasp.compiler.variables import Categorical, Scalar, Unit, Width


@dataclass(frozen=True)
class Alternative:
    """directions, neurons: how many more of them it would take than what was chosen; products: how
    many products the scores of the head would be made of, None if it is not about a head.
    """

    text: str
    directions: float = 0.0
    neurons: float = 0.0
    products: int | None = None


@dataclass(frozen=True)
class Impossible:
    """No alternative, and why."""

    text: str


@dataclass(frozen=True)
class Scores:
    """How a head scores one comparison: the form of the scores, of how many products, and others.

    others: forms, and the products that the whole head would then take; refused: those that do not
    apply, and why; compared: what the comparison is of.
    """

    text: str
    others: tuple[Alternative | Impossible, ...] = ()
    refused: tuple[Impossible, ...] = ()
    compared: str = ""


def of_directions(
    variable: Categorical, n_asked: int, n_held: int
) -> tuple[Alternative | Impossible, ...]:
    """Other ways to hold a variable of which so many features are asked for."""
    others: list[Alternative] = []
    if n_held == 0:
        return ()
    if n_asked != n_held:
        text = f"one direction for each of {n_asked} features"
        others.append(Alternative(text, directions=n_asked - n_held))
    if n_held < variable.size:
        text = f"one-hot: {variable.size} directions"
        others.append(Alternative(text, directions=variable.size - n_held))
    return tuple(others)


def of_reading(scalar: Scalar, readings: Readings) -> tuple[Alternative | Impossible, ...]:
    """The other way to read a count."""
    if not isinstance(scalar, Width):
        return ()
    if not readings.is_linear(scalar):
        return (Alternative("a sum, with a pattern that does not look like the selector"),)
    if len(scalar.terms) == 1:
        return (
            Impossible("a faithful pattern: not linear beside other numbers, or larger as a whole"),
        )
    n_joint = _joint_values(scalar.terms)
    return (
        Impossible(f"a faithful pattern: {len(scalar.terms)} heads have to be added"),
        Alternative(
            f"one head over {n_joint:,} joint values, computed by neurons before",
            directions=n_joint,
            neurons=n_joint,
        ),
    )


def _joint_values(terms: Sequence[Term]) -> int:
    """Of the variables that are compared, on the side of the query and on that of the key."""
    sides = [
        frozenset(side for term in terms for group in term.groups for side in [getattr(group, of)])
        for of in ("query", "key")
    ]
    return sum(
        prod(variable.size for variable in side if not isinstance(variable, Unit))
        for side in set(sides)
    )


def of_head(term: Term, purpose: Purpose) -> tuple[Scores, ...]:
    """The scores of a head, comparison by comparison, and other forms of each."""
    products = term.products
    if products is not None:
        return (_of_products(products), *_of_rank(term))
    scores = term.scores(purpose)
    chosen, n_products = scores.forms, scores.n_products
    found: list[Scores] = []
    for one in scores.comparisons:
        if isinstance(one, Shared):
            found.append(_of_shared(term, one, chosen, n_products))
            continue
        group, factors = term.groups[one], chosen[one]
        others = tuple(
            Alternative(
                f"{other.form} {len(other.pairs)}",
                products=n_products - len(factors.pairs) + len(other.pairs),
            )
            for other in group.factorisations(single=purpose.single)
            if other.form != factors.form
        )
        refused = tuple(
            Impossible(f"{answer.name}: {answer.said.reason}")
            for answer in group.answers(purpose)
            if isinstance(answer.said, Refusal)
        )
        compared = f"keys by {group.key.label}, queries by {group.query.label}"
        found.append(Scores(f"{factors.form} {len(factors.pairs)}", others, refused, compared))
    return (*found, *_of_rank(term))


def _of_shared(term: Term, together: Shared, alone: Sequence[Factors], n_products: int) -> Scores:
    """Comparisons that have their products in common, and what each takes by itself."""
    groups = [term.groups[number] for number in together.members]
    keys, queries = (
        " and ".join(dict.fromkeys(side.label for side in sides))
        for sides in ([group.key for group in groups], [group.query for group in groups])
    )
    n_pairs = len(together.pairs)
    n_alone = sum(len(alone[number].pairs) for number in together.members)
    other = Alternative(f"each by itself {n_alone}", products=n_products - n_pairs + n_alone)
    compared = f"keys by {keys}, queries by {queries}"
    return Scores(f"{ONE_HOT} in common {n_pairs}", (other,), compared=compared)


def _of_products(products: Products) -> Scores:
    """Scores that no comparison of values gives, and those with which values would be compared."""
    n_values, n_pairs = products.n_values, len(products.pairs)
    match products.kind:
        case "parabola":
            other = Alternative(
                f"neurons for each of {n_values} numbers, and a code",
                neurons=float(2 * n_values),
                products=max(1, (n_values - 1).bit_length()),
            )
            return Scores(f"parabola {n_pairs}", (other,))
        case "comparisons":
            other = Alternative(
                f"{n_values:,} joint values, one by one",
                neurons=float(n_values),
                products=n_values,
            )
            return Scores(f"products of comparisons {n_pairs}", (other,))
    assert_never(products.kind)


def _of_rank(term: Term) -> tuple[Scores, ...]:
    """What ranks the selected keys, and how it would be done without."""
    if term.rank is None:
        return ()
    text = "the best number read by one more attention before, and compared in this"
    return (Scores(f"best {term.rank.label} 1", (Impossible(text),)),)


def of_layers(
    tried: Sequence[tuple[str, float | None]], chosen: str
) -> tuple[Alternative | Impossible, ...]:
    """Other constructions of a function: cost in neurons and directions, None for no such form."""
    costs = [cost for method, cost in tried if method == chosen and cost is not None]
    return tuple(
        Impossible(f"{method}: no such form")
        if cost is None
        else Alternative(
            f"{method}: {cost:,.0f} neurons and directions", neurons=cost - max(costs, default=cost)
        )
        for method, cost in tried
        if method != chosen
    )

"""Models whose plan says what is not so, which the bounds of the rounding would rest on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rasp.artifact import Artifact
from rasp.certificate import Head, Neurons, Plan
from rasp.meaning.witness import Beside
from rasp.testing import wrong_wholes
from rasp.testing.wrong_models import MEAN, READ, Build, model_of, with_tensors
from rasp.testing.wrong_sublayers import chosen_model


def _lie(text: str, tokens: str, change: Callable[[Plan], Plan]) -> Build:
    def build() -> Artifact:
        artifact = model_of(text, tokens)
        assert artifact.plan is not None
        return replace(artifact, plan=change(artifact.plan))

    return build


def _entries(plan: Plan, change: Callable[[Any], Any]) -> Plan:
    """All heads and groups of neurons, changed."""
    sublayers: Any = tuple(tuple(map(change, sublayer)) for sublayer in plan.sublayers)
    return replace(plan, sublayers=sublayers)


def _heads(**changed: Any) -> Callable[[Plan], Plan]:
    """All heads, and other words of each; `agrees` for all that it carries."""

    def change(entry: Any) -> Any:
        if not isinstance(entry, Head):
            return entry
        words = dict(changed)
        if "agrees" in words:
            words["agrees"] = (words["agrees"],) * len(entry.values)
        return replace(entry, **words)

    return lambda plan: _entries(plan, change)


def _directions(**changed: Any) -> Callable[[Plan], Plan]:
    """All directions, and other words; a bound is multiplied."""

    def change(plan: Plan) -> Plan:
        by = changed.get("bound", 1.0)
        words = {name: value for name, value in changed.items() if name != "bound"}
        directions = [replace(d, bound=d.bound * by, **words) for d in plan.directions]
        return replace(plan, directions=tuple(directions))

    return change


def _second(**changed: Any) -> Build:
    """What the plan says of a second number beside a mean; a bound is multiplied."""

    def build() -> Artifact:
        artifact = model_of(TYPED, "012")
        plan, witness = artifact.plan, artifact.witness
        assert plan is not None
        assert witness is not None
        beside = {n for n, q in enumerate(witness.quantities) if isinstance(q, Beside)}
        (place,) = (
            number
            for number, meaning in enumerate(witness.directions)
            if beside & {term.quantity for term in meaning.terms}
            or beside & {multiple.quantity for multiple in meaning.multiples}
        )
        lying = _directions(**changed)(plan).directions[place]
        directions = [*plan.directions[:place], lying, *plan.directions[place + 1 :]]
        return replace(artifact, plan=replace(plan, directions=tuple(directions)))

    return build


def _small_choice() -> Artifact:
    """Heads that add up a choice carry next to nothing."""
    artifact = chosen_model()
    assert artifact.plan is not None
    return replace(artifact, plan=_heads(values=(1e-3,))(artifact.plan))


def _small_twin() -> Artifact:
    """Of two values of a head that are the same, in two directions that are both read, one is said
    to be next to nothing."""
    artifact = model_of(READ, "abc")
    plan, witness = artifact.plan, artifact.witness
    assert plan is not None
    assert witness is not None
    names = ("blocks.0.attn.W_V", "blocks.0.attn.b_V", "unembed.W_U", "unembed.b_U")
    w_v, b_v, w_u, b_u = (artifact.tensors[name].copy() for name in names)
    w_v[0, :, 2], b_v[0, 2] = w_v[0, :, 0], b_v[0, 0]
    first, second, twin = (direction.place for direction in plan.directions[-3:])
    w_u[[first, twin]], w_u[twin, 0] = 0.0, 1.0
    w_u[[twin, second], 2], b_u[2] = -1.0, 1.0
    apart = tuple(replace(d, family=None) if d.born else d for d in plan.directions)
    meanings = witness.directions
    forged = replace(
        artifact,
        plan=_heads(values=(1.0, 1.0, 1e-3))(replace(plan, directions=apart)),
        witness=replace(witness, directions=(*meanings[:-1], meanings[-3])),
    )
    tensors = {
        name.replace(".", "__"): t for name, t in zip(names, (w_v, b_v, w_u, b_u), strict=True)
    }
    return with_tensors(forged, **tensors)


def _of_two_sublayers() -> Artifact:
    """What two sublayers write, and the output adds up, is said to be two of a one-hot."""
    before = "select(indices, indices - 1, ==)"
    count = "selector_width(select(tokens, tokens, ==))"
    text = f"x = 5 * aggregate({before}, tokens_int, 0) + 7 * aggregate({before}, {count}, 0);"
    artifact = model_of(text, "0123", 6)
    assert artifact.plan is not None
    *others, one, other = artifact.plan.directions
    assert one.born < other.born
    family = 1 + max(d.family for d in others if d.family is not None)
    both = replace(one, family=family), replace(other, family=family)
    return replace(artifact, plan=replace(artifact.plan, directions=(*others, *both)))


def _two_of_a_family(plan: Plan) -> Plan:
    """The two numbers of a token are said to be two of a one-hot."""
    directions = [
        replace(direction, family=9)
        if direction.born == 0 and direction.family is None
        else direction
        for direction in plan.directions
    ]
    return replace(plan, directions=tuple(directions))


def _calm(plan: Plan) -> Plan:
    """Neurons are never active."""

    def change(entry: Any) -> Any:
        if not isinstance(entry, Neurons):
            return entry
        return replace(entry, reach=(0.0,) * len(entry.reach))

    return _entries(plan, change)


def _small_scores(plan: Plan) -> Plan:
    """Queries, keys and values are next to nothing."""

    def change(entry: Any) -> Any:
        if not isinstance(entry, Head):
            return entry
        words: Any = {
            name: tuple(None if n is None else n / 4 for n in getattr(entry, name))
            for name in ("queries", "keys", "values")
        }
        return replace(entry, **words)

    return _entries(plan, change)


def _small_parts(word: str) -> Callable[[Plan], Plan]:
    """Of the last heads, which compare four things, queries or keys are next to nothing."""

    def change(plan: Plan) -> Plan:
        *before, last = plan.sublayers
        entries: Any = last
        heads: Any = tuple(
            replace(head, **{word: tuple(number / 4 for number in getattr(head, word))})
            for head in entries
        )
        return replace(plan, sublayers=(*before, heads))

    return change


TYPED = "x = aggregate(select(indices, indices, <=), tokens_int);"
FOUR = " or ".join(
    f'select(tokens, aggregate(select(indices, indices - {n}, ==), tokens, "_"), ==)'
    for n in range(1, 5)
)
SHARE = "x = 1 / selector_width(select(tokens, tokens, ==)) - 0.3;"
SUM = "x = round(length * aggregate(full_s, tokens_int));"
REVERSE = "x = tokens[length - 1 - indices];"
LYING: dict[str, Build] = {
    "one key": _lie(MEAN, "ab", _heads(single=True)),
    "values that agree": _lie(MEAN, "ab", _heads(agrees=True)),
    "a mean of one key": _lie(REVERSE, "ab", _heads(single=True)),
    "a sum of one key": _lie(SUM, "012", _heads(single=True)),
    "smaller directions": _lie("x = length + indices;", "ab", _directions(bound=0.25)),
    "multiples of 1/4": _lie(MEAN, "ab", _directions(dyadic=True)),
    "no numbers below 0": _lie(SHARE, "ab", _directions(nonnegative=True)),
    "one family": _lie("x = tokens_int * 2 + indices;", "01", _directions(family=0)),
    "a family of two numbers": _lie(TYPED, "012", _two_of_a_family),
    "neurons that rest": _lie(SHARE, "ab", _calm),
    "small scores": _lie(READ, "ab", _small_scores),
    "small queries of parts": _lie(f"x = selector_width({FOUR});", "ab", _small_parts("queries")),
    "small keys of parts": _lie(f"x = selector_width({FOUR});", "ab", _small_parts("keys")),
    "a coarse second number": _second(dyadic=True),
    "a small second number": _second(bound=0.5),
    "small values of a choice": _small_choice,
    "a small value beside its like": _small_twin,
    "a small sum": wrong_wholes.small_sum,
    "a sum of quarters": wrong_wholes.sum_of_quarters,
    "a sum above 0": wrong_wholes.sum_above_0,
}

UNFIT: dict[str, Build] = {"a family of two sublayers": _of_two_sublayers}
"""Plans that the certificate of rounding refuses, so that the proof of meaning never sees them."""

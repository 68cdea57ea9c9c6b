"""Conditions of counts that are taken up to a place, each with a program that needs it."""

from __future__ import annotations

from rasp.testing.guard import A, B, Guard, guard

_MARKED = "reads_mark = bound.comparison in"


def _behind(
    name: str,
    condition: str,
    instead: str,
    protects: str,
    place: str = f"aggregate(last({B}), indices, -1)",
    asked: str = A,
    compared: str = "select(indices, r, >)",
    *,
    module: str = "rasp.graph.beyond",
    causal: bool = True,
) -> Guard:
    """How many keys of which this is asked stand behind the place, or where it is compared."""
    return guard(
        f"{module}:{name}",
        condition,
        instead,
        protects,
        f"r = {place}; result = selector_width({asked} and {compared});",
        "abc",
        causal=causal,
        limits=("pipeline.LONG_INPUTS = 0",),
    )


BEYOND = (
    _behind(
        "later-keys",
        "if contexts.causal and everywhere:",
        "if everywhere:",
        "what is up to a query is all that it sees only if it sees no later keys",
        module="prepared",
        causal=False,
    ),
    _behind(
        "keys-alone",
        "if len(bounds) != 1 or not all(map(_asks_keys_alone, rest)):",
        "if len(bounds) != 1:",
        "what is asked of a key is the same at the query and at the place",
        asked=f"({A} or select(indices, 0, ==)) and select(tokens, tokens, ==)",
    ),
    _behind(
        "the-place-itself",
        f'{_MARKED} (">=", "<")',
        f'{_MARKED} ("<",)',
        "the key at the place is counted where it is not behind it",
        place=f"aggregate(last({A}), indices, -1)",
        compared="select(indices, r, >=)",
    ),
    _behind(
        "behind-the-place",
        f'{_MARKED} (">=", "<")',
        f'{_MARKED} (">=", "<", ">")',
        "the key at the place is not behind it",
        place=f"aggregate(last({A}), indices, -1)",
    ),
    _behind(
        "before-the-place",
        f'{_MARKED} (">=", "<")',
        f'{_MARKED} (">=",)',
        "the key at the place is not counted where it is not before it",
        place=f"aggregate(last({A}), indices, -1)",
        compared="select(indices, r, <)",
    ),
    _behind(
        "what-is-before",
        'if bound.comparison in (">", ">="):',
        'if bound.comparison in (">", ">=", "<="):',
        "what is before the place is not what is behind it",
        compared="select(indices, r, <=)",
    ),
    _behind(
        "first-place",
        "if place.default == 0:",
        "if False:",
        "where none is found it may be the first place, and nothing there is behind it",
        place=f"aggregate(last({B}), indices, 0)",
    ),
    _behind(
        "indices-of-keys",
        "key is INDICES and place.value is INDICES and",
        "place.value is INDICES and",
        "what is compared with the place is where a key stands",
        asked='select(tokens, "c", !=)',
        compared="select(length - indices, r, >)",
    ),
    _behind(
        "index-of-a-key",
        "key is INDICES and place.value is INDICES and",
        "key is INDICES and",
        "the place is one that stands before the query",
        place=f"aggregate(last({B}), length - indices, -1)",
    ),
    _behind(
        "an-order",
        'and comparison in ("<", "<=", ">", ">=")',
        "and True",
        "what is elsewhere is on both sides of the place",
        compared="select(indices, r, !=)",
    ),
    _behind(
        "no-later-place",
        "if type(default) is int and default <= 0 and _selects_one(place.selector):",
        "if type(default) is int and _selects_one(place.selector):",
        "a place that no query sees yet is not read",
        place=f"aggregate(last({B}), indices, 2)",
    ),
    _behind(
        "one-place",
        "if type(default) is int and default <= 0 and _selects_one(place.selector):",
        "if type(default) is int and default <= 0:",
        "between two places there may be no key",
        place=f"aggregate({B}, indices, -1)",
    ),
    _behind(
        "no-two-alike",
        "isinstance(selector, Best) and selector.score in (INDICES, _NEGATED)",
        "isinstance(selector, Best)",
        "no two keys are the best",
        place=f"aggregate(best({B}, 1), indices, -1)",
    ),
)

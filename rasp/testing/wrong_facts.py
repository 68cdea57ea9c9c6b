"""What the proof of meaning takes for granted of a program, against the interpreter.

    mistaken(case, inputs)      something that it takes to be so and is not, in words

Which values an s-op can have, in which context; how many keys a selector selects; whether values
are all different, or 0 to n - 1 in some order; whether a rewritten program is the program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rasp.errors import RaspError
from rasp.graph import construct
from rasp.graph.nodes import SELECTOR_TYPES, SOP_TYPES, Atom, SOpNode, atom_key
from rasp.graph.walk import topological
from rasp.interpreter import outcomes, traced
from rasp.meaning.attended import Attended
from rasp.meaning.rewrites import normal
from rasp.meaning.states import Domain, UnprovedError
from rasp.program import loads
from rasp.sop import SOp
from rasp.testing.meanings import Case

MOST = 1e9

_PARTS = """
before = select(indices, indices, <); after = select(indices, indices, >);
same = select(tokens, tokens, ==); b = tokens == "b"; none = select(tokens_asis, 0, ==);
marked = select(b, True, ==); is_b = select(tokens, "b", ==); never = select(tokens, 97, ==);
as_is_rank = selector_width(select(tokens_asis, tokens_asis, <));
float_equal = select(tokens_float, tokens_float, ==);
float_rank = selector_width(select(tokens_float, tokens_float, <));
at_token = select(indices, tokens_int, ==); so_far = select(indices, indices, <=);
two_behind = select(indices, indices + 2, ==);
"""


TEXTS: dict[str, tuple[Atom, ...]] = {
    "x = selector_width(select(aggregate(at_token, indices, -1), 1, ==));": ("0", "1"),
    "x = selector_width(select(aggregate(at_token and so_far, indices, -1), 0, ==));": ("0", "1"),
    "x = selector_width(select(aggregate(select(tokens_int, indices, ==), indices), 1.5, ==));": (
        "0",
        "1",
    ),
    "x = selector_width(select(aggregate(two_behind, indices, -1), -1, ==));": ("a", "b"),
    "x = selector_width(select(aggregate(two_behind, indices, -1), 1, >));": ("a", "b"),
    "x = aggregate(select(not has_focus(same and before), True, ==), indices, -1);": ("a", "b"),
    "x = aggregate(same and select(not has_focus(same and before), False, ==), indices, -1);": (
        "a",
        "b",
    ),
    "x = aggregate(select(not has_focus(marked and before), True, ==), indices, -1);": ("a", "b"),
    'x = aggregate(select(tokens == "a" and not has_focus(is_b and before), True, ==), indices);': (
        "a",
        "b",
    ),
    "x = aggregate(select(not has_focus(select(tokens_int, 2, <)), True, ==), indices, -1);": (
        "1",
        "2",
        "3",
    ),
    "x = aggregate(same and select(not has_focus(never and before), True, ==), indices, -1);": (
        "a",
        "b",
    ),
    "x = selector_width(select(1, 1, ==));": ("a", "b"),
    "x = selector_width(before and select(indices, indices - 3, >));": ("a", "b"),
    "x = selector_width(select(length - indices, 1, ==));": ("a", "b"),
    "q = (indices == 1) and length > 0; x = selector_width(select(q, indices, ==));": ("a", "b"),
    "x = aggregate(select(tokens_asis, 1, <) and last(before), 2, 9);": ("a", 1, 0),
    "x = selector_width(select(indicator(b), 0, ==));": ("a", "b"),
    "x = tokens_int if aggregate(select(indices, 0 if tokens_int > 0 else tokens_int, ==),"
    " True, False) else 9;": ("0", "3"),
    "x = tokens_int if aggregate(select(tokens_int, 0 if tokens_int < 0 else tokens_int, ==),"
    " True, False) else 9;": ("0", "3"),
    "x = tokens_int if aggregate(select(indices, 0 if tokens_int < 0 else tokens_int, ==),"
    " True, True) else 9;": ("0", "3"),
    "x = aggregate(none, tokens_asis, 0) - aggregate(none, indicator(b), 0) > 0;": ("b", 0, 1),
    "x = aggregate(none, indicator(b), 0) - aggregate(none, tokens_asis, 0) > 0;": ("b", 0, 1),
    "x = aggregate(before, tokens_int) > 0;": ("0", "2"),
    "x = selector_width(select(indices if indices > 1 else 0, 2, ==));": ("a", "b"),
    "x = selector_width(select(tokens_asis, tokens_asis, ==));": ("1", 1),
    "x = selector_width(same or never);": ("a", "b"),
    "x = selector_width(select(indices - tokens_int, 1, ==));": ("0", "1"),
    "x = selector_width(select(indices * 0.1 + 10000000000000000, 1, ==));": ("0", "1"),
    "x = selector_width(select(tokens_float, tokens_float, <) or (float_equal and before));": (
        "nan",
        "1",
    ),
    'x = aggregate(select(as_is_rank, 0, ==), indicator(tokens == "1"), 9);': (1, 1.0),
    "x = aggregate(select(float_rank, 0, ==), indicator(tokens_float > 0), 9);": ("nan", "1"),
}
"""Programs about which something could be thought that is not so, with their tokens."""


def cases(text: str) -> Iterator[Case]:
    """A program about which something could be thought that is not so, for short inputs."""
    sop = loads(_PARTS + text)["x"]
    assert isinstance(sop, SOp)
    for max_len in (2, 4):
        for causal in (False, True):
            yield Case(text, sop.node, TEXTS[text], max_len, causal)


def mistaken(case: Case, inputs: Sequence[list[Atom]]) -> str | None:
    """What is taken to be so and is not; None where nothing is."""
    space = Attended(case.tokens, case.max_len, causal=case.causal)
    space.most = MOST
    try:
        root = normal(case.root, space)
    except UnprovedError:
        return None
    expected = outcomes(case.root, inputs, causal=case.causal)
    found = outcomes(root, inputs, causal=case.causal)
    for wanted, got in zip(expected, found, strict=True):
        if _keys(wanted) != _keys(got):
            return f"rewritten, it is {got} for {wanted}"
    nodes = _nodes(root)
    known = {node: domain for node in nodes if (domain := _domain(space, node)) is not None}
    for sequence, wanted in zip(inputs, expected, strict=True):
        if not isinstance(wanted, RaspError):
            values = traced(list(known), sequence, causal=case.causal)
            for node, domain in known.items():
                if node in values and (wrong := _missing(space, node, domain, values[node])):
                    return wrong
    return None


def _nodes(root: SOpNode) -> list[SOpNode]:
    """The s-ops of a program, and how many keys each of its selectors selects."""
    order = topological([root])
    found: list[SOpNode] = [node for node in order if isinstance(node, SOP_TYPES)]
    counts = [construct.selector_width(node) for node in order if isinstance(node, SELECTOR_TYPES)]
    return list(dict.fromkeys([*found, *counts]))


def _domain(space: Attended, node: SOpNode) -> Domain | None:
    try:
        return space.domain(node)
    except UnprovedError:
        return None


def _keys(outcome: Sequence[Atom] | RaspError) -> object:
    return "fails" if isinstance(outcome, RaspError) else tuple(map(atom_key, outcome))


def _missing(space: Attended, node: SOpNode, domain: Domain, values: Sequence[Atom]) -> str | None:
    places = {atom_key(value): place for place, value in enumerate(domain.values)}
    n_lengths, n_indices, _ = domain.mask.shape
    for index, value in enumerate(values):
        place = places.get(atom_key(value))
        row = len(values) - 1 if n_lengths > 1 else 0
        column = index if n_indices > 1 else 0
        if place is None or not domain.mask[row, column, place]:
            return f"{node} is {value!r} at {index} of {len(values)}"
    try:
        differs, permutes = space.facts.differs(node), space.facts.permutes(node)
    except UnprovedError:
        return None
    if differs and len(set(values)) < len(values):
        return f"{node} has a value twice: {values}"
    if permutes and set(map(atom_key, values)) != set(map(atom_key, range(len(values)))):
        return f"{node} is no permutation: {values}"
    return None

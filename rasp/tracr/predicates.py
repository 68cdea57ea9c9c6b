"""Predicates of a key and a query, any Python functions -> selectors that select the same pairs.

    lambda k, q: q == k + 1             select(k + 1, q, ==)
    lambda k, q: k[0] == q[0] and ...   select(k0, q0, ==) and ...
    lambda k, q: (k, q) in pairs        comparisons of tables of keys and queries

Where the predicate raises, nothing is promised: the Tracr program fails there, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rasp.graph import construct
from rasp.graph.nodes import (
    TOKENS,
    Atom,
    Constant,
    Elementwise,
    Select,
    SelectorAnd,
    SelectorNode,
    SelectorNot,
    SelectorOr,
    SOpNode,
    intern,
)
from rasp.graph.operators import COMPARISON_OPERATORS, MIRRORED, OperationError, apply
from rasp.graph.walk import topological
from rasp.occurring import TooManyValuesError
from rasp.tabulated import tabulated
from rasp.tracr.columns import Cells, column
from rasp.tracr.functions import Functions, Rows, substituted
from rasp.tracr.shapes import Shape, leaves, with_nodes
from rasp.tracr.tracing import NotTracedError, is_truth, trace

MAX_PAIRS = 400_000
MAX_PATTERNS = 200

_SIGNS = {operator: sign for sign, operator in COMPARISON_OPERATORS.items()}

Matrix = list[list["bool | None"]]
"""For each key and query whether they match; None where the predicate fails."""


@dataclass(frozen=True)
class _Side:
    """The keys or the queries: their rows, and what stands for them while a predicate is traced."""

    rows: Rows
    places: tuple[SOpNode, ...]  # one for each node of the rows

    def owns(self, node: SOpNode) -> bool:
        return any(place in self.places for place in topological([node]))

    def column(self, node: SOpNode) -> Cells:
        given = {
            place: [row[at] for row in self.rows.atoms] for at, place in enumerate(self.places)
        }
        return column(node, given, len(self.rows.atoms), {})

    def real(self, node: SOpNode) -> SOpNode:
        return substituted(node, dict(zip(self.places, self.rows.nodes, strict=True)))


def select(
    functions: Functions, keys: Shape, queries: Shape, predicate: Callable[[Any, Any], Any]
) -> SelectorNode:
    """Raises TooManyValuesError if there are too many pairs of a key and a query."""
    key, query = _side(functions, keys, "key"), _side(functions, queries, "query")
    n_pairs = len(key.rows.atoms) * len(query.rows.atoms)
    if n_pairs > MAX_PAIRS:
        raise TooManyValuesError(f"there are {n_pairs:,} pairs of a key and a query")
    matrix = [[_answer(predicate, k, q) for (q,) in query.rows.values] for (k,) in key.rows.values]
    plain = all(leaf.plain for shape in (keys, queries) for leaf in leaves(shape))
    if plain:
        traced = _traced(functions, predicate, keys, queries, key, query)
        if traced is not None and _matches(traced, matrix, key, query):
            return _real(traced, key, query)
    for side in (key, query):
        functions.occurring.check_exact(side.rows.nodes)
    return by_classes(key.rows, query.rows, [[bool(cell) for cell in row] for row in matrix])


def _side(functions: Functions, shape: Shape, name: str) -> _Side:
    rows = functions.rows([shape])
    places = tuple(
        node
        if isinstance(node, Constant)
        else intern(Elementwise("index_string", (TOKENS,), (f"\0{name}", number)))
        for number, node in enumerate(rows.nodes)
    )
    return _Side(rows, places)


def _answer(predicate: Callable[[Any, Any], Any], key: Any, query: Any) -> bool | None:
    try:
        return bool(predicate(key, query))
    except Exception:  # whatever it raises, Tracr fails on this pair
        return None


# ---- what the predicate does


def _traced(
    functions: Functions,
    predicate: Callable[[Any, Any], Any],
    keys: Shape,
    queries: Shape,
    key: _Side,
    query: _Side,
) -> SelectorNode | None:
    """The predicate as a selector of what stands for keys and queries."""
    arguments = []
    for shape, side in ((keys, key), (queries, query)):
        standing = dict(zip(side.rows.nodes, side.places, strict=True))
        arguments.append(with_nodes(shape, iter([standing[leaf.node] for leaf in leaves(shape)])))

    def truths(node: SOpNode) -> bool:
        for side in (key, query):
            if node in side.places:
                return functions.truths(side.rows.nodes[side.places.index(node)])
        return False

    try:
        result = trace(lambda k, q: bool(predicate(k, q)), arguments, truths)
        assert not isinstance(result, tuple)
        return _selector(result, key, query, truths)
    except NotTracedError:
        return None


def _selector(
    node: SOpNode, key: _Side, query: _Side, truths: Callable[[SOpNode], bool]
) -> SelectorNode:
    """A truth about a key and a query.  Raises NotTracedError."""

    def of(part: SOpNode) -> SelectorNode:
        return _selector(part, key, query, truths)

    if isinstance(node, Constant):
        return construct.FULL if node.value else construct.EMPTY
    if not isinstance(node, Elementwise):
        return _one_sided(node, key, query, truths)
    if node.operator in _SIGNS:
        left, right = node.operands
        return _comparison(_SIGNS[node.operator], left, right, key, query)
    if not (key.owns(node) and query.owns(node)):
        return _one_sided(node, key, query, truths)
    match node.operator:
        case "not":
            return construct.selector_not(of(node.operands[0]))
        case "and":
            return construct.selector_and(*map(of, node.operands))
        case "or":
            return construct.selector_or(*map(of, node.operands))
        case "where":
            condition, then, otherwise = node.operands
            chosen = construct.selector_and(of(condition), of(then))
            rest = construct.selector_and(construct.selector_not(of(condition)), of(otherwise))
            return construct.selector_or(chosen, rest)
    raise NotTracedError("a condition on both keys and queries that is no comparison")


def _one_sided(
    node: SOpNode, key: _Side, query: _Side, truths: Callable[[SOpNode], bool]
) -> SelectorNode:
    if not is_truth(node, truths):
        node = construct.elementwise("not", construct.elementwise("not", node))
    if query.owns(node):
        return construct.select(True, node, "==")
    return construct.select(node, True, "==")


def _comparison(sign: str, left: SOpNode, right: SOpNode, key: _Side, query: _Side) -> SelectorNode:
    mixed = any(key.owns(node) and query.owns(node) for node in (left, right))
    both_sides = (key.owns(left) and key.owns(right)) or (query.owns(left) and query.owns(right))
    one_sided = not (key.owns(left) or key.owns(right)) or not (
        query.owns(left) or query.owns(right)
    )
    if both_sides and one_sided:
        node = construct.elementwise(COMPARISON_OPERATORS[sign], left, right)
        return _one_sided(node, key, query, lambda node: False)
    if mixed or both_sides:
        left, right, sign = _sorted_terms(left, right, sign, key, query)
    if query.owns(left) or key.owns(right):
        left, right, sign = right, left, MIRRORED[sign]
    return construct.select(left, right, sign)


def _sorted_terms(
    left: SOpNode, right: SOpNode, sign: str, key: _Side, query: _Side
) -> tuple[SOpNode, SOpNode, str]:
    """A comparison of sums, with what is about the key on the left and the rest on the right."""
    of_key: list[tuple[int, SOpNode]] = []
    of_query: list[tuple[int, SOpNode]] = []
    for factor, term in [*_terms(left, 1), *_terms(right, -1)]:
        if key.owns(term) and query.owns(term):
            raise NotTracedError("a product of keys and queries")
        if key.owns(term):
            of_key.append((factor, term))
        else:
            of_query.append((-factor, term))
    if sum(factor for factor, _ in of_key) < 0:
        of_key = [(-factor, term) for factor, term in of_key]
        of_query = [(-factor, term) for factor, term in of_query]
        sign = MIRRORED[sign]
    return _sum(of_key), _sum(of_query), sign


def _terms(node: SOpNode, factor: int) -> list[tuple[int, SOpNode]]:
    match node:
        case Elementwise(operator="add", operands=(left, right)):
            return [*_terms(left, factor), *_terms(right, factor)]
        case Elementwise(operator="subtract", operands=(left, right)):
            return [*_terms(left, factor), *_terms(right, -factor)]
        case Elementwise(operator="negate", operands=(operand,)):
            return _terms(operand, -factor)
    return [(factor, node)]


def _sum(terms: Sequence[tuple[int, SOpNode]]) -> SOpNode:
    total: SOpNode | None = None
    for factor, term in sorted(terms, key=lambda entry: -entry[0]):
        if total is None:
            total = term if factor > 0 else construct.elementwise("negate", term)
        else:
            total = construct.elementwise("add" if factor > 0 else "subtract", total, term)
    return total if total is not None else construct.constant(0)


def _matches(selector: SelectorNode, matrix: Matrix, key: _Side, query: _Side) -> bool:
    """Does the selector select the pairs that the predicate selects?"""
    found = _pairs(selector, key, query)
    return all(
        wanted is None or wanted == cell
        for wanted_row, row in zip(matrix, found, strict=True)
        for wanted, cell in zip(wanted_row, row, strict=True)
    )


def _pairs(selector: SelectorNode, key: _Side, query: _Side) -> Matrix:
    """For each key and query whether they are selected, None where it fails."""
    n_keys, n_queries = len(key.rows.atoms), len(query.rows.atoms)
    known: dict[SelectorNode, Matrix] = {}
    for node in topological([selector]):
        match node:
            case Select(key=k, query=q, comparison=sign):
                keys, queries = key.column(k), query.column(q)
                known[node] = [[_compared(sign, a, b) for b in queries] for a in keys]
            case SelectorNot(operand=operand):
                known[node] = [
                    [None if cell is None else not cell for cell in row] for row in known[operand]
                ]
            case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
                both = isinstance(node, SelectorAnd)
                known[node] = [
                    [_joined(known[left][k][q], known[right][k][q], both) for q in range(n_queries)]
                    for k in range(n_keys)
                ]
            case _:
                pass
    return known[selector]


def _compared(sign: str, key: Atom | None, query: Atom | None) -> bool | None:
    if key is None or query is None:
        return None
    try:
        return bool(apply(COMPARISON_OPERATORS[sign], (), key, query))
    except OperationError:
        return None


def _joined(left: bool | None, right: bool | None, both: bool) -> bool | None:
    if left is None or right is None:
        return None
    return left and right if both else left or right


def _real(selector: SelectorNode, key: _Side, query: _Side) -> SelectorNode:
    """The selector with the keys and queries in place of what stood for them."""
    done: dict[SelectorNode, SelectorNode] = {construct.FULL: construct.FULL}
    for node in topological([selector]):
        match node:
            case Select(key=k, query=q, comparison=sign) if node not in done:
                done[node] = construct.select(key.real(k), query.real(q), sign)
            case SelectorNot(operand=operand):
                done[node] = construct.selector_not(done[operand])
            case SelectorAnd(left=left, right=right):
                done[node] = construct.selector_and(done[left], done[right])
            case SelectorOr(left=left, right=right):
                done[node] = construct.selector_or(done[left], done[right])
            case _:
                pass
    return done[selector]


# ---- which pairs it selects


def by_classes(keys: Rows, queries: Rows, matrix: list[list[bool]]) -> SelectorNode:
    """A selector of the pairs that are true in the matrix [keys, queries].

    Keys that select for the same queries are one class.  A class is compared with the queries it
    selects for: by ==, !=, or <, and where none is enough, by several == of which one has to hold.
    """
    patterns = [frozenset(at for at, cell in enumerate(row) if cell) for row in matrix]
    everything = frozenset(range(len(queries.atoms)))
    distinct = sorted(set(patterns), key=lambda pattern: (len(pattern), sorted(pattern)))
    if len(distinct) == 1 and distinct[0] in (everything, frozenset()):
        return construct.FULL if distinct[0] else construct.EMPTY
    if set(distinct) == {everything, frozenset()}:
        return construct.select(_table(keys, [bool(p) for p in patterns]), True, "==")
    if len(distinct) == 1:
        inside = [at in distinct[0] for at in range(len(everything))]
        return construct.select(True, _table(queries, inside), "==")
    if all(a <= b for a, b in pairwise(distinct)):
        ranks = [len(distinct) - 1 - distinct.index(pattern) for pattern in patterns]
        levels = [sum(at in pattern for pattern in distinct) for at in range(len(everything))]
        return construct.select(_table(keys, ranks), _table(queries, levels), "<")
    if _are_disjoint(distinct):
        return _equal(keys, queries, patterns, distinct)
    if _are_disjoint([everything - pattern for pattern in distinct]):
        others = [everything - pattern for pattern in patterns]
        unequal = _equal(keys, queries, others, [everything - pattern for pattern in distinct])
        assert isinstance(unequal, Select)
        return construct.select(unequal.key, unequal.query, "!=")
    if len(distinct) > MAX_PATTERNS:
        raise TooManyValuesError(f"the predicate tells {len(distinct)} kinds of keys apart")
    selector: SelectorNode | None = None
    for group in _disjoint_groups(distinct):
        part = _equal(keys, queries, patterns, group)
        selector = part if selector is None else construct.selector_or(selector, part)
    assert selector is not None
    return selector


def _equal(
    keys: Rows,
    queries: Rows,
    patterns: Sequence[frozenset[int]],
    group: Sequence[frozenset[int]],
) -> SelectorNode:
    """Keys of the classes in the group with their queries: each has the number of its class."""
    number = {pattern: at for at, pattern in enumerate(p for p in group if p)}
    of_query = {at: number[pattern] for pattern in number for at in pattern}
    key = _table(keys, [number.get(pattern, -1) for pattern in patterns])
    query = _table(queries, [of_query.get(at, -2) for at in range(len(queries.atoms))])
    return construct.select(key, query, "==")


def _are_disjoint(patterns: Sequence[frozenset[int]]) -> bool:
    return sum(map(len, patterns)) == len(frozenset().union(*patterns))


def _disjoint_groups(patterns: Sequence[frozenset[int]]) -> list[list[frozenset[int]]]:
    """As few groups as come out when each pattern goes into the first that has nothing of it."""
    groups: list[list[frozenset[int]]] = []
    for pattern in reversed(patterns):
        if not pattern:
            continue
        for group in groups:
            if not any(pattern & other for other in group):
                group.append(pattern)
                break
        else:
            groups.append([pattern])
    return groups


def _table(rows: Rows, values: Sequence[Atom]) -> SOpNode:
    return tabulated(rows.nodes, zip(rows.atoms, values, strict=True))

"""The s-op graph: what a program means, once everything that is not a sequence operation has run.

    s-op      Tokens | Indices | Constant | Elementwise | Aggregate | SelectorWidth | Fetch
    selector  Select | SelectorNot | SelectorAnd | SelectorOr | Best

Nodes are immutable and interned: structurally equal nodes are one object, so `is` is structural
equality and a selector written twice is one head.  Build them with `rasp.graph.construct`, which
checks and folds; the classes here only hold and intern.  Names and source places of nodes live in a
side table (`rasp.graph.origins`), never in the node.
"""

from __future__ import annotations

import weakref
from typing import ClassVar, Self, TypeAlias, TypeVar

from rasp.frozen import frozen_one

Atom: TypeAlias = bool | int | float | str
"""A value at one position of a sequence."""

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class _ShortRepr:
    """Nodes are shared deeply, so written out they would be exponentially long.

    A copy of a node is the node; pickled (`rasp.graph.pickling`), it is its graph as plain data.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} node>"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self


@frozen_one
class Tokens(_ShortRepr):
    """The input, element by element as it is; ``tokens_str`` and its kin are conversions of it."""


@frozen_one
class Indices(_ShortRepr):
    """The position, from 0."""


@frozen_one
class Constant(_ShortRepr):
    """The same atom at every position.  1, 1.0 and True are three constants."""

    value: Atom


@frozen_one
class Elementwise(_ShortRepr):
    """An operator of `rasp.graph.operators` applied position by position.

    parameters: the atoms of a table that belongs to the operator (``index_list``, ``index_dict``,
    ``member``), empty for all others.
    """

    operator: str
    operands: tuple[SOpNode, ...]
    parameters: tuple[Atom, ...] = ()


@frozen_one
class Aggregate(_ShortRepr):
    """The mean, over the positions that the selector selects, of value; default where there is
    none.
    """

    selector: SelectorNode
    value: SOpNode
    default: Atom = 0


@frozen_one
class SelectorWidth(_ShortRepr):
    """How many positions the selector selects."""

    selector: SelectorNode


@frozen_one
class Select(_ShortRepr):
    """Selected are the pairs (query position i, key position j) with ``key[j] comparison
    query[i]``.
    """

    key: SOpNode
    query: SOpNode
    comparison: str


@frozen_one
class SelectorNot(_ShortRepr):
    operand: SelectorNode


@frozen_one
class SelectorAnd(_ShortRepr):
    left: SelectorNode
    right: SelectorNode


@frozen_one
class SelectorOr(_ShortRepr):
    left: SelectorNode
    right: SelectorNode


@frozen_one
class Best(_ShortRepr):
    """Of the keys that the selector selects for a query, those whose score no other's is above.

    All of them where several share it.  Scores of keys that are not selected do not count.
    """

    selector: SelectorNode
    score: SOpNode


@frozen_one
class Fetch(_ShortRepr):
    """The one value that all selected positions share; default where none is selected.

    It fails where they have several, and where none is selected if default is None.
    """

    selector: SelectorNode
    value: SOpNode
    default: Atom | None = None


SOpNode: TypeAlias = Tokens | Indices | Constant | Elementwise | Aggregate | SelectorWidth | Fetch
SelectorNode: TypeAlias = Select | SelectorNot | SelectorAnd | SelectorOr | Best
Node: TypeAlias = SOpNode | SelectorNode

SOP_TYPES = (Tokens, Indices, Constant, Elementwise, Aggregate, SelectorWidth, Fetch)
SELECTOR_TYPES = (Select, SelectorNot, SelectorAnd, SelectorOr, Best)

_N = TypeVar("_N", bound=Node)


class _Interner:
    """One object per structure.

    Keys name children by `id`, which is safe because a living node keeps its children alive, and
    which keeps the table from holding any node itself.
    """

    table: ClassVar[weakref.WeakValueDictionary[tuple[object, ...], Node]] = (
        weakref.WeakValueDictionary()
    )

    @classmethod
    def intern(cls, key: tuple[object, ...], node: _N) -> _N:
        return cls.table.setdefault(key, node)  # type: ignore[return-value]


def atom_key(value: Atom) -> tuple[str, str | int]:
    """Distinguishes 1, 1.0 and True, 0.0 and -0.0, and makes every nan one."""
    if isinstance(value, float):
        return "float", repr(value)
    return type(value).__name__, value


def children(node: Node) -> tuple[Node, ...]:
    """The nodes a node is built of, in order."""
    match node:
        case Tokens() | Indices() | Constant():
            return ()
        case Elementwise(operands=operands):
            return operands
        case Aggregate(selector=selector, value=value) | Fetch(selector=selector, value=value):
            return selector, value
        case SelectorWidth(selector=selector):
            return (selector,)
        case Select(key=key, query=query):
            return key, query
        case SelectorNot(operand=operand):
            return (operand,)
        case SelectorAnd(left=left, right=right) | SelectorOr(left=left, right=right):
            return left, right
        case Best(selector=selector, score=score):
            return selector, score


def intern(node: _N) -> _N:
    """The one node with this structure; its children must be interned already."""
    extra: tuple[object, ...]
    match node:
        case Constant(value=value):
            extra = atom_key(value)
        case Elementwise(operator=operator, parameters=parameters):
            extra = (operator, *map(atom_key, parameters))
        case Aggregate(default=default):
            extra = atom_key(default)
        case Fetch(default=default) if default is not None:
            extra = atom_key(default)
        case Select(comparison=comparison):
            extra = (comparison,)
        case _:
            extra = ()
    key = (type(node).__name__, *map(id, children(node)), extra)
    return _Interner.intern(key, node)


TOKENS = intern(Tokens())
INDICES = intern(Indices())

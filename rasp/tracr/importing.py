"""A program of Tracr -> an s-op of ours, children first.

Tracr's objects are known by the names of their classes and attributes, so Tracr is not imported.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rasp.arguments import named_arguments
from rasp.errors import RaspError, RaspTypeError, RaspValueError
from rasp.graph import construct
from rasp.graph.construct import is_atom
from rasp.graph.derived import LENGTH
from rasp.graph.nodes import (
    INDICES,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Indices,
    Select,
    SelectorAnd,
    SelectorNode,
    SOpNode,
)
from rasp.graph.operators import show, type_name
from rasp.graph.origins import Origins
from rasp.graph.sequences import plain_atom
from rasp.graph.walk import topological
from rasp.interpreter import evaluate
from rasp.occurring import Occurring, TooManyValuesError
from rasp.sop import SOp
from rasp.tabulated import plain
from rasp.tracr.expressions import children_first, described, name_of
from rasp.tracr.functions import CollisionError, Functions
from rasp.tracr.predicates import by_classes, select
from rasp.tracr.shapes import Leaf, Shape

NONES = ("None", "(None)", "(no value)")
"""Atoms for None; the first that is no value of the program is taken."""

_COMPARISONS: dict[str, str] = {
    "EQ": "==",
    "NEQ": "!=",
    "LT": "<",
    "LEQ": "<=",
    "GT": ">",
    "GEQ": ">=",
}
_FUNCTIONS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "NEQ": operator.ne,
    "LT": operator.lt,
    "LEQ": operator.le,
    "GT": operator.gt,
    "GEQ": operator.ge,
    "TRUE": lambda key, query: True,
    "FALSE": lambda key, query: False,
}

Imported = "Shape | SelectorNode"


@named_arguments
def from_tracr(
    program: object,
    *,
    vocab: Iterable[Atom],
    max_len: int,
    causal: bool | None = None,
    none: Atom | None = None,
) -> SOp:
    """A program of Tracr (an s-op of ``tracr.rasp.rasp``) as an s-op of ours.

    It has the values that Tracr's evaluators give on inputs of 1 to max_len tokens of vocab.
    causal: with a causal mask (True) or without (False) only; by default both.
    none: what the result has where Tracr's has None.  By default ``"None"`` where its other values
    are strings; where they are numbers or truth values, -1, or the next whole number below all of
    them.

    Raises RaspTypeError for what is no such program, RaspValueError for what cannot be imported:
    functions of values that cannot be listed, or that fail for all of them.
    """
    tokens = list(dict.fromkeys(vocab))
    longest = plain_atom(max_len)
    if type(longest) is not int or longest < 1:
        raise RaspValueError(f"max_len has to be a positive integer, got {max_len!r}")
    if none is not None and not is_atom(none):
        raise RaspTypeError(f"none has to be an atom, got {type_name(none)}")
    for atom in NONES:
        if atom in tokens:
            continue
        importer = _Importer(tokens, longest, causal, atom)
        try:
            return importer.run(program, none)
        except CollisionError:
            continue
    raise RaspValueError(f"the program has all the values {', '.join(map(show, NONES))}")


@dataclass
class _Importer:
    """What is known of the expressions of one program."""

    vocab: Sequence[Atom]
    max_len: int
    causal: bool | None
    none: str
    origins: Origins = field(default_factory=Origins)
    known: dict[int, Any] = field(default_factory=dict)  # a Shape or a selector, by id

    def __post_init__(self) -> None:
        masks = (False, True) if self.causal is None else (self.causal,)
        # In an order of their own: sets have another in each process.
        vocab = sorted(self.vocab, key=lambda token: (isinstance(token, str), token))
        self.occurring = Occurring(vocab, self.max_len, masks=masks, origins=self.origins)
        self.functions = Functions(self.occurring, self.none)
        text = all(isinstance(token, str) for token in vocab)
        self.tokens = construct.tokens("str" if text else "asis")

    def run(self, program: object, none: Atom | None) -> SOp:
        for expression in children_first(program):
            try:
                found = self._import(expression)
            except TooManyValuesError as error:
                raise RaspValueError(
                    f"the values for {described(expression)} cannot be listed: {error}",
                    hint="a smaller vocabulary or a smaller max_len",
                ) from None
            except RaspError as error:
                error.notes = (*error.notes, f"in Tracr's {described(expression)}")
                raise
            self.known[id(expression)] = found
            self._name(expression, found)
        shape = self.known[id(program)]
        if not isinstance(shape, (Leaf, tuple)):
            raise RaspTypeError("a program is an s-op, and this is a selector")
        name = name_of(program)
        return SOp(self._result(self._one(shape), none), self.origins, name=name)

    def _import(self, expression: Any) -> Any:
        """What an expression is, from what its children are."""
        for cls in type(expression).__mro__:
            match cls.__name__:
                case "TokensType":
                    return Leaf(self.tokens)
                case "IndicesType":
                    return Leaf(INDICES)
                case "LengthType":
                    return self._length()
                case "Full":
                    return self._constant(expression.fill)
                case "ConstantSOp":
                    return self._listed(list(expression.value))
                case "Map":
                    return self.functions.apply(expression.f, [self._of(expression.inner)])
                case "LinearSequenceMap":
                    return self._linear(expression)
                case "SequenceMap":
                    shapes = [self._of(expression.fst), self._of(expression.snd)]
                    return self.functions.apply(expression.f, shapes)
                case "SelectorWidth":
                    return Leaf(construct.selector_width(self._of(expression.selector)))
                case "Aggregate":
                    return self._aggregate(expression)
                case "Select":
                    return self._select(expression)
                case "ConstantSelector":
                    return self._matrix(expression.value)
                case "SelectorAnd":
                    first, second = self._of(expression.fst), self._of(expression.snd)
                    return construct.selector_and(first, second)
                case "SelectorOr":
                    first, second = self._of(expression.fst), self._of(expression.snd)
                    return construct.selector_or(first, second)
                case "SelectorNot":
                    return construct.selector_not(self._of(expression.inner))
        raise RaspTypeError(
            f"{type_name(expression)} is no expression of Tracr",
            hint="a program is an s-op of tracr.rasp.rasp",
        )

    def _of(self, expression: object) -> Any:
        return self.known[id(expression)]

    # ---- s-ops

    def _length(self) -> Leaf:
        if self.causal is not False and self.causal is not None:
            raise RaspValueError(
                "with a causal mask no position knows the length, which Tracr's evaluator has",
                hint="Tracr's make_length counts the tokens so far, there and here",
            )
        return Leaf(LENGTH)

    def _constant(self, value: object) -> Leaf:
        meant: dict[Atom, Any] = {}
        return Leaf(construct.constant(self.functions.atom(value, meant)), meant)

    def _listed(self, values: Sequence[object]) -> Leaf:
        """Values by position, as Tracr's tests have them."""
        meant: dict[Atom, Any] = {}
        atoms = [self.functions.atom(value, meant) for value in values[: self.max_len]]
        return Leaf(construct.elementwise("index_list", INDICES, parameters=atoms), meant)

    def _linear(self, expression: Any) -> Shape:
        shapes = [self._of(expression.fst), self._of(expression.snd)]
        first, second = plain(expression.fst_fac), plain(expression.snd_fac)
        if not (isinstance(first, (int, float)) and isinstance(second, (int, float))):
            raise RaspTypeError("the factors of a LinearSequenceMap have to be numbers")
        function = _linear(first, second)
        try:
            return self.functions.apply(function, shapes)
        except TooManyValuesError:
            if not all(isinstance(shape, Leaf) and not shape.meant for shape in shapes):
                raise
            return Leaf(function(*(SOp(shape.node) for shape in shapes)).node)

    def _one(self, shape: Shape) -> Leaf:
        """A shape as one s-op, in which tuples are atoms that stand for them."""
        if isinstance(shape, Leaf):
            return shape
        rows = self.functions.rows([shape])
        return self.functions.listed(rows, [value for (value,) in rows.values])

    def _aggregate(self, expression: Any) -> Leaf:
        """Tracr's mean: the one value selected as it is, of several numbers the mean.

        Truth values are numbers there, which ours are only beside others.
        """
        selector: SelectorNode = self._of(expression.selector)
        carried = self._one(self._of(expression.sop))
        meant = dict(carried.meant)
        value = carried.node
        if not _selects_one(selector, self.max_len):
            value = self._counted(value)
        default = expression.default
        if default is None:
            node = construct.aggregate(selector, value, self.none)
            if self._is_always_selected(selector, node):
                return Leaf(construct.aggregate(selector, value), meant)
            return Leaf(node, {**meant, self.none: None})
        return Leaf(
            construct.aggregate(selector, value, self.functions.atom(default, meant)), meant
        )

    def _is_always_selected(self, selector: SelectorNode, node: SOpNode) -> bool:
        """Does the default never occur?"""
        assert isinstance(node, Aggregate)
        width = construct.selector_width(selector)
        try:
            return 0 not in self.occurring.values(width)
        except TooManyValuesError:
            return False

    def _counted(self, value: SOpNode) -> SOpNode:
        """The same values, with truth values as numbers where several may be averaged."""
        try:
            values = self.occurring.values(value)
        except TooManyValuesError:
            return value  # many numbers: no truth values
        kinds = {type(value) for value in values}
        if bool not in kinds:
            return value
        if kinds == {bool}:
            return construct.elementwise("indicator", value)
        if str not in kinds:
            return construct.elementwise("multiply", value, 1)
        rows = self.functions.rows([Leaf(value)])
        numbers = [int(atom) if isinstance(atom, bool) else atom for (atom,) in rows.values]
        parameters = [
            part
            for (atom,), number in zip(rows.atoms, numbers, strict=True)
            for part in (atom, number)
        ]
        return construct.elementwise("index_dict", value, parameters=parameters)

    # ---- selectors

    def _select(self, expression: Any) -> SelectorNode:
        keys, queries = self._of(expression.keys), self._of(expression.queries)
        predicate = expression.predicate
        name = getattr(predicate, "name", None)
        if type(predicate).__name__ == "Comparison" and name in _FUNCTIONS:
            if name in ("TRUE", "FALSE"):
                return construct.FULL if name == "TRUE" else construct.EMPTY
            simple = all(isinstance(shape, Leaf) and shape.plain for shape in (keys, queries))
            if simple:
                return construct.select(keys.node, queries.node, _COMPARISONS[name])
            predicate = _FUNCTIONS[name]
        if not callable(predicate):
            raise RaspTypeError(f"a predicate has to be a function, got {type_name(predicate)}")
        return select(self.functions, keys, queries, predicate)

    def _matrix(self, matrix: Sequence[Sequence[object]]) -> SelectorNode:
        """Which keys each query selects, by position, as Tracr's tests have them."""
        rows = self.functions.rows([Leaf(INDICES)])

        def cell(key: int, query: int) -> bool:
            return query < len(matrix) and key < len(matrix[query]) and bool(matrix[query][key])

        positions = [int(value) for (value,) in rows.values]
        return by_classes(rows, rows, [[cell(k, q) for q in positions] for k in positions])

    # ---- the result

    def _result(self, leaf: Leaf, none: Atom | None) -> SOpNode:
        """The s-op with values of one type: None among numbers is a number that is none of them."""
        if self.none not in leaf.meant or leaf.meant[self.none] is not None:
            return leaf.node
        try:
            values = [value for value in self.occurring.values(leaf.node) if value != self.none]
        except TooManyValuesError:
            values = []
        if none is None:
            numbers = [value for value in values if not isinstance(value, str)]
            if len(numbers) < len(values) or not values:
                return leaf.node
            none = min(-1, *(int(number // 1) - 1 for number in numbers))
        if none == self.none:
            return leaf.node
        match leaf.node:
            case Aggregate(selector=selector, value=value, default=default) if (
                default == self.none and self.none not in self.occurring.values(value)
            ):
                return construct.aggregate(selector, value, none)
            case Elementwise(
                operator="where", operands=(absent, Constant(value=self.none), value)
            ) if self.none not in self.occurring.values(value):
                return construct.elementwise("where", absent, none, value)
        absent = construct.elementwise("equal", leaf.node, self.none)
        return construct.elementwise("where", absent, none, leaf.node)

    def _name(self, expression: object, found: Any) -> None:
        name = name_of(expression)
        if name is None or isinstance(found, tuple):
            return
        node = found.node if isinstance(found, Leaf) else found
        if not isinstance(node, (Constant, Indices)) and node not in (self.tokens, LENGTH):
            self.origins.add(node, name=name)


def _linear(first: float, second: float) -> Callable[[Any, Any], Any]:
    """first * x + second * y, without what changes no value."""
    match first, second:
        case 1, 1:
            return lambda x, y: x + y
        case 1, -1:
            return lambda x, y: x - y
        case -1, 1:
            return lambda x, y: y - x
    return lambda x, y: first * x + second * y


def _selects_one(selector: SelectorNode, max_len: int) -> bool:
    """Is it plain that no query selects more than one key?"""
    match selector:
        case SelectorAnd(left=left, right=right):
            return _selects_one(left, max_len) or _selects_one(right, max_len)
        case Select(key=key, comparison="=="):
            below = topological([key])
            if not all(isinstance(node, (Indices, Constant, Elementwise)) for node in below):
                return False
            try:
                values = evaluate(key, [["a"] * max_len])[0]
            except RaspError:
                return False
            return len(set(values)) == max_len
    return False

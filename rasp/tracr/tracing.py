"""Python functions of values -> the s-ops that they compute, by calling them with stand-ins.

A stand-in has the operators of Python and notes which are used.  Where the function asks whether it
is true (`if`, `and`, `not`, `min`), the function is called again for the other answer:

    lambda x: 1 if x > 2 else x        1 if x > 2 else x
    lambda x, y: x and not y           x and not y

Nothing is believed of what comes out: a function may ask what no stand-in can answer (`x is None`,
`isinstance(x, int)`).  So who calls `trace` compares the result with the function on all values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

from rasp.graph import construct
from rasp.graph.construct import is_atom
from rasp.graph.nodes import Atom, Constant, Elementwise, SOpNode
from rasp.graph.operators import COMPARISON_OPERATORS
from rasp.tabulated import plain

MAX_PATHS = 64
"""Of answers to whether something is true; a function with more is taken by its values."""

_TRUTHS = frozenset((*COMPARISON_OPERATORS.values(), "and", "or", "not", "member", "to_bool"))

Traced: TypeAlias = "SOpNode | tuple[Traced, ...]"
"""An s-op, or a tuple of them where the function makes tuples."""


class NotTracedError(Exception):
    """The function does what no s-op does."""


@dataclass
class _Path:
    """One run: the answers that are given in advance, and all that were asked for."""

    given: tuple[bool, ...]
    asked: list[tuple[SOpNode, bool]] = field(default_factory=list)
    known: dict[SOpNode, bool] = field(default_factory=dict)

    def answer(self, node: SOpNode) -> bool:
        if isinstance(node, Constant):
            return bool(node.value)
        if node not in self.known:
            number = len(self.asked)
            if number == MAX_PATHS:
                raise NotTracedError("too many cases")
            self.known[node] = self.given[number] if number < len(self.given) else True
            self.asked.append((node, self.known[node]))
        return self.known[node]


class StandIn:
    """In place of a value: an s-op that the operators of Python build on."""

    __slots__ = ("node", "path")

    def __init__(self, node: SOpNode, path: _Path) -> None:
        self.node = node
        self.path = path

    def _with(self, operator: str, *operands: Any) -> StandIn:
        return StandIn(construct.elementwise(operator, *map(_node, operands)), self.path)

    def __bool__(self) -> bool:
        return self.path.answer(self.node)

    def __hash__(self) -> NoReturn:
        raise NotTracedError("looked for in a set or dict")

    def __str__(self) -> NoReturn:
        raise NotTracedError("written as text")

    __repr__ = __str__

    def __format__(self, how: str) -> NoReturn:
        raise NotTracedError("written as text")

    def __abs__(self) -> StandIn:
        return -self if self < 0 else self

    def __neg__(self) -> StandIn:
        return self._with("negate", self)

    def __pos__(self) -> StandIn:
        return self._with("plus", self)

    def __round__(self, digits: object = None) -> StandIn:
        if digits is not None:
            raise NotTracedError("rounded to digits")
        return self._with("round", self)

    def __eq__(self, other: object) -> StandIn:  # type: ignore[override]
        return self._with("equal", self, other)

    def __ne__(self, other: object) -> StandIn:  # type: ignore[override]
        return self._with("not_equal", self, other)

    def __lt__(self, other: object) -> StandIn:
        return self._with("less", self, other)

    def __le__(self, other: object) -> StandIn:
        return self._with("less_equal", self, other)

    def __gt__(self, other: object) -> StandIn:
        return self._with("greater", self, other)

    def __ge__(self, other: object) -> StandIn:
        return self._with("greater_equal", self, other)

    def __add__(self, other: object) -> StandIn:
        less = _negative(other)
        return self._with("add", self, other) if less is None else self - less

    def __radd__(self, other: object) -> StandIn:
        return self._with("add", other, self)

    def __sub__(self, other: object) -> StandIn:
        more = _negative(other)
        return self._with("subtract", self, other) if more is None else self + more

    def __rsub__(self, other: object) -> StandIn:
        return self._with("subtract", other, self)

    def __mul__(self, other: object) -> StandIn:
        return self._times(other, self._with("multiply", self, other))

    def __rmul__(self, other: object) -> StandIn:
        return self._times(other, self._with("multiply", other, self))

    def _times(self, other: object, product: StandIn) -> StandIn:
        """The product, which is written more briefly if the factor is 1 or -1."""
        if type(other) is int and other in (1, -1):
            return self if other == 1 else -self
        return product

    def __truediv__(self, other: object) -> StandIn:
        return self._with("divide", self, other)

    def __rtruediv__(self, other: object) -> StandIn:
        return self._with("divide", other, self)

    def __floordiv__(self, other: object) -> StandIn:
        return round((self - self % other) / other)

    def __rfloordiv__(self, other: object) -> StandIn:
        return round((other - other % self) / self)

    def __floor__(self) -> StandIn:
        return round(self - self % 1)

    def __ceil__(self) -> StandIn:
        return round(self + -self % 1)

    def __mod__(self, other: object) -> StandIn:
        return self._with("modulo", self, other)

    def __rmod__(self, other: object) -> StandIn:
        return self._with("modulo", other, self)

    def __pow__(self, other: object) -> StandIn:
        return self._with("power", self, other)

    def __rpow__(self, other: object) -> StandIn:
        return self._with("power", other, self)


def _negative(value: object) -> int | float | None:
    """What has to be subtracted where a negative number is to be added."""
    value = plain(value)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return -value if number and value < 0 else None  # type: ignore[operator]


def _node(value: object) -> SOpNode | Atom:
    value = plain(value)
    if isinstance(value, StandIn):
        return value.node
    if is_atom(value):
        return value
    raise NotTracedError(f"combined with {type(value).__name__}")


def trace(
    function: Callable[..., Any],
    arguments: Sequence[Traced],
    truths: Callable[[SOpNode], bool] = lambda node: False,
) -> Traced:
    """What the function makes of s-ops.  truths: which s-ops are known to be true or false.

    Raises NotTracedError where it does what no s-op does.
    """
    budget = [MAX_PATHS]

    def explore(given: tuple[bool, ...]) -> Traced:
        """What comes out where the first answers are these."""
        budget[0] -= 1
        if budget[0] < 0:
            raise NotTracedError("too many cases")
        path = _Path(given)
        result = _result(function, [_stand_in(argument, path) for argument in arguments])
        result = _settled(result, path, truths)
        # The last question first: what follows its other answer is explored below it.
        for number in range(len(path.asked) - 1, len(given) - 1, -1):
            node, answer = path.asked[number]
            assert answer
            answers = tuple(said for _, said in path.asked[:number])
            result = _chosen(node, result, explore((*answers, False)), truths)
        return result

    return explore(())


def _result(function: Callable[..., Any], arguments: list[Any]) -> Traced:
    try:
        return _traced(function(*arguments))
    except NotTracedError:
        raise
    except Exception as error:  # a function that cannot cope with stand-ins may raise anything
        raise NotTracedError(f"{type(error).__name__}: {error}") from None


def _stand_in(argument: Traced, path: _Path) -> Any:
    if isinstance(argument, tuple):
        return tuple(_stand_in(part, path) for part in argument)
    return StandIn(argument, path)


def _traced(value: object) -> Traced:
    value = plain(value)
    if isinstance(value, StandIn):
        return value.node
    if isinstance(value, tuple):
        return tuple(map(_traced, value))
    if is_atom(value):
        return construct.constant(value)
    raise NotTracedError(f"gives {type(value).__name__}")


def _settled(result: Traced, path: _Path, truths: Callable[[SOpNode], bool]) -> Traced:
    """A result that was asked about on the way is known by its answer, if that is all it is."""
    if not isinstance(result, tuple) and result in path.known and is_truth(result, truths):
        return construct.constant(path.known[result])
    return result


def is_truth(node: SOpNode, truths: Callable[[SOpNode], bool]) -> bool:
    match node:
        case Constant(value=value):
            return isinstance(value, bool)
        case Elementwise(operator=operator) if operator in _TRUTHS:
            return True
        case Elementwise(operator="where", operands=(_, then, otherwise)):
            return is_truth(then, truths) and is_truth(otherwise, truths)
    return truths(node)


def _either(condition: SOpNode, other: SOpNode) -> SOpNode:
    """``condition or other``; of an s-op's equalities with atoms, ``in`` a list of these."""
    match other:
        case Elementwise(operator="or", operands=(left, right)):
            return _either(_either(condition, left), right)
    first, second = _members(condition), _members(other)
    if first is not None and second is not None and first[0] is second[0]:
        return construct.elementwise("member", first[0], parameters=[*first[1], *second[1]])
    return construct.elementwise("or", condition, other)


def _both(condition: SOpNode, other: SOpNode) -> SOpNode:
    """``condition and other``."""
    match other:
        case Elementwise(operator="and", operands=(left, right)):
            return _both(_both(condition, left), right)
    return construct.elementwise("and", condition, other)


def _members(node: SOpNode) -> tuple[SOpNode, tuple[Atom, ...]] | None:
    """The s-op and the atoms one of which it is."""
    match node:
        case Elementwise(operator="equal", operands=(sop, Constant(value=value))):
            return sop, (value,)
        case Elementwise(operator="member", operands=(sop,), parameters=values):
            return sop, values
    return None


def _are_truths(*nodes: SOpNode) -> bool:
    """Patterns take 0 and 1 for False and True."""
    return all(isinstance(node, Constant) and isinstance(node.value, bool) for node in nodes)


def _chosen(
    condition: SOpNode, then: Traced, otherwise: Traced, truths: Callable[[SOpNode], bool]
) -> Traced:
    """``then if condition else otherwise``, with `and` and `or` where these say the same."""
    if isinstance(then, tuple) or isinstance(otherwise, tuple):
        if not (isinstance(then, tuple) and isinstance(otherwise, tuple)):
            raise NotTracedError("gives tuples for some values only")
        if len(then) != len(otherwise):
            raise NotTracedError("gives tuples of different lengths")
        return tuple(_chosen(condition, a, b, truths) for a, b in zip(then, otherwise, strict=True))
    if then is otherwise:
        return then
    match otherwise:
        case Elementwise(operator="where", operands=(other, same, rest)) if same is then:
            return construct.elementwise("where", _either(condition, other), then, rest)
        case Elementwise(operator="where", operands=(other, rest, same)) if same is then:
            negated = construct.elementwise("not", other)
            return construct.elementwise("where", _either(condition, negated), then, rest)
    match then:
        case Elementwise(operator="where", operands=(other, rest, same)) if same is otherwise:
            return construct.elementwise("where", _both(condition, other), rest, otherwise)
    match then, otherwise:
        case Constant(value=False), Constant(value=True) if _are_truths(then, otherwise):
            return construct.elementwise("not", condition)
    if is_truth(condition, truths):
        match then, otherwise:
            case Constant(value=True), Constant(value=False) if _are_truths(then, otherwise):
                return condition
        if is_truth(then, truths) and is_truth(otherwise, truths):
            match then, otherwise:
                case Constant(value=True), _:
                    return _either(condition, otherwise)
                case _, Constant(value=False):
                    return _both(condition, then)
                case Constant(value=False), _:
                    negated = construct.elementwise("not", condition)
                    return _both(negated, otherwise)
                case _, Constant(value=True):
                    negated = construct.elementwise("not", condition)
                    return _either(negated, then)
    return construct.elementwise("where", condition, then, otherwise)

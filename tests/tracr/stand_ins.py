"""Classes with the names and attributes of Tracr's, which the importer knows Tracr's by.

They hold programs and compute nothing: what a program should give is in `expected.jsonl`, as
Tracr's own evaluators give it (`tests/tracr/profile.py` writes it).
"""

from __future__ import annotations

import copy
import enum
import operator
from collections.abc import Callable, Sequence
from typing import Any

Encoding = enum.Enum("Encoding", ["CATEGORICAL", "NUMERICAL"])
Comparison = enum.Enum("Comparison", ["EQ", "LT", "LEQ", "GT", "GEQ", "NEQ", "TRUE", "FALSE"])


class RASPExpr:
    default_name = ""

    def __init__(self, *children: RASPExpr) -> None:
        self.children = list(children)
        self._name: str | None = None

    @property
    def name(self) -> str:
        return self._name or self.default_name

    def named(self, name: str) -> Any:
        named = copy.copy(self)
        named._name = name
        return named


class SOp(RASPExpr):
    default_name = "sop"

    def _with(self, function: Callable[[Any, Any], Any], other: Any) -> SOp:
        if isinstance(other, SOp):
            return SequenceMap(function, self, other)
        return Map(lambda x: function(x, other), self)

    def __add__(self, other: Any) -> SOp:
        return self._with(operator.add, other)

    def __sub__(self, other: Any) -> SOp:
        return self._with(operator.sub, other)

    def __rsub__(self, other: Any) -> SOp:
        return Map(lambda x: other - x, self)

    def __mul__(self, other: Any) -> SOp:
        return self._with(operator.mul, other)

    def __truediv__(self, other: Any) -> SOp:
        return self._with(operator.truediv, other)

    def __eq__(self, other: object) -> SOp:  # type: ignore[override]
        return Map(lambda x: x == other, self)

    def __lt__(self, other: Any) -> SOp:
        return Map(lambda x: x < other, self)

    def __gt__(self, other: Any) -> SOp:
        return Map(lambda x: x > other, self)

    def __and__(self, other: Any) -> SOp:
        return self._with(lambda x, y: x and y, other)

    def __or__(self, other: Any) -> SOp:
        return self._with(lambda x, y: x or y, other)

    def __invert__(self) -> SOp:
        return Map(lambda x: not x, self)


class TokensType(SOp):
    default_name = "tokens"


class IndicesType(SOp):
    default_name = "indices"


class LengthType(SOp):
    default_name = "length"


class Map(SOp):
    default_name = "map"

    def __init__(self, f: Callable[[Any], Any], inner: SOp) -> None:
        super().__init__(inner)
        self.f, self.inner = f, inner


class SequenceMap(SOp):
    default_name = "sequence_map"

    def __init__(self, f: Callable[[Any, Any], Any], fst: SOp, snd: SOp) -> None:
        super().__init__(fst, snd)
        self.f, self.fst, self.snd = f, fst, snd


class LinearSequenceMap(SequenceMap):
    default_name = "linear_sequence_map"

    def __init__(self, fst: SOp, snd: SOp, fst_fac: float, snd_fac: float) -> None:
        super().__init__(lambda x, y: fst_fac * x + snd_fac * y, fst, snd)
        self.fst_fac, self.snd_fac = fst_fac, snd_fac


class Full(SOp):
    default_name = "full"

    def __init__(self, fill: Any) -> None:
        super().__init__()
        self.fill = fill


class ConstantSOp(SOp):
    default_name = "constant_sop"

    def __init__(self, value: Sequence[Any], check_length: bool = True) -> None:
        super().__init__()
        self.value, self.check_length = value, check_length


class SelectorWidth(SOp):
    default_name = "selector_width"

    def __init__(self, selector: Selector) -> None:
        super().__init__(selector)
        self.selector = selector


class Aggregate(SOp):
    default_name = "aggregate"

    def __init__(self, selector: Selector, sop: SOp, default: Any = None) -> None:
        super().__init__(selector, sop)
        self.selector, self.sop, self.default = selector, sop, default


class Selector(RASPExpr):
    default_name = "selector"

    def __and__(self, other: Selector) -> Selector:
        return SelectorAnd(self, other)

    def __or__(self, other: Selector) -> Selector:
        return SelectorOr(self, other)

    def __invert__(self) -> Selector:
        return SelectorNot(self)


class Select(Selector):
    default_name = "select"

    def __init__(self, keys: SOp, queries: SOp, predicate: Any) -> None:
        super().__init__(keys, queries)
        self.keys, self.queries, self.predicate = keys, queries, predicate


class ConstantSelector(Selector):
    default_name = "constant_selector"

    def __init__(self, value: Sequence[Sequence[bool]], check_length: bool = True) -> None:
        super().__init__()
        self.value, self.check_length = value, check_length


class SelectorAnd(Selector):
    default_name = "selector_and"

    def __init__(self, fst: Selector, snd: Selector) -> None:
        super().__init__(fst, snd)
        self.fst, self.snd = fst, snd


class SelectorOr(Selector):
    default_name = "selector_or"

    def __init__(self, fst: Selector, snd: Selector) -> None:
        super().__init__(fst, snd)
        self.fst, self.snd = fst, snd


class SelectorNot(Selector):
    default_name = "selector_not"

    def __init__(self, inner: Selector) -> None:
        super().__init__(inner)
        self.inner = inner


def numerical(sop: SOp) -> SOp:
    """Tracr's note of how an s-op is encoded, which no value depends on."""
    return sop


tokens, indices, length = TokensType(), IndicesType(), LengthType()

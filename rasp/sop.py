"""Handles: graph nodes as Python objects that can be combined, indexed and applied.

Operators on a handle build new nodes, exactly those that the same text would: `tokens == "a"` is an
s-op and not a truth value.  So handles have neither a truth value nor a hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from rasp.errors import RaspTypeError
from rasp.graph import construct
from rasp.graph.construct import is_atom, is_sop
from rasp.graph.derived import element, gather
from rasp.graph.nodes import Atom, Node, SelectorNode, SOpNode
from rasp.graph.operators import parts_of, type_name, whole
from rasp.graph.origins import Origins
from rasp.graph.text import to_text

if TYPE_CHECKING:
    from rasp.drawing import Drawing, Table


def operand(value: object) -> SOpNode | Atom:
    """The node or atom that a Python value stands for among s-ops.  Raises RaspTypeError."""
    if isinstance(value, SOp):
        return value.node
    if is_atom(value):
        return value
    raise RaspTypeError(f"expected an s-op or an atom, got {type(value).__name__}")


def selector_node(value: object) -> SelectorNode:
    """The node of a selector's handle.  Raises RaspTypeError."""
    if isinstance(value, Selector):
        return value.node
    hint = None
    if isinstance(value, SOp):
        hint = 'which positions are read says a selector: select(indices, 0, "==")'
    raise RaspTypeError(f"expected a selector, got {type(value).__name__}", hint=hint)


class _Handle:
    """What handles of s-ops and of selectors have in common."""

    _kind = _one = ""

    def __init__(
        self, node: Node, origins: Origins | None = None, *, name: str | None = None
    ) -> None:
        self._node = node
        self.origins = origins if origins is not None else Origins()
        self._name = name

    @property
    def name(self) -> str | None:
        """The name it was asked for by, else the first one its program gave it."""
        return self._name or self.origins.name(self._node)

    def __call__(self, tokens: Sequence[Atom]) -> Any:
        """The value on one input, a string or any sequence of tokens.  Raises RaspRuntimeError."""
        from rasp.interpreter import evaluate

        return evaluate(self._node, [tokens], origins=self.origins)[0]

    def graph(self) -> Drawing:
        """What it is made of.  Raises RaspLimitError for a graph too large to be read."""
        from rasp.drawing import draw_graph

        return draw_graph(self._node, name=self.name, origins=self.origins)

    def __bool__(self) -> bool:
        self._no_truth()

    def _no_truth(self) -> NoReturn:
        raise RaspTypeError(
            f"{self._one} has no truth value: it differs from position to position",
            hint="combine with &, | and ~; choose with where(condition, a, b)",
        )

    def __hash__(self) -> int:
        raise RaspTypeError(
            f"{self._one} cannot be a key, since == builds an s-op", hint="its .node can be one"
        )

    def __contains__(self, item: object) -> bool:
        self._no_truth()

    def __iter__(self) -> Iterator[Any]:
        raise RaspTypeError(f"{self._one} cannot be iterated before it has an input")

    def _repr_html_(self) -> str:
        from rasp.drawing.rich import handle

        return handle(self._node, self.origins, self.name)

    def __repr__(self) -> str:
        name = f"{self._name}: " if self._name else ""
        return f"<{self._kind} {name}{to_text(self._node, self.origins)}>"


class Selector(_Handle):
    """A selector: for each query position the key positions it selects."""

    _kind, _one = "selector", "a selector"
    node: SelectorNode

    def __init__(
        self, node: SelectorNode, origins: Origins | None = None, *, name: str | None = None
    ) -> None:
        super().__init__(node, origins, name=name)
        self.node = node

    def draw(self, tokens: Sequence[Atom], *, causal: bool = False) -> Drawing:
        """Its matrix on an input, with its keys and queries.

        Where it fails, the drawing says so and has the error.  Raises RaspTypeError for what is no
        input, RaspLimitError for one too long to be drawn.
        """
        from rasp.drawing import draw_selector

        return draw_selector(self.node, tokens, name=self.name, causal=causal, origins=self.origins)

    def __and__(self, other: object) -> Selector:
        return self._of(construct.selector_and(self.node, selector_node(other)))

    def __or__(self, other: object) -> Selector:
        return self._of(construct.selector_or(self.node, selector_node(other)))

    def __invert__(self) -> Selector:
        return self._of(construct.selector_not(self.node))

    def __eq__(self, other: object) -> bool:
        raise RaspTypeError(
            "selectors cannot be compared",
            hint="two handles are of one selector if a.node is b.node",
        )

    __hash__ = _Handle.__hash__

    def _of(self, node: SelectorNode) -> Selector:
        return Selector(node, self.origins)


class SOp(_Handle):
    """A sequence operation: a function from an input to one value for each position."""

    _kind, _one = "s-op", "an s-op"
    node: SOpNode

    def __init__(
        self, node: SOpNode, origins: Origins | None = None, *, name: str | None = None
    ) -> None:
        super().__init__(node, origins, name=name)
        self.node = node

    def draw(self, tokens: Sequence[Atom], *, causal: bool = False) -> Drawing:
        """The flow of its computation on an input: layers, heads, values at every position.

        Where it fails, the drawing shows how far it comes and has the error.  Raises RaspTypeError
        for what is no input, RaspLimitError for what is too large to be read.
        """
        from rasp.drawing import draw

        return draw(self.node, tokens, name=self.name, causal=causal, origins=self.origins)

    def table(self, tokens: Sequence[Atom], *, causal: bool = False) -> Table:
        """The tokens of an input, the named s-ops that it is made of, and its own values.

        Where something fails, the table has the error.  Raises as `draw`.
        """
        from rasp.drawing import make_table

        return make_table(self.node, tokens, name=self.name, causal=causal, origins=self.origins)

    def interchange(
        self,
        base: Sequence[Atom],
        source: Sequence[Atom],
        names: str | Iterable[str | SOp],
        *,
        causal: bool = False,
    ) -> list[Atom]:
        """Its values on `base`, if s-ops in it have, for whoever reads them, their values on
        `source`, which is as long.

        names: of these s-ops; one that several have is that of the last (`x#1` is the first of
        them).  Raises RaspNameError for a name that is not there, RaspValueError for inputs of
        different lengths, RaspRuntimeError where it fails, with or without exchange.
        """
        from rasp.graph.naming import named_sops, resolved
        from rasp.interpreter.interchange import interchange

        known = named_sops(self.node, self.origins, self.name)
        given = [names] if isinstance(names, (str, SOp)) else list(names)
        nodes = resolved([n.node if isinstance(n, SOp) else n for n in given], known)
        return interchange(self.node, nodes, base, source, causal=causal, origins=self.origins)

    def _of(self, node: SOpNode) -> SOp:
        return SOp(node, self.origins)

    def _with(self, operator: str, other: object) -> SOp:
        return self._of(construct.elementwise(operator, self.node, operand(other)))

    def _after(self, operator: str, other: object) -> SOp:
        return self._of(construct.elementwise(operator, operand(other), self.node))

    def __add__(self, other: object) -> SOp:
        return self._with("add", other)

    def __radd__(self, other: object) -> SOp:
        return self._after("add", other)

    def __sub__(self, other: object) -> SOp:
        return self._with("subtract", other)

    def __rsub__(self, other: object) -> SOp:
        return self._after("subtract", other)

    def __mul__(self, other: object) -> SOp:
        return self._with("multiply", other)

    def __rmul__(self, other: object) -> SOp:
        return self._after("multiply", other)

    def __truediv__(self, other: object) -> SOp:
        return self._with("divide", other)

    def __rtruediv__(self, other: object) -> SOp:
        return self._after("divide", other)

    def __floordiv__(self, other: object) -> SOp:
        """As the library's ``div``."""
        return round((self - self % other) / other)

    def __rfloordiv__(self, other: object) -> SOp:
        return round((other - other % self) / self)

    def __mod__(self, other: object) -> SOp:
        return self._with("modulo", other)

    def __rmod__(self, other: object) -> SOp:
        return self._after("modulo", other)

    def __pow__(self, other: object) -> SOp:
        return self._with("power", other)

    def __rpow__(self, other: object) -> SOp:
        return self._after("power", other)

    def __and__(self, other: object) -> SOp:
        return self._with("and", other)

    def __rand__(self, other: object) -> SOp:
        return self._after("and", other)

    def __or__(self, other: object) -> SOp:
        return self._with("or", other)

    def __ror__(self, other: object) -> SOp:
        return self._after("or", other)

    def __invert__(self) -> SOp:
        return self._of(construct.elementwise("not", self.node))

    def __neg__(self) -> SOp:
        return self._of(construct.elementwise("negate", self.node))

    def __abs__(self) -> SOp:
        """As the library's ``abs``."""
        return self._of(construct.elementwise("where", (self >= 0).node, self.node, (-self).node))

    def __pos__(self) -> SOp:
        return self._of(construct.elementwise("plus", self.node))

    def __round__(self, digits: None = None) -> SOp:
        if digits is not None:
            raise RaspTypeError(
                f"an s-op is rounded to whole numbers, not to {digits} digits",
                hint="round(x * 10) / 10 rounds to one digit",
            )
        return self._of(construct.elementwise("round", self.node))

    def __eq__(self, other: object) -> SOp:  # type: ignore[override]
        return self._with("equal", other)

    def __ne__(self, other: object) -> SOp:  # type: ignore[override]
        return self._with("not_equal", other)

    def __lt__(self, other: object) -> SOp:
        return self._with("less", other)

    def __le__(self, other: object) -> SOp:
        return self._with("less_equal", other)

    def __gt__(self, other: object) -> SOp:
        return self._with("greater", other)

    def __ge__(self, other: object) -> SOp:
        return self._with("greater_equal", other)

    __hash__ = _Handle.__hash__

    def __getitem__(self, place: object) -> SOp:
        """The value at one position, or at the position that an s-op names, everywhere."""
        if isinstance(place, slice):
            raise RaspTypeError(
                "an s-op has no slices", hint='it is moved by shift(x, 1, "-"), read at x[i]'
            )
        position = operand(place)
        if is_sop(position):
            return self._of(gather(self.node, position))
        at = whole(position) if is_atom(position) else None
        if at is None:
            raise RaspTypeError(f"an index into an s-op has to be an integer, got {place!r}")
        return self._of(element(self.node, at))

    def is_in(self, values: Sequence[Atom]) -> SOp:
        """``self in values``: whether each position holds one of them, or a part of a string."""
        if not isinstance(values, Iterable):
            raise RaspTypeError(f"is_in expects a list of values, got {type_name(values)}")
        items = parts_of(values) if isinstance(values, str) else tuple(values)
        return self._of(construct.elementwise("member", self.node, parameters=items))

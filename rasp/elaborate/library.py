"""The scope that every program starts in: constants, the standard library, and `tokens`."""

from __future__ import annotations

from functools import cache
from pkgutil import get_data

from rasp.elaborate.limits import Limits
from rasp.elaborate.scope import FunctionValue, Scope
from rasp.elaborate.statements import Elaborator
from rasp.graph import construct
from rasp.graph.derived import LENGTH
from rasp.graph.nodes import INDICES
from rasp.graph.origins import Origins
from rasp.source import Source, Span
from rasp.syntax import ast
from rasp.syntax.parse import parse

NATIVE: dict[str, tuple[str, ...]] = {
    "selector_width": ("selector",),
    "sum": ("seq",),
    "best": ("selector", "score"),
    "first": ("selector",),
    "last": ("selector",),
    "fetch": ("selector", "value", "default"),
}
"""The functions of the library that cannot be written in the language, and their parameters."""

OPTIONAL = frozenset({"fetch"})
"""Those that can do without their last argument."""

CONVERSIONS = ("asis", "str", "int", "float", "bool")


@cache
def base_scope() -> Scope:
    """Made once, and changed by nobody: programs bind names in scopes of their own."""
    constants = Scope("constants", library=True)
    constants.variables.update({"True": True, "False": False, "indices": INDICES})
    for conversion in CONVERSIONS:
        constants.variables[f"tokens_{conversion}"] = construct.tokens(conversion)
    text = get_data("rasp", "library/standard.rasp")
    assert text is not None
    elaborator = Elaborator(constants, "library", limits=Limits(), origins=Origins())
    elaborator.scope.library = True
    for name, parameters in NATIVE.items():
        elaborator.scope.set(name, _native(elaborator.scope, name, parameters))
    for item in parse(Source("standard.rasp", text.decode())).items:
        elaborator.execute(item)
    elaborator.scope.set("tokens", construct.tokens("str"))
    elaborator.scope.out = None
    return elaborator.scope


def _native(scope: Scope, name: str, parameters: tuple[str, ...]) -> FunctionValue:
    """A function whose body is a builtin form (`rasp.elaborate.forms.builtin`)."""
    shorter = _definition(name, parameters[:-1]) if name in OPTIONAL else None
    return FunctionValue(_definition(name, parameters), scope, shorter)


def _definition(name: str, parameters: tuple[str, ...]) -> ast.FunctionDefinition:
    usage = f"{name}({', '.join(parameters)})"
    place = Span(Source("library", usage), 0, len(usage))
    arguments = tuple(ast.Name(parameter, place) for parameter in parameters)
    return ast.FunctionDefinition(
        name=ast.Identifier(name, place),
        parameters=tuple(ast.Identifier(parameter, place) for parameter in parameters),
        body=(),
        returns=(ast.Builtin(name, arguments, place),),
        span=place,
    )


def fresh_origins() -> Origins:
    """Origins that know what the library and the language call their own nodes."""
    origins = Origins()
    origins.add(construct.tokens("str"), name="tokens")
    for conversion in CONVERSIONS:
        origins.add(construct.tokens(conversion), name=f"tokens_{conversion}")
    origins.add(INDICES, name="indices")
    origins.add(LENGTH, name="length")
    origins.add(construct.FULL, name="full_s")
    return origins

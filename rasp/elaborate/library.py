"""The scope that every program starts in: constants, the standard library, and `tokens`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from rasp.elaborate.limits import Limits
from rasp.elaborate.scope import Scope
from rasp.elaborate.statements import Elaborator
from rasp.elaborate.values import FunctionValue
from rasp.graph import construct
from rasp.graph.derived import LENGTH
from rasp.graph.nodes import INDICES
from rasp.graph.origins import Origins
from rasp.source import Source, Span
from rasp.syntax import ast
from rasp.syntax.parse import parse

CONVERSIONS = ("asis", "str", "int", "float", "bool")


@cache
def base_scope() -> Scope:
    """Made once, and changed by nobody: programs bind names in scopes of their own."""
    constants = Scope("constants", library=True)
    constants.variables.update({"True": True, "False": False, "indices": INDICES})
    for conversion in CONVERSIONS:
        constants.variables[f"tokens_{conversion}"] = construct.tokens(conversion)
    text = files("rasp").joinpath("library/standard.rasp").read_text(encoding="utf-8")
    elaborator = Elaborator(constants, "library", limits=Limits(), origins=Origins())
    elaborator.scope.library = True
    elaborator.scope.set("selector_width", _selector_width(elaborator.scope))
    for item in parse(Source("standard.rasp", text)).items:
        elaborator.execute(item)
    elaborator.scope.set("tokens", construct.tokens("str"))
    elaborator.scope.out = None
    return elaborator.scope


def _selector_width(scope: Scope) -> FunctionValue:
    """The one function of the library that cannot be written in the language."""
    place = Span(Source("library", "selector_width(selector)"), 0, 24)
    argument = ast.Name("selector", place)
    definition = ast.FunctionDefinition(
        name=ast.Identifier("selector_width", place),
        parameters=(ast.Identifier("selector", place),),
        body=(),
        returns=(ast.Builtin("selector_width", (argument,), place),),
        span=place,
    )
    return FunctionValue(definition, scope)


def fresh_origins() -> Origins:
    """Origins that know what the library and the language call their own nodes."""
    origins = Origins()
    for conversion in CONVERSIONS:
        origins.add(construct.tokens(conversion), name=f"tokens_{conversion}")
    origins.add(INDICES, name="indices")
    origins.add(LENGTH, name="length")
    origins.add(construct.FULL, name="full_s")
    return origins

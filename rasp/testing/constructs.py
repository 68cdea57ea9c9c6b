"""A random program -> what it uses of the language, for statistics of data sets.

A construct is named as it is written (`+`, `if`, `select ==`, `selector_width`) or in words
(`list table`, `aggregate without default`, `depth 2`).
"""

from __future__ import annotations

from collections.abc import Iterator

from rasp import api
from rasp.errors import RaspTypeError
from rasp.graph.nodes import Elementwise
from rasp.graph.operators import type_name
from rasp.graph.walk import topological
from rasp.program import loads
from rasp.random_programs.program import RandomProgram
from rasp.sop import SOp
from rasp.source import Source
from rasp.syntax import ast
from rasp.syntax.parse import parse

_TABLES = {"index_list": "list table", "index_dict": "dict table", "index_string": "string table"}


def constructs_of(program: RandomProgram) -> frozenset[str]:
    """Everything that the program uses, at least once."""
    module = parse(Source("<program>", program.text))
    functions = {
        item.name.name for item in module.items if isinstance(item, ast.FunctionDefinition)
    }
    found = {name for node in ast.walk(*module.items) for name in _of_syntax(node, functions)}
    sop = loads(program.text)[program.sop]
    if not isinstance(sop, SOp):
        raise RaspTypeError(f"'{program.sop}' is not an s-op: it is of type {type_name(sop)}")
    for node in topological([sop.node]):
        if isinstance(node, Elementwise) and node.operator in _TABLES:
            found.add(_TABLES[node.operator])
    found.add(f"depth {api.analyze(sop).n_layers}")
    return frozenset(found)


def _of_syntax(node: ast.Node, functions: set[str]) -> Iterator[str]:
    match node:
        case ast.Binary(operator=operator):
            yield operator
        case ast.Unary(operator=operator):
            yield f"{operator} in front" if operator != "not" else operator
        case ast.Conditional():
            yield "if"
        case ast.Membership(container=ast.Literal()):
            yield "in a string"
        case ast.Membership(negated=negated):
            yield "not in" if negated else "in"
        case ast.Select(comparison=comparison):
            yield f"select {comparison}"
        case ast.Aggregate(default=None):
            yield "aggregate without default"
        case ast.Aggregate(default=ast.Literal(value=value)):
            yield f"default of type {type(value).__name__}"
        case ast.Aggregate(default=ast.Name(name="True" | "False")):
            yield "default of type bool"
        case ast.Aggregate(default=ast.Unary()):
            yield "negative default"
        case ast.Call(function=ast.Name(name=name)):
            yield "own function" if name in functions else name
        case ast.Builtin(name=name):
            yield name
        case ast.Name(name=name) if name.startswith("tokens") or name in ("indices", "length"):
            yield name
        case ast.Index(index=ast.Literal()):
            yield "index from the start"
        case ast.Index(index=ast.Unary()):
            yield "index from the end"
        case ast.Index(value=ast.Name() | ast.Group() | ast.Call() | ast.Aggregate() | ast.Index()):
            yield "gather"
        case ast.Literal(value=value):
            yield f"literal of type {type(value).__name__}"
        case ast.ForLoop():
            yield "for"
        case ast.FunctionDefinition():
            yield "def"
        case ast.ListComprehension(clauses=clauses):
            yield "list comprehension"
            if len(clauses) > 1:
                yield "comprehension of two clauses"
        case ast.DictComprehension():
            yield "dict comprehension"
        case ast.Assignment(targets=targets) if len(targets) > 1:
            yield "several targets"
        case _:
            pass

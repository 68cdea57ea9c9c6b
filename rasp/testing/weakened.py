"""The proof of meaning with one of its checks taken out: does it then prove something wrong?

    checks()                    every place where the proof refuses something
    without(check, ...)         within, it does without these
    proves(wrong)               does it go through for a model that is wrong?

    python -m rasp.testing.weakened             every check with wrong models, until one is proved

A check is a `raise`, a `return` that says no, or one part of a condition under which a lemma or a
rewrite is used.  A wrong model is one that gives other values than its program, or whose plan says
what is not so, which the bounds of the rounding would rest on.  `rasp.testing.weakenings` says of
every check whether some wrong model needs it, and if none can, why it stands there all the same.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Literal, TypeAlias

import rasp.meaning
from rasp.artifact import Artifact
from rasp.graph.nodes import SOpNode
from rasp.meaning.proof import prove

FOLDER = Path(rasp.meaning.__file__).parent
UNCHECKED = {"__init__", "plain", "witness"}
"""Modules that only read and write, or say what there is."""

Kind: TypeAlias = Literal["raise", "refusal", "condition"]

EFFORT = 2e9
LONGEST_NAME = 80
STUMBLES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Check:
    """A place where the proof refuses something.

    name: module, function and what is refused; line, last: where it stands; number: of its kind in
    the module.
    """

    name: str
    module: str
    kind: Kind
    number: int
    line: int
    last: int


@dataclass(frozen=True)
class Wrong:
    """A model that is wrong, or whose plan is."""

    what: str
    artifact: Artifact
    root: SOpNode


# -- where checks are


@cache
def checks() -> tuple[Check, ...]:
    """All of them, in the order of the text."""
    found: list[Check] = []
    for path in sorted(FOLDER.glob("*.py")):
        if path.stem not in UNCHECKED:
            found += _checks_of(path.stem)
    return tuple(found)


def _checks_of(module: str) -> list[Check]:
    tree = _tree(module)
    places = {node: name for name, node in _functions(tree)}
    found: list[Check] = []
    seen: Counter[str] = Counter()
    for kind, sites in (
        ("raise", _raises(tree)),
        ("refusal", _refusals(tree)),
        ("condition", _conditions(tree)),
    ):
        for number, (function, node, text) in enumerate(sites):
            name = f"{module}.{places[function]}: {text}"
            name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."
            seen[name] += 1
            if seen[name] > 1:
                name += f" ({seen[name]})"
            last = node.end_lineno or node.lineno
            found.append(Check(name, module, kind, number, node.lineno, last))  # type: ignore[arg-type]
    return sorted(found, key=lambda check: (check.line, check.kind))


@cache
def _source(module: str) -> str:
    return (FOLDER / f"{module}.py").read_text(encoding="utf-8")


def _tree(module: str) -> ast.Module:
    return ast.parse(_source(module))


def _functions(tree: ast.AST, outer: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions of a module and of its classes, with their qualified names."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.ClassDef(name=name):
                yield from _functions(node, f"{outer}{name}.")
            case ast.FunctionDef(name=name):
                yield f"{outer}{name}", node


_Site: TypeAlias = tuple[ast.FunctionDef, Any, str]
"""The function, what stands there, and what it is about, in a few words."""


def _raises(tree: ast.Module) -> Iterator[_Site]:
    for _, function in _functions(tree):
        for node in ast.walk(function):
            match node:
                case ast.Raise(exc=ast.Call(func=ast.Name(id=name), args=[message])) if name in (
                    "UnprovedError",
                    "TooManyError",
                    "WorkLimitError",
                ):
                    yield function, node, f"raise {ast.unparse(message)}"


def _refusals(tree: ast.Module) -> Iterator[_Site]:
    """`if ...: return False`, or None, or the node that a rewrite leaves as it is."""
    for _, function in _functions(tree):
        for node in ast.walk(function):
            if not isinstance(node, ast.If):
                continue
            for own in node.body:
                if isinstance(own, ast.Return) and _says_no(own.value):
                    yield function, own, f"no if {ast.unparse(node.test)}"


def _refuses(statement: ast.stmt) -> bool:
    match statement:
        case ast.Raise():
            return True
        case ast.Return(value=value):
            return _says_no(value)
    return False


def _says_no(value: ast.expr | None) -> bool:
    match value:
        case ast.Constant(value=None | False) | ast.Name(id="node"):
            return True
        case ast.Call(func=ast.Name(id="set"), args=[]):
            return True
    return False


def _conditions(tree: ast.Module) -> Iterator[_Site]:
    """Each part of what has to hold for a case, or of a conjunction that is returned or asked."""
    for _, function in _functions(tree):
        if _judges(function):
            for node in ast.walk(function):
                for test in _tests(node):
                    for part in _conjuncts(test):
                        yield function, part, f"only if {ast.unparse(part)}"


def _judges(function: ast.FunctionDef) -> bool:
    """Does the function say whether something is so, or rewrite something that is so?"""
    returned = ast.unparse(function.returns) if function.returns is not None else ""
    return returned in ("bool", "Node") or "| None" in returned


def _tests(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.match_case(guard=test) if test is not None:
            return [test]
        case ast.Return(value=ast.BoolOp(op=ast.And()) as test):
            return [test]
        case ast.If(test=ast.BoolOp(op=ast.And()) as test, body=body):
            return [] if any(map(_refuses, body)) else [test]  # it would only refuse more
    return []


def _conjuncts(test: ast.expr) -> list[ast.expr]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return list(test.values)
    return [test]


# -- the proof without one of them


class _Dropped(ast.NodeTransformer):
    def __init__(self, dropped: Container[ast.AST]) -> None:
        self.dropped = dropped

    def visit(self, node: ast.AST) -> Any:
        if node not in self.dropped:
            return self.generic_visit(node)
        new: ast.AST = ast.Pass() if isinstance(node, ast.stmt) else ast.Constant(value=True)
        return ast.copy_location(new, node)


_SITES = {"raise": _raises, "refusal": _refusals, "condition": _conditions}


@contextmanager
def without(*dropped: Check) -> Iterator[None]:
    """Within, the proof of this whole process does without some checks."""
    kept: list[tuple[FunctionType, CodeType]] = []
    for name in dict.fromkeys(check.module for check in dropped):
        tree = _tree(name)
        own = {
            node
            for check in dropped
            for number, (_, node, _) in enumerate(_SITES[check.kind](tree))
            if check.module == name and check.number == number
        }
        kept += _swapped(import_module(f"rasp.meaning.{name}"), name, _Dropped(own).visit(tree))
    try:
        yield
    finally:
        for function, code in kept:
            function.__code__ = code


def _swapped(
    module: ModuleType, name: str, tree: ast.Module
) -> list[tuple[FunctionType, CodeType]]:
    """Functions that got another code, with what they had."""
    before, after = _codes(module, _tree(name)), _codes(module, tree)
    kept = []
    for place, code in after.items():
        if code == before[place]:
            continue
        found: Any = module
        for part in place.split("."):
            found = vars(found)[part]
        found = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
        kept.append((found, found.__code__))
        found.__code__ = code
    assert kept, name
    return kept


def _codes(module: ModuleType, tree: ast.Module) -> dict[str, CodeType]:
    """The functions of a module and of its classes, compiled."""
    names = {name for name, _ in _functions(tree)}
    found: dict[str, CodeType] = {}
    stack = [compile(tree, str(module.__file__), "exec")]
    while stack:
        for constant in stack.pop().co_consts:
            if isinstance(constant, CodeType):
                stack.append(constant)
                if constant.co_qualname in names:
                    found[constant.co_qualname] = constant
    return found


def proves(wrong: Wrong) -> bool:
    """Does the proof go through for the wrong model?  What it stumbles over is no proof.

    Most checks are double: what is compared is measured, too, and the bounds of the rounding are
    computed with it, so that `rasp.certificate` would refuse the model in its turn.
    """
    artifact = wrong.artifact
    if artifact.plan is None or artifact.witness is None:
        return False
    try:
        found = prove(
            artifact.config,
            artifact.tensors,
            artifact.plan,
            artifact.witness,
            artifact.readout,
            artifact.vocabulary.tokens,
            wrong.root,
            effort=EFFORT,
        )
    except STUMBLES:
        return False
    return found.ok

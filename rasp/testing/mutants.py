"""Source -> the same code with every condition changed in every small way, one of them in force.

A mutant is one condition that is always true or never, one operand of a connective left out, one
order comparison that is strict where it was not, one mask that is not narrowed.  All mutants of a
module are compiled into it at once: where a condition stands, `Switch.choose` decides between it
and its mutants.  So a mutant is put in force by setting a number, and one run of a program says of
every mutant whether it would have decided differently anywhere.

    with instrumented(modules) as switch:
        switch.active = mutant.number

Non-goals: arithmetic.  A wrong constant or sign is no condition, and programs notice it at once.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from rasp.testing.bearings import Bearing, bearing_of, mark_body
from rasp.testing.exchange import codes, function_of

NONE = -1
"""No mutant is in force."""

_CHOOSE, _LIKE = "_choose_mutant_", "_like_"

_ASKED, _WITHIN = "asked", "within"
"""Marks of an expression of which only the truth counts, and of one whose truth is changed with the
expression that it is part of."""
_MOST_LOOKS = 5000  # how often one condition is compared with its mutants in one run
_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """function: qualified name of where it stands; text, instead: the condition as it is and as it
    is then; repeated: how many others of the function before it read the same; bearing: None for
    what is part of no condition that is known to hold more often, or less, with the mutant."""

    number: int
    module: str
    function: str
    line: int
    text: str
    instead: str
    repeated: int = 0
    bearing: Bearing | None = None

    @property
    def key(self) -> str:
        """The same in every run, as long as the function has that text."""
        again = f" #{self.repeated + 1}" if self.repeated else ""
        return f"{self.module}:{self.function}: {self.text} -> {self.instead}{again}"


@dataclass
class Switch:
    """Which mutant is in force, and, while a run is watched, which would make a difference.

    differing: numbers of the mutants that would have decided otherwise somewhere in the run;
    reached: it is only looked at whether a condition is asked, not what its mutants would say,
    since one that also does something (writes a token, say) cannot be asked twice.
    """

    active: int = NONE
    watched: bool = False
    reached: bool = False
    differing: set[int] = field(default_factory=set)
    looks: dict[int, int] = field(default_factory=dict)

    def choose(self, first: int, original: Callable[[], Any], *others: Callable[[], Any]) -> Any:
        """The value of a condition, whose mutants have the numbers first, first + 1, ..."""
        if self.watched:
            return self._compared(first, original, others)
        place = self.active - first
        return others[place]() if 0 <= place < len(others) else original()

    def _compared(
        self, first: int, original: Callable[[], Any], others: Sequence[Callable[[], Any]]
    ) -> Any:
        value = original()
        if self.reached:
            self.differing.update(range(first, first + len(others)))
            return value
        looks = self.looks[first] = self.looks.get(first, 0) + 1
        if looks > _MOST_LOOKS:
            return value
        self.watched = False
        try:
            for number, other in enumerate(others, first):
                if number not in self.differing and _differs(value, other):
                    self.differing.add(number)
        finally:
            self.watched = True
        return value

    @contextmanager
    def watching(self, *, reached: bool = False) -> Iterator[set[int]]:
        """Within, a run is watched."""
        self.watched, self.differing, self.looks, self.reached = True, set(), {}, reached
        try:
            yield self.differing
        finally:
            self.watched = False


def _differs(value: Any, other: Callable[[], Any]) -> bool:
    try:
        found = other()
        if isinstance(value, np.ndarray) or isinstance(found, np.ndarray):
            return not np.array_equal(value, found)
        return bool(value != found)
    except Exception:  # whatever a condition does that is not what it was
        return True


def _like(value: Callable[[], Any], truth: bool) -> Any:
    """The truth value, in the shape of what stood there."""
    found = value()
    return np.full_like(found, truth) if isinstance(found, np.ndarray) else truth


# -- from source to instrumented source


class _Instrument(ast.NodeTransformer):
    """Replaces conditions within functions."""

    def __init__(self, module: str, first: int) -> None:
        self.module = module
        self.first = first
        self.mutants: list[Mutant] = []
        self._names: list[str] = []
        self._seen: dict[tuple[str, str, str], int] = {}
        self._n_functions = 0

    # what is looked at

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._names.append(node.name)
        self._n_functions += 1
        mark_body(node)
        node.body = [self.visit(statement) for statement in node.body]
        self._n_functions -= 1
        self._names.pop()
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._names.append(node.name)
        node.body = [self.visit(statement) for statement in node.body]
        self._names.pop()
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return node  # what a message says

    def visit_If(self, node: ast.If) -> ast.AST:
        _ask(node.test)
        return self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        _ask(node.test)
        return self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        for test in node.ifs:
            _ask(test)
        return self.generic_visit(node)

    def visit_match_case(self, node: ast.match_case) -> ast.AST:
        if node.guard is not None:
            _ask(node.guard)
            node.guard = self.visit(node.guard)
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        if isinstance(node.value, (ast.BoolOp, ast.Call)) and _is_truth(node.value):
            _ask(node.value)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id in ("all", "any", "bool"):
            _ask(node)
        return self._replaced(node, self._constants(node))

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._replaced(node, self._constants(node))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self._replaced(node, self._constants(node))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if isinstance(node.op, ast.Not):
            setattr(node.operand, _WITHIN, True)
        return self._replaced(node, self._constants(node))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        found = self._constants(node)
        for value in node.values:
            setattr(value, _WITHIN, True)
        for place in range(len(node.values)):
            rest = [value for n, value in enumerate(node.values) if n != place]
            shorter = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
            found.append((ast.unparse(shorter), shorter))
        return self._replaced(node, found)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        found = []
        if isinstance(node.op, (ast.BitAnd, ast.BitOr)):
            found = [(ast.unparse(side), side) for side in (node.left, node.right)]
        return self._replaced(node, found)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        if isinstance(node.op, (ast.BitAnd, ast.BitOr)):
            neutral = ast.Constant(isinstance(node.op, ast.BitAnd))
            call = ast.Call(ast.Name(_LIKE, ast.Load()), [_later(node.value), neutral], [])
            instead = f"{'True' if neutral.value else 'False'} for that"
            whole = ast.unparse(node)
            node.value = self._replaced(node.value, [(instead, call)], whole, inner=True)
            return node
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        found = self._constants(node) or self._filled(node)
        for place, operator in enumerate(node.ops):
            if flipped := _FLIPPED.get(type(operator)):
                other = copy.deepcopy(node)
                other.ops[place] = flipped()
                found.append((ast.unparse(other), other))
        return self._replaced(node, found)

    # mutants of one expression

    def _constants(self, node: ast.expr) -> list[tuple[str, ast.expr]]:
        if not hasattr(node, _ASKED) or hasattr(node, _WITHIN):
            return []
        return [(str(truth), ast.Constant(truth)) for truth in (True, False)]

    def _filled(self, node: ast.expr) -> list[tuple[str, ast.expr]]:
        """True or False everywhere, for what may be an array."""
        if hasattr(node, _WITHIN):
            return []
        return [
            (
                str(truth),
                ast.Call(ast.Name(_LIKE, ast.Load()), [_later(node), ast.Constant(truth)], []),
            )
            for truth in (True, False)
        ]

    def _replaced(
        self,
        node: ast.expr,
        found: list[tuple[str, ast.expr]],
        text: str | None = None,
        *,
        inner: bool = False,
    ) -> ast.expr:
        """A choice between the expression and these; inner: it may have mutants of its own, too."""
        if not self._n_functions or not found or _binds(node):
            made = self.generic_visit(node)
            assert isinstance(made, ast.expr)
            return made
        text = ast.unparse(node) if text is None else text
        function = ".".join(self._names)
        number = self.first + len(self.mutants)
        for instead, _ in found:
            seen = function, text, instead
            repeated = self._seen.get(seen, 0)
            self._seen[seen] = repeated + 1
            self.mutants.append(
                Mutant(
                    self.first + len(self.mutants),
                    self.module,
                    function,
                    node.lineno,
                    text,
                    instead,
                    repeated,
                    bearing_of(node, instead),
                )
            )
        others = [_later(copy.deepcopy(other)) for _, other in found]
        original = self.visit(node) if inner else self.generic_visit(node)
        assert isinstance(original, ast.expr)
        arguments = [ast.Constant(number), _later(original), *others]
        call = ast.Call(ast.Name(_CHOOSE, ast.Load()), arguments, [])
        return ast.copy_location(call, node)


def _ask(node: ast.expr) -> None:
    setattr(node, _ASKED, True)


def _is_truth(node: ast.expr) -> bool:
    if isinstance(node, ast.BoolOp):
        return all(_is_truth(value) for value in node.values)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("all", "any", "isinstance")
    return isinstance(node, (ast.Compare, ast.Name, ast.Attribute)) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    )


def _binds(node: ast.expr) -> bool:
    """Does it do what no function within a function can do for it?"""
    return any(
        isinstance(part, (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await))
        or (isinstance(part, ast.Name) and part.id == "super")
        for part in ast.walk(node)
    )


def _later(node: ast.expr) -> ast.Lambda:
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Lambda(nothing, node)


# -- instrumented modules


@contextmanager
def instrumented(modules: Sequence[ModuleType]) -> Iterator[tuple[Switch, list[Mutant]]]:
    """Within, functions of these modules do what `Switch.active` says.

    It is the modules of the whole process that do.  Mutants of functions that cannot be exchanged
    are left out.
    """
    switch = Switch()
    mutants: list[Mutant] = []
    changed: list[tuple[FunctionType, CodeType]] = []
    first = 0
    for module in modules:
        assert module.__file__ is not None
        text = Path(module.__file__).read_text(encoding="utf-8")
        instrument = _Instrument(module.__name__, first)
        tree = ast.fix_missing_locations(instrument.visit(ast.parse(text)))
        first += len(instrument.mutants)
        found = _exchanged(module, compile(tree, module.__file__, "exec", dont_inherit=True))
        names = {function.__qualname__ for function, _ in found}
        mutants += [m for m in instrument.mutants if _outermost(m.function, names)]
        changed += found
        vars(module)[_CHOOSE], vars(module)[_LIKE] = switch.choose, _like
    kept = [(function, function.__code__) for function, _ in changed]
    try:
        for function, code in changed:
            function.__code__ = code
        yield switch, mutants
    finally:
        for function, code in kept:
            function.__code__ = code


def _outermost(function: str, names: set[str]) -> bool:
    """Is it a function of these names, or within one?"""
    parts = function.split(".")
    return any(".".join(parts[:n]) in names for n in range(1, len(parts) + 1))


def _exchanged(module: ModuleType, code: CodeType) -> list[tuple[FunctionType, CodeType]]:
    return [
        (function, made)
        for name, made in codes(code).items()
        if (function := function_of(module, name)) is not None
        and function.__code__.co_freevars == made.co_freevars
    ]

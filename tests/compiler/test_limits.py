"""The numbers that steer the compiler are in one place, each with a reason, and none is idle."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

import rasp.compiler
from rasp.compiler import limits

PACKAGE = Path(rasp.compiler.__file__).parent
LIMITS = Path(limits.__file__)
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != LIMITS)
NO_LIMITS = {
    "blocks.py": {"END"},  # stages and places that stand for something
    "weights.py": {"BOS_PLACE"},
    "account/contents.py": {"UNKNOWN"},
    "facts/sides.py": {"CLOSELY"},  # what rounding does to a mean, no limit
    "selection/axes.py": {"_MOST_BITS"},  # of a byte
    "pipeline.py": {"LOWERED", "ENCODED", "WRITTEN", "COMPILED"},  # shares of the work that is done
}


def numbers_of(tree: ast.Module) -> list[str]:
    """Names that a module gives to numbers, or to expressions of numbers."""
    found = []
    for node in tree.body:
        match node:
            case ast.Assign(targets=[target], value=value):
                pass
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                pass
            case _:
                continue
        if _is_number(value):
            found += [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
    return found


def _is_number(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=constant):
            return type(constant) in (int, float)
        case ast.UnaryOp(operand=operand):
            return _is_number(operand)
        case ast.BinOp(left=left, op=operator, right=right):
            if isinstance(operator, ast.BitOr):
                return False  # of types
            sides = (left, right)
            return all(isinstance(side, ast.Name) or _is_number(side) for side in sides)
        case ast.Tuple(elts=parts):
            return bool(parts) and all(map(_is_number, parts))
        case _:
            return False


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_numbers_are_with_the_limits(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    elsewhere = set(numbers_of(ast.parse(path.read_text(encoding="utf-8"))))
    assert elsewhere == NO_LIMITS.get(name, set()), "rasp/compiler/limits.py is the place"


def test_numbers_are_seen() -> None:
    text = "A = 1\nB: float = -2.0**-3\nC, D = 1 << 3, 5\nE = 2 * A\nF = f(3)\nG = (A, B)\n"
    assert numbers_of(ast.parse(text)) == ["A", "B", "C", "D", "E"]


def test_every_limit_has_a_reason() -> None:
    body = ast.parse(LIMITS.read_text(encoding="utf-8")).body
    named = [node for node in body if isinstance(node, ast.Assign)]
    for node in named:
        reason = body[body.index(node) + 1]
        assert isinstance(reason, ast.Expr), ast.unparse(node)
        assert isinstance(reason.value, ast.Constant)
        assert isinstance(reason.value.value, str)
        assert len(reason.value.value) > 20
    names = Counter(ast.unparse(node.targets[0]) for node in named)
    assert max(names.values()) == 1, names.most_common(1)


def test_every_limit_is_used() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*MODULES, LIMITS)]
    used = Counter(
        node.id
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Name)
    )
    for name in numbers_of(ast.parse(LIMITS.read_text(encoding="utf-8"))):
        assert used[name] > 1, f"{name} steers nothing"

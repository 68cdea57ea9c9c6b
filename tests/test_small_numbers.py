"""Every small number in the package, and every comparison that is not exact, has its reason in
`docs/certificate.md`: none decides which values are equal."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import rasp

PACKAGE = Path(rasp.__file__).parent
PAGE = PACKAGE.parent / "docs" / "certificate.md"
OTHERS = ("testing", "random_programs")  # which make such numbers on purpose
SMALL = 0.02
INEXACT = {"isclose", "allclose", "spacing", "finfo", "nextafter", "eps"}
ROUNDED = {"round", "around"}  # to so many digits


def _is_small(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=float() as value):
            return 0 < abs(value) < SMALL
        case ast.BinOp(op=ast.Pow(), right=ast.UnaryOp(op=ast.USub())):
            return True
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=arguments):
            return name in INEXACT or (name in ROUNDED and len(arguments) == 2)
    return False


def small_numbers(tree: ast.Module) -> Iterator[str]:
    """Names of what has one: of a number of the module, or of a function."""
    stack: list[tuple[ast.AST, tuple[str, ...]]] = [(tree, ())]
    while stack:
        node, names = stack.pop()
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                names = (*names, node.name)
            case ast.Assign(targets=[ast.Name(id=name)]) if not names:
                names = (name,)
            case ast.AnnAssign(target=ast.Name(id=name)) if not names:
                names = (name,)
        if _is_small(node):
            yield ".".join(names)
        stack += [(child, names) for child in ast.iter_child_nodes(node)]


def in_the_package() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        place = path.relative_to(PACKAGE).with_suffix("").parts
        if place[0] not in OTHERS:
            module = ".".join(place).removesuffix(".__init__")
            names = small_numbers(ast.parse(path.read_text(encoding="utf-8")))
            found |= {f"{module}.{name}" for name in names}
    return found


def on_the_page() -> dict[str, str]:
    """Each name on the page, and its reason."""
    (_, section) = PAGE.read_text(encoding="utf-8").split("\n## Small numbers\n")
    rows = [line.split(" | ") for line in section.split("\n## ")[0].splitlines() if "`" in line]
    listed = [
        (name, row[1].strip(" |"))
        for row in rows
        if len(row) == 2
        for name in re.findall(r"`([^`]+)`", row[0])
    ]
    assert len(listed) == len({name for name, _ in listed}), "a name stands there twice"
    return dict(listed)


def test_every_small_number_has_its_reason() -> None:
    found, listed = in_the_package(), set(on_the_page())
    assert found == listed, f"docs/certificate.md, 'Small numbers': {sorted(found ^ listed)}"
    assert all(len(reason) > 5 for reason in on_the_page().values())


def test_what_is_looked_for_is_found() -> None:
    text = """
NEAR = 1e-9
LARGE = 12.5
FINE: float = 2.0**-40

def close(a, b):
    return abs(a - b) < 1e-6

class Thing:
    def same(self, a, b):
        return np.isclose(a, b) or round(a, 9) == round(b, 9)

def whole(a):
    return round(a)
"""
    found = set(small_numbers(ast.parse(text)))
    assert found == {"NEAR", "FINE", "close", "Thing.same"}

"""The proof of meaning with one of its checks taken out: does it then prove something wrong?

    checks()                    every place where the proof gives up, by module and message
    without(check)              `prove` as it is without that
    wrong_models(cases, n)      wrong models of some programs, to try it on

A check that no wrong model needs is either a matter of patience, of words that the plan is held to,
or one for which a model is missing.
"""

from __future__ import annotations

import ast
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import rasp.meaning
from rasp.artifact import Artifact
from rasp.errors import RaspError
from rasp.graph.nodes import SOpNode
from rasp.testing.forged import CHANGES, changed, renamed
from rasp.testing.meanings import Case, inputs_of, is_wrong, rounded

FOLDER = Path(rasp.meaning.__file__).parent
ORDER = ("stream", "scores", "heads", "neurons", "readout", "parts", "failures", "proof")
"""Modules with checks, each after those that it imports."""


@dataclass(frozen=True, slots=True)
class Check:
    """A place where the proof gives up: the number of the `raise` in its module."""

    module: str
    number: int
    message: str


@dataclass(frozen=True)
class Wrong:
    """A model that is wrong, though its certificate of rounding is right."""

    what: str
    artifact: Artifact
    root: SOpNode


def checks() -> list[Check]:
    """All of them, in the order of the text."""
    found = []
    for module in ORDER:
        for number, node in enumerate(_raises(_tree(module))):
            found.append(Check(module, number, ast.unparse(node.exc) if node.exc else ""))
    return found


def _tree(module: str) -> ast.Module:
    return ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))


def _raises(tree: ast.AST) -> list[ast.Raise]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and ast.unparse(node.exc.func) in ("UnprovedError", "TooManyError")
    ]


class _Dropped(ast.NodeTransformer):
    def __init__(self, dropped: ast.Raise) -> None:
        self.dropped = dropped

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        return ast.copy_location(ast.Pass(), node) if node is self.dropped else node


@contextmanager
def without(check: Check) -> Iterator[Any]:
    """The module `rasp.meaning.proof` as it is without one check."""
    names = [f"rasp.meaning.{module}" for module in ORDER]
    saved = {name: import_module(name) for name in names}
    try:
        for module, name in zip(ORDER, names, strict=True):
            tree = _tree(module)
            if module == check.module:
                tree = _Dropped(_raises(tree)[check.number]).visit(tree)
            made = ModuleType(name)
            made.__file__ = saved[name].__file__
            sys.modules[name] = made
            exec(compile(tree, f"{module} without a check", "exec"), made.__dict__)
        yield sys.modules["rasp.meaning.proof"]
    finally:
        sys.modules.update(saved)


def proves(proof: Any, wrong: Wrong) -> bool:
    """Does this proof go through for the wrong model?  What it then stumbles over is no proof.

    Most checks are double: what is compared is measured, too, and the bounds of the rounding are
    computed with it, so that `rasp.certificate` would refuse the model in its turn.
    """
    artifact = wrong.artifact
    if artifact.plan is None or artifact.witness is None:
        return False
    try:
        found = proof.prove(
            artifact.config,
            artifact.tensors,
            artifact.plan,
            artifact.witness,
            artifact.readout,
            artifact.vocabulary.tokens,
            wrong.root,
        )
        return bool(found.ok)
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError):
        return False


def wrong_models(cases: Sequence[Case], n_models: int, seed: int = 0) -> list[Wrong]:
    """Models of these programs, changed in every way, that are wrong and have a certificate of
    rounding."""
    chance = random.Random(seed)
    found: list[Wrong] = []
    for case in cases:
        artifact = case.compiled()
        made = []
        for name, change in CHANGES.items():
            for _ in range(n_models):
                other = change(artifact, chance)
                if other is not None:
                    made.append(Wrong(f"{case.name}: {name}", other, case.root))
        for _ in range(3 * n_models):
            altered = changed(case.root, chance)
            if altered is None:
                break
            try:
                forged = case.compiled(altered[0])
            except RaspError:
                continue
            back = {new: old for old, new in altered[1].items()}
            assert forged.witness is not None
            lying = Artifact(
                **{
                    **{name: getattr(forged, name) for name in Artifact.__dataclass_fields__},
                    "witness": renamed(forged.witness, back),
                }
            )
            made.append(Wrong(f"{case.name}: another program", lying, case.root))
        inputs = inputs_of(case, seed)
        for wrong in made:
            if rounded(wrong.artifact) and is_wrong(wrong.artifact, wrong.root, inputs):
                found.append(wrong)
    return found

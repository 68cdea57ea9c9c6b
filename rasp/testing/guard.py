"""A condition of being right that is written in the compiler, with a program that needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rasp.graph.nodes import Atom
from rasp.random_programs.program import RandomProgram


@dataclass(frozen=True, slots=True)
class Guard:
    """name: room and condition; condition: the text that stands once in the module; instead: what
    stands there when it is dropped; protects: what the condition makes sure of; program: one that
    comes out wrong without it, compiled causal or not, and with these limits lowered
    (`rasp.testing.limits`); refused: with the condition the program is refused, and not without.
    """

    name: str
    module: str
    condition: str
    instead: str
    protects: str
    program: RandomProgram
    causal: bool = False
    optimize: Literal["patterns", "size"] = "patterns"
    limits: tuple[str, ...] = ()
    refused: bool = False


def guard(
    place: str,
    condition: str,
    instead: str,
    protects: str,
    text: str,
    vocabulary: Sequence[Atom] = "ab",
    max_len: int = 4,
    *,
    causal: bool = False,
    optimize: Literal["patterns", "size"] = "patterns",
    limits: tuple[str, ...] = (),
    refused: bool = False,
) -> Guard:
    """place: module below `rasp.compiler`, or its whole name, a colon, and a name for the
    condition."""
    module, _ = place.split(":")
    program = RandomProgram(f"{text}\n", tuple(vocabulary), max_len)
    return Guard(
        place,
        module if module.startswith("rasp.") else f"rasp.compiler.{module}",
        condition,
        instead,
        protects,
        program,
        causal,
        optimize,
        limits,
        refused,
    )


UNTYPED = ("lowering.typed.MOST_MARKS = 0",)
"""It is left to the rule for means what is an int."""

BEFORE = "select(indices, indices, <)"
SEEN = "select(indices, indices, <=)"
A, B = 'select(tokens, "a", ==)', 'select(tokens, "b", ==)'
IS_A, IS_B = 'indicator(tokens == "a")', 'indicator(tokens == "b")'

"""What may come to nothing, tried where it leaves no trace.

A probe is a function of a lowering: it finds something, or refuses.  It is given a child of the
lowering, which is adopted if it finds something; of a probe that refuses, or that meets something
that cannot be compiled, what it says is all that is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rasp.compiler.lowering.state import Lowering
from rasp.compiler.selection.candidates import Refusal
from rasp.errors import CompileError

Found = TypeVar("Found")


def attempt(lowering: Lowering, probe: Callable[[Lowering], Found | Refusal]) -> Found | Refusal:
    """What the probe finds, which is then known, or why it finds nothing."""
    child = lowering.child()
    try:
        found = probe(child)
    except CompileError as error:
        return Refusal(error.message, error)
    if not isinstance(found, Refusal):
        lowering.adopt(child)
    return found

"""Random programs and their inputs as hypothesis strategies, which shrink to readable ones.

hypothesis is imported when a strategy is made: it comes with the extra ``rasp-lang[test]``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rasp.graph.nodes import Atom
from rasp.random_programs.program import RandomProgram, generate

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class _DrawnChoices:
    """Decisions that hypothesis makes, and shrinks."""

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below


def programs(size: int = 5) -> SearchStrategy[RandomProgram]:
    """Well-typed programs of about `size` statements: every one parses and elaborates."""
    from hypothesis import strategies as st

    @st.composite
    def made(draw: st.DrawFn) -> RandomProgram:
        return generate(_DrawnChoices(lambda bound: draw(st.integers(0, bound - 1))), size)

    return made()


def inputs(program: RandomProgram) -> SearchStrategy[list[Atom]]:
    """Inputs of 1 to max_len tokens of the program's vocabulary."""
    from hypothesis import strategies as st

    return st.lists(st.sampled_from(program.vocabulary), min_size=1, max_size=program.max_len)

"""What is well-formed between the stages of the compiler, and a verifier that asks.

Each form that a stage hands to the next has rules: variables (`variables.py`), blocks (`blocks.py`)
and the layout (`layout.py`).  A rule is a sentence and a function that finds what breaks it.  The
stages keep all of them, so nobody asks; with RASP_VERIFY_STAGES=1 in the environment, as in all
tests, the compiler asks after each stage and stops where a rule is broken.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias, TypeVar

from rasp.compiler.blocks import Blocks
from rasp.compiler.layout import Layout
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.wellformed import blocks as of_blocks
from rasp.compiler.wellformed import layout as of_layout
from rasp.compiler.wellformed import variables as of_variables

VARIABLE = "RASP_VERIFY_STAGES"
"""Of the environment: any text but "" and "0" has the compiler ask."""

_Form = TypeVar("_Form")
Rules: TypeAlias = Mapping[str, Callable[[_Form], Iterator[str]]]


class IllFormedError(AssertionError):
    """A stage of the compiler has broken a rule: a bug of that stage, not of any program."""


def is_asked() -> bool:
    """Are the stages to be verified?"""
    return os.environ.get(VARIABLE, "") not in ("", "0")


def verify_variables(lowered: Lowered) -> None:
    """Raises IllFormedError with the rule that is broken, and by what."""
    _verify("lowering", of_variables.RULES, lowered)


def verify_blocks(blocks: Blocks) -> None:
    """Raises IllFormedError with the rule that is broken, and by what."""
    _verify("encoding", of_blocks.RULES, blocks)


def verify_layout(blocks: Blocks, layout: Layout) -> None:
    """Raises IllFormedError with the rule that is broken, and by what."""
    _verify("layout", of_layout.RULES, (blocks, layout))


def _verify(stage: str, rules: Rules[_Form], form: _Form) -> None:
    for sentence, rule in rules.items():
        for broken in rule(form):
            raise IllFormedError(f"after the stage of {stage}: {sentence}: {broken}")

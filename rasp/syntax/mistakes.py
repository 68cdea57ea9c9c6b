"""A token that cannot stand where it stands -> a syntax error that says what was probably meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lark import Token

from rasp.source import Source
from rasp.syntax.explanations import EXPLANATIONS
from rasp.syntax.lexing import StuckError
from rasp.syntax.situations import Mistake, Situation, in_words, named


def diagnose(tokens: Sequence[Token], start: int, stuck: StuckError, source: Source) -> Mistake:
    """The mistake in the statement that starts at token `start`."""
    at, accepted = start + stuck.at, stuck.accepted
    situation = Situation(tokens, start, at, accepted, source)
    for explain in EXPLANATIONS:
        mistake = explain(situation)
        if mistake:
            return replace(mistake, at=at)
    expected = in_words(accepted)
    return Mistake(
        situation.error(
            f"unexpected {named(situation)}", f"expected {expected}" if expected else None
        ),
        at,
    )

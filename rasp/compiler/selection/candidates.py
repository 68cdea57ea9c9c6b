"""Candidates: all ways to do one thing as one list, and what each of them says of a question.

A candidate proposes something, or says why it does not apply.  Three lists are made of them: the
forms that the scores of one comparison can have (`rasp.compiler.selection.forms`), of which the
cheapest is taken; the ways in which one head can score a selector (`rasp.compiler.lowering.ways`),
and those to have what it compares as one variable (`rasp.compiler.lowering.comparable`), of which
the first is.  Who adds one writes a module that says how
it works, and an entry of the list; reports show what is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Generic, TypeVar

from rasp.errors import CompileError

Question = TypeVar("Question")
Proposal = TypeVar("Proposal")


@dataclass(frozen=True)
class Refusal:
    """reason: why it does not apply; error: what is said to the user if nothing else does."""

    reason: str
    error: CompileError | None = None


@dataclass(frozen=True)
class Candidate(Generic[Question, Proposal]):
    """name: for reports; source: the module whose docstring says how it works; propose: what it
    proposes.  Of a candidate that refuses nothing is left but what it says."""

    name: str
    source: ModuleType
    propose: Callable[[Question], Proposal | Refusal]


@dataclass(frozen=True)
class Answer(Generic[Proposal]):
    """What a candidate says; None if it was not asked."""

    name: str
    said: Proposal | Refusal | None

    @property
    def proposal(self) -> Proposal | None:
        return None if isinstance(self.said, Refusal) else self.said

    def map(self, change: Callable[[Proposal], Proposal]) -> Answer[Proposal]:
        """The same of what is proposed, if anything is."""
        proposal = self.proposal
        return self if proposal is None else Answer(self.name, change(proposal))

    @property
    def error(self) -> CompileError | None:
        return self.said.error if isinstance(self.said, Refusal) else None


def ask_all(
    candidates: Iterable[Candidate[Question, Proposal]], question: Question
) -> tuple[Answer[Proposal], ...]:
    """What each of them says."""
    return tuple(Answer(one.name, one.propose(question)) for one in candidates)


def ask_in_turn(
    candidates: Iterable[Candidate[Question, Proposal]], question: Question
) -> tuple[Answer[Proposal], ...]:
    """What they say up to the first that proposes something; those behind it are not asked."""
    answers: list[Answer[Proposal]] = []
    taken = False
    for one in candidates:
        answers.append(Answer(one.name, None if taken else one.propose(question)))
        taken = taken or answers[-1].proposal is not None
    return tuple(answers)


def proposals(answers: Sequence[Answer[Proposal]]) -> list[Proposal]:
    return [answer.proposal for answer in answers if answer.proposal is not None]

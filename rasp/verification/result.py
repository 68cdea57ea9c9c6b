"""What a verification found: agreement, or an input on which model and interpreter differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rasp.errors import RaspError
from rasp.graph.nodes import Atom
from rasp.graph.operators import show
from rasp.graph.plain import plain_atom
from rasp.readout import Outcome
from rasp.verification.departure import Departure


@dataclass(frozen=True, slots=True)
class Counterexample:
    """An input on which the model and the interpreter differ.

    departure: where in the model the difference begins, if that was looked for.
    """

    input: tuple[Atom, ...]
    expected: Outcome
    got: Outcome
    departure: Departure | None = None

    @property
    def input_text(self) -> str:
        return show_tokens(self.input)

    @property
    def expected_text(self) -> str:
        return _outcome_text(self.expected)

    @property
    def got_text(self) -> str:
        return _outcome_text(self.got)

    def to_text(self) -> str:
        lines = [
            f"input     {self.input_text}",
            f"expected  {self.expected_text}",
            f"got       {self.got_text}",
        ]
        if self.departure is not None:
            lines.append(self.departure.to_text())
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "input": [plain_atom(token) for token in self.input],
            "expected": _outcome_data(self.expected),
            "got": _outcome_data(self.got),
            "departure": None if self.departure is None else self.departure.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """The result.  problem: why the model is not even of the program it claims to be of; by_rule:
    on how many inputs whole numbers were ints in the one and floats in the other, as the rule of
    docs/language.md has it; None if that was not counted.  n_failing: on how many the program ends
    with an error, and the model as well; None if that was not counted.  rounding, meaning: what the
    certificate of the model proves, beside the comparison; None where that was not asked for.
    stopped: the time limit was reached before all of n_inputs were compared, and what was compared
    is equal.
    """

    ok: bool
    n_checked: int
    exhaustive: bool
    max_length: int
    counterexample: Counterexample | None = None
    problem: str | None = None
    by_rule: int | None = 0
    stopped: bool = False
    n_inputs: int | None = None
    rounding: bool | None = field(default=None, compare=False)
    meaning: bool | None = field(default=None, compare=False)
    n_failing: int | None = field(default=None, compare=False)

    def to_text(self) -> str:
        if self.problem is not None:
            return f"FAILED: {self.problem}"
        if self.counterexample is not None:
            return f"FAILED: the model differs from the program\n{self.counterexample.to_text()}"
        which = "all" if self.exhaustive else "sampled"
        if self.stopped:
            return (
                f"STOPPED by the time limit: equal to the interpreter on {self.n_checked:,} of "
                f"{self.n_inputs:,} inputs ({which}, of 1 to {self.max_length} tokens)"
            )
        return (
            (
                f"ok: equal to the interpreter on {self.n_checked:,} inputs "
                f"({which}, of 1 to {self.max_length} tokens)"
            )
            + self._failing_text()
            + self._rule_text()
            + self._proof_text()
        )

    def _proof_text(self) -> str:
        """What is proved besides, for every input there is."""
        if self.rounding is None or self.meaning is None:
            return ""
        rounding = "rounding proved" if self.rounding else "rounding not proved"
        tested = f"meaning tested on {self.n_checked:,} inputs"
        return f"\n{rounding}, {'meaning proved' if self.meaning else tested}"

    def _failing_text(self) -> str:
        if self.n_failing == self.n_checked:
            return (
                "\nprogram and model end with an error on every one of them: no value was compared"
            )
        return ""

    def _rule_text(self) -> str:
        if self.by_rule is None:
            return "\nwhole numbers may have been ints in the one and floats in the other"
        if self.by_rule:
            return (
                f"\non {self.by_rule:,} of them whole numbers are of the type of the rule for means"
            )
        return ""

    def _repr_html_(self) -> str:
        from rasp.markup import html

        shown = html.preformatted if self.ok else html.message
        return html.fragment(shown(self.to_text()))

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "ok": self.ok,
            "n_checked": self.n_checked,
            "exhaustive": self.exhaustive,
            "max_length": self.max_length,
            "counterexample": self.counterexample.to_dict() if self.counterexample else None,
            "problem": self.problem,
            "by_rule": self.by_rule,
            "n_failing": self.n_failing,
            "rounding": self.rounding,
            "meaning": self.meaning,
            "stopped": self.stopped,
        }

    def __str__(self) -> str:
        return self.to_text()


def show_tokens(tokens: Sequence[Atom]) -> str:
    """An input as a program would write it."""
    if all(isinstance(token, str) and len(token) == 1 for token in tokens):
        return show("".join(map(str, tokens)))
    return f"[{', '.join(map(show, tokens))}]"


def _outcome_text(outcome: Outcome) -> str:
    if isinstance(outcome, RaspError):
        return f"error: {outcome.message}"
    return f"[{', '.join(map(show, outcome))}]"


def _outcome_data(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, RaspError):
        return {"error": outcome.message}
    return {"values": [plain_atom(value) for value in outcome]}

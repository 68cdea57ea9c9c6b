"""An edge of a circuit: what carries what from which part to which, and a witness of its effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rasp.graph.nodes import Atom, atom_key
from rasp.graph.plain import plain_atom

if TYPE_CHECKING:
    pass


Carries = Literal["tokens", "positions", "BOS"]


Role = Literal["reads", "cancels", "empties"]


Shuffle = Literal["none", "positions", "BOS"]


Answer = tuple[Atom, ...] | str


@dataclass(frozen=True, slots=True)
class Witness:
    """Two inputs on which an edge matters.

    The model runs on `base`, and what comes along the edge is as it is on `source`.  before, after:
    the answer, a value for each position, or the error in words; effect: the largest difference of
    the numbers that the model puts out, and where the answer is the same, only they differ.

    places: for each position of the base, BOS first, the position of the source whose contribution
    comes instead; None if each keeps its own.  shuffled: "positions" if only that shows the edge,
    "BOS" if BOS has to be among the positions that change places.
    """

    base: tuple[Atom, ...]
    source: tuple[Atom, ...]
    places: tuple[int, ...] | None
    shuffled: Shuffle
    before: Answer
    after: Answer
    effect: float

    @property
    def changes_answer(self) -> bool:
        """Does the answer change, and not the numbers alone?"""
        return not same_answer(self.before, self.after)

    def to_dict(self) -> dict[str, Any]:
        return {
            "base": [plain_atom(token) for token in self.base],
            "source": [plain_atom(token) for token in self.source],
            "places": None if self.places is None else list(self.places),
            "shuffled": self.shuffled,
            "before": _plain(self.before),
            "after": _plain(self.after),
            "effect": self.effect,
        }


@dataclass(frozen=True, slots=True)
class Edge:
    """What a reader gets of a variable from a writer.

    writer, reader: names of parts, a reader's with `<q>`, `<k>` or `<v>` where it is a head;
    variable: the s-op as the program calls it, or an expression; holds: what the dimensions hold,
    in words.  carries: "tokens" if it can differ between inputs of one length, "positions" if it is
    the same for all of them, "BOS" if it only says where the input begins.

    role: "reads" for what the reader uses.  A dimension may be used again: neurons empty it, which
    is to add what cancels what was there.  Whoever reads it later also reads the first content and
    what cancels it ("cancels", "empties"), which together are 0: both edges matter when patched
    alone, and neither does when both are patched.

    witness: None if none was looked for, or none was found among n_pairs pairs of inputs.
    """

    writer: str
    reader: str
    variable: str
    dimensions: tuple[int, ...]
    holds: tuple[str, ...]
    carries: Carries
    role: Role = "reads"
    witness: Witness | None = None
    n_pairs: int = 0

    @property
    def verdict(self) -> str:
        """What is shown of it, in words."""
        if self.witness is None:
            return f"no witness among {self.n_pairs:,} pairs" if self.n_pairs else "not tried"
        how = {
            "none": "",
            "positions": ", where positions change places",
            "BOS": ", where positions and BOS change places",
        }[self.witness.shuffled]
        return ("the answer changes" if self.witness.changes_answer else "numbers change") + how

    def to_dict(self) -> dict[str, Any]:
        return {
            "writer": self.writer,
            "reader": self.reader,
            "variable": self.variable,
            "dimensions": list(self.dimensions),
            "holds": list(self.holds),
            "carries": self.carries,
            "role": self.role,
            "verdict": self.verdict,
            "n_pairs": self.n_pairs,
            "witness": None if self.witness is None else self.witness.to_dict(),
        }


def same_answer(one: Answer, two: Answer) -> bool:
    """1, 1.0 and True are three."""
    if isinstance(one, str) or isinstance(two, str):
        return one == two
    return list(map(atom_key, one)) == list(map(atom_key, two))


def _plain(answer: Answer) -> Any:
    if isinstance(answer, str):
        return {"error": answer}
    return [plain_atom(value) for value in answer]

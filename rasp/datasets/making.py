"""Settings -> candidates that are worth compiling, in order -> records.

Candidates are tried in the order of their numbers.  Whether one is worth compiling is found from
its text and from what the interpreter makes of it, which is quick, and done in one process: so a
duplicate is one of an earlier candidate, whatever is done by how many processes afterwards.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from rasp.api import analyze
from rasp.arguments import named_arguments
from rasp.datasets.candidates import Candidate, candidate
from rasp.datasets.probe import behaviour
from rasp.datasets.record import Record, record_of, sop_of
from rasp.datasets.settings import Settings
from rasp.errors import DatasetError
from rasp.graph.plain import plain_graph

PATIENCE = 2_000
"""After so many candidates in a row of which none is kept, there are no more to be found."""

DUPLICATE = "a duplicate"
SHALLOW = "fewer layers in theory"


@named_arguments
def dataset(
    n: int, seed: int = 0, *, min_layers: int = 1, examples: bool = True
) -> Iterator[Record]:
    """n programs with their models, one after the other, the same for the same seed.

    Random well-typed programs, with the example programs among them, none of which computes what an
    earlier one does.  min_layers: how many layers of attention the model has at least.  Each is
    proved (`certificate.rounding.ok` and `certificate.meaning.ok`).

    Raises RaspValueError for arguments out of range, DatasetError where no more programs are found.
    """
    settings = Settings(n, seed, min_layers, examples)
    return _records(settings)


def _records(settings: Settings) -> Iterator[Record]:
    n_kept, patience = 0, Patience()
    for piece in worth_compiling(settings, Seen()):
        found = record_of(piece.candidate, settings.min_layers)
        kept = isinstance(found, Record)
        patience.after(piece, kept=kept, n_kept=n_kept)
        if isinstance(found, Record):
            n_kept += 1
            yield found
        if n_kept == settings.n_programs:
            return


@dataclass(frozen=True)
class Piece:
    """A candidate that is worth compiling, with its digests, and how many were left out since the
    one before, why."""

    candidate: Candidate
    digests: tuple[str, ...]
    left_out: dict[str, int]


@dataclass
class Seen:
    """digests: of all candidates that were worth compiling; first: the number of the next one."""

    digests: set[str] = field(default_factory=set)
    first: int = 0


@dataclass
class Patience:
    """last: the number of the candidate that was kept last."""

    last: int = -1

    def after(self, piece: Piece, *, kept: bool, n_kept: int) -> None:
        """Raises DatasetError where nothing was kept for a long time."""
        number = piece.candidate.number
        if kept:
            self.last = number
        elif number - self.last > PATIENCE:
            raise _no_more(n_kept)


def _no_more(n_kept: int | None = None) -> DatasetError:
    there = "no more programs" if n_kept is None else f"no more programs than {n_kept:,}"
    return DatasetError(
        f"{there} are found: of {PATIENCE:,} candidates none was kept",
        hint="fewer programs, or a smaller min_layers",
    )


def worth_compiling(settings: Settings, seen: Seen) -> Iterator[Piece]:
    """Candidates that are well-typed programs of enough layers in theory, not trivial, and none of
    which is a duplicate of one before.

    Raises DatasetError where there are none for a long time.
    """
    number = last = seen.first
    left_out: Counter[str] = Counter()
    while True:
        if number - last > PATIENCE:
            raise _no_more()
        tried = candidate(settings, number)
        number += 1
        digests, reason = _first_look(settings, tried)
        if not reason and not seen.digests.isdisjoint(digests):
            reason = DUPLICATE
        if reason:
            left_out[reason] += 1
            continue
        seen.digests.update(digests)
        last = number
        yield Piece(tried, digests, dict(left_out))
        left_out.clear()


def _first_look(settings: Settings, tried: Candidate) -> tuple[tuple[str, ...], str]:
    """Digests of what it computes and of its graph, and why it is left out; "" if it is not."""
    sop = sop_of(tried)
    if analyze(sop).n_layers < settings.min_layers:
        return (), SHALLOW
    computed, reason = behaviour(sop.node, tried.vocabulary, local=not settings.min_layers)
    written = hashlib.sha256(json.dumps(plain_graph(sop.node)).encode()).hexdigest()
    return (computed, written), reason

"""Labels of residual dimensions -> what each dimension holds, and from which step on.

A dimension that is used again has several meanings, in order; each begins with the sublayer that
writes it.  Which one that is, the weights say.
"""

from __future__ import annotations

from collections.abc import Sequence

from rasp.compiler.layout import NEXT_MEANING
from rasp.explorer.data import Direction, Head, Neurons
from rasp.explorer.forward import ForwardPass


def directions_of(
    labels: Sequence[str], run: ForwardPass, heads: Sequence[Head], neurons: Sequence[Neurons]
) -> tuple[Direction, ...]:
    """One for each dimension; `since` is left out where writers and meanings do not match."""
    writers: list[set[int]] = [set() for _ in labels]
    for name in ("embed.W_E", "pos_embed.W_pos"):
        for place in (run.weights[name] != 0).any(axis=0).nonzero()[0].tolist():
            writers[place].add(0)
    parts: list[Head | Neurons] = [*heads, *neurons]
    for part in parts:
        if isinstance(part, Head) or not part.empties:
            for place in part.writes:
                writers[place].add(part.step)
    directions = []
    for label, steps in zip(labels, writers, strict=True):
        meanings = tuple(label.split(NEXT_MEANING))
        if len(meanings) == len(steps):
            directions.append(Direction(meanings, tuple(sorted(steps))))
        else:
            directions.append(Direction((label,), ()))
    return tuple(directions)

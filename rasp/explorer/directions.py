"""Labels of residual dimensions -> what each dimension holds, and from which step on.

A dimension that is used again has several meanings, in order; each begins with the sublayer that
writes it.  Which one that is, the weights say.
"""

from __future__ import annotations

from collections.abc import Sequence

from rasp.compiler.layout import NEXT_MEANING
from rasp.explorer.data import Direction, Head, Neurons, Step
from rasp.explorer.forward import ForwardPass


def directions_of(
    labels: Sequence[str],
    run: ForwardPass,
    steps: Sequence[Step],
    heads: Sequence[Head],
    neurons: Sequence[Neurons],
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
    alone = [place for place, found in enumerate(writers) if not found]
    for number, step in enumerate(steps):  # a bias beside other writers belongs to them
        for place in alone:
            if step.bias[place]:
                writers[place].add(number)
    directions = []
    for label, found in zip(labels, writers, strict=True):
        meanings = tuple(label.split(NEXT_MEANING))
        if len(meanings) == len(found):
            directions.append(Direction(meanings, tuple(sorted(found))))
        else:
            directions.append(Direction((label,), ()))
    return tuple(directions)

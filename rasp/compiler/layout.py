"""Where directions live: a place in the residual stream for each, reused when its last reader is
done.

Place 0 says "beginning of sequence": 1 there, 0 elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from rasp.compiler.blocks import Blocks, Direction, Stage


@dataclass(frozen=True)
class Layout:
    """places: direction -> dimension; labels: what each dimension holds; stages: of sublayers."""

    places: dict[Direction, int]
    labels: tuple[str, ...]
    stages: tuple[Stage, ...]

    @property
    def d_model(self) -> int:
        return len(self.labels)

    @property
    def sublayers(self) -> str:
        return "".join("a" if stage[1] == 0 else "f" for stage in self.stages)


def lay_out(blocks: Blocks) -> Layout:
    """Sublayers in order, and a dimension for every direction that somebody reads."""
    stages = sorted(
        {(head.depth, 0) for head in blocks.heads}
        | {feedforward.stage for feedforward in blocks.feedforwards}
    )
    directions = [column.direction for column in blocks.embeddings]
    directions += [value.direction for head in blocks.heads for value in head.values]
    directions += [d for feedforward in blocks.feedforwards for d, _ in feedforward.outputs]
    places: dict[Direction, int] = {}
    labels = ["beginning of sequence"]
    for direction in sorted(directions, key=lambda direction: direction.born):
        places[direction] = len(labels)
        labels.append(direction.label)
    return Layout(places, tuple(labels), tuple(stages))

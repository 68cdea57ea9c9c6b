"""What the sublayers of a model are: their names, which are extra, which heads read counts."""

from __future__ import annotations

from rasp.compiler.blocks import END, Blocks, Stage, level_and_before
from rasp.compiler.layout import Layout


def extra_sublayers(layout: Layout, blocks: Blocks) -> list[str]:
    """Feed-forward sublayers beyond one after each attention, and what forced each."""
    extra: list[str] = []
    attention, previous = 0, 0  # the depth of the last attention; the step of the last sublayer
    for depth, step in layout.stages:
        if step == 0:
            attention, previous = depth, step
            continue
        labels = sorted(
            {group.label for group in blocks.feedforwards if group.stage == (depth, step)}
        )
        if attention == 0 and any(later[1] == 0 for later in layout.stages):
            extra.append(f"before all attention, for {', '.join(labels)}")
        elif previous > 0:
            after = f"attention {attention}" if attention else "the embedding"
            extra.append(f"after {after}, for {', '.join(labels)}")
        previous = step
    return extra


def addresses(blocks: Blocks) -> tuple[int, ...]:
    """Of each attention sublayer, how many heads only read counts from the table of positions; none
    if there is no such head at all."""
    depths = sorted({head.depth for head in blocks.heads})
    reading = [head.depth for head in blocks.heads if head.address]
    return tuple(map(reading.count, depths)) if reading else ()


def stage_name(stage: Stage) -> str:
    depth, step = stage
    if stage == END:
        return "output"
    if step == 0:
        return f"attention {depth}" if depth else "embedding"
    level, before = level_and_before(stage)
    earlier = f", {before - 1} earlier" if before > 1 else ""
    return f"feed-forward {depth}.{2 * level - min(before, 1)}{earlier}"

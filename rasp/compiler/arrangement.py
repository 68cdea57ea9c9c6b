"""Variables, held in the ways there are -> the blocks and the layout with the fewest parameters.

A value that is linear in its leaves can stay the sum that it is, which needs no neurons, or be
written anew (`rasp.compiler.encoding.wholes`), which frees the dimensions of what it is a sum of.
"""

from __future__ import annotations

from collections.abc import Callable

from rasp.compiler.blocks import Blocks
from rasp.compiler.encoding.encodings import Encodings, encode
from rasp.compiler.layout import Layout, lay_out, n_parameters
from rasp.compiler.limits import DEEP
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.options import Options
from rasp.compiler.synthesis.again import Synthesised
from rasp.compiler.wellformed import is_asked, verify_blocks, verify_layout

Arrangement = tuple[Encodings, Blocks, Layout]


def arranged(
    lowered: Lowered, options: Options, n_rows: int, progress: Callable[[float], None]
) -> Arrangement:
    """n_rows: of the embedding; progress is told the share that is done."""
    is_deep = max((variable.depth for variable in lowered.variables), default=0) > DEEP
    known = Synthesised()

    def tried(*, anew: bool) -> Arrangement:
        encodings, blocks = encode(lowered, options, progress, known, anew=anew)
        if is_asked():
            verify_blocks(blocks)
        layout = lay_out(blocks, n_rows)
        if is_asked():
            verify_layout(blocks, layout)
        return encodings, blocks, layout

    first = tried(anew=is_deep)
    if is_deep or not first[0].has_sums:
        return first
    second = tried(anew=True)
    return min(first, second, key=lambda found: n_parameters(found[1], found[2], n_rows))

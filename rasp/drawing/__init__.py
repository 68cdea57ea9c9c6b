"""S-ops and selectors -> drawings: SVG, HTML, DOT and text, made here and from nothing else.

    draw           an s-op on an input: the flow of the computation (`flow`), layer by layer
    draw_selector  a selector on an input: its matrix
    make_table     an s-op on an input: the values of everything in it that has a name
    draw_graph     what an s-op or selector is made of (`graph`, laid out by `layered`)

Each first becomes data that says what there is to see, and this a form (`flow_svg`, `flow_text`,
`flow_dot`, ...).  `rich` is what notebooks show of other things: analyses, models, reports.

Non-goals: compiled models; what their weights do is `rasp.explorer`.
"""

from rasp.drawing.document import Drawing
from rasp.drawing.drawings import draw, draw_graph, draw_selector
from rasp.drawing.value_table import Table, make_table

__all__ = ["Drawing", "Table", "draw", "draw_graph", "draw_selector", "make_table"]

"""The colours and strokes of drawings, for light and for dark surroundings, as CSS.

A browser's preference decides; a notebook or a page that says which it is overrules it.  Every rule
also has the light colour as such, for programs that show SVG and know no variables.  What colour
tells is told by a word, a mark, a stroke or a hatch as well.
"""

from __future__ import annotations

from typing import NamedTuple

FACE = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
FONT_SIZE = 13
COLUMN = 7.85
"""How wide a column of text is, in a face whose characters are 0.602 em wide, as most are."""


class Shade(NamedTuple):
    light: str
    dark: str


SHADES = {
    "paper": Shade("#ffffff", "#16191d"),
    "panel": Shade("#f5f6f8", "#1f2329"),
    "line": Shade("#c3c9d2", "#454c57"),
    "ink": Shade("#1b1f24", "#e6e9ee"),
    "muted": Shade("#5b6470", "#a3acb8"),
    "key": Shade("#0b57a4", "#7fbcff"),
    "query": Shade("#8a4b00", "#f2b266"),
    "value": Shade("#1c6b2c", "#7fd491"),
    "on": Shade("#cfe3fa", "#1f4a78"),
    "result": Shade("#efe6fb", "#3d2f57"),
    "wrong": Shade("#b3261e", "#ff9d94"),
}

_RULES = {
    "paper": ("fill", "paper"),
    "panel": ("fill", "panel"),
    "ink": ("fill", "ink"),
    "muted": ("fill", "muted"),
    "key": ("fill", "key"),
    "query": ("fill", "query"),
    "value": ("fill", "value"),
    "wrong": ("fill", "wrong"),
    "on": ("fill", "on"),
    "result": ("fill", "result"),
    "line": ("stroke", "line"),
    "strong-line": ("stroke", "ink"),
    "wrong-line": ("stroke", "wrong"),
    "edge": ("stroke", "muted"),
}
"""Class -> property and shade."""

_DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", '[data-theme="dark"]', ".rasp-dark")
_LIGHT = ('[data-jp-theme-light="true"]', ".vscode-light", '[data-theme="light"]', ".rasp-light")


def variables(scope: str) -> str:
    """The custom properties of both themes, for elements that match a selector."""

    def block(dark: bool) -> str:
        pairs = (f"--rasp-{name}:{shade[dark]}" for name, shade in SHADES.items())
        return "{" + ";".join(pairs) + "}"

    light = ",".join(f"{place} {scope}" for place in _LIGHT)
    dark = ",".join(f"{place} {scope}" for place in _DARK)
    return (
        f"{scope}{block(False)}"
        f"@media (prefers-color-scheme: dark){{{scope}{block(True)}}}"
        f"{light}{block(False)}{dark}{block(True)}"
    )


def svg_style() -> str:
    """The style of an SVG drawing, for its own `<style>`; it touches no other element."""
    rules = "".join(
        f".rasp-svg .{name}{{{what}:{SHADES[shade].light};{what}:var(--rasp-{shade})}}"
        for name, (what, shade) in _RULES.items()
    )
    return variables(".rasp-svg") + rules + _SVG_RULES


def plain_svg_style(*, dark: bool = False) -> str:
    """The same in one theme and without custom properties, which not every renderer knows."""
    rules = "".join(
        f".rasp-svg .{name}{{{what}:{SHADES[shade][dark]}}}"
        for name, (what, shade) in _RULES.items()
    )
    return rules + _SVG_RULES.replace("var(--rasp-paper)", SHADES["paper"][dark])


_SVG_RULES = (
    f".rasp-svg text{{font-family:{FACE};font-size:{FONT_SIZE}px;white-space:pre}}"
    ".rasp-svg .strong{font-weight:bold}.rasp-svg .small{font-size:11px}"
    ".rasp-svg .large{font-size:16px;font-weight:bold}"
    ".rasp-svg .halo{paint-order:stroke;stroke-width:4px;stroke-linejoin:round;"
    f"stroke:{SHADES['paper'].light};stroke:var(--rasp-paper)}}"
    ".rasp-svg .bare{fill:none}"
    ".rasp-svg .strong-line{stroke-width:2}"
    ".rasp-svg .dashed{stroke-dasharray:3 2}"
)

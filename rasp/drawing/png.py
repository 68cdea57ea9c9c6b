"""An SVG drawing -> PNG, for slides: rendered by resvg, an optional dependency."""

from __future__ import annotations

import re
from importlib import import_module

from rasp.errors import RaspLoadError, RaspValueError
from rasp.markup.style import plain_svg_style, svg_style

PACKAGE = "resvg_py"
EXTRA = "rasp-lang[png]"
SCALE = 2.0
MAX_PIXELS = 100_000_000


def png(svg: str, *, scale: float = SCALE) -> bytes:
    """The drawing with `scale` pixels for each of its own, on white.

    Raises RaspLoadError without the package that renders it, RaspValueError for a picture of no
    size, or of more than 100 million pixels.
    """
    sizes = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    assert sizes is not None
    width, height = map(float, sizes.groups())
    if not scale > 0 or width * height * scale**2 > MAX_PIXELS:
        raise RaspValueError(
            f"a scale of {scale:g} gives {width * scale:,.0f} * {height * scale:,.0f} pixels",
            hint=f"there may be {MAX_PIXELS:,}; .svg has no limit",
        )
    try:
        render = import_module(PACKAGE).svg_to_bytes
    except ImportError:
        raise RaspLoadError(
            "a .png is drawn by the package resvg-py, which is not installed",
            hint=f"pip install '{EXTRA}'; .svg needs nothing",
        ) from None
    # It knows neither custom properties nor themes.
    plain = svg.replace(svg_style(), plain_svg_style())
    picture = render(svg_string=plain, zoom=scale, monospace_family="DejaVu Sans Mono")
    return bytes(picture)

"""Drawings as PNG: a picture of the size asked for, in the drawing's own colours."""

from __future__ import annotations

import re
import struct
import sys
import zlib
from pathlib import Path

import pytest

import rasp
from rasp.cli import main
from rasp.errors import RaspLoadError, RaspValueError
from rasp.markup.style import SHADES

EXAMPLES = Path(__file__).parents[2] / "examples"
SORT = rasp.load(EXAMPLES / "sort.rasp")["sorted"]


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def colours_of(png: bytes) -> set[tuple[int, ...]]:
    """Of the pixels of rows that are stored as they are, or as differences to their left."""
    data, place = b"", 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += 12 + length
    width, height = size_of(png)
    raw, colours = zlib.decompress(data), set()
    above = bytes(4 * width)
    for row in range(height):
        line = bytearray(raw[row * (4 * width + 1) :][: 4 * width + 1])
        kind, pixels = line[0], line[1:]
        for n in range(4 * width):
            left = pixels[n - 4] if n >= 4 else 0
            corner = above[n - 4] if n >= 4 else 0
            guess = {0: 0, 1: left, 2: above[n], 3: (left + above[n]) // 2}.get(kind)
            if guess is None:
                by = left + above[n] - corner
                order = [(abs(by - left), left), (abs(by - above[n]), above[n])]
                guess = min([*order, (abs(by - corner), corner)], key=lambda pair: pair[0])[1]
            pixels[n] = (pixels[n] + guess) % 256
        above = bytes(pixels)
        colours |= {tuple(pixels[n : n + 3]) for n in range(0, 4 * width, 4)}
    return colours


def test_size_and_colours() -> None:
    drawing = SORT.draw("cab")
    sizes = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawing.svg)
    assert sizes is not None
    picture = drawing.png(scale=1)
    width, height = size_of(picture)
    assert abs(width - float(sizes[1])) <= 1
    assert abs(height - float(sizes[2])) <= 1
    doubled = size_of(drawing.png())
    assert abs(doubled[0] - 2 * width) <= 2
    colours = colours_of(picture)
    for name in ("paper", "panel", "on", "result"):
        shade = SHADES[name].light
        assert tuple(int(shade[n : n + 2], 16) for n in (1, 3, 5)) in colours
    assert len(colours) > 50, "letters have soft edges"


def test_graphs_too(tmp_path: Path) -> None:
    path = tmp_path / "graph.png"
    assert main(["draw", str(EXAMPLES / "sort.rasp"), "--graph", "-o", str(path)]) == 0
    assert min(size_of(path.read_bytes())) > 300


@pytest.mark.parametrize("scale", [0, -1, float("nan"), 1e6])
def test_sizes_that_are_none(scale: float) -> None:
    with pytest.raises(RaspValueError):
        SORT.draw("cab").png(scale)


def test_without_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(RaspLoadError) as caught:
        SORT.draw("cab").save(tmp_path / "a.png")
    assert caught.value.hint == "pip install 'rasp-lang[png]'; .svg needs nothing"
    path = tmp_path / "a.png"
    assert main(["draw", str(EXAMPLES / "sort.rasp"), "cab", "-o", str(path)]) == 1
    assert "rasp-lang[png]" in capsys.readouterr().err
    assert not path.exists()

"""What drawings are read with: parsers of SVG, HTML and DOT that refuse what is not well-formed."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

from lark import Lark

import rasp
from rasp.drawing.graph import make_graph
from rasp.drawing.svg import text_width

SVG = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "br", "hr", "img", "link", "input"}


MOST_DRAWN, MOST_NODES = 15, 80  # of one program, for the time that it takes


def drawn(path: Path) -> dict[str, rasp.SOp | rasp.Selector]:
    """What a program names and a test draws: all, or of very many some from everywhere."""
    program = rasp.load(path)
    handles = {
        name: handle
        for name in program.names
        if isinstance(handle := program[name], (rasp.SOp, rasp.Selector))
    }
    if len(handles) <= MOST_DRAWN:
        return handles
    chosen = list(handles.items())[:: len(handles) // MOST_DRAWN]
    return {name: handle for name, handle in chosen if n_nodes(handle) <= MOST_NODES}


def n_nodes(handle: rasp.SOp | rasp.Selector) -> int:
    """How many nodes its graph has; one too many where it is too large to be drawn."""
    try:
        return len(make_graph(handle.node, origins=handle.origins).vertices)
    except rasp.RaspLimitError:
        return MOST_NODES + 1


def svg(text: str) -> ET.Element:
    """The root of a well-formed SVG document that fetches and runs nothing."""
    root = ET.fromstring(text.encode())
    assert root.tag == f"{SVG}svg"
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {
            "svg", "title", "desc", "style", "defs", "pattern", "g", "rect", "line", "path", "text",
        }  # fmt: skip
        assert not any(name.startswith("on") or "href" in name for name in element.attrib)
    style = root.find(f"{SVG}style")
    assert style is not None
    assert not re.search(r"@import|url\((?!#)", style.text or "")
    return root


def texts(text: str) -> list[str]:
    """What an SVG drawing shows as text, in order; titles and the description apart."""
    found = []
    for element in svg(text).iter(f"{SVG}text"):
        found.append((element.text or "") + "".join(child.tail or "" for child in element))
    return found


def titles(text: str) -> list[str]:
    """What is said about marks that are pointed at."""
    return [element.text or "" for element in svg(text).iter(f"{SVG}title")]


def lefts(text: str) -> dict[str, float]:
    """Where the texts of an SVG drawing begin, and ``frame``: where the innermost panel does."""
    found: dict[str, float] = {}

    def visit(element: ET.Element, x: float) -> None:
        if moved := re.match(r"translate\(([-\d.]+)", element.get("transform", "")):
            x += float(moved[1])
        at = x + float(element.get("x", "0"))
        if element.tag == f"{SVG}rect" and "panel" in element.get("class", ""):
            found["frame"] = max(found.get("frame", at), at)
        if element.tag == f"{SVG}text":
            words = (element.text or "") + "".join(child.tail or "" for child in element)
            width = text_width(words) if element.get("text-anchor") == "end" else 0.0
            found[words] = at - width
        for child in element:
            visit(child, x)

    visit(svg(text), 0.0)
    return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "script"
        for name, value in attrs:
            assert not name.startswith("on")
            assert name not in ("src", "href"), (tag, name, value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "iframe")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)


def html(text: str) -> str:
    """The text of well-formed HTML that fetches and runs nothing."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return "".join(reader.text)


@cache
def _dot_parser() -> Lark:
    grammar = Path(__file__).with_name("dot_grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", keep_all_tokens=False)


def dot(text: str) -> list[str]:
    """The labels of a well-formed DOT document, those that are tables as their text."""
    tree = _dot_parser().parse(_without_tables(text))
    assert tree.data == "start"
    labels = re.findall(r'label=("(?:\\.|[^"\\])*")', text)
    return labels + ["".join(ET.fromstring(table).itertext()) for table in _tables(text)]


_TABLE = re.compile(r"label=<(<TABLE.*?</TABLE>)>", re.DOTALL)


def _tables(text: str) -> list[str]:
    return _TABLE.findall(text)


def _without_tables(text: str) -> str:
    """The document with its tables as plain IDs; they are read as XML, which they have to be."""
    return _TABLE.sub("label=table", text)

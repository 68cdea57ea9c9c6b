"""Fragments and pages of HTML, light and dark, without scripts and without anything fetched."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rasp.markup.style import FACE, variables
from rasp.visible import visible

_STYLE = (
    ".rasp-html{color:var(--rasp-ink);background:var(--rasp-paper);font-size:13px;"
    "font-family:system-ui,sans-serif;overflow-x:auto;padding:2px 0}"
    f".rasp-html table{{border-collapse:collapse;font-family:{FACE};font-size:13px;margin:6px 0}}"
    ".rasp-html caption{text-align:left;font-weight:bold;padding:2px 0}"
    ".rasp-html th,.rasp-html td{border:1px solid var(--rasp-line);padding:2px 7px;"
    "text-align:left;white-space:pre;color:var(--rasp-ink);background:var(--rasp-paper)}"
    ".rasp-html thead th,.rasp-html tbody th{background:var(--rasp-panel)}"
    ".rasp-html td.cell{text-align:center}"
    ".rasp-html td.failed{color:var(--rasp-wrong);font-weight:bold;outline:1px dashed}"
    ".rasp-html .muted{color:var(--rasp-muted)}"
    f".rasp-html pre{{font-family:{FACE};font-size:13px;color:var(--rasp-ink);margin:6px 0;"
    "background:var(--rasp-panel);padding:8px;border:1px solid var(--rasp-line)}"
    ".rasp-html .wrong{color:var(--rasp-wrong);font-weight:bold}"
    ".rasp-html summary{cursor:pointer;color:var(--rasp-muted)}"
)


def escaped(text: str) -> str:
    """Text of a program or an input, of one line."""
    return escape(visible(text), quote=True)


def fragment(body: str) -> str:
    """A piece of HTML for a notebook, with the style that it needs."""
    style = variables(".rasp-html") + _STYLE
    return f'<div class="rasp-html"><style>{style}</style>{body}</div>'


def figure(svg: str, text: str | None = None) -> str:
    """A drawing, with its text beneath it for those who want it."""
    body = svg
    if text is not None:
        body += f"<details><summary>as text</summary>{preformatted(text)}</details>"
    return fragment(body)


def paragraph(text: str) -> str:
    """A line of text."""
    return f"<p>{escaped(text)}</p>"


def preformatted(text: str) -> str:
    """Lines as they are."""
    return "<pre>" + "\n".join(map(_line, text.split("\n"))) + "</pre>"


def _line(text: str) -> str:
    return escaped(text.replace("\t", "    "))


def page(title: str, body: str) -> str:
    """A whole document."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escaped(title)}</title>\n"
        f"<style>{variables(':root')}"
        "body{margin:16px;background:var(--rasp-paper)}</style>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    title: str = "",
) -> str:
    """A table of texts, the first of each row being its heading."""
    caption = f"<caption>{escaped(title)}</caption>" if title else ""
    head = "".join(f'<th scope="col">{escaped(heading)}</th>' for heading in headings)
    body = "".join(
        f'<tr><th scope="row">{escaped(first)}</th>'
        + "".join(f"<td>{escaped(text)}</td>" for text in rest)
        + "</tr>"
        for first, *rest in rows
    )
    top = f"<thead><tr>{head}</tr></thead>" if any(headings) else ""
    return f"<table>{caption}{top}<tbody>{body}</tbody></table>"


def message(text: str) -> str:
    """An error or a warning as it is rendered, the first line standing out."""
    first, *rest = text.split("\n")
    lines = [f'<span class="wrong">{_line(first)}</span>', *map(_line, rest)]
    return "<pre>" + "\n".join(lines) + "</pre>"

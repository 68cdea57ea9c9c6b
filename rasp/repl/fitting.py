"""Lines -> lines that are no wider than the terminal.

Text is broken at spaces; what continues a line is indented below it, and behind a gap (of two
spaces or more) below what the gap sets off.  Drawings are cut into bands that stand below each
other.  Codes of colours take no room, and are ended and begun anew where a line is broken.  Of a
line of a program with carets below it the part is kept that the carets are about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rasp.repl.sequences import width

NARROWEST = 20  # no terminal is taken to be narrower
TAB = 8
INDENT = 4

_CODE = re.compile(r"\033\[[0-9;]*m")
_RESET = "\033[0m"
_GAP = re.compile(r"(?<=[^\s.;:!?])  +(?=\S)")
_PIECE = re.compile(r"\033\[[0-9;]*m|\s+|[^\s\033]+")
_BAR = " | "
_CUT = "..."
_SOURCE = re.compile(r" *\d* \| ")
_CARETS = re.compile(r" +\| \s*(?:\033\[[0-9;]*m)*\^")


def visible_width(line: str) -> int:
    """How many columns a line takes on a terminal."""
    return width(_CODE.sub("", line).expandtabs(TAB))


def fitted(text: str, columns: int) -> str:
    """A text whose lines are no wider than this, unless one word is."""
    columns = max(columns, NARROWEST)
    lines: list[str] = []
    pending = text.split("\n")
    number = 0
    while number < len(pending):
        line, following = pending[number], [*pending, ""][number + 1]
        number += 1
        if _SOURCE.match(line) and _CARETS.match(following):
            lines += _excerpt(line, following, columns)
            number += 1
        elif visible_width(line) <= columns or _SOURCE.match(line):
            lines.append(line)
        elif start := _continued(line, following):
            while number < len(pending) and _continued(line, pending[number]) == start:
                line += f" {pending[number].strip()}"
                number += 1
            lines += _filled(line, columns, 0, min(start, columns // 2))
        elif _goes_on(line, following):
            pending[number] = f"{line} {following}"
        else:
            lines += _broken(line, columns)
    return "\n".join(lines)


def _continued(line: str, following: str) -> int:
    """Where the value of a line `name value` begins that goes on below itself, or 0."""
    start = len(following) - len(following.lstrip(" "))
    begins = start > INDENT and line[:1].isalpha() and line[start - 1 : start] == " "
    return start if begins and line[start : start + 1].strip() and following.strip() else 0


def _goes_on(line: str, following: str) -> bool:
    """Whether a line is within a sentence of plain text that the following line goes on with."""
    if not (line[:1].isalpha() and following[:1].islower()):
        return False
    return not _GAP.search(line) and not _GAP.search(following)


def _excerpt(source: str, carets: str, columns: int) -> list[str]:
    """The part of a line of a program that is around its carets, and what stands behind these."""
    codes = _CODE.findall(carets)
    plain = _CODE.sub("", carets)
    at = plain.index("^")
    behind = plain[at:].lstrip("^")
    n_carets = len(plain) - at - len(behind)
    margin = plain[: plain.index(_BAR) + len(_BAR)]
    cells = _cells(source[len(margin) :])
    room = columns - len(margin)
    if "\t" in source or (len(cells) <= room and len(plain) <= columns):
        return [source, carets]
    first = at - len(margin)
    start = max(0, min(first - room // 3, len(cells) - room)) if len(cells) > room else 0
    low = start + len(_CUT) if start else 0
    high = start + room - len(_CUT) if start + room < len(cells) else len(cells)
    shown = "".join([_CUT * (low > 0), *_window(cells, low, high), _CUT * (high < len(cells))])
    marks = "^" * max(1, min(n_carets, room - (first - start)))
    painted = f"{codes[0]}{marks}{codes[-1]}" if codes else marks
    line = f"{margin}{' ' * (first - start)}{painted}"
    excerpt = [source[: len(margin)] + shown]
    if len(margin) + first - start + len(marks) + width(behind) <= columns:
        return [*excerpt, line + behind]
    return [*excerpt, line, *_filled(behind.strip(), columns, len(margin), len(margin))]


def _broken(line: str, columns: int) -> list[str]:
    """The lines that one too wide becomes.  Tabs at its beginning become narrow."""
    body = line.lstrip(" \t")
    room = width(line[: len(line) - len(body)].expandtabs(TAB))
    indent = min(room, columns // 4)
    gap = _GAP.search(_CODE.sub("", body))
    if gap is None:
        hanging = min(indent + INDENT, columns // 3) if room or not body[:1].isalpha() else 0
        return list(_filled(body, columns, indent, hanging))
    start = indent + width(_CODE.sub("", body)[: gap.end()])
    if start <= columns // 2:
        return list(_filled(body, columns, indent, start))
    # What the gap sets off goes below, as a whole.
    at = _place(body, gap.start())
    head, rest = body[:at], body[_place(body, gap.end()) :]
    below = min(indent + INDENT, columns // 3)
    return [*_filled(head, columns, indent, below), *_filled(rest, columns, below, below)]


def _place(text: str, visible: int) -> int:
    """Where a text with codes has its n-th visible character."""
    seen = at = 0
    while seen < visible:
        code = _CODE.match(text, at)
        if code:
            at = code.end()
        else:
            seen, at = seen + 1, at + 1
    return at


def _filled(text: str, columns: int, indent: int, hanging: int) -> Iterator[str]:
    """A text in lines, the first indented, the others hanging; these have no wide gaps."""
    line, used, most = " " * indent, indent, columns
    colour = space = ""
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece.startswith("\033"):
            line, used, space = line + space + piece, used + len(space), ""
            colour = "" if piece == _RESET else piece
        elif piece.isspace():
            space = (space + piece.expandtabs(1))[:most]
        else:
            size = width(piece)
            if used + len(space) + size > columns and line.strip():
                yield line + (_RESET if colour else "")
                most = 2
                used = max(0, min(hanging, columns - size))  # less before a long word
                line, space = " " * used + colour, ""
            line += space + piece
            used += len(space) + size
            space = ""
    yield line


def bands(lines: Sequence[str], columns: int) -> list[str]:
    """A drawing (without codes), cut where it is too wide; its labels are repeated in every band.

    Lines that belong together stand without an empty one between them.
    """
    columns = max(columns, NARROWEST)
    found: list[str] = []
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line)
            continue
        found += _cut(block, columns)
        found.append(line)
        block = []
    return found[:-1]


def _cut(block: list[str], columns: int) -> list[str]:
    """The rows of a table in bands; headings, sentences and narrow rows in the first of them."""
    block = [part for line in block for part in _without_text(line, columns)]
    rows = [_cells(line) if width(line) > columns and _is_row(line) else None for line in block]
    tables = [row for row in rows if row is not None]
    longest = max(map(len, tables), default=0)
    empty = [all(at >= len(row) or row[at] == " " for row in tables) for at in range(longest)]
    label = _label(tables, empty, 2 * columns // 3)
    found: list[str] = []
    start = 0
    while start < max(longest, 1):
        margin = label if start else 0
        end = min(start + columns - margin, longest)
        if end < longest:
            ends = (at for at in range(end, start + 1, -1) if empty[at - 1])
            end = next(ends, end)
        for line, row in zip(block, rows, strict=True):
            if row is not None:
                found.append("".join([*row[:margin], *row[start:end]]).rstrip())
            elif not start:
                found += fitted(line, columns).split("\n")
        start = max(end, 1)
    return found


def _without_text(line: str, columns: int) -> list[str]:
    """A row of values that is too wide for what it is the value of (` = ...`), which goes below."""
    head, gap, text = line.rpartition("  = ")
    if not gap or width(line) <= columns or _BAR in line:
        return [line]
    return [head, f"{' ' * (len(line) - len(line.lstrip()) + INDENT)}= {text}"]


def _is_row(line: str) -> bool:
    """Whether a line has columns, rather than being a sentence."""
    return _BAR in line or _GAP.search(line) is not None


def _label(rows: list[list[str]], empty: list[bool], most: int) -> int:
    """How wide the names are that the rows begin with; 0 where that is too much."""
    bars = [at for row in rows for at in range(len(row)) if row[at : at + 3] == [*_BAR]][:1]
    if bars:
        label = bars[0] + len(_BAR)
    else:
        places = range(2, len(empty))
        label = next((at for at in places if empty[at - 1] and not all(empty[:at])), 0)
    return label if label <= most else 0


def _window(cells: list[str], start: int, end: int) -> list[str]:
    """These columns; a blank for the half of a wide character."""
    part = cells[start:end]
    if part and part[0] == "":
        part[0] = " "
    if part and cells[end : end + 1] == [""]:
        part[-1] = " "
    return part


def _cells(line: str) -> list[str]:
    """One entry for each column: the character there, or nothing where a wide one goes on."""
    cells: list[str] = []
    for character in line:
        size = width(character)
        if size == 0 and cells:
            cells[-1] += character
        else:
            cells += [character, *[""] * (size - 1)]
    return cells

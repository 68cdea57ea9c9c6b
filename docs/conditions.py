"""docs/random-programs.md -> the same with what the account of conditions says at the moment.

usage: python docs/conditions.py          rewrites the document
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from rasp.testing.accounts import BY, KEPT, OPEN, Account, named, read

DOCUMENT = Path(__file__).with_name("random-programs.md")
FOLDER = Path(__file__).parents[1] / "tests" / "compiler" / "conditions"
BEGIN, END = "<!-- begin: docs/conditions.py -->\n", "<!-- end -->\n"
ROOMS = ("encoding", "facts", "lowering", "selection", "synthesis")
OTHERS, ALL = "around them, and rewrites of graphs", "all"


def table(account: Account) -> str:
    """A row for each room: modules, changes, and what is said of them."""
    modules = Counter(room for name in account.modules for room in (_room(name), ALL))
    said = Counter(
        (room, kind)
        for key, entry in account.entries.items()
        for room in (_room(key.partition(":")[0]), ALL)
        for kind in ("", next(kind for kind in (BY, KEPT, OPEN) if entry.startswith(kind)))
    )
    lines = [
        "| room | modules | changes | by a program | kept | open |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for room in (*ROOMS, OTHERS, ALL):
        numbers = [modules[room], *(said[room, kind] for kind in ("", BY, KEPT, OPEN))]
        lines.append(f"| {room} | " + " | ".join(f"{number:,}" for number in numbers) + " |")
    return "".join(f"{line}\n" for line in lines)


def _room(module: str) -> str:
    room = named(module).partition(".")[0]
    return room if room in ROOMS else OTHERS


def document(text: str, rows: str) -> str:
    """The document with these rows between the marks."""
    place = re.compile(f"(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", re.DOTALL)
    return place.sub(lambda _: rows, text)


if __name__ == "__main__":
    DOCUMENT.write_text(
        document(DOCUMENT.read_text(encoding="utf-8"), table(read(FOLDER))), encoding="utf-8"
    )

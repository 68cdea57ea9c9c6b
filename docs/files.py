"""docs/architecture.md -> the same with the list of all files of the package as it is now.

A file's sentence is the first one of its docstring, or of its first comment.

usage: python docs/files.py          rewrites the document
"""

from __future__ import annotations

import ast
from itertools import groupby
from pathlib import Path

DOCUMENT = Path(__file__).with_name("architecture.md")
PACKAGE = Path(__file__).parents[1] / "rasp"
BEGIN, END = "<!-- begin: docs/files.py -->\n", "<!-- end -->\n"


def sentence(path: Path) -> str:
    """What a file is for."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".rasp":
        first = text.partition("\n")[0].removeprefix("# ").partition(".  ")[0]
    else:
        docstring = ast.get_docstring(ast.parse(text)) or ""
        first = " ".join(docstring.partition("\n\n")[0].split())
    return first.removesuffix(".").removesuffix(":").replace("|", "\\|").replace("<->", "and")


def listing() -> str:
    """A table for the files beside each other in every folder."""
    paths = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".rasp")]
    paths = sorted(
        (path for path in paths if path.stat().st_size), key=lambda path: (path.parent, path.name)
    )
    parts = []
    for folder, files in groupby(paths, key=lambda path: path.parent):
        parts.append(
            f"### {folder.relative_to(PACKAGE.parent).as_posix()}/\n\n| file | |\n| --- | --- |\n"
        )
        parts += [f"| `{p.relative_to(PACKAGE).as_posix()}` | {sentence(p)} |\n" for p in files]
        parts.append("\n")
    return "".join(parts)


def document(text: str) -> str:
    """The document with the list as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{listing()}{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")

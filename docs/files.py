"""docs/architecture.md, docs/limits.md -> the same with the lists that are made of the package.

The one is of all files; a file's sentence is the first one of its docstring, or of its first
comment.  The other is of all numbers that steer the compiler, in the words of
`rasp/compiler/limits.py`.

usage: python docs/files.py          rewrites the documents
"""

from __future__ import annotations

import ast
import math
import re
from itertools import groupby, pairwise
from pathlib import Path

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


def numbers() -> str:
    """A table for each part of the module of limits."""
    from rasp.compiler import limits

    text = (PACKAGE / "compiler" / "limits.py").read_text(encoding="utf-8")
    body = ast.parse(text).body
    headings = {
        number: line.removeprefix("# ").removesuffix(".")
        for number, line in enumerate(text.splitlines(), 1)
        if line.startswith("# ")
    }
    parts, shown = [], 0
    for node, reason in pairwise(body):
        if not (isinstance(node, ast.Assign) and isinstance(reason, ast.Expr)):
            continue
        above = max(line for line in headings if line < node.lineno)
        if above != shown:
            parts.append(f"\n**{headings[above]}.**\n\n| name | number | |\n| --- | --- | --- |\n")
            shown = above
        (target,) = node.targets
        names = [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
        values = ", ".join(number(getattr(limits, name)) for name in names)
        said = " ".join(ast.literal_eval(reason.value).split()).replace("|", "\\|")
        parts.append(f"| {', '.join(f'`{name}`' for name in names)} | {values} | {said} |\n")
    return "".join(parts).lstrip("\n") + "\n"


def number(value: float) -> str:
    """A number for readers: large and small powers of two or ten as such."""
    for base in (2, 10):
        power = round(math.log(value, base))
        if abs(power) > 20 and value == (base**power if power > 0 else float(base) ** power):
            return f"{base}^{power}"
    if isinstance(value, int):
        return f"{value:,}"
    return re.sub(r"e([+-])0*", r"e\1", f"{value:.3g}")


def document(text: str, table: str) -> str:
    """The document with the list as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}{END}{after}"


DOCUMENTS = {"architecture.md": listing, "limits.md": numbers}
"""What is listed where."""

if __name__ == "__main__":
    for name, table in DOCUMENTS.items():
        path = Path(__file__).with_name(name)
        path.write_text(document(path.read_text(encoding="utf-8"), table()), encoding="utf-8")

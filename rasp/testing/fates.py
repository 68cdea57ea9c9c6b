"""What became of mutants -> a table of their modules.

`rasp.testing.rooms`, `certifying` and `proving` end with one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence


def table(known: Mapping[str, Mapping[str, object]], kinds: Sequence[str]) -> str:
    """Modules -> mutants, and what became of them, as Markdown.

    known: of each mutant, its `kind` and whatever else; kinds: the columns.
    """
    rows: dict[str, Counter[str]] = {}
    for key, what in known.items():
        module = key.split(":")[0].removeprefix("rasp.")
        rows.setdefault(module, Counter())[str(what["kind"])] += 1
    rows = dict(sorted(rows.items()))
    rows["all"] = sum(rows.values(), Counter())
    lines = [
        "| module | mutants | " + " | ".join(kinds) + " |",
        "| --- |" + " ---: |" * (1 + len(kinds)),
    ]
    for module, counts in rows.items():
        cells = [f"{counts.total():,}", *(f"{counts[kind]:,}" for kind in kinds)]
        lines.append(f"| {module} | " + " | ".join(cells) + " |")
    return "\n".join(lines)

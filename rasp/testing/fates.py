"""What became of mutants -> a table of their modules.

`rasp.testing.rooms`, `certifying` and `proving` end with one.  The last two ask each mutant first
of models whose refusal comes through the function that is changed: `functions`.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence


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


def functions(error: BaseException | None) -> Iterator[str]:
    """The functions that an error went through, as `module:function`, and those of errors that it
    was raised in place of."""
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            name = frame.f_code.co_qualname.replace(".<locals>", "").partition(".<")[0]
            yield f"{frame.f_globals['__name__']}:{name}"
        error = error.__context__

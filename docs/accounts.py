"""docs/cookbook.md -> the same with the account below each program as it is now.

usage: python docs/accounts.py          rewrites the document
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import rasp

DOCUMENT = Path(__file__).with_name("cookbook.md")
PART = re.compile(
    r"```rasp\n(?P<program>.*?)```"
    r"|(?P<begin><!-- account: (?P<sop>\w+) (?P<vocab>\S+) (?P<max_len>\d+) -->\n)"
    r".*?<!-- end -->\n",
    re.DOTALL,
)
HEADINGS = (
    "vocabulary, longest input",
    "layers",
    "heads",
    "sublayers",
    "d_model",
    "parameters",
)


def models(text: str) -> Iterator[rasp.CompiledModel]:
    """The models that the accounts are of, in order."""
    programs = ""
    for part in PART.finditer(text):
        if part["program"]:
            programs += part["program"]
        else:
            sop = rasp.loads(programs)[part["sop"]]
            yield rasp.compile(sop, vocab=part["vocab"], max_len=int(part["max_len"]))


def document(text: str) -> str:
    """The document with all accounts written anew."""
    compiled = models(text)

    def renewed(part: re.Match[str]) -> str:
        if part["program"]:
            return part[0]
        return f"{part['begin']}{account(next(compiled), part['vocab'])}<!-- end -->\n"

    return PART.sub(renewed, text)


def account(model: rasp.CompiledModel, vocab: str) -> str:
    """A table of one row: what the theory says, and what was compiled."""
    report = model.report
    cells = (
        f"`{vocab}`, {report.max_len}",
        str(report.rasp_layers),
        ", ".join(map(str, report.rasp_heads_per_layer)) or "none",
        f"`{report.sublayers}`" if report.sublayers else "none",
        str(report.d_model),
        f"{report.n_parameters:,}",
    )
    rows = (HEADINGS, ("---",) * len(HEADINGS), cells)
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")

"""The tables of docs/certificate.md: `python benchmarks/certificates.py [--write]`.

What is certified: the tasks of the RASP paper for inputs of up to 50 tokens, and every program of
tests/conformance/compile.jsonl.  What is caught: every mutation of `rasp.testing.mutations`, on
small models of several programs.  Prints both tables; with --write, puts them there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import astuple
from pathlib import Path

import rasp
from rasp.compiled import CompiledModel
from rasp.errors import CompileError
from rasp.sop import SOp
from rasp.testing.mutations import MUTATIONS, Examination, examine

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "certificate.md"
CORPUS = ROOT / "tests" / "conformance" / "compile.jsonl"
MAX_LEN = 50
UNLIMITED = 1e12

TASKS = {
    "reverse": "abcde",
    "histogram_bos": "§abcd",
    "histogram": "abcde",
    "double_histogram": "abcde",
    "sort": "abcde",
    "sort_by_frequency": "abcde",
    "dyck1": "()",
    "dyck2": "(){}",
}
MUTATED = {
    "sort": (
        "place = selector_width(select(tokens, tokens, <)"
        " or (select(tokens, tokens, ==) and select(indices, indices, <)));\n"
        "x = aggregate(select(place, indices, ==), tokens);\n",
        "abc",
        4,
    ),
    "histogram": ("x = selector_width(select(tokens, tokens, ==));\n", "abc", 4),
    "quotient": (
        'x = 1 / (selector_width(select(tokens, "b", ==)) + indices - 1);\n',
        "ab",
        5,
    ),
}

Row = tuple[str, ...]


def certificate(name: str, max_len: int, model: CompiledModel) -> Row:
    """The smallest margin, measured by its bound, and where that is."""
    found = model.report.certificate
    worst = max(found.reads, key=lambda read: float(read["bound"] / read["margin"]))
    ratio = worst["margin"] / max(worst["bound"], 1e-300)
    return (
        name,
        str(max_len),
        model.report.dtype,
        str(len(found.reads)),
        f"{ratio:.3g}" if ratio < UNLIMITED else "exact",
        worst["read"].split(" ")[0],
        "yes" if found.ok else "no",
    )


def certificates() -> list[Row]:
    rows: list[Row] = []
    for example, vocab in TASKS.items():
        program = rasp.load(str(ROOT / "examples" / f"{example}.rasp"))
        *_, sop = (value for name in program.names if isinstance(value := program[name], SOp))
        model = rasp.compile(sop, vocab=vocab, max_len=MAX_LEN)
        rows.append(certificate(f"**{example}**", MAX_LEN, model))
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        sop = rasp.loads(case["program"])[case["output"]]
        assert isinstance(sop, SOp)
        name = case["id"].removeprefix("comp-")
        try:
            model = rasp.compile(sop, vocab=case["vocab"], max_len=case["max_len"])
        except CompileError:
            rows.append((name, str(case["max_len"]), "refused", "", "", "", ""))
            continue
        rows.append(certificate(name, case["max_len"], model))
    return rows


def mutations() -> list[Row]:
    """One row for each mutation; where programs differ, all that was found."""
    models = []
    for source, vocab, max_len in MUTATED.values():
        sop = rasp.loads(source)["x"]
        assert isinstance(sop, SOp)
        models.append(rasp.compile(sop, vocab=vocab, max_len=max_len))
    rows: list[Row] = []
    for mutation in MUTATIONS:
        found = [examination for model in models if (examination := examine(model, mutation))]
        rows.append((mutation.name, *_joined(found)))
    return rows


def _joined(found: Iterable[Examination]) -> list[str]:
    levels = zip(*(astuple(examination)[1:] for examination in found), strict=True)
    return [", ".join(dict.fromkeys(level)) for level in levels]


def _table(headings: Row, rows: Iterable[Row]) -> str:
    lines = [headings, ("---",) * len(headings), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def tables() -> dict[str, str]:
    certified = certificates()
    n_certified = sum(row[-1] == "yes" for row in certified)
    summary = f"{n_certified} of {len(certified)} are certified in the dtype chosen.\n\n"
    return {
        "certificates": summary
        + _table(
            ("program", "max_len", "dtype", "reads", "margin / bound", "narrowest", "certified"),
            certified,
        ),
        "mutations": _table(
            ("mutation", "in the file", "digests forged", "certificate forged", "in memory"),
            mutations(),
        ),
    }


def document(text: str, found: dict[str, str]) -> str:
    """The document with the tables as they are now."""
    for name, table in found.items():
        begin, end = f"<!-- begin: {name} -->\n", f"<!-- end: {name} -->\n"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}{table}{end}{after}"
    return text


def main() -> None:
    if sys.argv[1:] == ["--write"]:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(document(text, tables()), encoding="utf-8")
    elif sys.argv[1:]:
        sys.exit("usage: python benchmarks/certificates.py [--write]")
    else:
        print("\n".join(tables().values()))


if __name__ == "__main__":
    main()

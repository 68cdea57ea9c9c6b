"""The tables of docs/certificate.md: `python benchmarks/certificates.py [--write]`.

What is certified: the tasks of the RASP paper for inputs of up to 50 tokens, and every program of
tests/conformance/compile.jsonl; how long compiling takes, and the proof of meaning.  What is
caught: every mutation of `rasp.testing.mutations`, on small models of several programs.  Prints
both tables; with --write, puts them there.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import astuple
from pathlib import Path

import rasp
from rasp.compile_report import MeaningProof
from rasp.errors import CompileError
from rasp.graph.nodes import Atom
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


def certificate(name: str, sop: SOp, vocab: Iterable[Atom], max_len: int) -> Row:
    """The smallest margin, measured by its bound, and where that is; what is proved of the meaning,
    and the seconds of the processor that compiling and that proof take."""
    proof: list[float] = []
    before: list[str] = []

    def look(stage: str, share: float) -> None:
        if stage == "meaning" and before[-1:] != [stage]:  # it begins
            proof.append(time.process_time())
        before.append(stage)

    start = time.process_time()
    try:
        model = rasp.compile(sop, vocab=vocab, max_len=max_len, progress=look)
    except CompileError:
        return (name, str(max_len), "refused", "", "", "", "", "", "", "")
    end = time.process_time()
    meaning = model.report.certificate.meaning
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
        "yes" if found.rounding.ok else "no",
        "yes" if meaning.ok else f"no: {reason(meaning)}",
        f"{proof[-1] - start:.3f}",
        f"{end - proof[-1]:.3f}",
    )


def reason(meaning: MeaningProof) -> str:
    """Why it is not proved, for a cell of a table."""
    return f"{meaning.place}: {meaning.reason}".replace("|", "/")


def certificates() -> list[Row]:
    rows: list[Row] = []
    for example, vocab in TASKS.items():
        program = rasp.load(str(ROOT / "examples" / f"{example}.rasp"))
        *_, sop = (value for name in program.names if isinstance(value := program[name], SOp))
        assert isinstance(sop, SOp)
        rows.append(certificate(f"**{example}**", sop, vocab, MAX_LEN))
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        sop = rasp.loads(case["program"])[case["output"]]
        assert isinstance(sop, SOp)
        name = case["id"].removeprefix("comp-")
        rows.append(certificate(name, sop, case["vocab"], case["max_len"]))
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
    n_rounded, n_proved = (sum(row[k] == "yes" for row in certified) for k in (6, 7))
    compiling, proving = (sum(float(row[k] or 0) for row in certified) for k in (8, 9))
    summary = (
        f"Of {len(certified)}, the rounding of {n_rounded} is certified in the dtype chosen, and"
        f" the meaning of {n_proved} is proved. Compiling all takes {compiling:.0f} seconds, the"
        f" proofs of meaning {proving:.0f}.\n\n"
    )
    return {
        "certificates": summary
        + _table(
            (
                *("program", "max_len", "dtype", "reads", "margin / bound", "narrowest"),
                *("rounding", "meaning", "compile s", "meaning s"),
            ),
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

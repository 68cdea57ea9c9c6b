"""The tables of docs/exports.md: `python benchmarks/exports.py [--write] [--state FILE]`.

Every program of tests/conformance/compile.jsonl is compiled and exported to Hugging Face, ONNX and
TransformerLens.  The first two are loaded in a process in which importing rasp fails
(`benchmarks/exports_alone.py`); every answer is compared with the interpreter's, value and type, on
all inputs up to a length and on 1,000 random ones in padded batches of mixed lengths.

Takes about ten minutes.  With --state it can be interrupted: what is in the file is not done again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

import rasp
from rasp.compiled import CompiledModel
from rasp.compiled.inputs import Encoded
from rasp.errors import CompileError, ExportError, RaspError
from rasp.export import transformer_lens
from rasp.export.checking import same
from rasp.export.huggingface.vocabulary import texts_of
from rasp.export.labels import json_of
from rasp.export.onnx import running, to_bytes
from rasp.interpreter import outcomes
from rasp.readout import Outcome
from rasp.sop import SOp
from rasp.verification.inputs import every_input, sampled_inputs
from rasp.vocabulary import FIRST_TOKEN

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "exports.md"
CORPUS = ROOT / "tests" / "conformance" / "compile.jsonl"
ALONE = Path(__file__).with_name("exports_alone.py")
SHORT = 300
SAMPLES = 1000
BATCH = 50
REPEATS = 200

Row = dict[str, Any]


def inputs_of(model: CompiledModel) -> list[list[int]]:
    """All inputs up to a length, as far as there are not too many, and random ones."""
    n_tokens, length = len(model.vocabulary), 1
    while n_tokens ** (length + 1) <= SHORT and length < model.max_len:
        length += 1
    rows = [row for batch in every_input(n_tokens, length, SHORT) for row in batch]
    for batch in sampled_inputs(n_tokens, model.max_len, SAMPLES, 2026, SAMPLES):
        rows += batch
    order = np.random.default_rng(0).permutation(len(rows))
    return [rows[place] for place in order]


def expected_of(model: CompiledModel, rows: list[list[int]]) -> list[Outcome]:
    tokens = model.vocabulary.tokens
    inputs = [[tokens[number] for number in row] for row in rows]
    causal = model.artifact.config.causal
    return list(outcomes(model.specification.node, inputs, causal=causal))


def plain(outcome: Outcome) -> list[str] | None:
    """The values as JSON texts, None for an error."""
    return None if isinstance(outcome, RaspError) else [json_of(value) for value in outcome]


@cache
def process() -> subprocess.Popen[str]:
    """A process without rasp, that answers requests."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, str(ALONE)], stdin=pipe, stdout=pipe, text=True)


def alone(what: str, folder: Path, cases: Row) -> Row:
    """What a process without rasp finds."""
    (folder / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    other = process()
    assert other.stdin is not None
    assert other.stdout is not None
    other.stdin.write(json.dumps([what, str(folder)]) + "\n")
    other.stdin.flush()
    found: Row = json.loads(other.stdout.readline())
    return found


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = call()
    return result, time.perf_counter() - start


def fastest(call: Callable[[], Any]) -> float:
    """Milliseconds of the fastest of many calls."""
    call()
    return min(timed(call)[1] for _ in range(REPEATS)) * 1000


def size_of(path: Path) -> int:
    return sum(file.stat().st_size for file in path.iterdir() if file.is_file())


def examine(case: Row) -> Row:
    """One program, all exports."""
    row: Row = {"id": case["id"].removeprefix("comp-")}
    sop = rasp.loads(case["program"])[case["output"]]
    assert isinstance(sop, SOp)
    try:
        model = rasp.compile(sop, vocab=case["vocab"], max_len=case["max_len"])
    except CompileError as error:
        return {**row, "refused": error.message}
    rows = inputs_of(model)
    expected = expected_of(model, rows)
    row |= {"inputs": len(rows), "parameters": model.report.n_parameters}
    row["dtype"] = model.artifact.config.dtype
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = texts_of(model.vocabulary.tokens, unknown=True)
        cases = {
            "texts": [texts.written([FIRST_TOKEN + n for n in ids]) for ids in rows],
            "ids": [[FIRST_TOKEN + n for n in ids] for ids in rows],
            "expected": [plain(outcome) for outcome in expected],
        }
        row["huggingface"] = huggingface(model, folder, cases)
        row["onnx"] = onnx(model, folder, cases)
    row["transformer-lens"] = lens(model, rows, expected)
    return row


def huggingface(model: CompiledModel, folder: Path, cases: Row) -> Row:
    path = folder / "huggingface"
    try:
        _, seconds = timed(lambda: model.export("huggingface", path))
    except ExportError as error:
        return {"refused": error.message}
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    facts = {"head": config["rasp"]["head"], "dtype": config["dtype"]}
    return {**alone("huggingface", folder, cases), **facts, "bytes": size_of(path), "s": seconds}


def onnx(model: CompiledModel, folder: Path, cases: Row) -> Row:
    try:
        _, seconds = timed(lambda: model.export("onnx", folder / "model.onnx"))
        content, writing = timed(lambda: to_bytes(model, check=False))
    except ExportError as error:
        return {"refused": error.message}
    session, _ = running.session_of(content)
    ids = np.array([[0] + [2] * model.max_len])
    theirs = fastest(lambda: session.run(["values", "errors"], {"tokens": ids}))
    ours = fastest(lambda: model.forward(ids, padded=False))
    found = alone("onnx", folder, cases)
    facts = {"bytes": len(content), "s": seconds, "writing": writing}
    return {**found, **facts, "ms": theirs, "ms of the module": ours}


def lens(model: CompiledModel, rows: list[list[int]], expected: list[Outcome]) -> Row:
    try:
        bridge, seconds = timed(lambda: transformer_lens.to_transformer_lens(model))
    except ExportError as error:
        return {"refused": error.message}
    run = transformer_lens._run_of(model.artifact, bridge)
    encoded = Encoded.of([[FIRST_TOKEN + n for n in row] for row in rows])
    differences = 0
    for start in range(0, len(rows), BATCH):
        places = np.arange(start, min(start + BATCH, len(rows)))
        found = run(encoded.batch(places), encoded.lengths[places])
        pairs = zip(islice(expected, start, start + len(places)), found, strict=True)
        differences += sum(not same(*pair) for pair in pairs)
    size = sum(parameter.numel() for parameter in bridge.original_model.parameters())
    return {"differences": differences, "parameters": size, "s": seconds}


def table(rows: list[Row]) -> str:
    head = (
        "| program | inputs | parameters | HF: head, dtype | wrong | lowest score | kB | s"
        " | ONNX: wrong | kB | s to write | time / module's | TL: wrong | s |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    )
    return head + "".join(line(row) for row in rows)


def line(row: Row) -> str:
    if "refused" in row:
        return f"| {row['id']} | refused by the compiler |{' |' * 12}\n"
    hf, graph, bridge = row["huggingface"], row["onnx"], row["transformer-lens"]
    cells = [row["id"], f"{row['inputs']:,}", f"{row['parameters']:,}"]
    if "refused" in hf:
        cells += [hf["refused"], "", "", "", ""]
    else:
        score = f"{hf['score']:.6f}" if hf["head"] == "labels" else ""
        cells += [f"{hf['head']}, {hf['dtype']}", str(hf["differences"]), score]
        cells += [f"{hf['bytes'] / 1000:.0f}", f"{hf['s']:.1f}"]
    if "refused" in graph:
        cells += [graph["refused"], "", "", ""]
    else:
        cells += [str(graph["differences"]), f"{graph['bytes'] / 1000:.0f}"]
        cells += [f"{graph['writing']:.2f}", f"{graph['ms'] / graph['ms of the module']:.1f}"]
    if "refused" in bridge:
        cells += [bridge["refused"], ""]
    else:
        cells += [str(bridge["differences"]), f"{bridge['s']:.1f}"]
    return f"| {' | '.join(cells)} |\n"


def summary(rows: list[Row]) -> str:
    compiled = [row for row in rows if "refused" not in row]
    lines = [f"{len(compiled)} of {len(rows)} programs compile. Of these:\n"]
    for target in ("huggingface", "onnx", "transformer-lens"):
        done = [row for row in compiled if "refused" not in row[target]]
        n_inputs = sum(row["inputs"] for row in done)
        wrong = sum(row[target]["differences"] for row in done)
        lines.append(
            f"* {target}: {len(done)} exported, {n_inputs:,} inputs, {wrong} different answers\n"
        )
    ratios = [row["onnx"]["ms"] / row["onnx"]["ms of the module"] for row in compiled]
    writing = [row["onnx"]["writing"] for row in compiled]
    lines.append(
        f"* an ONNX file takes {max(writing):.2f} s to write at most, and onnxruntime"
        f" {np.median(ratios):.1f} times (at most {max(ratios):.1f}) the time of our own module on"
        " one longest input, on one thread, with decoding\n"
    )
    return "\n".join([lines[0], "".join(lines[1:])]) + "\n"


def document(text: str, rows: list[Row]) -> str:
    """The document with the table as it is now."""
    begin, end = "<!-- begin: benchmarks/exports.py -->\n", "<!-- end -->\n"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}{summary(rows)}{table(rows)}{end}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/exports.md")
    parser.add_argument("--state", type=Path, help="a file of what is done")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="then stop")
    options = parser.parse_args()
    known: dict[str, Row] = {}
    if options.state is not None and options.state.exists():
        found = map(json.loads, options.state.read_text(encoding="utf-8").splitlines())
        known = {row["id"]: row for row in found}
    start = time.monotonic()
    rows = []
    for text in CORPUS.read_text(encoding="utf-8").splitlines():
        case = json.loads(text)
        row = known.get(case["id"].removeprefix("comp-"))
        if row is None:
            if time.monotonic() - start > options.seconds:
                sys.exit("not done yet: the same command goes on")
            row = examine(case)
            print(line(row), end="", flush=True)
            if options.state is not None:
                with options.state.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
        rows.append(row)
    process().communicate()
    print(summary(rows))
    if options.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(document(text, rows), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Exports used as somebody uses them who does not have rasp.

Each line of standard input is a request, [what, folder] as JSON: reads cases.json there (inputs,
and for each the values as JSON texts, or null for an error), runs the export in the folder, and
prints how many answers differ.
"""

from __future__ import annotations

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

sys.modules["rasp"] = None  # type: ignore[assignment]  # importing it fails

FILE = Path(__file__).parents[1] / "rasp" / "export" / "reading.py"
"""What model cards say that one may take along."""

specification = spec_from_file_location("reading", FILE)
assert specification is not None
assert specification.loader is not None
reading = module_from_spec(specification)
specification.loader.exec_module(reading)

BATCH = 50
ERROR = "error: "


def mixed(values: list[str]) -> bool:
    """Strings beside others: an error."""
    strings = [value.startswith('"') for value in values]
    return any(strings) and not all(strings)


def answer(values: list[str]) -> list[str] | None:
    failed = any(value.startswith(ERROR) for value in values) or mixed(values)
    return None if failed else values


def huggingface(folder: Path, cases: dict[str, Any]) -> dict[str, Any]:
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    path = folder / "huggingface"
    model = AutoModelForTokenClassification.from_pretrained(path)
    tokenizer = AutoTokenizer.from_pretrained(path)
    differences, score = 0, 1.0
    for start in range(0, len(cases["texts"]), BATCH):
        batch = tokenizer(cases["texts"][start : start + BATCH], padding=True, return_tensors="pt")
        with torch.inference_mode():
            logits = model(**batch).logits
        expected = cases["expected"][start : start + BATCH]
        lengths = (batch["attention_mask"].sum(1) - 1).tolist()
        for row, length, wanted in zip(logits[:, 1:], lengths, expected, strict=True):
            own = row[:length]
            if model.config.rasp["head"] == "labels":
                best = own.argmax(-1).tolist()
                got = answer([model.config.id2label[n] for n in best])
                if wanted is not None:
                    score = min(score, own.softmax(-1).max(-1).values.min().item())
            else:
                got = numbers(own.tolist(), model.config.rasp)
            differences += got != wanted
    return {"differences": differences, "score": score}


def numbers(rows: list[list[float]], about: dict[str, Any]) -> list[str] | None:
    """Columns of the value, read as the model card says; further columns are failures."""
    readout = about["readout"]
    width = reading.width_of(readout)
    if any(flag > 0.5 for row in rows for flag in row[width:]):
        return None
    return read(rows, readout)


def read(rows: list[list[float]], readout: dict[str, Any]) -> list[str] | None:
    width = reading.width_of(readout)
    try:
        values = [
            reading.value_of(row[:width], i, len(rows), readout) for i, row in enumerate(rows)
        ]
    except ValueError:
        return None
    return answer([json.dumps(value, ensure_ascii=False) for value in values])


def onnx(folder: Path, cases: dict[str, Any]) -> dict[str, Any]:
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "model.onnx")
    about = json.loads(session.get_modelmeta().custom_metadata_map["rasp"])
    listed = about["values"]
    names = ["values" if listed is None else "codes", "errors"]
    if "readout" in about:
        names[0] = "numbers"
    spread = "ints" in {item.name for item in session.get_outputs()}
    names += ["ints"] if spread else []
    differences = 0
    for start in range(0, len(cases["ids"]), BATCH):
        rows = cases["ids"][start : start + BATCH]
        longest = max(map(len, rows))
        tokens = np.full((len(rows), 1 + longest), about["pad"], np.int64)
        for row, ids in zip(tokens, rows, strict=True):
            row[: 1 + len(ids)] = [about["bos"], *ids]
        values, errors, *ints = session.run(names, {"tokens": tokens})
        expected = cases["expected"][start : start + BATCH]
        pairs = enumerate(zip(values, errors, rows, expected, strict=True))
        for n, (value, error, ids, wanted) in pairs:
            own = value[1 : 1 + len(ids)].tolist()
            if "readout" in about:
                failed = error[1 : 1 + len(ids)].any()
                differences += (None if failed else read(own, about["readout"])) != wanted
                continue
            if listed is not None:
                own = [listed[code] for code in own]
            elif about["whole_numbers_are_ints"]:
                own = [int(v) if float(v).is_integer() else v for v in own]
            if spread:
                whole = ints[0][n, 1 : 1 + len(ids)]
                own = [int(v) if is_int else float(v) for v, is_int in zip(own, whole, strict=True)]
            texts = [json.dumps(v, ensure_ascii=False) for v in own]
            got = None if error[1 : 1 + len(ids)].any() else answer(texts)
            differences += got != wanted
    return {"differences": differences}


if __name__ == "__main__":
    answering = {"huggingface": huggingface, "onnx": onnx}
    for line in sys.stdin:
        what, name = json.loads(line)
        data = json.loads((Path(name) / "cases.json").read_text(encoding="utf-8"))
        print(json.dumps(answering[what](Path(name), data)), flush=True)

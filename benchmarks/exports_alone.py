"""Exports used as somebody uses them who does not have rasp.

Each line of standard input is a request, [what, folder] as JSON: reads cases.json there (inputs,
and for each the values as JSON texts, or null for an error), runs the export in the folder, and
prints how many answers differ.
"""

from __future__ import annotations

import json
import math
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

sys.modules["rasp"] = None  # type: ignore[assignment]  # importing it fails

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
    """Column 0 as the model card says, further columns are failures."""
    n_values = 2 if "spread" in about["readout"] else 1
    if any(flag > 0.5 for row in rows for flag in row[n_values:]):
        return None
    return [value_of(row, i, len(rows), about) for i, row in enumerate(rows)]


def value_of(row: list[float], i: int, n: int, about: dict[str, Any]) -> str:
    readout, number = about["readout"], row[0]
    place = {"": 0, "i": i, "n": n - 1, "in": (n - 1) * about["max_len"] + i}[readout["context"]]
    if readout["kind"] == "grid":
        scale = readout["scale"][place]
        value = round(number * scale) / scale + 0.0
    elif readout["kind"] == "fraction":
        start, step, below, least, most = readout["fractions"][place]
        x = (number * below - start) / step
        if least == most:
            q = Fraction(round(x * most), most)
        else:
            q = Fraction(x).limit_denominator(most)
        value = float((start + step * q) / below)
    else:
        centres = [math.inf if c is None else abs(c - number) for c in readout["centres"][place]]
        value = readout["values"][readout["codes"][place][centres.index(min(centres))]]
    whole = readout["whole_numbers_are_ints"]
    if "spread" in readout:
        how, value = readout["spread"], float(value)
        whole = row[1] - (value - how["middle"]) ** 2 < how["apart"] / 2
    return json.dumps(int(value) if whole and float(value).is_integer() else value)


def onnx(folder: Path, cases: dict[str, Any]) -> dict[str, Any]:
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "model.onnx")
    about = json.loads(session.get_modelmeta().custom_metadata_map["rasp"])
    listed = about["values"]
    names = ["values" if listed is None else "codes", "errors"]
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

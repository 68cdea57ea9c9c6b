"""Damaged and hostile checkpoints by the thousand: `python benchmarks/fuzz_checkpoints.py`.

Sound checkpoints are changed in their bytes, or in an entry of their manifest, and read, with and
without a look at digests and certificate (and with digests computed anew).  Whatever is raised but
a CheckpointError, and whatever takes long, is shown and makes the exit status 1.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
from collections import Counter
from contextlib import suppress
from typing import Any

import rasp
from rasp import digests
from rasp.certificate import PlanError
from rasp.checkpoint import from_bytes, packed, to_bytes, unpacked
from rasp.errors import CheckpointError
from rasp.sop import SOp

PROGRAMS = (
    "place = selector_width(select(tokens, tokens, <)"
    " or (select(tokens, tokens, ==) and select(indices, indices, <)));"
    "x = aggregate(select(place, indices, ==), tokens);",
    'x = 1 / (selector_width(select(tokens, "b", ==)) + indices - 1);',
    'x = aggregate(select(indices, indices, <=), indicator(tokens == "a"));',
    'x = aggregate(select(indices, indices, ==), tokens) + "c";',
)
LONG_SECONDS = 2.0
NUMBERS = (0, 1, -1, 2, 7, 255, 2**31 - 1, 2**31, 2**63, -(2**63), 10**40, 0.5, -0.5, 1e308, 5e-324)


def value(choose: random.Random, depth: int = 3) -> Any:
    """Any JSON value, hostile ones among them."""
    match choose.randrange(12 if depth else 8):
        case 0:
            return None
        case 1:
            return choose.choice([True, False])
        case 2 | 3 | 4:
            return choose.choice(NUMBERS)
        case 5:
            return choose.choice(["", "a", "nan", "\ud800", "x" * choose.choice([1, 100_000])])
        case 6:
            return {
                choose.choice(["int", "float"]): choose.choice(["0x1", "nan", "zz", "9" * 5000])
            }
        case 7:
            return [choose.choice(NUMBERS)] * choose.choice([0, 1, 1_000, 100_000])
        case 8 | 9:
            return [value(choose, depth - 1) for _ in range(choose.randrange(4))]
        case 10:
            keys = ["n", "place", "weight", "read", "a"]
            return {key: value(choose, depth - 1) for key in choose.sample(keys, 2)}
        case _:
            deep: Any = []
            for _ in range(choose.choice([10, 900, 5_000])):
                deep = [deep]
            return deep


def entries(data: Any) -> list[tuple[Any, Any]]:
    """Every place of a manifest: a container and a key."""
    found: list[tuple[Any, Any]] = []
    stack = [data]
    while stack:
        container = stack.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            found.append((container, key))
            if isinstance(container[key], (dict, list)):
                stack.append(container[key])
    return found


def in_manifest(data: bytes, choose: random.Random) -> bytes:
    manifest, tensors = unpacked(data)
    for _ in range(choose.choice([1, 1, 1, 2, 3])):
        container, key = choose.choice(entries(manifest))
        action = choose.randrange(4)
        if action == 0 and isinstance(container, list):
            container.extend(container[: choose.randrange(1, 5)] * choose.choice([1, 50]))
        elif action == 1:
            del container[key]
        elif action == 2 and isinstance(container[key], (int, float)):
            container[key] += choose.choice([1, -1, 0.5, 1_000])
        else:
            container[key] = value(choose)
        if not manifest:
            break
    if choose.random() < 0.7:
        fields = {name: field for name, field in manifest.items() if name != digests.FIELD}
        with suppress(ValueError, RecursionError):
            manifest = {**fields, digests.FIELD: digests.digests_of(fields, tensors)}
    try:
        return packed(manifest, tensors)
    except (ValueError, RecursionError, CheckpointError):
        return data


def in_tensors(data: bytes, choose: random.Random) -> bytes:
    """A number, with new digests."""
    manifest, tensors = unpacked(data)
    name = choose.choice(sorted(tensors))
    tensor = tensors[name] = tensors[name].copy()
    whole = tensor.dtype.kind == "i"
    number = choose.choice([0, 1, -1, 2**20] if whole else [0, 1, -1, 0.1, 1e30, 1e-30, 2**20])
    tensor.flat[choose.randrange(tensor.size)] = number
    fields = {key: field for key, field in manifest.items() if key != digests.FIELD}
    return packed({**fields, digests.FIELD: digests.digests_of(fields, tensors)}, tensors)


def in_bytes(data: bytes, choose: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(choose.choice([1, 1, 2, 8])):
        place = choose.randrange(len(damaged))
        match choose.randrange(4):
            case 0:
                damaged[place] = choose.randrange(256)
            case 1:
                damaged[place] ^= 1 << choose.randrange(8)
            case 2:
                del damaged[place : place + choose.randrange(1, 20)]
            case _:
                start = choose.randrange(len(data))
                damaged[place:place] = data[start : start + choose.randrange(1, 40)]
    return bytes(
        damaged[: choose.randrange(len(damaged) + 1)] if choose.random() < 0.1 else damaged
    )


def read(data: bytes, *, check: bool) -> str:
    """What becomes of it."""
    try:
        model = from_bytes(data, check=check)
    except CheckpointError:
        return "refused"
    model.report.to_text()
    if not check:
        try:
            model.artifact.certify()
        except PlanError:
            return "not as planned"
    to_bytes(model)
    return "read"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sound = []
    for text in PROGRAMS:
        sop = rasp.loads(text)["x"]
        assert isinstance(sop, SOp)
        sound.append(to_bytes(rasp.compile(sop, vocab="ab", max_len=4)))
    found: Counter[str] = Counter()
    slowest, bad = 0.0, 0
    for number in range(options.seed, options.seed + options.inputs):
        choose = random.Random(number)
        change = choose.choice([in_manifest, in_manifest, in_tensors, in_bytes])
        data = change(choose.choice(sound), choose)
        for check in (True, False):
            start = time.perf_counter()
            try:
                outcome = read(data, check=check)
            except Exception:  # whatever it is: this is what the run is for
                outcome = "RAISED"
                sys.stdout.write(f"input {number}, check {check}\n{traceback.format_exc()}\n")
            seconds = time.perf_counter() - start
            if seconds > LONG_SECONDS:
                sys.stdout.write(f"input {number}, check {check}: {seconds:.1f} s\n")
            slowest = max(slowest, seconds)
            bad += outcome == "RAISED" or seconds > LONG_SECONDS
            found[f"{outcome}{', checked' if check else ''}"] += 1
    sys.stdout.write(
        f"{options.inputs:,} inputs from seed {options.seed}, each read twice; "
        f"slowest {slowest:.2f} s\n{json.dumps(found, indent=2)}\n"
    )
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

"""What mutations change in a checkpoint: neurons, the read-out, the manifest.

Each change is made in place, and says whether there was anything to change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Manifest: TypeAlias = dict[str, Any]
Tensors: TypeAlias = dict[str, NDArray[Any]]
Change: TypeAlias = Callable[[Manifest, Tensors], bool]


# -- weights


def step_moved(by: float, *, planned: bool = False) -> Change:
    """Both edges of the first step, by so many plateaus; planned: and the plan knows how active
    they then are."""

    def apply(manifest: Manifest, tensors: Tensors) -> bool:
        for number, sublayer in enumerate(manifest["plan"]["sublayers"]):
            start = 0
            for group in sublayer:
                if group.get("steps"):
                    names = [name for name in tensors if name.endswith(("attn.W_Q", "mlp.W_in"))]
                    name = names[number].replace("W_in", "b_in")
                    begin, _ = group["steps"][0]
                    first = start + begin
                    tensors[name] = tensors[name].copy()
                    tensors[name][first : first + 2] -= by
                    if planned:
                        reach = group["reach"]
                        reach[begin : begin + 2] = [n + abs(by) for n in reach[begin : begin + 2]]
                    return True
                start += group.get("n", 0)
        return False

    return apply


def two_swapped(kind: str, axis: int) -> Change:
    """The first two rows or columns of a matrix."""

    def apply(manifest: Manifest, tensors: Tensors) -> bool:
        names = [name for name in tensors if name.endswith(kind) and tensors[name].shape[axis] > 1]
        for name in names[:1]:
            order = [1, 0, *range(2, tensors[name].shape[axis])]
            tensors[name] = np.ascontiguousarray(tensors[name].take(order, axis))
        return bool(names)

    return apply


# -- the readout


def centre_moved(manifest: Manifest, tensors: Tensors) -> bool:
    if "readout.centres" not in tensors or tensors["readout.centres"].shape[1] < 2:
        return False
    centres = tensors["readout.centres"] = tensors["readout.centres"].copy()
    centres[0, 0] -= 1.5 * (centres[0, 1] - centres[0, 0])
    return True


def codes_swapped(manifest: Manifest, tensors: Tensors) -> bool:
    if "readout.codes" not in tensors or tensors["readout.codes"].shape[1] < 2:
        return False
    codes = tensors["readout.codes"] = tensors["readout.codes"].copy()
    codes[:, :2] = codes[:, 1::-1]
    return True


def domain_shrunk(place: int) -> Change:
    def apply(manifest: Manifest, tensors: Tensors) -> bool:
        if "readout.centres" not in tensors or tensors["readout.centres"].shape[1] < 3:
            return False
        for name in ("centres", "codes"):
            table = np.delete(tensors[f"readout.{name}"], place, axis=1)
            tensors[f"readout.{name}"] = np.ascontiguousarray(table)
        return True

    return apply


def values_swapped(manifest: Manifest, tensors: Tensors) -> bool:
    values = manifest["readout"]["values"]
    if len(values) < 2:
        return False
    values[0], values[1] = values[1], values[0]
    return True


def values_merged(manifest: Manifest, tensors: Tensors) -> bool:
    values = manifest["readout"]["values"]
    if len(values) < 2:
        return False
    values[0] = values[1]
    return True


# -- the manifest


def entry(path: str, change: Callable[[Any], Any]) -> Change:
    """Change what is found at a path such as "report.certificate.reads.0.margin"."""

    def apply(manifest: Manifest, tensors: Tensors) -> bool:
        *above, last = path.split(".")
        place: Any = manifest
        try:
            for key in above:
                place = place[int(key) if isinstance(place, list) else key]
            index: Any = int(last) if isinstance(place, list) else last
            before = place[index]
            place[index] = change(before)
        except (LookupError, TypeError):
            return False
        return bool(place[index] != before)

    return apply


def longer(manifest: Manifest, tensors: Tensors) -> bool:
    manifest["max_len"] += 1
    manifest["config"]["n_ctx"] += 1
    positions = tensors["pos_embed.W_pos"]
    tensors["pos_embed.W_pos"] = np.concatenate([positions, positions[-1:]])
    return True


def other_dtype(manifest: Manifest, tensors: Tensors) -> bool:
    other = "float64" if manifest["config"]["dtype"] == "float32" else "float32"
    manifest["config"]["dtype"] = manifest["report"]["certificate"]["dtype"] = other
    for name, tensor in tensors.items():
        if not name.startswith("readout."):
            tensors[name] = tensor.astype(other)
    return True


def other_program(manifest: Manifest, tensors: Tensors) -> bool:
    """Another text with the right hash."""
    import hashlib

    program = manifest["program"]
    if not program["source"]:
        return False
    program["source"] += f"{program['sop']} = indices;\n"
    program["sha256"] = hashlib.sha256(program["source"].encode()).hexdigest()
    return True


def other_comparisons(*fields: str, first: bool = False) -> Change:
    """The other comparison in graphs, that of the program or of the witness: at the first selector,
    or wherever there is one."""
    others = {"==": "!=", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "!=": "=="}

    def apply(manifest: Manifest, tensors: Tensors) -> bool:
        found = False
        for field in fields:
            entries = manifest["graph"] if field == "graph" else manifest["witness"]["graph"]
            selects = [entry for entry in entries if entry[0] == "select"]
            for entry in selects[:1] if first else selects:
                entry[-1], found = others[entry[-1]], True
        return found

    return apply


def first_direction(column: str, change: Callable[[Any], Any]) -> Change:
    return entry(f"plan.directions.{column}.0", change)

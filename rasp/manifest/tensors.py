"""The tensors of a checkpoint, checked: the weights, and the tables of the readout."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.errors import CheckpointError
from rasp.manifest.fields import refuse
from rasp.model.config import TransformerConfig
from rasp.outputs import Readout
from rasp.ratios import MAX_DENOMINATOR

READOUT_TABLES = ("centres", "codes", "scale", "fractions")
LARGEST_PART = 1 << 52
"""Integers up to here, and twice as large, are floats too."""


PREFIX, LOW = "readout.", "low."
BASIS = "basis.directions"

N_PARTS = 5
"""Of a line of fractions: start, step, below, least, most."""


def readout_tensors(readout: Readout) -> dict[str, NDArray[Any]]:
    """The readout's arrays under their names in a checkpoint; those of parts have their numbers."""
    arrays = {name: getattr(readout, name) for name in READOUT_TABLES}
    named = {f"{PREFIX}{name}": array for name, array in arrays.items() if array is not None}
    inner = {f"{number}.": part for number, part in enumerate(readout.parts)}
    if readout.low is not None:
        inner[LOW] = readout.low.readout
    for prefix, part in inner.items():
        for name, array in readout_tensors(part).items():
            named[f"{PREFIX}{prefix}{name.removeprefix(PREFIX)}"] = array
    return named


def checked_basis(
    basis: NDArray[Any] | None, config: TransformerConfig
) -> NDArray[np.float64] | None:
    """The basis [direction, d_model] of a stream, where there is one.  Raises CheckpointError."""
    if basis is None:
        return None
    shape_fits = basis.ndim == 2 and basis.shape[1] == config.d_model
    if not shape_fits or basis.dtype != np.float64 or not np.isfinite(basis).all():
        raise CheckpointError(f"the tensor {BASIS} is no basis of the residual stream")
    return basis


def check_tensors(config: TransformerConfig, tensors: dict[str, NDArray[Any]]) -> None:
    """Raise CheckpointError unless these are the tensors of such a model."""
    shapes = config.shapes()
    for name in shapes.keys() ^ tensors.keys():
        there = "is missing" if name in shapes else "does not belong to the model"
        raise CheckpointError(f"the tensor {name} {there}")
    for name, shape in shapes.items():
        tensor = tensors[name]
        if tensor.shape != shape or tensor.dtype != config.dtype:
            raise CheckpointError(
                f"the tensor {name} is {tensor.dtype} {tensor.shape}, not {config.dtype} {shape}"
            )
        if not np.isfinite(tensor).all():
            raise CheckpointError(f"the tensor {name} has numbers that are not finite")


def with_tables(readout: Readout, tables: dict[str, NDArray[Any]], max_len: int) -> Readout:
    """The readout with its arrays, checked.  tables: by their names without the prefix."""
    parts = [
        with_tables(part, _own(tables, f"{number}."), max_len)
        for number, part in enumerate(readout.parts)
    ]
    low = readout.low
    if low is not None:
        low = replace(low, readout=with_tables(low.readout, _own(tables, LOW), max_len))
    needed: dict[str, set[str]] = {
        "categorical": set(),
        "numeric": {"centres", "codes"},
        "grid": {"scale"},
        "fraction": {"fractions"},
        "parts": set(),
    }
    if tables.keys() != needed[readout.kind]:
        refuse(f"a readout of kind {readout.kind} with the tables {sorted(tables)}")
    n_contexts = {"": 1, "i": max_len, "n": max_len, "in": max_len * max_len}[readout.context]
    for name, table in tables.items():
        if table.dtype != ("int64" if name in ("codes", "fractions") else "float64"):
            refuse(f"readout.{name} is {table.dtype}")
        if table.ndim != (1 if name == "scale" else 2) or table.shape[0] != n_contexts:
            refuse(f"readout.{name} has the shape {table.shape}")
    if readout.kind == "numeric":
        _check_centres(tables["centres"], tables["codes"], len(readout.values))
    if readout.kind == "grid":
        scale = tables["scale"]
        if not (np.isfinite(scale) & (scale > 0)).all():
            refuse("a scale that is not positive")
    if readout.kind == "fraction":
        _check_fractions(tables["fractions"])
    return replace(
        readout,
        parts=tuple(parts),
        low=low,
        centres=tables.get("centres"),
        codes=tables.get("codes"),
        scale=tables.get("scale"),
        fractions=tables.get("fractions"),
    )


def _own(tables: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    """The tables with this prefix, without it; they are taken out."""
    names = [name for name in tables if name.startswith(prefix)]
    return {name.removeprefix(prefix): tables.pop(name) for name in names}


def _check_fractions(fractions: NDArray[Any]) -> None:
    if fractions.shape[1] != N_PARTS:
        refuse(f"fractions of {fractions.shape[1]} parts")
    start, step, below, least, most = fractions.T
    if not ((start >= -LARGEST_PART) & (start <= LARGEST_PART)).all():
        refuse("fractions that begin too far away")
    if not ((step > 0) & (step <= LARGEST_PART) & (below > 0) & (below <= LARGEST_PART)).all():
        refuse("fractions of no positive step")
    if not ((least > 0) & (least <= most) & (most <= MAX_DENOMINATOR)).all():
        refuse("fractions without denominators")


def _check_centres(centres: NDArray[Any], codes: NDArray[Any], n_values: int) -> None:
    if centres.shape != codes.shape or not centres.shape[1]:
        refuse("centres and codes of different shapes")
    used = codes >= 0
    if (codes < -1).any() or (codes >= n_values).any():
        refuse("a code of no value")
    if (used[:, 1:] & ~used[:, :-1]).any() or (np.isfinite(centres) != used).any():
        refuse("centres and codes that do not belong together")
    if (used[:, 1:] & (centres[:, 1:] < centres[:, :-1])).any():
        refuse("centres that are not sorted")

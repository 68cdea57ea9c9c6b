"""Where a model begins to differ: the first sublayer and direction that hold a wrong number.

The program is compiled again, which gives the same model, and with it what every direction of the
residual stream is for.  The interpreter says what it should therefore hold on the input, and the
forward pass what it does hold.  Weights that are not those of the program are named as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from rasp.artifact import Artifact
from rasp.compiled.runnable import RunnableModel
from rasp.errors import CompileError, RaspError
from rasp.graph.nodes import Atom
from rasp.graph.operators import show
from rasp.model.config import TransformerConfig
from rasp.outputs import Readout, column_names

if TYPE_CHECKING:
    from rasp.compiler.account.contents import Contents
    from rasp.compiler.blocks import Direction
    from rasp.compiler.compilation import Compilation
    from rasp.compiler.emission import DType

Numbers = NDArray[np.floating]

UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
GAP_SHARE = 1 / 32
"""A number is wrong if it is off by more than this share of the distance to the next one."""
_MIXED = (
    "the residual stream is rotated or squeezed, and no dimension is for one thing: verify the"
    " model that is compiled without rotate and width"
)
_UNHELD = ("beginning of sequence", "nothing yet")
EMPTY = 1e-3  # what a dimension that holds nothing may be off
ROUNDINGS = 8  # or, where numbers are nearly continuous, by more than so many roundings a position


@dataclass(frozen=True, slots=True)
class Wrong:
    """A number that is not what it should be.

    sublayer: after which it is so, or "unembedding"; dimension: of the residual stream, or the
    column of the unembedding; holds: what that is for; position: 0 for the first token, None for
    the beginning of sequence; others: how many more dimensions are wrong there.
    """

    sublayer: str
    dimension: int
    holds: str
    position: int | None
    number: float
    expected: float
    others: int

    def to_text(self) -> str:
        what = "column" if self.sublayer == "unembedding" else "direction"
        where = "BOS" if self.position is None else f"position {self.position}"
        return (
            f"after {self.sublayer}, {what} {self.dimension} ({self.holds}) at {where}: "
            f"holds {self.number:.6g}, should hold {self.expected:.6g}"
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "sublayer": self.sublayer,
            "dimension": self.dimension,
            "holds": self.holds,
            "position": self.position,
            "number": _plain(self.number),
            "expected": _plain(self.expected),
            "others": self.others,
        }


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a model departs from its program on an input.

    wrong: the first number that is; weight: the first tensor that is not that of the program, in
    words; unknown: directions up to there of which nobody can say what they should hold; note: what
    else there is to say, or why there is nothing.
    """

    wrong: Wrong | None = None
    weight: str | None = None
    unknown: tuple[str, ...] = ()
    note: str | None = None

    def to_text(self) -> str:
        lines = []
        if self.wrong is not None:
            lines.append(f"begins    {self.wrong.to_text()}")
            if self.wrong.others:
                plural = "s are" if self.wrong.others > 1 else " is"
                lines.append(f"          {self.wrong.others} more direction{plural} wrong there")
        if self.unknown:
            lines.append(f"unknown   what these should hold: {', '.join(self.unknown)}")
        if self.weight is not None:
            lines.append(f"weights   {self.weight}")
        if self.note is not None:
            lines.append(f"note      {self.note}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "first_wrong": None if self.wrong is None else self.wrong.to_dict(),
            "weight": self.weight,
            "unknown": list(self.unknown),
            "note": self.note,
        }


def departure_of(model: RunnableModel, tokens: tuple[Atom, ...]) -> Departure:
    """Where the model departs from its program on an input that it takes."""
    from rasp.compiler.account.contents import Contents
    from rasp.interpreter import outcomes, traced

    if model.artifact.basis is not None:
        return Departure(note=_MIXED)
    try:
        compilation = compiled_again(model.artifact, model)
    except CompileError as error:
        return Departure(note=f"the program cannot be compiled again: {error.message}")
    if compilation.artifact.config != model.artifact.config:
        return Departure(note=_other_shape(model.artifact.config, compilation.artifact.config))
    causal = model.artifact.config.causal
    node = model.specification.node
    if compilation.graph is not node:
        written, rewritten = (
            outcomes(n, [list(tokens)], causal=causal)[0] for n in (node, compilation.graph)
        )
        if not _alike(written, rewritten):
            return Departure(
                note="the compiler rewrites the program to one that differs on this input"
            )
    nodes = [variable.node for variable in compilation.lowered.variables]
    contents = Contents(compilation, len(tokens), traced(nodes, tokens, causal=causal))
    wrong, unknown = _first_wrong(model, tokens, contents)
    return Departure(
        wrong, _first_weight(model, compilation.artifact), unknown, _note(contents, wrong)
    )


def compiled_again(
    artifact: Artifact, model: RunnableModel, dtype: str | None = None
) -> Compilation:
    """The program of a model, compiled as the model was, or for another dtype ("auto", too).

    Raises CompileError.
    """
    from rasp.compiler.pipeline import compile_stages

    config, options = artifact.config, dict[str, Any]()
    report = artifact.report
    if report.optimize is not None:
        options["optimize"] = report.optimize
    if report.sharpness is not None:
        options["sharpness"] = report.sharpness
    options["one_logit"] = report.one_logit
    if dtype is None:
        dtype = "float32" if config.dtype == "float32" else "float64"
    return compile_stages(
        model.specification.node,
        vocabulary=artifact.vocabulary,
        max_len=artifact.max_len,
        causal=config.causal,
        dtype=cast("DType", dtype),
        origins=model.sop.origins,  # of a checkpoint, too: labels have the names of the program
        **options,
    )


def _alike(first: object, second: object) -> bool:
    if isinstance(first, RaspError) or isinstance(second, RaspError):
        return isinstance(first, RaspError) and isinstance(second, RaspError)
    return first == second


def _other_shape(found: TransformerConfig, again: TransformerConfig) -> str:
    return (
        f"compiled again, the program has another shape (sublayers {again.sublayers or 'none'}, "
        f"d_model {again.d_model}) than this model (sublayers {found.sublayers or 'none'}, "
        f"d_model {found.d_model}): it was compiled otherwise"
    )


# ---- the residual stream


def _first_wrong(
    model: RunnableModel, tokens: tuple[Atom, ...], contents: Contents
) -> tuple[Wrong | None, tuple[str, ...]]:
    """The first wrong number, and what had to be passed over before it."""
    from rasp.compiler.account.sublayers import stage_name

    streams, outputs = forward(model, tokens)
    unknown: dict[str, None] = {}
    for (stage, ideal), stream in zip(contents.stream(), streams, strict=True):
        holders = contents.holders(stage)
        tolerances = np.array(
            [_tolerance(contents, model, holders.get(d)) for d in range(ideal.shape[1])]
        )
        wrong = _largest(stream, ideal, tolerances)
        for dimension in np.flatnonzero(np.isnan(ideal).any(axis=0)).tolist():
            unknown.setdefault(holders[dimension].label)
        if wrong is not None:
            position, dimension, others = wrong
            found = Wrong(
                stage_name(stage),
                dimension,
                holders[dimension].label if dimension in holders else _UNHELD[dimension > 0],
                None if position == 0 else position - 1,
                float(stream[position, dimension]),
                float(ideal[position, dimension]),
                others,
            )
            return found, tuple(unknown)
    return _wrong_output(model, contents, outputs), tuple(unknown)


def forward(model: RunnableModel, tokens: tuple[Atom, ...]) -> tuple[list[Numbers], Numbers]:
    """What the residual stream holds after the embedding and each sublayer, and the output."""
    import torch

    from rasp.model.precision import full_precision

    module, device = model.module, model.device
    ids = torch.tensor([model.vocabulary.encode(tokens, model.max_len)], device=device)
    with torch.inference_mode(), full_precision(device):
        output, cache = module.run_with_cache(ids)
        embedded = module.embed(ids) + module.pos_embed(ids)  # [1, pos, d_model]
    streams = [embedded]
    for number, block in enumerate(model.artifact.config.blocks):
        streams += [cache[f"blocks.{number}.resid_mid"]] if block.n_heads else []
        streams += [cache[f"blocks.{number}.resid_post"]] if block.d_mlp else []
    return [stream[0].cpu().double().numpy() for stream in streams], output[0].cpu().numpy()


def _tolerance(contents: Contents, model: RunnableModel, direction: Direction | None) -> float:
    """By how much a number may be off before it counts as wrong."""
    from rasp.compiler.account.contents import gap_of

    rounding = _rounding(model)
    if direction is None:
        return EMPTY
    gap = gap_of(contents.compilation, direction)
    gap = gap if np.isfinite(gap) else 1.0
    return max(GAP_SHARE * gap, rounding * (1.0 + direction.bound))


def _rounding(model: RunnableModel) -> float:
    """What is off in sums over all positions, relative to their terms."""
    return ROUNDINGS * UNIT[model.artifact.config.dtype] * (model.max_len + 1)


def _largest(found: Numbers, ideal: Numbers, tolerances: Numbers) -> tuple[int, int, int] | None:
    """Position and dimension of the worst number, and how many other dimensions are wrong."""
    off = np.abs(found - ideal) / tolerances
    off = np.where(np.isnan(ideal), 0.0, np.where(np.isnan(found), np.inf, off))
    if not (off > 1.0).any():
        return None
    position, dimension = np.unravel_index(int(off.argmax()), off.shape)
    return int(position), int(dimension), int((off > 1.0).any(axis=0).sum()) - 1


def _wrong_output(model: RunnableModel, contents: Contents, outputs: Numbers) -> Wrong | None:
    """The stream is right: is what the unembedding makes of it wrong?"""
    ideal = contents.outputs()
    size = 1.0 + float(np.nanmax(np.abs(ideal), initial=0.0))
    readout = model.artifact.readout
    margins = np.full(ideal.shape[1], 0.25)
    margins[: readout.n_values] = np.minimum(readout.value_margins, 2.0) / 2
    np.maximum(margins, _rounding(model) * size, out=margins)
    wrong = _largest(outputs[1:], ideal, margins)
    if wrong is None:
        return None
    position, column, others = wrong
    return Wrong(
        "unembedding",
        column,
        _column_name(readout, column),
        position,
        float(outputs[1 + position, column]),
        float(ideal[position, column]),
        others,
    )


def _column_name(readout: Readout, column: int) -> str:
    if column >= readout.n_values:
        return readout.failures[column - readout.n_values].message
    return column_names(readout)[column]


def _note(contents: Contents, wrong: Wrong | None) -> str | None:
    if contents.unexpected:
        first = contents.unexpected[0]
        return (
            f"the compiler did not expect the value {show(first.value)} of {first.variable.label} "
            f"(at position {first.position})"
        )
    if wrong is None:
        return "all that the model holds is as it should be, so the read-out is at fault"
    return None


# ---- the weights


def _first_weight(model: RunnableModel, again: Artifact) -> str | None:
    """The first tensor that is not the one of the program, in words."""
    tensors = model.artifact.tensors
    differing: list[str] = []
    for name in again.config.shapes():
        found = tensors[name]
        places = np.argwhere(found != again.tensors[name])
        if len(places):
            place = tuple(places[0].tolist())
            n_more = len(places) - 1
            plural = "others of it differ" if n_more > 1 else "other of it differs"
            others = f", and {n_more:,} {plural}" if n_more else ""
            differing.append(
                f"{name}{list(place)} is {found[place]:.6g}, "
                f"compiled again it is {again.tensors[name][place]:.6g}{others}"
            )
    if not differing:
        return None
    more = f" ({len(differing) - 1} more tensors differ)" if len(differing) > 1 else ""
    return differing[0] + more


def _plain(number: float) -> float | str:
    """As JSON has it."""
    return number if np.isfinite(number) else str(number)

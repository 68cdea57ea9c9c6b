"""Checkpoints changed on purpose: who notices?

A `Mutation` changes the manifest or the tensors of a checkpoint.  `examine` applies it at four
levels and says who catches it:

    file         digests are as they were: what damage or a change by hand looks like
    forged       digests are computed anew
    certified    and the certificate too, where the plan still fits the weights
    memory       the weights of a loaded model, in its torch module

Loading refuses by "digest", by "structure" (the manifest or the plan does not fit), by
"certificate" (another bound or verdict) or by "meaning" (the network is not proved to be the
program, though the file says so); what loads is compared with the interpreter on every
input: "verify", or "harmless" if every answer is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rasp import digests
from rasp.certificate import PlanError
from rasp.checkpoint import from_bytes, packed, to_bytes, unpacked
from rasp.compiled import CompiledModel
from rasp.errors import CheckpointError, RaspError
from rasp.testing.mutated import (
    Change,
    Manifest,
    Tensors,
    centre_moved,
    codes_swapped,
    domain_shrunk,
    entry,
    first_direction,
    longer,
    other_comparisons,
    other_dtype,
    other_program,
    step_moved,
    two_swapped,
    values_merged,
    values_swapped,
)
from rasp.verification import verify

Catch: TypeAlias = Literal[
    "digest", "structure", "certificate", "meaning", "verify", "harmless", "-"
]

KINDS = ("W_E", "W_pos", "W_Q", "b_Q", "W_K", "b_K", "W_V", "W_O", "W_in", "b_in", "W_out", "W_U")


@dataclass(frozen=True, slots=True)
class Mutation:
    """change applies it in place, and says whether there was anything to change."""

    name: str
    change: Change

    @property
    def of_weights(self) -> bool:
        """Whether a model in memory can be changed like this."""
        return self.name.startswith(("weight", "weights"))


@dataclass(frozen=True, slots=True)
class Examination:
    """Who catches a mutation, level by level; "-" where it does not apply."""

    mutation: str
    file: Catch
    forged: Catch
    certified: Catch
    memory: Catch


def examine(model: CompiledModel, mutation: Mutation) -> Examination | None:
    """None if the model has nothing that the mutation could change."""
    sound = to_bytes(model)
    manifest, tensors = unpacked(sound)
    if not mutation.change(manifest, tensors) or packed(manifest, tensors) == sound:
        return None
    return Examination(
        mutation.name,
        _caught(manifest, tensors),
        _caught(_signed(manifest, tensors), tensors),
        _caught_certified(manifest, tensors),
        _caught_in_memory(model, tensors) if mutation.of_weights else "-",
    )


def _signed(manifest: Manifest, tensors: Tensors) -> Manifest:
    fields = {name: value for name, value in manifest.items() if name != digests.FIELD}
    return {**fields, digests.FIELD: digests.digests_of(fields, tensors)}


def _caught(manifest: Manifest, tensors: Tensors) -> Catch:
    try:
        model = from_bytes(packed(manifest, tensors))
    except CheckpointError as error:
        if "digest differs" in error.message or "has no digest" in error.message:
            return "digest"
        if "are not proved to be" in error.message:
            return "meaning"
        return "certificate" if "the certificate is not" in error.message else "structure"
    return _verified(model)


def _caught_certified(manifest: Manifest, tensors: Tensors) -> Catch:
    try:
        artifact = from_bytes(packed(manifest, tensors), check=False).artifact
        certificate = artifact.certify().to_dict(artifact.config.dtype)
    except (CheckpointError, PlanError):
        return "structure"
    if not certificate["ok"]:
        return "certificate"  # it says so itself
    report = {**manifest["report"], "certificate": certificate}
    return _caught(_signed({**manifest, "report": report}, tensors), tensors)


def _caught_in_memory(model: CompiledModel, tensors: Tensors) -> Catch:
    import torch

    changed = from_bytes(to_bytes(model))
    with torch.no_grad():
        for name, parameter in changed.module.named_parameters():
            parameter.copy_(torch.from_numpy(tensors[name]))
    return _verified(changed)


def _verified(model: CompiledModel) -> Catch:
    try:
        return "harmless" if verify(model, exhaustive=True).ok else "verify"
    except RaspError:
        return "verify"


# -- single weights


def _weight_changes() -> Iterator[Mutation]:
    ways: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
        "zeroed": lambda number: number * 0,
        "negated": lambda number: -number,
        "doubled": lambda number: number * 2,
        "1% larger": lambda number: number * np.asarray(1.01, number.dtype),
        "1 ulp larger": lambda number: np.nextafter(number, np.asarray(np.inf, number.dtype)),
    }
    for kind in KINDS:
        for way, change in ways.items():
            yield Mutation(f"weight of {kind} {way}", _weight(kind, change))
    yield Mutation("weight of b_O set", _set_zero("b_O"))
    yield Mutation("weight of b_out set", _set_zero("b_out"))
    yield Mutation("weight of b_U set", _set_zero("b_U"))


def _tensor(tensors: Tensors, kind: str) -> str | None:
    """The last tensor of a kind."""
    return next((name for name in reversed(tensors) if name.endswith("." + kind)), None)


def _weight(kind: str, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Change:
    def apply(manifest: Manifest, tensors: Tensors) -> bool:
        name = _tensor(tensors, kind)
        places = () if name is None else np.argwhere(tensors[name])
        if name is None or not len(places):
            return False
        place = tuple(places[len(places) // 2])  # somewhere in the middle, and not of BOS
        tensors[name] = tensors[name].copy()
        tensors[name][place] = change(tensors[name][place])
        return True

    return apply


def _set_zero(kind: str) -> Change:
    def apply(manifest: Manifest, tensors: Tensors) -> bool:
        name = _tensor(tensors, kind)
        if name is None:
            return False
        tensors[name] = tensors[name].copy()
        tensors[name].flat[-1] += 0.75
        return True

    return apply


# -- many weights


def _scores(factor: float) -> Change:
    def apply(manifest: Manifest, tensors: Tensors) -> bool:
        names = [name for name in tensors if name.endswith(("W_Q", "b_Q"))]
        for name in names:
            tensors[name] = (tensors[name] * factor).astype(tensors[name].dtype)
        return bool(names)

    return apply


def _bos_score(manifest: Manifest, tensors: Tensors) -> bool:
    name = _tensor(tensors, "W_K")
    if name is None:
        return False
    tensors[name] = tensors[name].copy()
    row = tensors[name][0, 0]
    row[np.flatnonzero(row)[-1]] += 0.75
    return True


def _reordered(kind: str, axis: int) -> Change:
    def apply(manifest: Manifest, tensors: Tensors) -> bool:
        name = _tensor(tensors, kind)
        if name is None or tensors[name].shape[axis] < 2:
            return False
        tensors[name] = np.ascontiguousarray(np.roll(tensors[name], 1, axis))
        return True

    return apply


def _heads_permuted(manifest: Manifest, tensors: Tensors) -> bool:
    """Queries and keys go round, values stay."""
    names = [n for n in tensors if n.endswith(("W_Q", "b_Q", "W_K", "b_K"))]
    names = [name for name in names if len(tensors[name]) > 1]
    for name in names:
        tensors[name] = np.ascontiguousarray(np.roll(tensors[name], 1, 0))
    return bool(names)


MUTATIONS: tuple[Mutation, ...] = (
    *_weight_changes(),
    Mutation("weights: scores divided by 4", _scores(0.25)),
    Mutation("weights: scores times 2", _scores(2.0)),
    Mutation("weights: score of BOS raised", _bos_score),
    Mutation("weights: a step moved", step_moved(2.0)),
    Mutation("weights: a step moved, and the plan", step_moved(2.0, planned=True)),
    Mutation("weights: two columns of W_U swapped", two_swapped("W_U", 1)),
    Mutation("weights: columns of W_U in another order", _reordered("W_U", 1)),
    Mutation("weights: rows of W_E in another order", _reordered("W_E", 0)),
    Mutation("weights: rows of W_pos in another order", _reordered("W_pos", 0)),
    Mutation("weights: dimensions of W_out in another order", _reordered("W_out", 1)),
    Mutation("weights: queries and keys of heads permuted", _heads_permuted),
    Mutation("readout: a centre moved", centre_moved),
    Mutation("readout: two codes swapped", codes_swapped),
    Mutation("readout: the first value left out", domain_shrunk(0)),
    Mutation("readout: a middle value left out", domain_shrunk(1)),
    Mutation("readout: two values swapped", values_swapped),
    Mutation("readout: two values merged", values_merged),
    Mutation("readout: margin made smaller", entry("readout.margin", lambda m: m / 4)),
    Mutation(
        "readout: a failure goes to another place",
        entry("readout.failures.0.place", lambda place: place + "1"),
    ),
    Mutation("vocabulary: two tokens swapped", entry("vocabulary", lambda v: [v[1], v[0], *v[2:]])),
    Mutation("vocabulary: in another order", entry("vocabulary", lambda v: v[::-1])),
    Mutation("vocabulary: a token renamed", entry("vocabulary.0", lambda token: "renamed")),
    Mutation("max_len raised", longer),
    Mutation("causal flipped", entry("config.causal", lambda causal: not causal)),
    Mutation("dtype changed", other_dtype),
    Mutation("program: a character of the text", entry("program.source", lambda s: s + " ")),
    Mutation("program: another text and hash", other_program),
    Mutation("program: another name", entry("program.sop", lambda name: "another")),
    Mutation("graph: other comparisons", other_comparisons("graph")),
    Mutation("graph: another selector", other_comparisons("graph", first=True)),
    Mutation(
        "graph and witness: another selector",
        other_comparisons("graph", "witness", first=True),
    ),
    Mutation("label of a dimension", entry("labels.residual.1", lambda label: label + "!")),
    Mutation("label of a head", entry("labels.heads.0.0", lambda label: label + "!")),
    Mutation("report: another number of layers", entry("report.rasp_layers", lambda n: n + 1)),
    Mutation("certificate: verdict", entry("report.certificate.ok", lambda ok: not ok)),
    Mutation(
        "certificate: margin",
        entry("report.certificate.reads.0.margin", lambda margin: margin * 10),
    ),
    Mutation(
        "certificate: bound",
        entry("report.certificate.reads.0.bound", lambda bound: bound / 2 + 1e-9),
    ),
    Mutation("certificate: a read left out", entry("report.certificate.reads", lambda r: r[1:])),
    Mutation("plan: a bound halved", first_direction("bound", lambda bound: bound / 2)),
    Mutation("plan: another dimension", first_direction("place", lambda place: place + 1)),
    Mutation("plan: born later", first_direction("born", lambda born: born + 1)),
    Mutation("plan: cleared earlier", first_direction("cleared", lambda c: 1 if c != 1 else 0)),
    Mutation("plan: multiples of 1/4 or not", first_direction("dyadic", lambda d: not d)),
    Mutation("plan: below 0 or not", first_direction("nonnegative", lambda n: not n)),
    Mutation("plan: all of one family", entry("plan.directions.family", lambda f: [0] * len(f))),
    Mutation("plan: one key or several", entry("plan.sublayers.0.0.single", lambda s: not s)),
    Mutation(
        "plan: weight of BOS",
        entry("plan.sublayers.0.0.weight", lambda w: 64.0 if w is None else w * 2),
    ),
    Mutation("plan: a product less", entry("plan.sublayers.0.0.keys", lambda keys: keys[1:])),
)

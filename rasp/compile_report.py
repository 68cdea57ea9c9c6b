"""What is said of a compiled model beside its weights: what it is for, and what is proved of it.

It is a frozen value: whoever knows more makes another one of it.  `to_dict` is the form in which a
checkpoint stores it; what a reader sees is `rasp.report`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rasp.certificate import Decisions


@dataclass(frozen=True, slots=True)
class RoundingProof:
    """Whether no rounding error can change a decision of the network, and read by read how far.

    dtype: of the weights.  reads: every decision of the network as plain data, with its bound and
    its margin.  reason: why there are no reads, where the weights are not what the plan
    of the proof says.
    """

    ok: bool
    dtype: str
    reads: tuple[Mapping[str, Any], ...] = ()
    reason: str | None = None

    @classmethod
    def of(cls, decisions: Decisions, dtype: str) -> RoundingProof:
        """What was found of weights in this dtype."""
        return cls(decisions.ok, dtype, frozen(decisions.to_dict(dtype)["reads"]))

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        plain = {"ok": self.ok, "dtype": self.dtype, "reads": _plain(self.reads)}
        return plain if self.reason is None else {**plain, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class MeaningProof:
    """Whether it is proved from graph and weights that the network as designed is the program.

    reason: why it is not; place: what the proof was about when it got no further.  free: of how
    many values only the number of selected keys decides whether they are ints or floats.
    """

    ok: bool
    reason: str | None = None
    place: str = ""
    free: int = 0

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {"ok": self.ok, "reason": self.reason, "place": self.place, "free": self.free}

    def __str__(self) -> str:
        if self.ok:
            return "proved"
        return "not proved" + (f": {self.reason}" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Theory:
    """The theory's account of an s-op, as far as it is compared with what was built."""

    n_layers: int = 0
    heads_per_layer: tuple[int, ...] = ()


NO_THEORY = Theory()
"""Where nobody has asked the theory."""


@dataclass(frozen=True, slots=True)
class CompileReport:
    """theory: its account of the s-op.  extra_sublayers: feed-forward
    sublayers beyond one after each attention, and what forced each.  addresses: of each attention
    sublayer, how many heads only read counts from the table of positions; none where there is no
    such head, or nobody has said so.

    rounding, meaning: what is proved of the weights, None where nothing was tried.  dtype_reason:
    why they are not in the smaller dtype.  optimize, sharpness, one_logit: what it was compiled
    for, as `rasp.compile` takes them.  tested: where not both are proved, on how many inputs the
    weights were compared with the interpreter.  changed: the weights are not those that the
    compiler made; None where nobody has said so.  basis: facts of the basis that the residual
    stream is in (`rasp.dial`), None where each direction is a dimension.
    """

    theory: Theory
    extra_sublayers: tuple[str, ...] | None = None
    addresses: tuple[int, ...] = ()
    dtype_reason: str | None = None
    rounding: RoundingProof | None = None
    optimize: str | None = None
    sharpness: int | None = None
    one_logit: bool = False
    meaning: MeaningProof | None = None
    tested: int | None = None
    changed: bool | None = None
    basis: Mapping[str, Any] | None = None

    @property
    def is_certified(self) -> bool:
        """Whether no rounding can change a decision."""
        return self.rounding is not None and self.rounding.ok

    def to_dict(self) -> dict[str, Any]:
        """The entries of a checkpoint, those alone that there is something to say about."""
        rounding, meaning = self.rounding, self.meaning
        entries: dict[str, Any] = {
            "rasp_layers": self.theory.n_layers,
            "rasp_heads_per_layer": list(self.theory.heads_per_layer),
            "extra_sublayers": _plain(self.extra_sublayers),
            "addresses": list(self.addresses) or None,
            "dtype_reason": self.dtype_reason,
            "certificate": None if rounding is None else rounding.to_dict(),
            "optimize": self.optimize,
            "sharpness": self.sharpness,
            "one_logit": self.one_logit or None,
            "meaning": None if meaning is None else meaning.to_dict(),
            "tested": self.tested,
            "changed": self.changed,
            "basis": _plain(self.basis),
        }
        return {name: entry for name, entry in entries.items() if entry is not None}


class _Entries(Mapping[str, Any]):
    """A dict that cannot be changed and, unlike a mappingproxy, is copied and sent to processes."""

    __slots__ = ("_entries",)

    def __init__(self, entries: dict[str, Any]) -> None:
        self._entries = entries

    def __getitem__(self, name: str) -> Any:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return repr(self._entries)


def frozen(value: Any) -> Any:
    """Plain data, lists as tuples and dicts as what cannot be changed."""
    match value:
        case dict():
            return _Entries({name: frozen(entry) for name, entry in value.items()})
        case list() | tuple():
            return tuple(map(frozen, value))
    return value


def _plain(value: Any) -> Any:
    """The same as lists and dicts."""
    match value:
        case Mapping():
            return {name: _plain(entry) for name, entry in value.items()}
        case tuple():
            return list(map(_plain, value))
    return value

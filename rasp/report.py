"""The two accounts of a compiled model's size, and its certificate, for reading and for JSON.

The theory's account is the compiler's word; everything about the weights is counted in the weights
themselves, and the certificate is computed from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.compile_report import CompileReport, MeaningProof, RoundingProof
from rasp.visible import MOST_CHARACTERS, shortened

HEADING, NARROWEST = 12, 24  # columns of a heading, and for what is said under it at least

MOST_OF_A_FACT = 4 * MOST_CHARACTERS


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is proved of the weights as they are: of these numbers in this dtype, and of no others.

    changed: the weights are not those that the compiler made.  checked: this was computed from the
    very weights, when they were compiled, loaded or changed.  tested: where not both are proved,
    on how many inputs these weights were compared with the interpreter when they were compiled.
    compiled: the compiler has just made these weights, which were not read from a file.
    """

    rounding: RoundingProof
    meaning: MeaningProof
    dtype: str
    changed: bool = False
    checked: bool = True
    tested: int = 0
    compiled: bool = field(default=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether the model equals the program on every input that it takes.

        Rounding has to be proved.  The network has to be the program by proof, or by being what the
        compiler has made of it; of weights that were changed since, or read from a file, which may
        say anything, only a proof of meaning says so.
        """
        return self.rounding.ok and (self.meaning.ok or self.compiled)

    @property
    def reads(self) -> tuple[dict[str, Any], ...]:
        """Of the rounding: every decision of the network with its bound and its margin."""
        return tuple(self.rounding.to_dict()["reads"])

    @classmethod
    def of(cls, artifact: Artifact) -> Certificate:
        """The certificate that the artifact's report has."""
        report, dtype = artifact.report, artifact.config.dtype
        changed = report.changed is True
        return cls(
            rounding=report.rounding or RoundingProof(False, dtype),
            meaning=report.meaning or MeaningProof(False, "nothing has been tried"),
            dtype=dtype,
            changed=changed,
            checked=artifact.certified,
            tested=0 if changed else report.tested or 0,
            compiled=artifact.compiled,
        )

    @classmethod
    def refused(cls, reason: str) -> Certificate:
        """That of a module which is no model any more: nothing is certified."""
        rounding = RoundingProof(False, "none", reason=reason)
        return cls(rounding, MeaningProof(False, reason), "none", changed=True)

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "ok": self.ok,
            "checked": self.checked,
            "changed": self.changed,
            "tested": self.tested,
            "rounding": {"ok": self.rounding.ok, "reason": self.rounding.reason},
            "meaning": {
                "ok": self.meaning.ok,
                "reason": self.meaning.reason,
                "place": self.meaning.place,
            },
            "reads": list(self.reads),
        }

    def __str__(self) -> str:
        """One line."""
        reads = _count(len(self.reads), "read")
        checked = "checked" if self.checked else "not checked"
        margins = "its margin" if len(self.reads) == 1 else "their margins"
        inside = f"{reads} within {margins}, {checked}"
        changed = "; changed since it was compiled" if self.changed else ""
        if self.rounding.ok and self.meaning.ok:
            rule = ", types of means by the rule" if self.meaning.free else ""
            return f"exact for every input{rule} (rounding and meaning proved; {inside}){changed}"
        if self.rounding.ok:
            tried = f"; right on {_count(self.tested, 'input')} tried" if self.tested else ""
            return f"rounding proved ({inside}), meaning {self.meaning}{tried}{changed}"
        reason = f": {self.rounding.reason}" if self.rounding.reason is not None else ""
        tested = f", right on {self.tested:,} that were tried" if self.tested else ""
        return f"not certified for every input{tested}; see `rasp verify`{changed}{reason}"


@dataclass(frozen=True, slots=True)
class Part:
    """Parameters with one purpose.

    place: "embedding", "unembedding", or the block and its kind of sublayer; label: what the head
    or the group of neurons is for, "" for what is shared.
    """

    place: str
    label: str
    n_parameters: int


@dataclass(frozen=True, slots=True)
class Report:
    """rasp_layers, rasp_heads_per_layer: the theory's account.  The rest: what was built.

    d_head, d_mlp: the largest of any block.  parameters: where they all are.  said: everything the
    compiler said.
    """

    rasp_layers: int
    rasp_heads_per_layer: tuple[int, ...]
    n_layers: int
    heads_per_layer: tuple[int, ...]
    sublayers: str
    d_model: int
    d_head: int
    d_mlp: int
    d_vocab: int
    d_vocab_out: int
    max_len: int
    causal: bool
    dtype: str
    n_parameters: int
    n_nonzero: int
    parameters: tuple[Part, ...]
    certificate: Certificate
    said: CompileReport

    @classmethod
    def of(cls, artifact: Artifact) -> Report:
        config, report = artifact.config, artifact.report
        return cls(
            rasp_layers=report.theory.n_layers,
            rasp_heads_per_layer=report.theory.heads_per_layer,
            n_layers=len(config.blocks),
            heads_per_layer=tuple(block.n_heads for block in config.blocks),
            sublayers=config.sublayers,
            d_model=config.d_model,
            d_head=max((block.d_head for block in config.blocks), default=0),
            d_mlp=max((block.d_mlp for block in config.blocks), default=0),
            d_vocab=config.d_vocab,
            d_vocab_out=config.d_vocab_out,
            max_len=artifact.max_len,
            causal=config.causal,
            dtype=config.dtype,
            n_parameters=sum(tensor.size for tensor in artifact.tensors.values()),
            n_nonzero=sum(int(np.count_nonzero(t)) for t in artifact.tensors.values()),
            parameters=_parts(artifact),
            certificate=Certificate.of(artifact),
            said=report,
        )

    @property
    def addresses(self) -> tuple[int, ...]:
        """Of each attention sublayer, how many heads only read counts from the table of positions;
        empty if there are none.  These are heads, and sublayers, in the place of neurons."""
        return self.said.addresses

    @property
    def details(self) -> dict[str, Any]:
        """Everything the compiler said, as plain data with the keys of a checkpoint."""
        return self.said.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            **self.details,
            "rasp_layers": self.rasp_layers,
            "rasp_heads_per_layer": list(self.rasp_heads_per_layer),
            "n_layers": self.n_layers,
            "heads_per_layer": list(self.heads_per_layer),
            "sublayers": self.sublayers,
            "addresses": list(self.addresses),
            "d_model": self.d_model,
            "d_head": self.d_head,
            "d_mlp": self.d_mlp,
            "d_vocab": self.d_vocab,
            "d_vocab_out": self.d_vocab_out,
            "max_len": self.max_len,
            "causal": self.causal,
            "dtype": self.dtype,
            "n_parameters": self.n_parameters,
            "n_nonzero": self.n_nonzero,
            "parameters": [
                {"place": part.place, "label": part.label, "n_parameters": part.n_parameters}
                for part in self.parameters
            ],
            "certificate": self.certificate.to_dict(),
        }

    def to_text(self, columns: int = 80) -> str:
        """Both accounts side by side, in lines of at most so many columns where words allow it."""
        room = max(columns - HEADING, NARROWEST)
        lines = []
        for heading, text in self.facts():
            parts = wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
            lines += [f"{heading:<{HEADING}}{parts[0]}"]
            lines += [" " * HEADING + part for part in parts[1:]]
        return "\n".join(lines)

    def facts(self) -> list[tuple[str, str]]:
        """Headings and what is to be said under them."""
        share = self.n_nonzero / self.n_parameters if self.n_parameters else 0.0
        addresses = [("addresses", self._addresses_text())] if any(self.addresses) else []
        facts = [
            ("theory", f"{_count(self.rasp_layers, 'layer')}, {_heads(self.rasp_heads_per_layer)}"),
            ("compiled", f"{_count(self.n_layers, 'layer')}, {_heads(self.heads_per_layer)}"),
            ("sublayers", self.sublayers or "none"),
            *addresses,
            ("width", f"d_model {self.d_model}, d_head {self.d_head}, d_mlp {self.d_mlp}"),
            ("vocabulary", f"{self.d_vocab} ids in, {_count(self.d_vocab_out, 'column')} out"),
            ("inputs", f"1 to {self.max_len} tokens{', causal' if self.causal else ''}"),
            ("parameters", f"{self.n_parameters:,}, {self.n_nonzero:,} nonzero ({share:.1%})"),
            ("of these", self._places_text()),
            ("most for", self._largest_text()),
            ("optimised", f"for {self.said.optimize or 'patterns'}"),
            ("dtype", self._dtype_text()),
            ("certificate", str(self.certificate)),
        ]
        # Whoever wrote the checkpoint may have written anything into the report.
        return [(heading, shortened(text, MOST_OF_A_FACT)) for heading, text in facts]

    def _repr_html_(self) -> str:
        from rasp.drawing import rich

        return rich.facts("compiled model", self.facts())

    def __str__(self) -> str:
        return self.to_text()

    def _addresses_text(self) -> str:
        """How many heads stand in the place of neurons, and in which attention sublayers."""
        places = [number for number, heads in enumerate(self.addresses, start=1) if heads]
        n_heads = sum(self.addresses)
        reads = "reads a count" if n_heads == 1 else "read counts"
        sublayers = f"sublayer{'' if len(places) == 1 else 's'} {', '.join(map(str, places))}"
        return (
            f"{n_heads} of these heads {reads} from the table of positions, in the place of neurons"
            f" (attention {sublayers})"
        )

    def _places_text(self) -> str:
        """Parameters by kind of tensor."""
        kinds = dict.fromkeys(("embedding", "attention", "feed-forward", "unembedding"), 0)
        for part in self.parameters:
            kinds[part.place.split(" of ")[0]] += part.n_parameters
        return ", ".join(f"{kind} {number:,}" for kind, number in kinds.items() if number)

    def _largest_text(self) -> str:
        """What takes most of them."""
        part = max(self.parameters, key=lambda part: part.n_parameters)
        what = f"{part.place}, {part.label}" if part.label else part.place
        return f"{what} ({part.n_parameters:,})"

    def _dtype_text(self) -> str:
        """And why it is not the smaller one."""
        reason = self.said.dtype_reason
        return self.dtype if reason is None else f"{self.dtype} ({reason})"


def _parts(artifact: Artifact) -> tuple[Part, ...]:
    """The parameters, by the head or the group of neurons that they belong to."""
    config, labels = artifact.config, artifact.labels
    parts = [Part("embedding", "", _size(artifact, "embed.", "pos_embed."))]
    for number, block in enumerate(config.blocks):
        prefix = f"blocks.{number}."
        if block.n_heads:
            shared = artifact.tensors[prefix + "attn.b_O"].size
            each = (_size(artifact, prefix + "attn.") - shared) // block.n_heads
            place = f"attention of block {number}"
            parts += [Part(place, f"head {label}", each) for label in labels.heads[number]]
            parts.append(Part(place, "", shared))
        if block.d_mlp:
            shared = artifact.tensors[prefix + "mlp.b_out"].size
            each = (_size(artifact, prefix + "mlp.") - shared) // block.d_mlp
            place = f"feed-forward of block {number}"
            parts += [
                Part(place, f"{end - start} neurons for {label}", each * (end - start))
                for start, end, label in labels.neurons[number]
            ]
            parts.append(Part(place, "", shared))
    parts.append(Part("unembedding", "", _size(artifact, "unembed.")))
    return tuple(parts)


def _size(artifact: Artifact, *prefixes: str) -> int:
    return sum(
        int(tensor.size) for name, tensor in artifact.tensors.items() if name.startswith(prefixes)
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _heads(heads: tuple[int, ...]) -> str:
    if not any(heads):
        return "no heads"
    return f"{_count(sum(heads), 'head')} ({', '.join(map(str, heads))})"

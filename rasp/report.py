"""The two accounts of a compiled model's size, and its certificate, for reading and for JSON.

The theory's account is the compiler's word; everything about the weights is counted in the weights
themselves, and the certificate is computed from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rasp.artifact import Artifact


@dataclass(frozen=True, slots=True)
class Certificate:
    """Whether the model is proved exact for every input, and read by read how far.

    checked: this was computed from the very weights, when they were compiled or loaded.
    """

    ok: bool
    reads: tuple[dict[str, Any], ...]
    checked: bool


@dataclass(frozen=True, slots=True)
class Report:
    """rasp_layers, rasp_heads_per_layer: the theory's account.  The rest: what was built.

    d_head, d_mlp: the largest of any block.  details: everything the compiler said, plain data.
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
    certificate: Certificate
    details: dict[str, Any]

    @classmethod
    def of(cls, artifact: Artifact) -> Report:
        config, report = artifact.config, artifact.report
        certificate = report.get("certificate", {})
        return cls(
            rasp_layers=report["rasp_layers"],
            rasp_heads_per_layer=tuple(report["rasp_heads_per_layer"]),
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
            certificate=Certificate(
                ok=certificate.get("ok") is True,
                reads=tuple(certificate.get("reads", ())),
                checked=artifact.certified,
            ),
            details=report,
        )

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            **self.details,
            "rasp_layers": self.rasp_layers,
            "rasp_heads_per_layer": list(self.rasp_heads_per_layer),
            "n_layers": self.n_layers,
            "heads_per_layer": list(self.heads_per_layer),
            "sublayers": self.sublayers,
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
            "certificate": {
                "ok": self.certificate.ok,
                "checked": self.certificate.checked,
                "reads": list(self.certificate.reads),
            },
        }

    def to_text(self) -> str:
        """Both accounts side by side, in lines."""
        return "\n".join(f"{heading:<12}{text}" for heading, text in self.facts())

    def facts(self) -> list[tuple[str, str]]:
        """Headings and what is to be said under them."""
        share = self.n_nonzero / self.n_parameters if self.n_parameters else 0.0
        return [
            ("theory", f"{_count(self.rasp_layers, 'layer')}, {_heads(self.rasp_heads_per_layer)}"),
            ("compiled", f"{_count(self.n_layers, 'layer')}, {_heads(self.heads_per_layer)}"),
            ("sublayers", self.sublayers or "none"),
            ("width", f"d_model {self.d_model}, d_head {self.d_head}, d_mlp {self.d_mlp}"),
            ("vocabulary", f"{self.d_vocab} ids in, {self.d_vocab_out} columns out"),
            ("inputs", f"1 to {self.max_len} tokens{', causal' if self.causal else ''}"),
            ("parameters", f"{self.n_parameters:,}, {self.n_nonzero:,} nonzero ({share:.1%})"),
            ("dtype", self.dtype),
            ("certificate", self._certificate_text()),
        ]

    def _repr_html_(self) -> str:
        from rasp.drawing import rich

        return rich.facts("compiled model", self.facts())

    def __str__(self) -> str:
        return self.to_text()

    def _certificate_text(self) -> str:
        certificate = self.certificate
        reads = _count(len(certificate.reads), "read")
        checked = "checked on these weights" if certificate.checked else "not checked"
        if certificate.ok:
            return f"exact for every input ({reads} within their margins, {checked})"
        return "not certified for every input; see `rasp verify`"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _heads(heads: tuple[int, ...]) -> str:
    if not any(heads):
        return "no heads"
    return f"{_count(sum(heads), 'head')} ({', '.join(map(str, heads))})"

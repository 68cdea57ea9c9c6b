"""The arithmetic that a certificate is about: products of float32 numbers in float32, no autocast.

A process may allow less: TF32 or bfloat16 inside of float32 products
(`torch.set_float32_matmul_precision`), or half precision by `torch.autocast`.  Within
`full_precision` neither holds, and afterwards both are as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import torch

COARSE = ("tf32", "bf16")
"""What backends call products that keep fewer digits than float32 has."""

EXACT = "ieee"


@contextmanager
def full_precision(device: torch.device) -> Iterator[None]:
    """Within it, forward passes on the device are what the weights' dtype says."""
    kind = device.type if torch.amp.is_autocast_available(device.type) else "cpu"
    with _products, torch.autocast(kind, enabled=False):
        yield


class _Products:
    """Float32 products without shortcuts, as long as any thread is within.

    The switches are those of the whole process: the first thread that enters keeps what they were,
    and the last one that leaves sets them so again.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._n_within = 0
        self._before: _Settings | None = None

    def __enter__(self) -> None:
        with self._lock:
            if self._n_within == 0:
                self._before = _Settings.coarse()
                if self._before is not None:
                    self._before.suspend()
            self._n_within += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._n_within -= 1
            if self._n_within == 0 and self._before is not None:
                self._before.restore()


_products = _Products()


@dataclass(frozen=True, slots=True)
class _Settings:
    """The switches of the process.

    precision: that of `torch.set_float32_matmul_precision`, None where backends have been given
    others since, which torch does not tell apart; backends: each with its own.
    """

    precision: str | None
    backends: tuple[tuple[Any, str], ...]

    @classmethod
    def coarse(cls) -> _Settings | None:
        """The switches, None where none of them allows less than float32."""
        backends: list[tuple[Any, str]] = []
        for family in (torch.backends.cuda, torch.backends.mkldnn):
            backend = getattr(family, "matmul", None)
            value = getattr(backend, "fp32_precision", None)  # before torch 2.9 there is none
            if isinstance(value, str):
                backends.append((backend, value))
        try:
            precision = torch.get_float32_matmul_precision()
        except RuntimeError:  # the old and the new way were mixed
            precision = None
        if precision in (None, "highest") and not any(value in COARSE for _, value in backends):
            return None
        return cls(precision, tuple(backends))

    def suspend(self) -> None:
        if self.precision is not None:
            torch.set_float32_matmul_precision("highest")
        for backend, _ in self.backends:
            backend.fp32_precision = EXACT

    def restore(self) -> None:
        if self.precision is not None:
            torch.set_float32_matmul_precision(self.precision)
        for backend, value in self.backends:
            if backend.fp32_precision != value:
                backend.fp32_precision = value

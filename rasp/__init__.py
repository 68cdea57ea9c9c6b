"""RASP: a language for thinking about Transformers, compiled exactly into Transformer weights.

    program = rasp.load("sort.rasp")                   or rasp.loads(text)
    sop = program["sorted"];  sop("hello")             the interpreter
    rasp.analyze(sop)                                  layers and heads, by the theory
    model = rasp.compile(sop, vocab="abc", max_len=9)  a Transformer; model("cab")
    rasp.verify(model, exhaustive=True)                is it equal to the interpreter?

The same s-ops from Python: `tokens`, `indices`, `select`, `aggregate`, ...  Everything here is
imported when it is first used, so that `import rasp` is fast and does not import torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rasp.errors import (
    CheckpointError,
    CompileError,
    DatasetError,
    EmptyInputError,
    ExportError,
    GenerationError,
    RaspArityError,
    RaspError,
    RaspLimitError,
    RaspLoadError,
    RaspNameError,
    RaspRuntimeError,
    RaspSyntaxError,
    RaspTypeError,
    RaspValueError,
    VerificationError,
    VocabularyError,
)

if TYPE_CHECKING:
    from rasp import datasets as datasets
    from rasp import dsl as dsl
    from rasp import export as export
    from rasp import program as program
    from rasp import report as report
    from rasp import verification as verification
    from rasp.api import analyze as analyze
    from rasp.api import compile as compile
    from rasp.api import evaluate as evaluate
    from rasp.api import generate as generate
    from rasp.api import to_text as to_text
    from rasp.checkpoint import load_model as load_model
    from rasp.compiled import CompiledModel as CompiledModel
    from rasp.datasets import dataset as dataset
    from rasp.dsl import aggregate as aggregate
    from rasp.dsl import best as best
    from rasp.dsl import fetch as fetch
    from rasp.dsl import first as first
    from rasp.dsl import indices as indices
    from rasp.dsl import last as last
    from rasp.dsl import length as length
    from rasp.dsl import select as select
    from rasp.dsl import selector_width as selector_width
    from rasp.dsl import tokens as tokens
    from rasp.dsl import where as where
    from rasp.program import Program as Program
    from rasp.program import load as load
    from rasp.program import loads as loads
    from rasp.sop import Selector as Selector
    from rasp.sop import SOp as SOp
    from rasp.tabulated import table as table
    from rasp.tracr import from_tracr as from_tracr
    from rasp.verification import Verification as Verification
    from rasp.verification import verify as verify
    from rasp.verification import verify_generation as verify_generation

__version__ = "0.2.0"

_MODULES = {
    "rasp.api": ["analyze", "compile", "evaluate", "generate", "to_text"],
    "rasp.checkpoint": ["load_model"],
    "rasp.compiled": ["CompiledModel"],
    "rasp.datasets": ["dataset"],
    "rasp.dsl": [
        "aggregate",
        "best",
        "fetch",
        "first",
        "indices",
        "last",
        "length",
        "select",
        "selector_width",
        "tokens",
        "where",
    ],
    "rasp.program": ["Program", "load", "loads"],
    "rasp.sop": ["SOp", "Selector"],
    "rasp.tabulated": ["table"],
    "rasp.tracr": ["from_tracr"],
    "rasp.verification": ["Verification", "verify", "verify_generation"],
}
_ROOMS = ("datasets", "dsl", "export", "program", "report", "verification")
"""Modules whose names the documents use after `import rasp` alone: `rasp.program.Limits`."""

_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "CheckpointError",
    "CompileError",
    "DatasetError",
    "EmptyInputError",
    "ExportError",
    "GenerationError",
    "RaspArityError",
    "RaspError",
    "RaspLimitError",
    "RaspLoadError",
    "RaspNameError",
    "RaspRuntimeError",
    "RaspSyntaxError",
    "RaspTypeError",
    "RaspValueError",
    "VerificationError",
    "VocabularyError",
    *_HOMES,
]


if not TYPE_CHECKING:  # for which any name would then be one

    def __getattr__(name: str) -> Any:
        if name in _ROOMS:
            return import_module(f"rasp.{name}")
        if name not in _HOMES:
            raise AttributeError(f"module 'rasp' has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_ROOMS})

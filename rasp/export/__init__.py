"""Compiled models in the tools that people use: Hugging Face, ONNX, TransformerLens.

    to_huggingface(model)             a stock model of `transformers` and its tokenizer
    to_onnx(model, path)              a file: token ids in, values out
    to_transformer_lens(model)        a TransformerBridge
    export(model, to, path)           any of them, into a folder or a file

Each needs packages that are optional; one that is missing is named in an ExportError.  Every export
is compared with the model before it is handed over, and refused where it differs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasp.errors import ExportError

if TYPE_CHECKING:
    from transformer_lens.model_bridge import TransformerBridge
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from rasp.compiled.runnable import RunnableModel

OPTIONS = {
    "huggingface": ("head", "dtype", "check"),
    "onnx": ("step", "check"),
    "transformer-lens": ("check",),
}
TARGETS = tuple(OPTIONS)
PACKAGES = {
    "huggingface": ("transformers",),
    "onnx": ("onnx", "onnxruntime"),
    "transformer-lens": ("transformer_lens",),
}
"""What each needs, under the names by which they are imported; onnxruntime to compare."""


def to_huggingface(
    model: RunnableModel, *, head: str = "auto", dtype: str | None = None, check: bool = True
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """A stock model that computes what the compiled one does, and its tokenizer.

    head: "labels" for a classifier of tokens whose labels are the values as JSON, "number" for the
    number that the model puts out, "auto" for labels where there are such, "lm" for a language
    model, for a causal program whose values are tokens.  dtype: "float32" or "float64"; by default
    that of the model, or float64 where only that keeps the labels apart.  check: compare it with
    the model first.

    Raises ExportError.
    """
    from rasp.export import huggingface

    return huggingface.to_huggingface(model, head=head, dtype=dtype, check=check)


def to_onnx(
    model: RunnableModel, path: str | Path, *, step: bool = False, check: bool = True
) -> None:
    """Write an ONNX file, all of it or nothing.

    step: the graph that makes a token at a time from a cache of keys and values, for a causal
    program whose values are tokens, instead of the one that takes whole inputs.  check: compare it
    with the model first.

    Raises ExportError, and OSError where the file cannot be written.
    """
    from rasp.export import onnx

    onnx.to_onnx(model, path, step=step, check=check)


def to_transformer_lens(model: RunnableModel, *, check: bool = True) -> TransformerBridge:
    """A bridge that takes ids [batch, pos], each row with BOS (0), padded with 1 where an
    `attention_mask` says so, and gives what the model puts out [batch, pos, d_vocab_out].

    check: compare it with the model first, its answers and its activations.

    Raises ExportError.
    """
    from rasp.export import transformer_lens

    return transformer_lens.to_transformer_lens(model, check=check)


def require_packages(to: str, *, check: bool = True) -> None:
    """Raises ExportError where a package that an export to there needs is not installed."""
    from rasp.export.optional import require_installed

    needed = [name for name in PACKAGES[to] if check or name != "onnxruntime"]
    require_installed(needed, to)


def export(model: RunnableModel, to: str, path: str | Path, **options: Any) -> None:
    """Write a model for another library: "huggingface" a folder, "onnx" and "transformer-lens" a
    file.

    options: those of `to_huggingface`, `to_onnx` and `to_transformer_lens`.  Raises ExportError.
    """
    from rasp.export import huggingface, onnx, transformer_lens

    writers: dict[str, Callable[..., None]] = {
        "huggingface": huggingface.save,
        "onnx": onnx.to_onnx,
        "transformer-lens": transformer_lens.save,
    }
    if to not in writers:
        raise ExportError(f"no export to {to!r}", hint=f"there are {', '.join(TARGETS)}")
    if "\0" in str(path):
        raise ExportError("a path has no null characters")
    known = OPTIONS[to]
    for name in options.keys() - known:
        raise ExportError(
            f"an export to {to} has no option {name!r}", hint=f"there are {', '.join(known)}"
        )
    require_packages(to, check=options.get("check", True))
    try:
        writers[to](model, path, **options)
    except OSError as error:
        raise ExportError(f"cannot write {path}: {error.strerror or error}") from None

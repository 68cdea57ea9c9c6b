"""A compiled model -> a folder that stock classes of `transformers` load."""

from __future__ import annotations

from rasp.export.huggingface.exporting import plan, save, to_huggingface

__all__ = ["plan", "save", "to_huggingface"]

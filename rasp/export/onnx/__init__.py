"""A compiled model -> an ONNX file: token ids in, values out."""

from __future__ import annotations

from rasp.export.onnx.writing import to_bytes, to_onnx

__all__ = ["to_bytes", "to_onnx"]

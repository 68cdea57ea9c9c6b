"""The s-op graph: nodes, what makes them, what walks them, and how they become data."""

from __future__ import annotations

from rasp.graph.pickling import register

register()

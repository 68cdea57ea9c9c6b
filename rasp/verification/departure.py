"""Where a model begins to differ: the first sublayer and direction that hold a wrong number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Departure:
    """text: what is wrong first, in a sentence."""

    text: str

    def to_text(self) -> str:
        return self.text

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {"text": self.text}

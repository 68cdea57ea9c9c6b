"""How far a verification has come, in a file: it may be interrupted, and goes on from there.

The file is a small JSON object that belongs to one model and one choice of inputs.  It is replaced
as a whole, so whatever happens meanwhile there is an old one or a new one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasp.errors import VerificationError
from rasp.files import write_whole

FORMAT = "rasp-verification"
FORMAT_VERSION = 1
MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class State:
    """path: the file; model: the digest of what is compared; settings: which inputs, in which
    shards; n_inputs: how many they are."""

    path: Path
    model: str
    settings: dict[str, Any]
    n_inputs: int

    def read(self) -> int:
        """How many inputs have been compared without a difference; 0 if there is no file yet.

        Raises VerificationError for a file that is not one of this verification.
        """
        try:
            with self.path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return 0
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise VerificationError(f"cannot read {self.path}: {reason}") from None
        found = _parsed(data)
        if found is None or found.get("format") != FORMAT:
            raise VerificationError(f"{self.path} is no state of a verification")
        if found.get("format_version") != FORMAT_VERSION:
            raise VerificationError(f"{self.path} has a format that is not understood")
        if found.get("model") != self.model:
            raise VerificationError(
                f"{self.path} is the state of another model", hint="give another file"
            )
        if found.get("settings") != self.settings:
            raise VerificationError(
                f"{self.path} is the state of a verification with other inputs",
                hint=f"it was made with {_listed(found.get('settings'))}",
            )
        n_checked = found.get("n_checked")
        if type(n_checked) is not int or not 0 <= n_checked <= self.n_inputs:
            raise VerificationError(f"{self.path} is damaged")
        return n_checked

    def write(self, n_checked: int) -> None:
        """Raises VerificationError."""
        data = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "model": self.model,
            "settings": self.settings,
            "n_inputs": self.n_inputs,
            "n_checked": n_checked,
        }
        try:
            write_whole(self.path, (json.dumps(data, indent=2) + "\n").encode())
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise VerificationError(f"cannot write {self.path}: {reason}") from None


def _parsed(data: bytes) -> dict[str, Any] | None:
    if len(data) > MAX_BYTES:
        return None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _listed(settings: object) -> str:
    if not isinstance(settings, dict):
        return "other settings"
    return ", ".join(f"{name} {value}" for name, value in settings.items())

"""The folder of a data set: what is in it already, and what is added to it."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from rasp import __version__
from rasp.datasets.record_files import json_bytes
from rasp.datasets.settings import Settings
from rasp.errors import DatasetError
from rasp.files import write_whole

FORMAT, FORMAT_VERSION = "rasp-dataset", 1
FACTS, CARD, INDEX, UNFINISHED = "dataset.json", "README.md", "index.jsonl", "unfinished.jsonl"
PROGRAMS = "programs"
OURS = {FACTS, CARD, INDEX, UNFINISHED, PROGRAMS}


@dataclass(frozen=True)
class Line:
    """What became of a candidate that was compiled.  digests: of what it computes; left_out: how
    many were not kept since the line before, itself included, why; entry: its line in the index."""

    number: int
    digests: tuple[str, ...]
    left_out: dict[str, int]
    entry: dict[str, Any] | None


@dataclass
class Folder:
    """lines: what was done before or is done now; finished: what dataset.json says, once there is
    one."""

    path: Path
    settings: Settings
    lines: list[Line] = field(default_factory=list)
    n_kept: int = 0
    finished: dict[str, Any] | None = None
    _journal: IO[bytes] | None = None

    @classmethod
    def opened(cls, path: str | Path, settings: Settings) -> Folder:
        """The folder, made where there is none.

        Raises DatasetError where something else is there, another data set included, and where it
        cannot be written.
        """
        folder = cls(Path(path), settings)
        with _said(folder.path):
            folder.path.mkdir(parents=True, exist_ok=True)
            there = {entry.name for entry in folder.path.iterdir()}
        with _said(folder.path):
            if UNFINISHED in there:
                folder._take_up()
            elif FACTS in there:
                folder.finished = folder._read_facts()
            elif others := sorted(name for name in there if not _is_temporary(name)):
                raise DatasetError(
                    f"{folder.path} is no folder of a data set: {others[0]} is in it",
                    hint="give a new folder",
                )
            else:
                folder._begin()
        return folder

    @property
    def first(self) -> int:
        """The number of the candidate that comes next."""
        return self.lines[-1].number + 1 if self.lines else 0

    def write(self, name: str, files: dict[str, bytes]) -> None:
        """Files of a program.  Raises DatasetError."""
        where = self.path / name
        with _said(where):
            where.mkdir(parents=True, exist_ok=True)
            for file, data in files.items():
                write_whole(where / file, data)

    def add(self, line: Line) -> None:
        """What became of a candidate; its files are there.  Raises DatasetError."""
        assert self._journal is not None
        with _said(self.path / UNFINISHED):
            self._journal.write(json_bytes(asdict(line)))
            self._journal.flush()
        self._append(line)

    def _append(self, line: Line) -> None:
        self.lines.append(line)
        self.n_kept += line.entry is not None

    def finish(self, card: Callable[[dict[str, Any], list[dict[str, Any]]], str]) -> dict[str, Any]:
        """Write the index and the card, and take away what is no longer needed; what was
        written."""
        entries = [line.entry for line in self.lines if line.entry is not None]
        left_out: Counter[str] = Counter()
        for line in self.lines:
            left_out.update(line.left_out)
        facts = {
            **self._header(),
            "n_candidates": self.first,
            "left_out": dict(sorted(left_out.items())),
        }
        with _said(self.path):
            write_whole(self.path / INDEX, b"".join(map(json_bytes, entries)))
            write_whole(self.path / CARD, card(facts, entries).encode())
            write_whole(self.path / FACTS, (json.dumps(facts, indent=2) + "\n").encode())
            self.close()
            (self.path / UNFINISHED).unlink()
        return facts

    def close(self) -> None:
        """Close what is open; the folder stays as it is."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _header(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "rasp": __version__,
            "settings": self.settings.to_dict(),
        }

    def _begin(self) -> None:
        write_whole(self.path / UNFINISHED, json_bytes(self._header()))
        self._journal = (self.path / UNFINISHED).open("ab")

    def _take_up(self) -> None:
        """Read what was done before; a line that was cut off is not counted."""
        path = self.path / UNFINISHED
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        header, *lines = whole.splitlines() or [b""]
        self._check(_parsed(header), path)
        for text in lines:
            self._append(_line(_parsed(text), path))
        self._journal = path.open("r+b")
        self._journal.truncate(len(whole))
        self._journal.seek(0, os.SEEK_END)
        for left in self.path.rglob(".*.tmp"):  # of files that were being written
            left.unlink()

    def _read_facts(self) -> dict[str, Any]:
        path = self.path / FACTS
        found = _parsed(path.read_bytes())
        self._check(found, path)
        if type(found.get("n_candidates")) is not int or not isinstance(found["left_out"], dict):
            raise DatasetError(f"{path} is damaged")
        return found

    def _check(self, found: dict[str, Any], path: Path) -> None:
        """Raises DatasetError for what is no data set of these settings."""
        if found.get("format") != FORMAT:
            raise DatasetError(f"{path} is not of a data set")
        if found.get("format_version") != FORMAT_VERSION or found.get("rasp") != __version__:
            raise DatasetError(
                f"{path} is of rasp {found.get('rasp')}, and this is {__version__}",
                hint="programs may change from one release to the next: give a new folder",
            )
        settings = found.get("settings")
        if settings != self.settings.to_dict():
            said = settings if isinstance(settings, dict) else {}
            listed = ", ".join(f"{name} {value}" for name, value in said.items())
            raise DatasetError(
                f"{self.path} has a data set with other settings: {listed}",
                hint="give the same settings to go on with it, or a new folder",
            )


def _is_temporary(name: str) -> bool:
    return name.startswith(".") and name.endswith(".tmp")


def _parsed(text: bytes) -> dict[str, Any]:
    """An object; an empty one for what is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _line(found: dict[str, Any], path: Path) -> Line:
    match found:
        case {
            "number": int(number),
            "digests": [*digests],
            "left_out": dict(left_out),
            "entry": None | dict() as entry,
        }:
            return Line(number, tuple(digests), left_out, entry)
    raise DatasetError(f"{path} is damaged", hint="remove the folder, and make it again")


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Errors of files in words."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        reason = getattr(error, "strerror", None) or str(error)
        where = getattr(error, "filename", None) or path
        raise DatasetError(
            f"cannot write {where}: {reason}", hint="what is there is kept: the command can go on"
        ) from None

"""Settings -> a folder with a data set; what is there already is kept, and it goes on from there.

    OUT/dataset.json         the settings, and how many candidates were left out, why
    OUT/README.md            the data card
    OUT/index.jsonl          a line for each program
    OUT/programs/000000/     program.rasp, model.safetensors, circuit.json, report.json

Until it is finished there is `unfinished.jsonl` in the place of the first three: the settings, then
a line for each candidate that was compiled, in their order.  Files are written before their line,
so whatever happens the lines are true.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from rasp import workers
from rasp.arguments import named_arguments
from rasp.datasets.card import card_of
from rasp.datasets.folder import Folder, Line
from rasp.datasets.making import Patience, Piece, Seen, worth_compiling
from rasp.datasets.record import Record, record_of
from rasp.datasets.record_files import Files, files_of, with_paths
from rasp.datasets.settings import Settings
from rasp.deadline import TimeIsUpError, limited, look
from rasp.errors import DatasetError, RaspValueError

Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.  n_new: how many programs of n_programs were not there before; left_out:
    how many candidates are not in the data set, why; finished: False where the time limit was
    reached before: then n_programs are those that are there."""

    path: Path
    n_programs: int
    n_new: int
    n_candidates: int
    left_out: dict[str, int]
    finished: bool = True

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON."""
        return {
            "path": str(self.path),
            "n_programs": self.n_programs,
            "n_new": self.n_new,
            "n_candidates": self.n_candidates,
            "left_out": self.left_out,
            "finished": self.finished,
        }

    def to_text(self) -> str:
        """In lines."""
        if not self.finished:
            return (
                f"{self.path}: the time limit was reached; {self.n_programs:,} programs are there,"
                f" {self.n_new:,} of them new\nthe same command goes on from there"
            )
        lines = [
            f"{self.path}: {self.n_programs:,} programs, {self.n_new:,} of them new",
            f"{self.n_candidates:,} candidates; left out:",
        ]
        counts = sorted(self.left_out.items(), key=lambda item: (-item[1], item[0]))
        return "\n".join([*lines, *(f"  {count:6,}  {reason}" for reason, count in counts)])


@named_arguments
def write_dataset(
    path: str | Path,
    n_programs: int,
    seed: int = 0,
    *,
    min_layers: int = 1,
    examples: bool = True,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
    time_limit: float | None = None,
) -> Written:
    """Write a data set into a folder: the same bytes for the same n_programs, seed, min_layers and
    examples, which are those of `rasp.dataset`.

    jobs: processes that compile; scheduler: the address of a dask.distributed scheduler whose
    workers do it instead.  A folder with an unfinished data set of the same settings is finished,
    and a finished one is left as it is.  progress is called with how many programs there are, and
    are to be.  time_limit: in seconds; after that it ends with what is there (`Written.finished`),
    and the same call goes on from there.

    Raises RaspValueError for arguments out of range, DatasetError for a folder with something else
    in it, where it cannot be written, and where processes are lost or no more programs are found.
    """
    settings = Settings(n_programs, seed, min_layers, examples)
    if time_limit is not None and not time_limit > 0:
        raise RaspValueError(f"time_limit has to be above 0, got {time_limit!r}")
    if type(jobs) is not int or jobs < 1:
        raise RaspValueError(f"jobs are counted from 1, got {jobs!r}")
    if jobs > 1 and scheduler is not None:
        raise RaspValueError("either jobs or a scheduler, not both")
    folder = Folder.opened(path, settings)
    if folder.finished is not None:
        found = folder.finished
        return Written(folder.path, n_programs, 0, found["n_candidates"], dict(found["left_out"]))
    with closing(folder):
        n_before = folder.n_kept
        if progress is not None:
            progress(n_before, n_programs)
        try:
            with limited(time_limit):
                _fill(folder, settings, jobs, scheduler, progress)
        except TimeIsUpError:
            if time_limit is None:
                raise  # the limit is that of whoever called
            return Written(
                folder.path,
                folder.n_kept,
                folder.n_kept - n_before,
                len(folder.lines),
                {},
                finished=False,
            )
        facts = folder.finish(card_of)
    return Written(
        folder.path,
        n_programs,
        n_programs - n_before,
        facts["n_candidates"],
        facts["left_out"],
    )


def _fill(
    folder: Folder,
    settings: Settings,
    jobs: int,
    scheduler: str | None,
    progress: Progress | None,
) -> None:
    """Until there are as many programs as there should be."""
    if folder.n_kept == settings.n_programs:
        return
    seen = Seen({digest for line in folder.lines for digest in line.digests}, folder.first)
    patience = Patience(max((line.number for line in folder.lines if line.entry), default=-1))
    with closing(_built(settings, seen, jobs, scheduler)) as results:
        for piece, found in results:
            look()  # what was hurried may have been given up
            kept = isinstance(found, Files)
            patience.after(piece, kept=kept, n_kept=folder.n_kept)
            left_out = dict(piece.left_out)
            entry = None
            if isinstance(found, Files):
                name = f"programs/{folder.n_kept:06}"
                folder.write(name, found.files)
                entry = {"id": f"{folder.n_kept:06}", **with_paths(found, name)}
            else:
                left_out[found] = left_out.get(found, 0) + 1
            folder.add(Line(piece.candidate.number, piece.digests, left_out, entry))
            if progress is not None and entry is not None:
                progress(folder.n_kept, settings.n_programs)
            if folder.n_kept == settings.n_programs:
                return


def _built(
    settings: Settings, seen: Seen, jobs: int, scheduler: str | None
) -> Generator[tuple[Piece, Files | str]]:
    """The candidates that are worth compiling with the files of their records, or why not."""
    pieces = worth_compiling(settings, seen)
    if scheduler is not None:
        yield from workers.on_cluster(_TASK, settings, pieces, scheduler)
    elif jobs > 1:
        yield from workers.in_processes(_TASK, settings, pieces, jobs)
    else:
        for piece in pieces:
            yield piece, _build(settings, piece)


def _build(settings: Settings, piece: Piece) -> Files | str:
    found = record_of(piece.candidate, settings.min_layers)
    return files_of(found) if isinstance(found, Record) else found


_TASK = workers.Task(_build, "a process that compiles", "making a data set", DatasetError)

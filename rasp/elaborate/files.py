"""Finds, reads and parses the files that programs are and load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rasp.diagnostics import Warning
from rasp.elaborate.limits import Limits
from rasp.errors import RaspError, RaspLimitError, RaspLoadError
from rasp.source import Label, Source
from rasp.syntax import ast
from rasp.syntax.lint import lint
from rasp.syntax.parse import parse, parse_all

SUFFIX = ".rasp"


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file that is being loaded: its resolved path and the statement that loads it."""

    path: Path
    load: ast.Load


class Files:
    """The files of one program.

    paths: where each source was read from; sources: in the order read; warnings: about them;
    loading: the files being loaded just now, outermost first.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.paths: dict[Source, Path] = {}
        self.sources: list[Source] = []
        self.warnings: list[Warning] = []
        self.loading: list[_Opened] = []

    def add(self, source: Source, module: ast.Module, path: Path | None = None) -> None:
        """Notes a text of the program."""
        self.sources.append(source)
        self.warnings.extend(lint(module))
        if path is not None:
            self.paths[source] = path.resolve()

    def open(self, load: ast.Load, *, tolerant: bool = False) -> list[ast.Item | RaspError]:
        """The statements of the program that a load statement names.

        tolerant: what does not parse is an error among them.  Raises RaspLoadError, and else
        RaspSyntaxError for a mistake in the file.
        """
        path = self._find(load)
        self._check_cycle(path, load)
        try:
            source = read_source(path, _written(load, path), self._limits)
        except RaspLoadError as error:
            raise error.at(load.span) from None
        self.paths[source] = path
        errors: tuple[RaspError, ...] = ()
        try:
            if tolerant:
                parsed = parse_all(source)
                module, errors = parsed.module, tuple(parsed.errors)
            else:
                module = parse(source)
        except RaspError as error:
            error.labels += (Label(load.span, "loaded here"),)
            raise
        self.add(source, module, path)
        self.loading.append(_Opened(path, load))
        return sorted([*module.items, *errors], key=start_of)

    def _find(self, load: ast.Load) -> Path:
        """The file: beside the one that loads it, else in the working directory."""
        loader = self.paths.get(load.span.source)
        folders = [loader.parent] if loader else []
        folders.append(Path.cwd())
        path = find_file(load.path, folders)
        if path is not None:
            return path
        raise RaspLoadError(
            f"could not find file '{load.path.removesuffix(SUFFIX)}{SUFFIX}'",
            labels=[Label(load.span)],
            notes=[f"looked in {folder}" for folder in dict.fromkeys(folders)],
        )

    def _check_cycle(self, path: Path, load: ast.Load) -> None:
        loader = self.paths.get(load.span.source)
        chain = [opened.path for opened in self.loading]
        if not chain and loader:
            chain = [loader]
        elif self.loading:
            first = self.paths.get(self.loading[0].load.span.source)
            chain = [first, *chain] if first else chain
        if path in chain:
            names = [file.name for file in chain[chain.index(path) :]] + [path.name]
            raise RaspLoadError(
                f"'{path.name}' loads itself: {' loads '.join(names)}", labels=[Label(load.span)]
            )


def start_of(piece: ast.Item | RaspError) -> int:
    """Where a statement, or what does not parse, begins in its text."""
    span = piece.span
    return span.start if span else 0


def _written(load: ast.Load, path: Path) -> str:
    """The file's name as the statement has it; the ending may be in it already."""
    name = load.path + SUFFIX
    has_ending = load.path.endswith(SUFFIX) and path.name != Path(name).name
    return load.path if has_ending else name


def find_file(name: str, folders: Sequence[Path]) -> Path | None:
    """The file that `load "name";` means, in the first folder that has one."""
    names = [name + SUFFIX]
    if name.endswith(SUFFIX):
        names.append(name)
    for folder in folders:
        for file_name in names:
            path = folder / file_name
            try:
                if path.is_file():
                    return path.resolve()
            except (OSError, ValueError):
                continue
    return None


def read_source(path: Path, name: str, limits: Limits) -> Source:
    """The text of a file, which has to be UTF-8.  Raises RaspLoadError and RaspLimitError."""
    try:
        if not path.is_file():
            other = path.parent / (path.name + SUFFIX)  # "." has no name
            hint = f"there is '{name}{SUFFIX}'" if path.name and other.is_file() else None
            raise RaspLoadError(f"cannot read '{name}': {_no_file(path)}", hint=hint)
        if path.stat().st_size > limits.file_size:
            raise RaspLimitError(f"'{name}' has more than {limits.file_size:,} bytes")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RaspLoadError(f"cannot read '{name}': it is not UTF-8 (byte {error.start})") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RaspLoadError(f"cannot read '{name}': {reason}") from None
    except ValueError as error:  # a path with a null character
        raise RaspLoadError(f"cannot read '{name}': {error}") from None
    return Source(name, text)


def _no_file(path: Path) -> str:
    if path.is_dir():
        return "it is a folder"
    return "it is no regular file" if path.exists() else "there is no such file"

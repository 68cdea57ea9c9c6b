"""Files that load each other -> which names in them are one name, and what renaming it changes.

Names that may be one, depending on how the program runs, count as one: so a renamed program always
means what it did.  What renaming would change is tried before it is handed out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from rasp.elaborate.files import find_file
from rasp.elaborate.library import base_scope
from rasp.elaborate.scope import RESERVED
from rasp.elaborate.statements import protected_names
from rasp.errors import RaspError, RaspNameError
from rasp.source import Source, Span
from rasp.syntax import ast, words
from rasp.syntax.parse import Parsed, parse_all
from rasp.syntax.scopes import Occurrence, Scopes, scopes_of

Key: TypeAlias = tuple[Path | None, int, str]  # a file, one of its scopes, a name in it
LIBRARY = -1  # the scope of what no file binds

_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_EXPECTATION = re.compile(r"^[ \t]*#>(?P<text>.*)$", re.MULTILINE)
_STRING_OR_NAME = re.compile(r'"[^"\r\n]*"|#[^\n]*|(?P<name>[A-Za-z_][A-Za-z_0-9]*)')
_NO_NAMES = {
    *words.KEYWORDS,
    *words.WORD_OPERATORS,
    *words.CONSTANTS,
    *words.FORMS,
    words.LOAD,
    words.DRAW,
    *RESERVED,
}


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """A text, as far as it can be understood.  path: None for one that is in no file yet."""

    path: Path | None
    source: Source
    parsed: Parsed


@dataclass(frozen=True, slots=True)
class Use:
    """A name where it stands in a file.  comment: whether that is a line of what is expected."""

    path: Path | None
    span: Span
    binds: bool
    comment: bool = False


def read_text(path: Path) -> str | None:
    """The text of a file, None where there is none to be read."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError):
        return None


def file_of(text: str, path: Path | None) -> File:
    """A text and what it is made of.  Raises RaspError for one that is too long."""
    source, parsed = _parsed(str(path) if path else "<text>", text)
    return File(path, source, parsed)


@lru_cache(maxsize=256)
def _parsed(name: str, text: str) -> tuple[Source, Parsed]:
    source = Source(name, text)
    return source, parse_all(source)


class Project:
    """A text, what it loads, and other files that may load the same.

    read: the text of a file, as it is in the editor where it is open there.
    """

    def __init__(
        self,
        file: File,
        others: Iterable[Path] = (),
        read: Callable[[Path], str | None] = read_text,
    ) -> None:
        self._read = read
        self._files: dict[Path | None, File | None] = {file.path: file}
        self._exported: dict[Path, frozenset[str]] = {}
        self._scopes: dict[Path | None, Scopes] = {}
        self.file = file
        for path in others:
            self._open(path)

    def _open(self, path: Path) -> File | None:
        if path not in self._files:
            text = self._read(path)
            try:
                self._files[path] = None if text is None else file_of(text, path)
            except RaspError:  # too long
                self._files[path] = None
        return self._files[path]

    def loaded(self, load: ast.Load, loader: Path | None) -> Path | None:
        """The file that a statement of another loads."""
        folders = [loader.parent] if loader is not None else []
        return find_file(load.path, [*folders, Path.cwd()])

    def exports(self, load: ast.Load, loader: Path | None) -> frozenset[str]:
        """The names that a load statement binds."""
        path = self.loaded(load, loader)
        if path is None:
            return frozenset()
        if path not in self._exported:
            self._exported[path] = frozenset()  # a file that loads itself brings nothing
            self._exported[path] = frozenset(self._exports(path))
        return self._exported[path]

    def _exports(self, path: Path) -> Iterator[str]:
        file = self._open(path)
        if file is None:
            return
        top = self.scopes(file).scopes[0]
        names = [*top.bindings]
        for load in top.loads:
            names += self.exports(load, path)
        yield from (name for name in names if not name.startswith("_"))

    def scopes(self, file: File | None = None) -> Scopes:
        """The scopes of one of the files, by default of the text."""
        file = file or self.file
        if file.path not in self._scopes:
            found = scopes_of(file.parsed.module, lambda load: self.exports(load, file.path))
            self._scopes[file.path] = found
        return self._scopes[file.path]

    def files(self) -> list[File]:
        """The text, and all files there are besides that can be read."""
        seen = 0
        while seen < len(self._files):  # scopes open what is loaded
            for file in list(self._files.values())[seen:]:
                seen += 1
                if file is not None:
                    self.scopes(file)
        return [file for file in self._files.values() if file is not None]

    # ---- names that are one

    def uses(self, occurrence: Occurrence) -> list[Use]:
        """All places of the name that stands at a place of the text, in all files."""
        names = _Names(self, only=occurrence.name)
        wanted = names.of(self.file, occurrence)
        return [
            Use(file.path, other.span, other.binds)
            for file in self.files()
            for other in self.scopes(file).occurrences
            if other.name == occurrence.name and names.of(file, other) == wanted
        ]

    def expected(self, occurrence: Occurrence, uses: Iterable[Use]) -> Iterator[Use]:
        """The same name in lines of what is expected (`#> name("ab") = ...`).

        These are about the names of their file.
        """
        bound_in = {use.path for use in uses if use.binds and self._is_top(use)}
        for file in self.files():
            if file.path in bound_in:
                for line in _EXPECTATION.finditer(file.source.text):
                    for match in _STRING_OR_NAME.finditer(line["text"]):
                        if match["name"] == occurrence.name:
                            at = line.start("text") + match.start()
                            span = Span(file.source, at, at + len(occurrence.name))
                            yield Use(file.path, span, binds=False, comment=True)

    def _is_top(self, use: Use) -> bool:
        file = self._files[use.path]
        found = self.scopes(file).at(use.span.start)
        return found is not None and 0 in found.scopes

    # ---- renaming

    def check_renamable(self, occurrence: Occurrence) -> None:
        """Raises RaspNameError for a name that is not the program's own."""
        names = _Names(self, only=occurrence.name)
        if names.of(self.file, occurrence) == names.of_library(occurrence.name):
            name = occurrence.name
            known = name in RESERVED or base_scope().find(name) is not None
            reason = "belongs to the language" if known else "is bound nowhere"
            raise RaspNameError(f"'{occurrence.name}' {reason}")

    def renamed(self, occurrence: Occurrence, name: str) -> list[Use]:
        """The places to be changed so that the name at one place of the text is another one.

        Raises RaspNameError where it cannot be, or where another name would then mean something
        else.
        """
        self.check_renamable(occurrence)
        if not _NAME.fullmatch(name):
            raise RaspNameError(f"'{name}' is no name")
        if name in _NO_NAMES:
            raise RaspNameError(f"'{name}' is a word of the language")
        uses = self.uses(occurrence)
        touched = {use.path for use in uses}
        for file in self.files():
            if file.path in touched or self._loads_any(file, touched):
                self._check_understood(file, occurrence.name)
        self._check_meaning(uses, name)
        return [*uses, *self.expected(occurrence, uses)]

    def _loads_any(self, file: File, paths: set[Path | None]) -> bool:
        loads = [load for scope in self.scopes(file).scopes for load in scope.loads]
        return any(self.loaded(load, file.path) in paths for load in loads)

    def _check_understood(self, file: File, name: str) -> None:
        """A statement with a mistake may hold the name too."""
        if not file.parsed.errors:
            return
        at = 0
        spans = [item.span for item in file.parsed.module.items]
        for start, end in [
            *((span.start, span.end) for span in spans),
            (len(file.source.text),) * 2,
        ]:
            for match in _STRING_OR_NAME.finditer(file.source.text, at, max(start, at)):
                if match["name"] == name:
                    line = file.source.position(match.start())[0]
                    raise RaspNameError(
                        f"first mend the mistake in {file.source.name}, line {line}"
                    )
            at = max(at, end)

    def _check_meaning(self, uses: list[Use], name: str) -> None:
        """Every name has to be the one that it was."""
        texts = {file.path: file.source.text for file in self.files()}
        for use in sorted(uses, key=lambda use: -use.span.start):
            text = texts[use.path]
            texts[use.path] = text[: use.span.start] + name + text[use.span.end :]
        paths = [file.path for file in self.files()]
        others = [path for path in paths if path is not None and path != self.file.path]
        after = Project(file_of(texts[self.file.path], self.file.path), others, texts.get)
        places = {(use.path, use.span.start) for use in uses}
        protected = protected_names(base_scope())
        before_names, after_names = _Names(self), _Names(after)
        pairs: dict[tuple[bool, Key], Key] = {}
        for path in paths:
            old, new = self._files[path], after._files[path]
            assert old is not None
            assert new is not None
            first, second = self.scopes(old).occurrences, after.scopes(new).occurrences
            if len(first) != len(second) or len(new.parsed.errors) != len(old.parsed.errors):
                raise RaspNameError(f"'{name}' cannot be a name there")
            for one, other in zip(first, second, strict=True):
                renamed = (path, one.span.start) in places
                if renamed and one.binds and 0 in one.scopes and name in protected:
                    raise RaspNameError(f"'{name}' belongs to the library")
                a, b = before_names.of(old, one), after_names.of(new, other)
                if pairs.setdefault((False, a), b) != b or pairs.setdefault((True, b), a) != a:
                    line = one.span.line
                    raise RaspNameError(
                        f"'{name}' already means something else at {old.source.name}:{line}"
                    )


class _Names:
    """Names of all files, joined where they are one."""

    def __init__(self, project: Project, only: str | None = None) -> None:
        self._parents: dict[Key, Key] = {}
        for file in project.files():
            scopes = project.scopes(file)
            for occurrence in scopes.occurrences:
                if only in (None, occurrence.name):
                    keys = self._keys(file, occurrence)
                    for key in keys[1:]:
                        self._join(keys[0], key)
            for number, scope in enumerate(scopes.scopes):
                for load in scope.loads:
                    path = project.loaded(load, file.path)
                    for name in project.exports(load, file.path):
                        if only in (None, name):
                            self._join((file.path, number, name), (path, 0, name))

    def _keys(self, file: File, occurrence: Occurrence) -> list[Key]:
        name = occurrence.name
        keys: list[Key] = [(file.path, number, name) for number in occurrence.scopes]
        if not keys or (occurrence.outside and base_scope().find(name) is not None):
            keys.append((None, LIBRARY, name))
        return keys

    def of(self, file: File, occurrence: Occurrence) -> Key:
        """The one key of all that are one with this name."""
        return self._root(self._keys(file, occurrence)[0])

    def of_library(self, name: str) -> Key:
        """The one key of what no file binds."""
        return self._root((None, LIBRARY, name))

    def _root(self, key: Key) -> Key:
        while (parent := self._parents.get(key, key)) != key:
            key = parent
        return key

    def _join(self, one: Key, other: Key) -> None:
        self._parents[self._root(one)] = self._root(other)

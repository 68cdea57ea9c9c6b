"""The text before the cursor -> what it may become."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from rasp.repl.entries import COMMAND_SIGN
from rasp.repl.shell import Shell
from rasp.syntax import words

_FILE_COMMANDS = ("load", "save")
_LOAD = re.compile(r'(?:^|[;{}\s])load\s+"(?P<path>[^"\n]*)$')
_FILE_ARGUMENT = re.compile(rf"^:(?:{'|'.join(_FILE_COMMANDS)})\s+(?P<path>[^\"\s]*)$")
_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*$")
LANGUAGE = (
    *words.KEYWORDS,
    *words.WORD_OPERATORS,
    *words.FORMS,
    words.LOAD,
    *words.CONSTANTS,
    *words.BASE_SOPS,
    *words.LIBRARY,
)


class RaspCompleter(Completer):
    """Names, words of the language, commands and paths."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._paths = PathCompleter(file_filter=_is_program, expanduser=False)

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterator[Completion]:
        before = document.text_before_cursor
        line = document.current_line_before_cursor
        path = _LOAD.search(before) or _FILE_ARGUMENT.match(line)
        if path:
            yield from self._path_completions(path["path"], event)
        elif line.startswith(COMMAND_SIGN) and " " not in line:
            yield from _starting_with(line, self._commands())
        elif line.startswith(f"{COMMAND_SIGN}help "):
            names = (name.removeprefix(COMMAND_SIGN) for name in self._commands())
            yield from _starting_with(line.split(" ")[-1], [*names, *self._names()])
        else:
            yield from self._statement_completions(line)

    def _statement_completions(self, line: str) -> Iterator[Completion]:
        if line.strip() and not line.startswith(COMMAND_SIGN):
            yield from _starting_with(line, words.REPL_LINES)
        word = _WORD.search(line)
        if word:
            yield from _starting_with(word[0], self._names())

    def _path_completions(self, path: str, event: CompleteEvent) -> Iterator[Completion]:
        for found in self._paths.get_completions(Document(path), event):
            is_folder = found.display_text.endswith("/")
            yield Completion(
                found.text + "/" * is_folder, found.start_position, display=found.display
            )

    def _names(self) -> list[str]:
        """Those of the session first, unless it is still being made."""
        own = list(self._shell.session.names) if self._shell.is_ready else []
        return list(dict.fromkeys([*own[::-1], *LANGUAGE]))

    def _commands(self) -> list[str]:
        from rasp.repl.commands import COMMANDS

        return [COMMAND_SIGN + name for name in COMMANDS]


def _starting_with(text: str, candidates: Iterable[str]) -> Iterator[Completion]:
    for candidate in candidates:
        if candidate.startswith(text) and candidate != text:
            yield Completion(candidate, start_position=-len(text))


def _is_program(path: str) -> bool:
    return path.endswith(".rasp") or Path(path).is_dir()

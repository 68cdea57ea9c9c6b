"""Statements -> what they print, in one session; what commands and drawings work on.

`rasp.repl.shell` adds the commands themselves, which import what they need when they are used.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from rasp.errors import RaspError, RaspLimitError, RaspSyntaxError, RaspTypeError
from rasp.repl.entries import COMMAND_SIGN, Entries
from rasp.repl.style import Painter
from rasp.visible import MOST_SHOWN, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rasp.diagnostics import Warning
    from rasp.program import ResultKind, Session, StatementResult
    from rasp.repl.display import Display, Settings
    from rasp.sop import SOp
    from rasp.syntax import ast

AROUND = 100  # characters


class Console(ABC):
    """One session with its settings.

    write: prints a text that ends a line, however long.  when_started: called once the session has
    been made.  columns: how wide the terminal is, None where lines may have any length.  failed:
    whether an entry had a mistake; finished: whether `exit` was entered; models: compiled models by
    the text of their s-op.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        paint: Painter,
        when_started: Callable[[], None] = lambda: None,
        columns: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._write = write
        self._when_started = when_started
        self._columns = columns
        self.paint = paint
        self.failed = False
        self.finished = False
        self.models: dict[str, Any] = {}
        self.kept: list[str] = []  # the statements that succeeded, for :save
        self.saved: set[Path] = set()
        self._started: tuple[Session, Settings] | None = None
        self._starting: Thread | None = None
        self._n_commands = 0
        self._n_warnings = 0
        self._n_shown = 0  # errors and warnings of the entry at hand
        self._warned: set[tuple[str, str, str]] = set()
        self._read_at: dict[Path, float] = {}  # when loaded files had been changed last
        self._told: dict[Path, float] = {}  # the same, of changes that the user knows about

    # ---- the session, which takes a moment to make

    def start_once(self) -> None:
        """Makes the session in the background, while the first entry is being typed."""
        if self._starting is None and self._started is None:
            self._starting = Thread(target=self._start, daemon=True)
            self._starting.start()

    def _start(self) -> None:
        import rasp.interpreter  # noqa: F401  (which the first example needs)
        from rasp.program import Session
        from rasp.repl.display import Settings

        session = Session()
        session.is_complete("")
        self._started = session, Settings()
        self._when_started()

    def _wait(self) -> tuple[Session, Settings]:
        if self._starting is not None:
            self._starting.join()
        if self._started is None:
            self._start()
        assert self._started is not None
        return self._started

    @property
    def is_ready(self) -> bool:
        return self._started is not None

    @property
    def session(self) -> Session:
        return self._wait()[0]

    @property
    def settings(self) -> Settings:
        return self._wait()[1]

    @property
    def display(self) -> Display:
        from rasp.repl.display import Display

        return Display(self.settings, self.paint, self.session.examples, self.columns)

    def is_complete(self, text: str) -> bool:
        """Whether an entry needs no further line."""
        if not text.strip() or text.lstrip().startswith(COMMAND_SIGN):
            return True
        try:
            return self.session.is_complete(text)
        except RaspLimitError:
            return True

    def entries(self) -> Entries:
        """A collector of lines for this session."""

        def finished(text: str) -> int:
            from rasp.syntax.parse import finished

            self._wait()  # for the parser's tables
            try:
                return finished(text)
            except RaspLimitError:  # too long to be looked at: running it says so
                return len(text)

        return Entries(finished)

    # ---- running entries

    def write_interrupted(self) -> None:
        self.write(self.paint("error", "interrupted"))

    def run(self, entry: str, name: str) -> None:
        """Runs an entry and shows what it gives.

        name: what messages call the entry.  Mistakes are shown, and noted in `failed`.
        """
        with self.summing_up():
            try:
                if entry.startswith(COMMAND_SIGN):
                    self.run_command(entry)
                else:
                    self.run_statements(entry, name)
            except RaspError as error:
                self.report(error)
            except KeyboardInterrupt:
                self.failed = True
                self.write_interrupted()

    def run_statements(self, text: str, name: str, *, cell: bool = False) -> None:
        """Runs statements one after the other; a mistake in one does not stop the next.

        cell: the last one needs no semicolon.
        """
        for result in self.session.steps(text, name, cell=cell):
            self._show_warnings()
            if result.errors:
                self.report_all(result.errors)
            if result.error is not None:
                continue
            if result.span is not None and not _is_question(result.command):
                self.kept.append(_complete(result.span.text, result.kind))
            self._note_files()
            self._obey(is_load=result.kind == "load")
            self.show(result)

    def evaluate(self, text: str) -> Any:
        """The value of an expression, with its name if it is one.  Raises RaspError."""
        text = text.strip().removesuffix(";")
        if text.isidentifier():
            return self.session[text]
        results = self.session.run(text, "<expression>", cell=True)
        for result in results:
            if result.error is not None:
                raise result.error
        if len(results) != 1 or results[0].kind != "expression":
            raise RaspSyntaxError(f"expected an expression, got '{text}'")
        self._show_warnings()
        return results[0].values[0]

    def sop(self, text: str) -> SOp:
        """The s-op that a name or an expression stands for.  Raises RaspError."""
        from rasp.graph.operators import type_name
        from rasp.sop import SOp

        value = self.evaluate(text)
        if not isinstance(value, SOp):
            raise RaspTypeError(
                f"'{text}' is not an s-op: it is of type {type_name(value).lower()}"
            )
        return value

    def show(self, result: StatementResult) -> None:
        """Shows what a statement gives."""
        try:
            lines = self.display.result(result)
        except RaspError as error:
            self.report(error)
            return
        if lines:
            self.write("\n".join(lines))
        if result.kind == "draw":
            self.draw(*result.values)

    @abstractmethod
    def run_command(self, line: str) -> None:
        """Runs a line that begins with a colon.  Raises RaspError."""

    @abstractmethod
    def draw(self, sop: SOp, tokens: Any) -> None:
        """What `draw(sop, tokens);` shows besides the value; on the example without tokens."""

    # ---- what the lines of the original REPL do

    def _obey(self, *, is_load: bool) -> None:
        """Acts on the REPL lines met since the last call.

        In a loaded file, `exit` and the switches of examples hold for the file alone.
        """
        commands = self.session.commands
        for command in commands[self._n_commands :]:
            self._obey_one(command, is_load=is_load)
        self._n_commands = len(commands)

    def _obey_one(self, command: ast.Command, *, is_load: bool) -> None:
        from rasp.repl.display import input_text
        from rasp.syntax import ast

        match command:
            case ast.ShowExample(kinds=kinds):
                for kind in kinds:
                    text = input_text(self.session.examples[kind])
                    self.write(f"\t{kind} example: {self.paint('value', text)}")
            case ast.SwitchFullDisplay(on=on):
                self.settings.full_sequences = on
            case ast.SwitchExamples(kinds=kinds, on=on) if not is_load:
                self.settings.examples.update(dict.fromkeys(kinds, on))
            case ast.Exit() if not is_load:
                self.finished = True
            case _:
                pass

    # ---- showing

    @property
    def columns(self) -> int | None:
        """How wide the terminal is just now, None where there is none."""
        return self._columns()

    def write(self, text: str) -> None:
        """Text that was made for the terminal, colours included, in lines that it has room for."""
        columns = self.columns
        if columns is not None and not _surely_fits(text, columns):
            from rasp.repl.fitting import fitted

            text = fitted(text, columns)
        self._write(text)

    def say(self, text: str) -> None:
        """Any other text."""
        self.write(printable(text))

    def write_drawing(self, lines: list[str]) -> None:
        """Prints a drawing, whose columns stay together; headings stand out."""
        columns = self.columns
        if columns is not None:
            from rasp.repl.fitting import bands

            lines = bands(lines, columns)
        painted = (line if line.startswith(" ") else self.paint("strong", line) for line in lines)
        self._write("\n".join(painted))

    def report(self, error: RaspError) -> None:
        """Shows a mistake."""
        self.failed = True
        self.show_one(error)

    def show_one(self, diagnostic: RaspError | Warning) -> None:
        """Shows an error or a warning, if there have not been very many in this entry."""
        self._n_shown += 1
        if self._n_shown <= MOST_SHOWN:
            self.write(self.paint.diagnostic(str(diagnostic)))

    def report_all(self, errors: Sequence[RaspError]) -> None:
        """Shows all mistakes of a statement and of the files that it loads."""
        for error in errors:
            self.report(error)

    def _show_warnings(self) -> None:
        """Those that are new, each place once."""
        warnings = self.session.warnings
        for warning in warnings[self._n_warnings :]:
            key = (warning.code, str(warning.labels[0].span), _text_around(warning))
            if key not in self._warned:
                self._warned.add(key)
                self.show_one(warning)
        self._n_warnings = len(warnings)

    @contextmanager
    def summing_up(self) -> Iterator[None]:
        """While an entry is run: what it does not show of its errors and warnings is counted."""
        self._n_shown = 0
        try:
            yield
        finally:
            n_more = self._n_shown - MOST_SHOWN
            if n_more > 0:
                self.say(f"... and {n_more:,} more errors and warnings")

    # ---- loaded files

    def _note_files(self) -> None:
        for path in self.session.files.values():
            if path not in self._read_at:
                self._read_at[path] = _changed_at(path)

    def changed_files(self) -> list[Path]:
        """The loaded files that have been changed since."""
        return [path for path, at in self._read_at.items() if _changed_at(path) != at]

    def newly_changed(self) -> list[Path]:
        """As `changed_files`, each change once."""
        changed = [
            path for path in self.changed_files() if self._told.get(path) != _changed_at(path)
        ]
        self._told.update((path, _changed_at(path)) for path in changed)
        return changed

    def files(self) -> list[Path]:
        """The loaded files."""
        return list(self._read_at)

    def forget_changes(self) -> None:
        """Takes loaded files as they are now for what has been read."""
        self._read_at = {path: _changed_at(path) for path in self._read_at}

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Says afterwards how long it took."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.write(self.paint("frame", f"{time.perf_counter() - start:.3f} s"))


def _surely_fits(text: str, columns: int) -> bool:
    """Whether no line can be wider than the terminal; seen without loading what breaks lines."""
    return text.isascii() and all(len(line) <= columns for line in text.expandtabs().split("\n"))


def _is_question(command: ast.Command | None) -> bool:
    """Whether a REPL line leaves nothing behind that a saved session should repeat."""
    from rasp.syntax import ast

    return isinstance(command, (ast.ShowExample, ast.Exit))


def _complete(statement: str, kind: ResultKind) -> str:
    """With the semicolon that the last statement of a cell may lack."""
    ends_so = kind in ("assignment", "expression", "draw", "load")
    return f"{statement};" if ends_so and not statement.endswith(";") else statement


def _text_around(warning: Warning) -> str:
    """Enough of the text to know whether the place is the same, however long the line is."""
    span = warning.labels[0].span
    return span.source.text[max(0, span.start - AROUND) : span.start + AROUND]


def _changed_at(path: Path) -> float:
    """When a file was changed last, 0 if it is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0

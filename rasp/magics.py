"""Cells of a notebook -> statements of one session: ``%load_ext rasp.magics``, then ``%%rasp``.

    %%rasp --input banana
    same = select(tokens, tokens, ==);
    histogram = selector_width(same);

shows both as the REPL does, and `histogram` is now a name in Python; names that Python binds to
handles, functions of programs, atoms, lists and dicts are names in cells.  `%rasp EXPRESSION` is
the value of one expression, `%rasp_reset` starts afresh.  A mistake ends its cell: the statements
before it have run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from keyword import iskeyword
from typing import Any

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand
from IPython.display import display

from rasp.elaborate.statements import example_of
from rasp.errors import RaspError, RaspNameError, RaspTypeError
from rasp.program import Session, StatementResult
from rasp.repl.arguments import split
from rasp.repl.completion import LANGUAGE
from rasp.repl.display import Display, Example
from rasp.repl.entries import COMMAND_SIGN
from rasp.repl.shell import Shell
from rasp.repl.style import Painter
from rasp.sop import SOp
from rasp.syntax import words

_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_NAME_BEFORE_CURSOR = re.compile(r"[A-Za-z_][A-Za-z_0-9]*$")
_CELL = re.compile(r"\s*%%rasp\b")
_LINE = re.compile(r"[ \t]*%rasp[ \t]")
_UNSHARED = frozenset((*words.LIBRARY, *words.BASE_SOPS))
"""In cells these are always those of the language, or what cells made of them."""


class CellShell(Shell):
    """A session whose values are printed below cells; a mistake is raised.

    example: the input on which s-ops and selectors of this cell are shown, None for the running
    one; quiet: whether values are shown at all.
    """

    def __init__(self) -> None:
        super().__init__(print, Painter(colour=False))
        self.example: Example | None = None
        self.quiet = False

    @property
    def display(self) -> Display:
        display = super().display
        if self.example is None:
            return display
        return Display(
            display.settings, display.paint, {"s-op": self.example, "selector": self.example}
        )

    def report(self, error: RaspError) -> None:
        raise error

    def report_all(self, errors: Sequence[RaspError]) -> None:
        for error in errors[:-1]:  # of loaded files
            self.show_one(error)
        self.report(errors[-1])

    def show(self, result: StatementResult) -> None:
        if not self.quiet:
            super().show(result)

    def draw(self, sop: SOp, tokens: Any) -> None:
        if tokens is None:
            tokens = self.example or self.session.example
        drawing = sop.draw(tokens, causal=self.settings.causal)
        display(drawing)  # type: ignore[no-untyped-call]
        if drawing.error is not None:
            self.report(drawing.error)

    def run_cell(self, text: str, name: str) -> None:
        """Runs statements, and lines that are commands.  Raises RaspError at the first mistake."""
        with self.summing_up():
            for piece in _pieces(text):
                if piece.startswith(COMMAND_SIGN):
                    from rasp.repl.commands import run_command

                    run_command(self, piece)
                else:
                    self.run_statements(piece, name, cell=True)
        self.finished = False  # `exit` has nothing to leave here


def _pieces(text: str) -> Iterator[str]:
    """The commands of a cell, and the stretches of statements between them.

    A stretch begins with as many empty lines as there are lines before it, so that places in it are
    places in the cell.
    """
    lines = text.split("\n")
    start = 0
    for number, line in enumerate(lines):
        before = "\n".join(lines[start:number])
        if line.lstrip().startswith(COMMAND_SIGN) and Session.is_complete(before):
            if before.strip():
                yield "\n" * start + before
            yield line.strip()
            start = number + 1
    rest = "\n".join(lines[start:])
    if rest.strip():
        yield "\n" * start + rest


class Sharing:
    """Makes the names of a session and those of Python one set of names.

    What Python binds is bound in the session when a cell mentions it, or a function or cell before
    has; what a cell binds is bound in Python when the cell has ended, also by a mistake.  Names
    that begin with an underscore, those of the library and IPython's own are not shared.
    """

    def __init__(self, session: Session, python: dict[str, Any], hidden: Mapping[str, Any]) -> None:
        self._session = session
        self._python = python
        self._hidden = hidden
        self._mentioned: dict[str, None] = {}
        self._shared: dict[str, Any] = {}  # what Python has under names that the session has too
        self._before: dict[str, Any] = {}
        self.refused: dict[str, str] = {}  # names in Python of what programs do not have, and why

    def bring(self, text: str) -> None:
        """Binds in the session what Python has under the names in the text."""
        self._mentioned.update(dict.fromkeys(_NAME.findall(text)))
        for name in self._mentioned:
            if self._is_shared(name):
                self._bring_one(name)
        self._before = dict(self._session.bindings)

    def _is_shared(self, name: str) -> bool:
        return not (name.startswith("_") or name in _UNSHARED or name in self._hidden)

    def _bring_one(self, name: str) -> None:
        self.refused.pop(name, None)
        if name not in self._python:
            if self._shared.pop(name, None) is not None and name in self._session.bindings:
                del self._session[name]  # as Python has deleted it
            return
        value = self._python[name]
        changeable = isinstance(value, (list, dict))
        if self._shared.get(name) is value and not changeable:
            return
        try:
            self._session[name] = value
            self._shared[name] = value
        except RaspNameError:
            pass  # a word of the language, such as len
        except RaspTypeError as error:
            self.refused[name] = error.message
            self._shared.pop(name, None)
            if name in self._session.bindings:
                del self._session[name]

    def give(self) -> None:
        """Binds in Python what the cell has bound."""
        for name, value in self._session.bindings.items():
            is_new = self._before.get(name) is not value
            if is_new and name not in self._hidden and not iskeyword(name):
                self._python[name] = self._shared[name] = self._session[name]

    def explain(self, error: RaspError) -> None:
        """Says of a name that is undefined in a program what it is in Python."""
        if isinstance(error, RaspNameError) and error.span is not None:
            why = self.refused.get(error.span.text)
            if why is not None:
                error.hint = f"there is one in Python, but {why}"

    def forget(self) -> None:
        """Deletes from Python what cells have bound there."""
        for name, value in self._shared.items():
            if self._python.get(name) is value:
                del self._python[name]


@magics_class
class RaspMagics(Magics):
    """The magics, with their session."""

    def __init__(self, ipython: InteractiveShell) -> None:
        super().__init__(ipython)
        self._ipython = ipython
        self._start()

    def _start(self) -> None:
        self._cells = CellShell()
        self._sharing = Sharing(
            self._cells.session, self._ipython.user_ns, self._ipython.user_ns_hidden
        )

    @no_var_expand
    @line_cell_magic
    def rasp(self, line: str, cell: str | None = None) -> Any:
        """Run RASP: the statements of a cell, or one expression on a line.

        %%rasp [--input INPUT] [--quiet]

        shows what every statement gives; the last one needs no semicolon.  Lines that
        begin with a colon are commands of the REPL, such as `:help`.  --input: the input on which
        s-ops and selectors of this cell are shown, bare characters or a string or list of the
        language.  --quiet: show nothing but warnings and mistakes.

        %rasp EXPRESSION

        is the value of the expression, so that `answer = %rasp sorted("hello")` keeps it.
        """
        if cell is not None:
            self._run_cell(line, cell)
            return None
        if not line.strip():
            raise UsageError("%rasp needs an expression; statements go into a cell, below %%rasp")
        with self._sharing_names(line):
            return self._cells.evaluate(line)

    def _run_cell(self, line: str, text: str) -> None:
        cells = self._cells
        with self._sharing_names(f"{line}\n{text}"):
            try:
                cells.example, cells.quiet = self._options(line)
                cells.run_cell(text, f"<cell {self._number()}>")
            finally:
                cells.example, cells.quiet = None, False

    def _number(self) -> int:
        """That of the cell that runs, as `In` has it."""
        history = self._ipython.history_manager
        return 0 if history is None else len(history.input_hist_parsed) - 1

    @line_magic
    def rasp_reset(self, line: str) -> None:
        """Forget all that cells have bound, in RASP and in Python."""
        if line.strip():
            raise UsageError("%rasp_reset takes no arguments")
        self._sharing.forget()
        self._start()

    def _options(self, line: str) -> tuple[Example | None, bool]:
        """The input to show values on, if one is given, and whether to be quiet."""
        example: Example | None = None
        quiet = False
        pieces = split(line.replace("--input=", "--input "))
        while pieces:
            match pieces.pop(0):
                case "--input" | "-i" if pieces:
                    text = pieces.pop(0)
                    bare = text[0] not in '"[{'
                    example = text if bare else example_of(self._cells.evaluate(text))
                case "--input" | "-i":
                    raise UsageError("--input needs an input, such as hello or [1, 2]")
                case "--quiet" | "-q":
                    quiet = True
                case other:
                    raise UsageError(f"%%rasp has no option {other}: there are --input and --quiet")
        return example, quiet

    @contextmanager
    def _sharing_names(self, text: str) -> Iterator[None]:
        """While a text runs: names are shared, and a mistake is shown as its message alone."""
        try:
            self._sharing.bring(text)
            yield
        except RaspError as error:
            self._sharing.explain(error)
            lines = Painter(colour=True).diagnostic(str(error)).split("\n")
            # IPython asks an exception for the lines of its traceback by this name.
            vars(error)["_render_traceback_"] = lambda: lines
            raise error from None
        finally:
            self._sharing.give()

    @context_matcher()  # type: ignore[untyped-decorator]
    def complete(self, context: CompletionContext) -> SimpleMatcherResult:
        """Names and words of the language, in what is RASP; there, nothing else is offered."""
        is_rasp = _CELL.match(context.full_text) and context.cursor_line > 0
        word = _NAME_BEFORE_CURSOR.search(context.text_until_cursor)
        if not (is_rasp or _LINE.match(context.text_until_cursor)) or word is None:
            return {"completions": []}
        names = [*self._cells.session.names[::-1], *self._ipython.user_ns, *LANGUAGE]
        completions = [
            SimpleCompletion(name)
            for name in dict.fromkeys(names)
            if name.startswith(word[0]) and (word[0].startswith("_") or not name.startswith("_"))
        ]
        return {"completions": completions, "suppress": True, "matched_fragment": word[0]}


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """What `%load_ext rasp.magics` does."""
    magics = RaspMagics(ipython)
    ipython.register_magics(magics)
    ipython.Completer.custom_matchers.append(magics.complete)


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """What `%unload_ext rasp.magics` does."""
    magics = ipython.magics_manager.registry.pop(RaspMagics.__name__)
    ipython.Completer.custom_matchers.remove(magics.complete)
    for kind, name in (("cell", "rasp"), ("line", "rasp"), ("line", "rasp_reset")):
        del ipython.magics_manager.magics[kind][name]

"""A terminal -> the first line that is typed there, read without the editor.

To load the editor takes as long as all else that a first answer needs.  Here the characters of one
line are shown in colour as they come, Backspace takes the last one back, and Enter gives the line
if it is complete.  Whatever else is pressed (an arrow, Tab, a pasted text, Enter in an unfinished
statement) loads the editor, which goes on with what was typed and with that key.

Non-goals: editing within the line, and lines that are longer than the terminal is wide.
"""

from __future__ import annotations

import codecs
import os
import select
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rasp.repl.reader import PROMPT
from rasp.repl.shell import Shell

_ENTER = "\r\n"
_BACKSPACE = "\x7f\b"
_PASTE_IS_MARKED, _PASTE_IS_NOT_MARKED = "\033[?2004h", "\033[?2004l"
_CLEAR_BELOW = "\033[J"


@dataclass(frozen=True, slots=True)
class FirstLine:
    """What was typed, and the keys after it that only the editor knows; none if Enter ended it."""

    text: str
    keys: str


NOTHING = FirstLine("", "")


def read_first_line(shell: Shell) -> FirstLine:
    """The first line; nothing where a terminal is not read key by key.

    The session is made in the background meanwhile.  Raises EOFError if the terminal goes away.
    """
    try:
        import termios
    except ImportError:  # on Windows
        return NOTHING
    try:
        file = sys.stdin.fileno()
        with _key_by_key(file):
            return _Line(file, shell).read()
    except (termios.error, OSError):
        raise EOFError from None


@contextmanager
def _key_by_key(file: int) -> Iterator[None]:
    """The terminal gives every key at once, shows none itself and sends no signals."""
    import termios

    before = termios.tcgetattr(file)
    modes = termios.tcgetattr(file)
    modes[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    modes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    modes[6][termios.VMIN] = 1
    termios.tcsetattr(file, termios.TCSANOW, modes)
    try:
        yield
    finally:
        termios.tcsetattr(file, termios.TCSANOW, before)


class _Line:
    """A line that is being typed, and its terminal."""

    def __init__(self, file: int, shell: Shell) -> None:
        self._file = file
        self._shell = shell
        self._decoder = codecs.getincrementaldecoder(sys.stdin.encoding or "utf-8")("replace")
        self._text = ""

    def read(self) -> FirstLine:
        """Until Enter, or until the editor is needed."""
        _write(_PASTE_IS_MARKED + PROMPT)
        self._shell.start_once()
        while True:
            key = self._key()
            if key in _ENTER and self._shell.is_complete(self._text):
                _write("\r\n" + _PASTE_IS_NOT_MARKED)
                return FirstLine(self._text, "")
            if key in _BACKSPACE:
                self._show(self._text[:-1])
            elif " " <= key <= "~" and self._has_room():
                self._show(self._text + key)
            else:
                return self._left_to_the_editor(key)

    def _key(self) -> str:
        """One character.  Bytes are taken one by one: what is not read here, the editor reads."""
        while True:
            byte = os.read(self._file, 1)
            if not byte:
                raise EOFError
            if character := self._decoder.decode(byte):
                return character

    def _has_room(self) -> bool:
        return len(PROMPT) + len(self._text) + 1 < shutil.get_terminal_size().columns

    def _show(self, text: str) -> None:
        """Puts a text in the place of the one that stands there."""
        self._text = text
        _write("\r" + _CLEAR_BELOW + PROMPT + self._shell.paint.code(text))

    def _left_to_the_editor(self, key: str) -> FirstLine:
        import rasp.repl.editor  # noqa: F401  (which takes a moment, in which more may be pressed)

        keys = key
        while select.select([self._file], [], [], 0)[0]:
            keys += self._key()
        self._erase()
        return FirstLine(self._text, keys)

    def _erase(self) -> None:
        """Goes back to where the prompt began, also if the terminal has become narrower."""
        n_above = (len(PROMPT) + len(self._text)) // max(1, shutil.get_terminal_size().columns)
        up = f"\033[{n_above}A" if n_above else ""
        _write(up + "\r" + _CLEAR_BELOW + _PASTE_IS_NOT_MARKED)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()

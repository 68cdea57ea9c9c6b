"""Entries -> what they print: the REPL apart from how lines are read and where they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasp.errors import RaspError
from rasp.repl.console import Console

if TYPE_CHECKING:
    from rasp.sop import SOp


class Shell(Console):
    """A session with its commands."""

    def run_command(self, line: str) -> None:
        """Runs a line that begins with a colon.  Raises RaspError."""
        from rasp.repl.commands import run_command

        run_command(self, line)

    def draw(self, sop: SOp, tokens: Any) -> None:
        """What `draw(sop, tokens);` shows besides the value; on the example without tokens."""
        from rasp.repl.drawings import draw_statement

        try:
            draw_statement(self, sop, self.session.example if tokens is None else tokens)
        except RaspError as error:
            self.report(error)

"""A real terminal for tests: keys go in through a pseudo-terminal, the screen is read."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

CTRL_C, CTRL_D, CTRL_R, ENTER, TAB = "\x03", "\x04", "\x12", "\r", "\t"
ALT_ENTER, UP = "\x1b\r", "\x1b[A"
PASTE = "\x1b[200~{}\x1b[201~"
PATIENCE = 60.0  # seconds, for busy machines: nothing waits so long where things work


class _Screen(pyte.Screen):
    """Answers what the program asks of its terminal."""

    def __init__(self, columns: int, lines: int, leader: int) -> None:
        super().__init__(columns, lines)
        self._leader = leader

    def write_process_input(self, data: str) -> None:
        os.write(self._leader, data.encode())


class Terminal:
    """`rasp` in a terminal of its own.  Use as a context manager."""

    def __init__(
        self,
        folder: Path,
        *,
        columns: int = 88,
        lines: int = 26,
        environment: Mapping[str, str] = {},
        command: Sequence[str] = ("-m", "rasp"),
    ) -> None:
        """folder: where it runs, and where it keeps its history; command: what Python runs."""
        self._leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.screen = _Screen(columns, lines, self._leader)
        self._stream = pyte.ByteStream(self.screen)
        self.received = b""
        kept = {"PATH", "LANG", "LC_ALL", "XDG_CACHE_HOME"}
        base = {name: value for name, value in os.environ.items() if name in kept}
        base |= {"TERM": "xterm-256color", "XDG_STATE_HOME": str(folder / ".state")}
        base |= {"HOME": str(folder), **environment}
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=follower,
            stdout=follower,
            stderr=follower,
            cwd=folder,
            env=base,
            preexec_fn=_own_terminal,
        )
        os.close(follower)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._leader)

    def press(self, *keys: str) -> None:
        os.write(self._leader, "".join(keys).encode())

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def lines(self) -> list[str]:
        """What the screen shows, without what is empty at the end."""
        text = "\n".join(line.rstrip() for line in self.screen.display).rstrip()
        return text.split("\n")

    def text(self) -> str:
        return "\n".join(self.lines())

    def wait_for(self, text: str) -> None:
        """Until the screen shows it."""
        self._wait(lambda: text in self.text(), f"{text!r} on the screen")

    def wait_for_prompt(self) -> None:
        """Until the cursor stands behind an empty prompt; what is typed before it may be lost."""
        self._wait(self._at_prompt, "a prompt")

    def wait_until_it_runs(self) -> None:
        """Until the editor has let go of the terminal."""
        self._wait(lambda: self.screen.cursor.x == 0, "an empty line")
        self._wait(self._sends_signals, "a terminal that sends signals")

    def wait_for_end(self) -> int:
        """Until the program is over; its exit status."""
        self._wait(lambda: self.process.poll() is not None, "the end")
        return self.process.wait()

    def colour(self, text: str) -> str:
        """The foreground colour of the last place on the screen that shows the text."""
        row = max(n for n, line in enumerate(self.screen.display) if text in line)
        column = self.screen.display[row].rindex(text)
        colour: str = self.screen.buffer[row][column].fg
        return colour

    def _sends_signals(self) -> bool:
        """Whether Ctrl-C is a signal; while the editor reads it is a key."""
        local_modes = termios.tcgetattr(self._leader)[3]
        return bool(local_modes & termios.ISIG)

    def _at_prompt(self) -> bool:
        cursor = self.screen.cursor
        line = self.screen.display[cursor.y]
        return line[: cursor.x].endswith(">> ") and not line[cursor.x :].strip()

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            self._receive(0.05)
            assert time.monotonic() < deadline, f"waited for {what}, but there is\n{self.text()}"

    def _receive(self, seconds: float) -> None:
        ready, _, _ = select.select([self._leader], [], [], seconds)
        if ready:
            try:
                data = os.read(self._leader, 65536)
            except OSError:  # the other side is closed
                return
            self.received += data
            self._stream.feed(data)


def _own_terminal() -> None:
    """In the child: the pseudo-terminal is the one that Ctrl-C comes from."""
    for number in (signal.SIGHUP, signal.SIGINT):  # whoever runs the tests may ignore them
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)

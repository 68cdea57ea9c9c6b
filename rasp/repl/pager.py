"""Text -> the terminal, through a pager if it is longer than the screen."""

from __future__ import annotations

import os
import shutil

DEFAULT_PAGER = "less -FRSX"  # stays on screen, understands colours, does not wrap matrices


def page(text: str) -> None:
    """Prints a text; a long one goes through $PAGER."""
    n_lines = text.count("\n") + 1
    if n_lines < shutil.get_terminal_size().lines or (pager := _pager()) is None:
        print(text)
        return
    import subprocess  # not at the start, which is to be fast

    try:
        subprocess.run(pager, input=text + "\n", text=True, encoding="utf-8", check=False)
    except OSError:
        print(text)


def _pager() -> list[str] | None:
    """The pager's command line, None without one."""
    import shlex

    try:
        command = shlex.split(os.environ.get("PAGER") or DEFAULT_PAGER)
    except ValueError:
        return None
    if not command or shutil.which(command[0]) is None:
        return None
    if command == ["less"]:
        return shlex.split(DEFAULT_PAGER)
    return command

"""What a command of the REPL is: a name, how it is used, and what does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rasp.repl.console import Console


@dataclass(frozen=True, slots=True)
class Command:
    """A command: how it is used, what it is for, and what does it.

    n_arguments: the least and the most it takes; whole: whether all that follows is one argument.
    """

    name: str
    usage: str
    summary: str
    details: str
    run: Callable[[Console, list[str]], None]
    n_arguments: tuple[int, int]
    whole: bool = False

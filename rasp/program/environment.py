"""Names and what they are bound to: the part that programs and sessions share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rasp.diagnostics import Warning
from rasp.elaborate.library import base_scope, fresh_origins
from rasp.elaborate.limits import Limits
from rasp.elaborate.statements import Elaborator, Example
from rasp.elaborate.unknown import hint_on
from rasp.errors import RaspNameError
from rasp.graph.origins import Origins
from rasp.program.values import wrap
from rasp.source import Source
from rasp.syntax import ast


class Environment:
    """Names and what they are bound to; the part that programs and sessions share."""

    def __init__(self, scope_name: str, limits: Limits | None, *, tolerant: bool = False) -> None:
        self._elaborator = Elaborator(
            base_scope(),
            scope_name,
            limits=limits or Limits(),
            origins=fresh_origins(),
            tolerant=tolerant,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names bound at the top level, in the order in which each was last bound.

        Names that start with an underscore are left out, and so are those of the library.
        """
        variables = self._elaborator.scope.variables
        return tuple(name for name in variables if not name.startswith("_"))

    @property
    def origins(self) -> Origins:
        """Where nodes come from and what they are called."""
        return self._elaborator.origins

    @property
    def sources(self) -> tuple[Source, ...]:
        """The texts read, loaded files included."""
        return tuple(self._elaborator.files.sources)

    @property
    def files(self) -> Mapping[Source, Path]:
        """Where the texts that come from files were read."""
        return dict(self._elaborator.files.paths)

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """What in these texts may not mean what it seems to say."""
        return tuple(self._elaborator.files.warnings)

    @property
    def commands(self) -> tuple[ast.Command, ...]:
        """The REPL lines met, in order."""
        return tuple(self._elaborator.commands)

    @property
    def examples(self) -> Mapping[ast.ExampleKind, Example]:
        """The running examples, of s-ops and of selectors."""
        return dict(self._elaborator.examples)

    @property
    def example(self) -> Example:
        """The running example of s-ops."""
        return self._elaborator.examples["s-op"]

    def __getitem__(self, name: str) -> Any:
        """The value of a name: SOp, Selector, Function, atom, list or dict.

        Raises RaspNameError, which lists the names that there are.
        """
        value = self._elaborator.scope.find(name)
        if value is None:
            raise undefined(name, self.names)
        return wrap(value, self._elaborator, name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._elaborator.scope.find(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)


def undefined(name: str, names: Sequence[str], what: str = "names") -> RaspNameError:
    """The error of a name that is not among those of a program.  what: they are called."""
    hint = hint_on(name, names)
    shown = ", ".join(names[-_SHOWN:])
    rest = ", ..." if len(names) > _SHOWN else ""
    listed = f"the {what} of the program: {shown}{rest}" if names else f"the program has no {what}"
    error = RaspNameError(f"undefined variable '{name}'", hint=hint, notes=[listed])
    error.name = name
    return error


_SHOWN = 20

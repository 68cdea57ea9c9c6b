"""Program text -> a program that has run: `load` and `loads`."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, NoReturn

from rasp.arguments import named_arguments
from rasp.elaborate.files import read_source
from rasp.elaborate.limits import Limits
from rasp.elaborate.scope import Value
from rasp.errors import RaspTypeError
from rasp.graph.construct import is_sop
from rasp.graph.operators import type_name
from rasp.program.environment import Environment
from rasp.program.values import described, wrap
from rasp.source import Source
from rasp.syntax import ast
from rasp.syntax.parse import parse


class Program(Environment):
    """A program that has run.

    source: its main text; last: the value of its last expression or assignment, None without one.
    """

    def __init__(
        self, source: Source, path: Path | None = None, *, limits: Limits | None = None
    ) -> None:
        super().__init__("console", limits)
        self.source = source
        self.path = path
        module = parse(source)
        self._elaborator.files.add(source, module, path)
        self._elaborator.read(source)
        self.last: Any = None
        last: Value | None = None
        for item in module.items:
            value: Any = self._elaborator.execute(item)
            if isinstance(item, ast.ExpressionStatement):
                last = value
            elif isinstance(item, ast.Assignment):
                last = value[0] if len(value) == 1 else value
        if last is not None:
            self.last = wrap(last, self._elaborator)
        if self.sources == (source,) and limits in (None, Limits()):
            self._remember_text()

    def __getattr__(self, name: str) -> NoReturn:
        text = f"{type(self).__name__!r} object has no attribute {name!r}"
        if not name.startswith("_") and name in self.names:
            text += f'; its names are indices: program["{name}"]'
        raise AttributeError(text, name=name, obj=self)

    def _remember_text(self) -> None:
        """Which s-ops this one text gives, so that a compiled model can have it without running
        it again."""
        for name, value in self._elaborator.scope.variables.items():
            if is_sop(value):
                self.origins.gives(self.source, name, value)

    def _repr_html_(self) -> str:
        from rasp.drawing.rich import names

        rows = [(*described(self[name]), name) for name in self.names]
        return names(
            f"program {self.source.name}",
            [(kind, name, value, self.origins) for kind, value, name in rows],
        )

    def __repr__(self) -> str:
        return f"<program {self.source.name}: {', '.join(self.names)}>"


@named_arguments
def loads(text: str, name: str = "<string>", *, limits: Limits | None = None) -> Program:
    """Runs a program given as text.  Raises RaspError at its first mistake.

    name: what messages call it.  Files are loaded relative to the working directory.
    """
    if not isinstance(text, str):
        raise RaspTypeError(f"a program is a string, got {type_name(text)}")
    return Program(Source(name, text), limits=limits)


@named_arguments
def load(path: str | PathLike[str], *, limits: Limits | None = None) -> Program:
    """Runs the program in a file.  Raises RaspError at its first mistake."""
    file = Path(path)
    return Program(read_source(file, str(path), limits or Limits()), file, limits=limits)

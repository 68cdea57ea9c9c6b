"""A program that is entered piece by piece: every statement gives a result, if need be an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rasp.diagnostics import Warning
from rasp.elaborate.files import start_of
from rasp.elaborate.limits import Limits
from rasp.elaborate.scope import Value
from rasp.errors import RaspError, RaspNameError
from rasp.graph.construct import is_selector, is_sop
from rasp.graph.nodes import Atom
from rasp.graph.walk import topological
from rasp.program.environment import Environment
from rasp.program.values import handles_in, unwrap, wrap
from rasp.source import Source, Span
from rasp.syntax import ast
from rasp.syntax.lint import lint
from rasp.syntax.parse import COMMANDS, is_complete, parse_all

ResultKind = Literal[
    "expression", "assignment", "definition", "loop", "load", "draw", "command", "error"
]


@dataclass(frozen=True, slots=True)
class StatementResult:
    """What one statement of a session did.

    names and values: what was bound, or for an expression its value alone, for ``draw`` the s-op
    and the input (None for the running example); error: why it failed, in which case nothing was
    bound; warnings: about its text; input: what an s-op or selector was applied to, where the value
    is of such an application; mistakes: what failed in the files that it loads, in order, while the
    rest of these files was run and bound.
    """

    kind: ResultKind
    span: Span | None
    names: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    command: ast.Command | None = None
    error: RaspError | None = None
    warnings: tuple[Warning, ...] = ()
    input: tuple[Atom, ...] | None = None
    mistakes: tuple[RaspError, ...] = ()

    @property
    def errors(self) -> tuple[RaspError, ...]:
        """All that went wrong: in loaded files, and then in the statement itself."""
        return self.mistakes if self.error is None else (*self.mistakes, self.error)

    @property
    def is_application(self) -> bool:
        return self.input is not None


class Session(Environment):
    """A program that is entered piece by piece.  A statement that fails changes nothing.

    tolerant: of a loaded file with mistakes the rest is bound, as in the original; else a mistake
    in it makes the load statement fail, as in programs.
    """

    def __init__(
        self, name: str = "console", *, limits: Limits | None = None, tolerant: bool = True
    ) -> None:
        super().__init__(name, limits, tolerant=tolerant)

    @property
    def bindings(self) -> Mapping[str, Value]:
        """What the names are bound to.  A name that keeps its value was not bound again."""
        variables = self._elaborator.scope.variables
        return {name: variables[name] for name in self.names}

    def __setitem__(self, name: str, value: Any) -> None:
        """Binds a name to what a Python value stands for.

        Names and places that the handles in it know of become known here.  Raises RaspNameError for
        a reserved name, RaspTypeError for a value that programs do not have.
        """
        elaborator = self._elaborator
        identifier = ast.Identifier(name, Span(Source("<name>", name), 0, len(name)))
        elaborator.scope.check_settable(identifier)
        bare = unwrap(value)
        for handle in handles_in(value):
            elaborator.origins.include(handle.origins, topological([handle.node]))
        elaborator.machine.bind(elaborator.scope, identifier, bare)

    def __delitem__(self, name: str) -> None:
        """Forgets a name.  Raises RaspNameError."""
        if name not in self._elaborator.scope.variables:
            raise RaspNameError(f"undefined variable '{name}'")
        del self._elaborator.scope.variables[name]

    @property
    def causal(self) -> bool:
        """Whether s-ops are applied with selectors that see only keys at or before their query."""
        return self._elaborator.machine.causal

    @causal.setter
    def causal(self, on: bool) -> None:
        self._elaborator.machine.causal = on

    @staticmethod
    def is_complete(text: str) -> bool:
        """Whether a text can be run, rather than needing more lines."""
        return is_complete(text)

    def run(self, text: str, name: str = "<input>", *, cell: bool = False) -> list[StatementResult]:
        """Runs every statement of a text; each gives a result, if need be an error.

        cell: the last statement may lack its semicolon.
        """
        return list(self.steps(text, name, cell=cell))

    def steps(
        self,
        text: str,
        name: str = "<input>",
        *,
        cell: bool = False,
        path: Path | None = None,
    ) -> Iterator[StatementResult]:
        """As `run`, each statement when its result is asked for.

        path: the file that the text is of, beside which others are looked for.
        """
        elaborator = self._elaborator
        elaborator.machine.renew()
        source = Source(name, text)
        try:
            parsed = parse_all(source, cell=cell)
        except RaspError as error:  # the text is too long
            yield StatementResult("error", None, error=error)
            return
        elaborator.files.sources.append(source)
        elaborator.read(source)
        if path is not None:
            elaborator.files.paths[source] = path.resolve()
        pieces: list[ast.Item | RaspError] = [*parsed.module.items, *parsed.errors]
        for piece in sorted(pieces, key=start_of):
            yield self._run(piece, source)

    def doubts(self, results: Iterable[StatementResult]) -> tuple[Warning, ...]:
        """What of the s-ops and selectors that it binds or shows fails on every input.

        results: those of the statements that showed some.
        """
        from rasp.forecast import doubts

        shown = [handle.node for result in results for handle in handles_in(result.values)]
        bound = [value for value in self.bindings.values() if is_sop(value) or is_selector(value)]
        return doubts([*shown, *bound], self.origins)

    def _run(self, piece: ast.Item | RaspError, source: Source) -> StatementResult:
        if isinstance(piece, RaspError):
            return StatementResult("error", piece.span, error=piece)
        warnings = lint(ast.Module((piece,), source))
        self._elaborator.files.warnings.extend(warnings)
        take_mistakes = self._elaborator.machine.take_mistakes
        take_mistakes()  # of a statement that was interrupted
        try:
            value = self._elaborator.execute(piece)
        except RaspError as error:
            return StatementResult(
                "error", piece.span, error=error, warnings=warnings, mistakes=take_mistakes()
            )
        mistakes = take_mistakes()
        if mistakes and isinstance(piece, ast.Load) and not value:  # nothing of the file worked
            *others, last = mistakes
            return StatementResult(
                "error", piece.span, error=last, warnings=warnings, mistakes=tuple(others)
            )
        return replace(self._result(piece, value, warnings), mistakes=mistakes)

    def _result(self, item: ast.Item, value: Any, warnings: tuple[Warning, ...]) -> StatementResult:
        kind: ResultKind
        names: tuple[str, ...] = ()
        values: Sequence[Value] = (value,)
        match item:
            case ast.ExpressionStatement(expression=expression):
                kind = "expression"
                if isinstance(expression, ast.Name):
                    names = (expression.name,)
            case ast.Assignment():
                kind, values = "assignment", value
                names = tuple(target.name for target in item.targets)
            case ast.FunctionDefinition():
                kind, names = "definition", (item.name.name,)
            case ast.Load():
                kind, names, values = "load", tuple(value), tuple(value.values())
            case ast.Draw():
                kind, values = "draw", value
            case ast.ForLoop():
                kind, values = "loop", ()
            case _:
                kind, values = "command", ()
        labels = [*names, *[None] * (len(values) - len(names))]
        return StatementResult(
            kind,
            item.span,
            names,
            tuple(
                None if part is None else wrap(part, self._elaborator, label)
                for part, label in zip(values, labels, strict=True)
            ),
            item if isinstance(item, COMMANDS) else None,
            warnings=warnings,
            input=self._applied_to(value) if kind == "expression" else None,
        )

    def _applied_to(self, value: Value) -> tuple[Atom, ...] | None:
        machine = self._elaborator.machine
        if machine.applied is not value or machine.applied_to is None:
            return None
        return tuple(machine.applied_to)

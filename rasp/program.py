"""Program text -> values: `load` and `loads` for whole programs, `Session` for one that grows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from rasp.diagnostics import Warning
from rasp.elaborate.files import read_source
from rasp.elaborate.library import base_scope, fresh_origins
from rasp.elaborate.limits import Limits
from rasp.elaborate.statements import Elaborator, Example
from rasp.elaborate.values import FunctionValue, Value
from rasp.errors import RaspError, RaspNameError, RaspTypeError
from rasp.graph.construct import is_atom, is_selector, is_sop
from rasp.graph.nodes import Atom, Node
from rasp.graph.operators import show, type_name
from rasp.graph.origins import Origins
from rasp.graph.walk import topological
from rasp.sop import Selector, SOp
from rasp.source import Source, Span
from rasp.syntax import ast
from rasp.syntax.lint import lint
from rasp.syntax.parse import COMMANDS, is_complete, parse, parse_all


class Function:
    """A function of a program, which can be called with atoms, lists, dicts and handles."""

    def __init__(self, function: FunctionValue, elaborator: Elaborator) -> None:
        self._function = function
        self._elaborator = elaborator

    @property
    def name(self) -> str:
        """The name it was defined by."""
        return self._function.name

    @property
    def parameters(self) -> tuple[str, ...]:
        return self._function.parameters

    @property
    def maker(self) -> str:
        """The scope it was defined in, as displays show it: ``console``, a file's path, ..."""
        return self._function.scope.name

    @property
    def span(self) -> Span:
        """Where it was defined."""
        return self._function.definition.span

    def __call__(self, *arguments: Any) -> Any:
        """What the program would get from this call.  Raises RaspError."""
        elaborator = self._elaborator
        elaborator.machine.renew()
        values = [_unwrap(argument) for argument in arguments]
        place = self._function.definition.name.span
        return _wrap(elaborator.machine.call(self._function, values, place), elaborator)

    def __repr__(self) -> str:
        return f"<function {self.name}({', '.join(self.parameters)})>"


def _wrap(value: Value, elaborator: Elaborator, name: str | None = None) -> Any:
    """A value as Python code gets it: nodes and functions become handles, containers are copied.

    What is shared stays shared, so the copy is no larger than the original.
    """
    copies: dict[int, Any] = {}
    unfilled: list[tuple[list[Value] | dict[Any, Value], Any]] = []

    def shell(part: Value, name: str | None = None) -> Any:
        if is_sop(part):
            return SOp(part, elaborator.origins, name=name)
        if is_selector(part):
            return Selector(part, elaborator.origins, name=name)
        if isinstance(part, FunctionValue):
            return Function(part, elaborator)
        if not isinstance(part, (list, dict)):
            return part
        if id(part) not in copies:
            copies[id(part)] = [] if isinstance(part, list) else {}
            unfilled.append((part, copies[id(part)]))
        return copies[id(part)]

    result = shell(value, name)
    while unfilled:
        container, copy = unfilled.pop()
        if isinstance(container, dict):
            copy.update((key, shell(item)) for key, item in container.items())
        else:
            copy.extend(shell(item) for item in container)
    return result


def _unwrap(value: object) -> Value:
    """The value that a Python object stands for.  Raises RaspTypeError."""
    copies: dict[int, Any] = {}
    unfilled: list[tuple[Any, Any]] = []

    def shell(part: object) -> Value:
        if isinstance(part, (SOp, Selector)):
            return part.node
        if isinstance(part, Function):
            return part._function
        if is_atom(part):
            return part
        if not isinstance(part, (list, tuple, dict)):
            raise RaspTypeError(f"a program has no values of type {type(part).__name__}")
        if id(part) not in copies:
            copies[id(part)] = {} if isinstance(part, dict) else []
            unfilled.append((part, copies[id(part)]))
        container: Value = copies[id(part)]
        return container

    result = shell(value)
    while unfilled:
        container, copy = unfilled.pop()
        if isinstance(container, dict):
            if not all(map(is_atom, container)):
                raise RaspTypeError("the keys of a dict have to be atoms")
            copy.update((key, shell(item)) for key, item in container.items())
        else:
            copy.extend(shell(item) for item in container)
    return result


def _described(value: Any) -> tuple[str, Node | str]:
    """What kind of value it is, and its node or else a short text."""
    match value:
        case SOp():
            return "s-op", value.node
        case Selector():
            return "selector", value.node
        case Function():
            return "function", f"({', '.join(value.parameters)})"
        case list() | dict():
            return type(value).__name__, f"of {len(value)} items"
        case _:
            return "value", show(value)


def _handles(value: object) -> Iterator[SOp | Selector]:
    """The handles in a Python value."""
    seen: set[int] = set()
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, (SOp, Selector)):
            yield part
        elif isinstance(part, (list, tuple, dict)) and id(part) not in seen:
            seen.add(id(part))
            pending.extend(part.values() if isinstance(part, dict) else part)


class _Environment:
    """Names and what they are bound to; the part that programs and sessions share."""

    def __init__(self, scope_name: str, limits: Limits | None) -> None:
        self._elaborator = Elaborator(
            base_scope(), scope_name, limits=limits or Limits(), origins=fresh_origins()
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

        Raises RaspNameError.
        """
        place = Span(Source("<name>", name), 0, len(name))
        value = self._elaborator.scope.look_up(ast.Name(name, place))
        return _wrap(value, self._elaborator, name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._elaborator.scope.find(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)


class Program(_Environment):
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
        self.last: Any = None
        last: Value | None = None
        for item in module.items:
            value: Any = self._elaborator.execute(item)
            if isinstance(item, ast.ExpressionStatement):
                last = value
            elif isinstance(item, ast.Assignment):
                last = value[0] if len(value) == 1 else value
        if last is not None:
            self.last = _wrap(last, self._elaborator)

    def _repr_html_(self) -> str:
        from rasp.drawing.rich import names

        rows = [(*_described(self[name]), name) for name in self.names]
        return names(
            f"program {self.source.name}",
            [(kind, name, value, self.origins) for kind, value, name in rows],
        )

    def __repr__(self) -> str:
        return f"<program {self.source.name}: {', '.join(self.names)}>"


def loads(text: str, name: str = "<string>", *, limits: Limits | None = None) -> Program:
    """Runs a program given as text.  Raises RaspError at its first mistake.

    name: what messages call it.  Files are loaded relative to the working directory.
    """
    if not isinstance(text, str):
        raise RaspTypeError(f"a program is a string, got {type_name(text)}")
    return Program(Source(name, text), limits=limits)


def load(path: str | PathLike[str], *, limits: Limits | None = None) -> Program:
    """Runs the program in a file.  Raises RaspError at its first mistake."""
    file = Path(path)
    return Program(read_source(file, str(path), limits or Limits()), file, limits=limits)


ResultKind = Literal[
    "expression", "assignment", "definition", "loop", "load", "draw", "command", "error"
]


@dataclass(frozen=True, slots=True)
class StatementResult:
    """What one statement of a session did.

    names and values: what was bound, or for an expression its value alone, for ``draw`` the s-op
    and the input (None for the running example); error: why it failed, in which case nothing was
    bound; warnings: about its text; input: what an s-op or selector was applied to, where the value
    is of such an application.
    """

    kind: ResultKind
    span: Span | None
    names: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    command: ast.Command | None = None
    error: RaspError | None = None
    warnings: tuple[Warning, ...] = ()
    input: tuple[Atom, ...] | None = None

    @property
    def is_application(self) -> bool:
        return self.input is not None


class Session(_Environment):
    """A program that is entered piece by piece.  A statement that fails changes nothing."""

    def __init__(self, name: str = "console", *, limits: Limits | None = None) -> None:
        super().__init__(name, limits)

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
        bare = _unwrap(value)
        for handle in _handles(value):
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
        if path is not None:
            elaborator.files.paths[source] = path.resolve()
        pieces: list[ast.Item | RaspError] = [*parsed.module.items, *parsed.errors]
        for piece in sorted(pieces, key=_start):
            yield self._run(piece, source)

    def _run(self, piece: ast.Item | RaspError, source: Source) -> StatementResult:
        if isinstance(piece, RaspError):
            return StatementResult("error", piece.span, error=piece)
        warnings = lint(ast.Module((piece,), source))
        self._elaborator.files.warnings.extend(warnings)
        try:
            value = self._elaborator.execute(piece)
        except RaspError as error:
            return StatementResult("error", piece.span, error=error, warnings=warnings)
        return self._result(piece, value, warnings)

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
                None if part is None else _wrap(part, self._elaborator, label)
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


def _start(piece: ast.Item | RaspError) -> int:
    span = piece.span
    return span.start if span else 0


__all__ = [
    "Function",
    "Limits",
    "Program",
    "Session",
    "StatementResult",
    "load",
    "loads",
]

"""Runs the tasks that expressions and statements are made of, on a stack of its own.

A task is a generator.  It yields the expression or statement whose value it needs next, with the
scope to run it in, is sent that value, and returns its own.  So nesting ten thousand deep, of text
or of calls, needs no Python recursion.  The machine also knows where it is: it gives errors and new
graph nodes their places.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias

from rasp.elaborate.limits import Limits, Meter
from rasp.elaborate.scope import FunctionValue, Scope, Value
from rasp.elaborate.unknown import OF_ONE
from rasp.elaborate.values import is_node
from rasp.errors import RaspArityError, RaspError, RaspLimitError, RaspLoadError
from rasp.graph import construct
from rasp.graph.nodes import Atom
from rasp.graph.origins import Origins
from rasp.source import Label, Span
from rasp.syntax import ast

Runnable: TypeAlias = ast.Expression | ast.Item
Request: TypeAlias = tuple[Runnable, Scope]
Task: TypeAlias = Generator[Request, Any, Any]

MOST_MISTAKES = 50
"""Of one statement, that are kept: a file with thousands of them is another kind of file."""

_TOKENS = construct.tokens("str")
_SHOWN_CONTEXTS = 3
_MAX_PLACES = 8  # of one node; a node made in a loop over texts would have any number


class Machine:
    """One program's elaboration: what it used so far, and what is going on."""

    def __init__(
        self,
        start: Callable[[Machine, Runnable, Scope], Task],
        limits: Limits,
        origins: Origins,
    ) -> None:
        self._start = start
        self.meter = Meter(limits)
        self.limits = limits
        self.origins = origins
        # The calls and loads that are going on, as error messages show them.
        self._contexts: list[Label] = []
        self._depth = 0
        # The tasks that are going on, and which of them (by their places there) are loads of files
        # that go on after a statement that fails; what failed in these, in order.
        self._stack: list[tuple[Task, Span]] = []
        self._tolerant: list[int] = []
        self._mistakes: dict[tuple[str, str], RaspError] = {}  # by message and place
        self._n_more_mistakes = 0
        # Where the program at hand called the library, while library code runs.
        self._library_call: tuple[Span, str] | None = None
        # The last result of applying an s-op or selector, and the input it was applied to: the REPL
        # shows such results in its own way.
        self.applied: Value | None = None
        self.applied_to: list[Atom] | None = None
        self.causal = False  # whether selectors see only keys at or before their query

    # ---- running

    def renew(self) -> None:
        """Starts a new account of what is used."""
        self.meter = Meter(self.limits)

    def run(self, node: Runnable, scope: Scope) -> Any:
        """The value of an expression, or what a statement leaves."""
        return self._run([(self._start(self, node, scope), node.span)])

    def call(self, function: FunctionValue, arguments: list[Value], span: Span) -> Value:
        """The value of a function of the program, called from outside of it."""
        value: Value = self._run([(self.call_task(function, arguments, span), span)])
        return value

    def _run(self, stack: list[tuple[Task, Span]]) -> Any:
        self._contexts.clear()
        self._depth = 0
        self._library_call = None
        self._stack = stack
        self._tolerant.clear()
        charge = self.meter.charge
        task, span = stack[-1]
        value: Any = None
        failed: RaspError | None = None  # what the task at hand is to be told
        while True:
            try:
                while True:
                    try:
                        if failed is None:
                            node, scope = task.send(value)
                        else:
                            error, failed = failed, None
                            node, scope = task.throw(error)
                    except StopIteration as done:
                        value = done.value
                        stack.pop()
                        if not stack:
                            return value
                        task, span = stack[-1]
                        continue
                    charge(1)
                    if isinstance(node, ast.Literal):
                        value = node.value
                    elif isinstance(node, ast.Name):
                        value = scope.look_up(node)
                    else:
                        task, span = self._start(self, node, scope), node.span
                        stack.append((task, span))
                        value = None
            except RaspError as error:
                failed = self.placed(error, span)
                if not self._tolerant or self.meter.exhausted:
                    raise failed from None
                del stack[self._tolerant[-1] + 1 :]
                task, span = stack[-1]

    # ---- places

    def placed(self, error: RaspError, span: Span) -> RaspError:
        """An error with its place in the program at hand, and what was going on there."""
        if self._library_call:
            place, name = self._library_call
            error.labels = (Label(place, f"in the library function {name}"),)
        error.at(span)
        shown = self._contexts[::-1]
        error.labels += tuple(shown[:_SHOWN_CONTEXTS])
        if len(shown) > _SHOWN_CONTEXTS:
            error.notes += (f"{len(shown) - _SHOWN_CONTEXTS} more calls around these",)
        return error

    def record(self, value: Value, span: Span) -> None:
        """Notes where a graph node was written; what the library makes was written at its call."""
        if not is_node(value):
            return
        places = self.origins.spans(value)
        if not places:
            self.meter.count_node()
        if len(places) < _MAX_PLACES:
            self.origins.add(value, span=self._library_call[0] if self._library_call else span)

    def bind(self, scope: Scope, identifier: ast.Identifier, value: Value) -> None:
        """Binds a name that is known to be settable."""
        scope.set(identifier.name, value)
        if scope.library:
            return
        if identifier.name == "tokens":  # from here on it is something else
            self.origins.prefer(_TOKENS, "tokens_str")
        if is_node(value):
            self.origins.add(value, name=identifier.name)

    # ---- what is going on

    def call_task(self, function: FunctionValue, arguments: list[Value], span: Span) -> Task:
        """Runs a function's body in a new scope."""
        definition = function.taking(len(arguments))
        if definition is None:
            most = len(function.parameters)
            expected = f"{most - 1} or {most}" if function.shorter else f"{most}"
            raise RaspArityError(
                f"{function.name} expects {expected} argument{'' if most == 1 else 's'}, "
                f"got {len(arguments)}",
                labels=[Label(span)],
                hint=_usage(function, arguments),
            )
        if self._depth >= self.limits.call_depth:
            raise RaspLimitError(
                f"more than {self.limits.call_depth:,} calls within each other",
                labels=[Label(span)],
                hint=f"does {function.name} call itself without end?",
            )
        scope = function.scope.child(function.scope.name + "'")
        outermost = self._library_call is None and function.scope.library
        if outermost:
            self._library_call = (span, function.name)
        elif not function.scope.library:
            self._contexts.append(Label(span, f"in this call of {function.name}"))
        self._depth += 1
        for parameter, argument in zip(definition.parameters, arguments, strict=True):
            scope.set(parameter.name, argument)
        for statement in definition.body:
            yield statement, scope
        values = []
        for expression in definition.returns:
            values.append((yield expression, scope))
        # An error leaves all this as it is, for the message; the next run starts afresh.
        self._depth -= 1
        if outermost:
            self._library_call = None
        elif not function.scope.library:
            self._contexts.pop()
        return values[0] if len(values) == 1 else values

    def load_task(
        self, pieces: Sequence[ast.Item | RaspError], scope: Scope, span: Span, *, tolerant: bool
    ) -> Task:
        """Runs the statements of a loaded file.

        tolerant: one that fails is a mistake, and does not stop the next; so is what does not
        parse, which stands among the pieces as its error.
        """
        self._contexts.append(Label(span, "loaded here"))
        going_on = len(self._contexts), self._depth, self._library_call
        if tolerant:
            self._tolerant.append(len(self._stack) - 1)
        for piece in pieces:
            if isinstance(piece, RaspError):
                self.note(self.placed(piece, span))
                continue
            try:
                yield piece, scope
            except RaspError as error:
                n_contexts, self._depth, self._library_call = going_on
                del self._contexts[n_contexts:]
                self.note(error)
        if tolerant:
            self._tolerant.pop()
        self._contexts.pop()

    # ---- what failed in loaded files

    def note(self, error: RaspError) -> None:
        """One more mistake; the same at the same place, as in a loop, is only counted."""
        key = error.message, str(error.span)
        if key not in self._mistakes and len(self._mistakes) < MOST_MISTAKES:
            self._mistakes[key] = error
        else:
            self._n_more_mistakes += 1

    def take_mistakes(self) -> tuple[RaspError, ...]:
        """The mistakes since the last call; of very many the first, and how many there are more."""
        taken = tuple(self._mistakes.values())
        if self._n_more_mistakes:
            message = f"{self._n_more_mistakes:,} more mistakes in loaded files"
            taken += (RaspLoadError(message, labels=taken[-1].labels[-1:]),)
        self._mistakes.clear()
        self._n_more_mistakes = 0
        return taken


def _usage(function: FunctionValue, arguments: list[Value]) -> str:
    usage = f"it is {function.usage}"
    if function.scope.library and len(arguments) == 1 and is_node(arguments[0]):
        return OF_ONE.get(function.name, usage)
    return usage

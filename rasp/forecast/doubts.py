"""What is known before there is an input -> warnings about what goes wrong on every input.

"Every" means of two tokens and more: three lengths are looked at, and what is said holds at all of
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rasp.diagnostics import Warning
from rasp.forecast.values import Failure, Forecast, Kind, Known, Open, kind_of
from rasp.graph.nodes import Aggregate, Constant, Elementwise, Fetch, Node, Select, children
from rasp.graph.operators import show
from rasp.graph.origins import Origins
from rasp.graph.text import to_text
from rasp.graph.walk import deferring, topological
from rasp.source import Label
from rasp.syntax.lint import unsilenced

CODES = {
    "always-fails": "an operator that refuses its operands on every input",
    "mixed-result": "a result with values of different types on every input",
    "never-equal": "a string that is compared with a number or truth value on every input",
}
"""The warnings, by the code that silences them."""

LENGTHS = (2, 3, 5)
MAX_NODES = 2_000
"""Larger graphs are not looked at: that would take seconds."""

_MAX_HINT = 120


def doubts(sops: Sequence[Node], origins: Origins) -> tuple[Warning, ...]:
    """Warnings about s-ops and selectors of a program, in the order of the nodes.

    sops: those that it binds or shows; one that no other is made of counts as a result.
    """
    nodes = list(topological(sops))
    if len(nodes) > MAX_NODES:
        return ()
    forecasts = [Forecast(length) for length in LENGTHS]
    for forecast in forecasts:
        forecast.follow(nodes)
    used = {child for node in nodes for child in children(node)}
    deferred = deferring(nodes, [sop for sop in sops if sop not in used])
    needed = [node for node in nodes if node not in deferred]
    found = [
        *_failures(needed, forecasts),
        *_never_equal(needed, forecasts),
        *_mixed(sops, nodes, forecasts, origins),
    ]
    placed: list[Warning] = []
    for node, warning in found:
        span = origins.span(node)
        if span is not None and not any(span == other.labels[0].span for other in placed):
            placed.append(replace(warning, labels=(Label(span),)))
    return unsilenced(placed)


# ---- failures


def _failures(
    nodes: Iterable[Node], forecasts: Sequence[Forecast]
) -> Iterator[tuple[Node, Warning]]:
    for node in nodes:
        failures = [forecast.failures.get(node) for forecast in forecasts]
        last = failures[-1]
        if last is None or None in failures:
            continue
        yield node, _always_fails(last)


def _always_fails(failure: Failure) -> Warning:
    node = failure.node
    kinds = set(map(kind_of, failure.operands))
    hint = None
    if isinstance(node, (Elementwise, Select)) and Kind.STRING in kinds:
        of_text = [v for v in failure.operands if kind_of(v) is Kind.STRING]
        if not _are_known(of_text):
            hint = _NUMBERS
        elif isinstance(node, Elementwise) and node.operator == "add":
            hint = 'numbers become strings by a look-up: `["0", "1", "2"][x]`'
    return Warning(
        "always-fails",
        f"this fails on every input: {failure.reason}",
        (),
        hint,
        notes=(f"at position {failure.position}, for instance",),
    )


def _are_known(values: Iterable[Known | Open]) -> bool:
    return all(isinstance(value, Known) for value in values)


# ---- comparisons


def _never_equal(
    nodes: Iterable[Node], forecasts: Sequence[Forecast]
) -> Iterator[tuple[Node, Warning]]:
    """`tokens == 3`: tokens are strings, also those that are digits."""
    for node in nodes:
        match node:
            case Elementwise(operator="equal", operands=(left, right)):
                outcome = "False everywhere"
            case Elementwise(operator="not_equal", operands=(left, right)):
                outcome = "True everywhere"
            case Select(comparison="==", key=left, query=right):
                outcome = "nothing selected"
            case Select(comparison="!=", key=left, query=right):
                outcome = "everything selected"
            case _:
                continue
        kinds = [_kinds(side, forecasts) for side in (left, right)]
        if {Kind.STRING} not in kinds:
            continue
        text, other = (left, right) if kinds[0] == {Kind.STRING} else (right, left)
        others = _kinds(other, forecasts)
        if others and others <= {Kind.NUMBER, Kind.TRUTH}:
            what = "truth value" if others == {Kind.TRUTH} else "number"
            message = f"a string never equals a {what}: {outcome} on every input"
            yield node, Warning("never-equal", message, (), _of_one_kind(text, other))


def _kinds(node: Node, forecasts: Sequence[Forecast]) -> set[Kind]:
    return {kind_of(value) for forecast in forecasts for value in forecast.values[node]}


def _of_one_kind(text: Node, other: Node) -> str | None:
    """How a string is compared with what may be meant."""
    match text, other:
        case Constant(value=value), _:
            return f"without quotes it is a number: `{value}`" if _is_number(str(value)) else None
        case _, Constant(value=bool()):
            return "tokens that are truth values are read by `tokens_bool`"
        case _, Constant(value=value):
            return f'the string is `"{show(value)}"`; {_NUMBERS}'
        case _:
            return _NUMBERS


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


_NUMBERS = "tokens that are numbers are read by `tokens_int` or `tokens_float`"


# ---- results


def _mixed(
    sops: Sequence[Node],
    nodes: Sequence[Node],
    forecasts: Sequence[Forecast],
    origins: Origins,
) -> Iterator[tuple[Node, Warning]]:
    used = {child for node in nodes for child in children(node)}
    for node in dict.fromkeys(sops):
        if node in used or any(node not in forecast.values for forecast in forecasts):
            continue
        if all(_is_mixed(forecast.values[node]) for forecast in forecasts):
            yield node, _mixed_result(node, forecasts[-1], origins)


def _is_mixed(values: Sequence[Known | Open]) -> bool:
    kinds = set(map(kind_of, values))
    return Kind.STRING in kinds and bool(kinds & {Kind.NUMBER, Kind.TRUTH})


def _mixed_result(node: Node, forecast: Forecast, origins: Origins) -> Warning:
    values = forecast.values[node]
    other = next(v for v in values if kind_of(v) in (Kind.NUMBER, Kind.TRUTH))
    hint = "the values of a result are all strings or all numbers"
    for part in topological([node]):
        if not isinstance(part, (Aggregate, Fetch)) or isinstance(part.default, (str, type(None))):
            continue
        if other == Known(part.default):
            form = "fetch" if isinstance(part, Fetch) else "aggregate"
            text = to_text(replace(part, default="-"), origins, limit=_MAX_HINT)
            hint = (
                f"where {form} selects nothing it gives {show(part.default)}; "
                f"with a string as its default it is `{text}`"
            )
            break
    return Warning(
        "mixed-result",
        "this gives strings at some positions and numbers at others, on every input",
        (),
        hint,
    )

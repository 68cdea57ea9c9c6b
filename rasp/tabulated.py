"""Python functions of s-ops -> s-ops, by their values for everything that can occur.

The function is called here, once for each combination, and only what it gave stays: data.

    table(f, a)        {value: f(value), ...}[a]
    table(f, a, b)     [f(...), ...][number of a's value * n + number of b's value]

So the same data is the same node, and interpreter, analysis, compiler and checkpoints know what it
is.  Where the function raises, the s-op fails, and says what the function said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from rasp.arguments import named_arguments
from rasp.errors import RaspTypeError, RaspValueError
from rasp.graph import construct
from rasp.graph.construct import is_atom, is_sop
from rasp.graph.derived import LENGTH
from rasp.graph.nodes import (
    TOKENS,
    Aggregate,
    Atom,
    Constant,
    Elementwise,
    Fetch,
    Indices,
    SelectorWidth,
    SOpNode,
    atom_key,
)
from rasp.graph.operators import COMPARISON_OPERATORS, show, type_name
from rasp.graph.origins import Origins
from rasp.graph.sequences import plain_atom
from rasp.graph.text import to_text
from rasp.graph.walk import topological
from rasp.sop import SOp, operand

MAX_MESSAGE = 100  # characters of what a function said, in the table
MAX_GIVEN = 200_000  # combinations
_TRUTHS = frozenset((*COMPARISON_OPERATORS.values(), "and", "or", "not", "member", "to_bool"))
_TABLES = frozenset(("index_list", "index_string", "index_dict"))


@dataclass(frozen=True, slots=True)
class Failed:
    """The function gives nothing here; message: what it said."""

    message: str


Row: TypeAlias = tuple[Atom, ...]
Outcome: TypeAlias = Atom | Failed


@named_arguments
def table(
    function: Callable[..., Any] | Mapping[Any, Atom],
    *sops: SOp,
    values: Sequence[Iterable[Atom]] | None = None,
    vocab: Iterable[Atom] | None = None,
    max_len: int | None = None,
) -> SOp:
    """A function of the values of one or more s-ops, as the table of what it gives.

    function: called with a value of each s-op; or a dict from these values (tuples of them, for
    several s-ops) to atoms.  It is called now, and never again.
    values: for each s-op those that it is called with, in all combinations.  Without them: all that
    can occur in inputs of 1 to max_len tokens of vocab, with a causal mask or without.  vocab and
    max_len may be left out where they make no difference, as for ``tokens == "a"``.

    The s-op fails where the function raises an exception, with its message, and on values that
    were not listed.  Raises RaspTypeError for what is no atom, RaspValueError if the values are
    not known or the function fails for all of them.
    """
    if not sops:
        raise RaspTypeError("table expects at least one s-op")
    nodes = [construct.as_sop(operand(sop)) for sop in sops]
    if isinstance(function, Mapping):
        if values is not None:
            raise RaspTypeError("values beside a dict, which lists them itself")
        rows = [(_key(key, len(nodes)), _atom(value, key)) for key, value in function.items()]
        return _handle(sops, tabulated(nodes, rows))
    if not callable(function):
        raise RaspTypeError(f"expected a function or a dict, got {type_name(function)}")
    if values is not None:
        combinations = _given(values, len(nodes))
    else:
        combinations = _occurring(nodes, vocab, max_len)
    outcomes = [(row, call(function, row)) for row in combinations]
    failures = [(row, value) for row, value in outcomes if isinstance(value, Failed)]
    if failures and len(failures) == len(outcomes):
        row, failed = failures[0]
        raise RaspValueError(
            f"the function fails for all values: for {_shown(row)} with {failed.message}"
        )
    return _handle(sops, tabulated(nodes, outcomes))


def call(function: Callable[..., Any], row: Sequence[Any]) -> Outcome:
    """What the function gives.  Raises RaspTypeError if that is no atom."""
    try:
        value = function(*row)
    except Exception as error:  # whatever a user's function raises belongs to these values
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return Failed(said)
    return _atom(value, row)


def plain(value: object) -> object:
    """A number of NumPy as that of Python, and instances of subclasses as themselves."""
    if hasattr(value, "dtype") and hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def tabulated(sops: Sequence[SOpNode], rows: Iterable[tuple[Row, Outcome]]) -> SOpNode:
    """The s-op that has the outcome of the row of values that the s-ops have.

    It fails on all other values.  Raises RaspValueError if rows that the language cannot tell apart
    have different outcomes.
    """
    # One s-op that is never negative can come first without a table of its own: what is too large
    # for it is too large for the list.
    first = next((at for at, sop in enumerate(sops) if _is_never_negative(sop)), 0)
    sops = [sops[first], *sops[:first], *sops[first + 1 :]]
    outcomes = _merged(
        ((row[first], *row[:first], *row[first + 1 :]), outcome) for row, outcome in rows
    )
    if not outcomes:
        raise RaspValueError("a table of no values")
    listed = [sorted({row[place] for row in outcomes}, key=_order) for place in range(len(sops))]
    failing = any(isinstance(outcome, Failed) for outcome in outcomes.values())
    if len(sops) == 1 and not failing:
        entries = {value: _sure(outcomes[(value,)]) for value in listed[0]}
        return _lookup(sops[0], entries, listable=_is_never_negative(sops[0]))
    place, stride = _numbered(sops[-1], listed[-1], leads=len(sops) == 1), len(listed[-1])
    for at in range(len(sops) - 2, -1, -1):
        number, values = _numbered(sops[at], listed[at], leads=at == 0), listed[at]
        place = construct.elementwise(
            "add", construct.elementwise("multiply", number, stride), place
        )
        stride *= len(values)
    coded: dict[Atom, tuple[Row, Outcome]] = {}
    numbers = [{value: at for at, value in enumerate(values)} for values in listed]
    for row, outcome in outcomes.items():
        code = 0
        for value, values, number_of in zip(row, listed, numbers, strict=True):
            code = code * len(values) + number_of[value]
        coded[code] = row, outcome
    coded = dict(sorted(coded.items(), key=lambda entry: _order(entry[0])))
    if failing:
        given = {  # as the function was called
            code: ((*row[1 : first + 1], row[0], *row[first + 1 :]), outcome)
            for code, (row, outcome) in coded.items()
        }
        place = _lookup(place, {code: _checked(code, *entry) for code, entry in given.items()})
    known = {code: value for code, (_, value) in coded.items() if not isinstance(value, Failed)}
    return _lookup(place, known)


def _checked(code: Atom, row: Row, outcome: Outcome) -> Atom:
    """The code, or a key that is in no table, and so becomes the message of an error."""
    if not isinstance(outcome, Failed):
        return code
    said = f"{outcome.message}, for {_shown(row)}"
    said = said if len(said) <= MAX_MESSAGE else said[: MAX_MESSAGE - 3] + "..."
    return " ".join(said.replace('"', "'").split())


def _lookup(place: SOpNode, entries: Mapping[Atom, Atom], *, listable: bool = True) -> SOpNode:
    """A list where the keys are 0, 1, 2, ..., else a dict.

    listable: the place is never negative, which in a list would count from the end.
    """
    numbers = [atom_key(number) for number in range(len(entries))]
    if listable and [atom_key(key) for key in entries] == numbers:
        return construct.elementwise("index_list", place, parameters=list(entries.values()))
    parameters = [part for entry in entries.items() for part in entry]
    return construct.elementwise("index_dict", place, parameters=parameters)


def _numbered(sop: SOpNode, values: Sequence[Atom], *, leads: bool) -> SOpNode:
    """The place of the s-op's value in the list; it fails on other values.

    False and True count as 0 and 1 wherever numbers are wanted.  leads: a place that is too large
    is noticed later.
    """
    whole = not {float, str} & set(map(type, values)) and list(values) == list(range(len(values)))
    if whole and ((_is_truth(sop) and len(values) == 2) or (leads and _is_never_negative(sop))):
        return sop
    places = {value: place for place, value in enumerate(values)}
    return _lookup(sop, places, listable=False)


def _is_truth(sop: SOpNode) -> bool:
    return isinstance(sop, Elementwise) and sop.operator in _TRUTHS


def _is_never_negative(sop: SOpNode) -> bool:
    return isinstance(sop, (Indices, SelectorWidth)) or sop is LENGTH


def _merged(rows: Iterable[tuple[Row, Outcome]]) -> dict[Row, Outcome]:
    """Rows once, though 1, 1.0 and True be in them: these are one key of a dict."""
    merged: dict[Row, Outcome] = {}
    for row, outcome in rows:
        known = merged.setdefault(row, outcome)
        if type(known) is not type(outcome) or known != outcome:
            both_numbers = isinstance(known, (int, float)) and isinstance(outcome, (int, float))
            if not (both_numbers and known == outcome):
                other = next(key for key in merged if key == row)
                raise RaspValueError(
                    f"the function tells {_shown(other)} from {_shown(row)}, which are equal: "
                    f"it gives {_said(known)} and {_said(outcome)}"
                )
    return merged


def _sure(outcome: Outcome) -> Atom:
    assert not isinstance(outcome, Failed)
    return outcome


def _order(value: Atom) -> tuple[bool, Any]:
    """Numbers by size, then strings."""
    return isinstance(value, str), value


def _said(outcome: Outcome) -> str:
    return outcome.message if isinstance(outcome, Failed) else show(outcome)


def _shown(row: Sequence[Any]) -> str:
    return ", ".join(map(show, row)) if all(map(is_atom, row)) else ", ".join(map(repr, row))


def _atom(value: object, key: object) -> Atom:
    value = plain(value)
    if not is_atom(value):
        raise RaspTypeError(
            f"the function gives {type_name(value)} for "
            f"{_shown(key if isinstance(key, tuple) else (key,))}",
            hint="a table holds only atoms: strings, numbers and truth values",
        )
    return value


def _key(key: object, n_sops: int) -> Row:
    row = key if isinstance(key, tuple) else (key,)
    if len(row) != n_sops:
        raise RaspTypeError(
            f"a key of the dict has {len(row)} values, for {n_sops} s-op{'s' * (n_sops > 1)}"
        )
    return tuple(_atom(value, row) for value in row)


def _given(values: Sequence[Iterable[Atom]], n_sops: int) -> list[Row]:
    lists = [[_atom(value, (value,)) for value in some] for some in values]
    if len(lists) != n_sops:
        raise RaspTypeError(f"values for {len(lists)} s-ops, but there are {n_sops}")
    size = 1
    for some in lists:
        size *= len(some)
    if size > MAX_GIVEN:
        raise RaspValueError(f"a table of {size:,} combinations of values is too large")
    return list(product(*lists))


def _occurring(
    nodes: Sequence[SOpNode], vocab: Iterable[Atom] | None, max_len: int | None
) -> list[Row]:
    """All that can occur; what makes no difference may be unknown."""
    from rasp.occurring import Occurring, TooManyValuesError

    if vocab is None:
        known = [_without_vocabulary(node) for node in nodes]
        if all(some is not None for some in known):
            return list(product(*(some for some in known if some is not None)))
    below = topological(nodes)
    lengths = any(isinstance(node, (Indices, Aggregate, Fetch, SelectorWidth)) for node in below)
    missing = [] if vocab is not None or TOKENS not in below else ["the vocabulary"]
    missing += ["the longest input"] if max_len is None and lengths else []
    names = " and ".join(to_text(node) for node in nodes)
    if missing:
        raise RaspValueError(
            f"which values {names} can have depends on {' and '.join(missing)}",
            hint="give vocab=... and max_len=..., or values=[...] with a list for each s-op",
        )
    longest = 1 if max_len is None else plain_atom(max_len)
    if type(longest) is not int or longest < 1:
        raise RaspValueError(f"max_len has to be a positive integer, got {max_len!r}")
    try:
        occurring = Occurring(vocab or "a", longest)
        combinations = occurring.combinations(nodes)
        occurring.check_exact(nodes)
    except TooManyValuesError as error:
        raise RaspValueError(
            f"the values that {names} can have cannot be listed: {error}",
            hint="a smaller vocabulary or max_len, or values=[...] with a list for each s-op",
        ) from None
    return combinations


def _without_vocabulary(node: SOpNode) -> tuple[Atom, ...] | None:
    """The values of an s-op that has few, whatever the input is; None if that is not plain."""
    match node:
        case Constant(value=value):
            return (value,)
        case Elementwise(operator="indicator"):
            return (0, 1)
        case Elementwise(operator=operator) if operator in _TRUTHS:
            return (False, True)
        case Elementwise(operator=operator, parameters=parameters) if operator in _TABLES:
            values = parameters[1::2] if operator == "index_dict" else parameters
            return tuple({atom_key(value): value for value in values}.values())
    return None


def _handle(sops: Sequence[SOp], node: SOpNode) -> SOp:
    """A handle that knows what those know that it is made of."""
    origins = Origins()
    for sop in sops:
        if isinstance(sop, SOp):
            origins.include(sop.origins, topological([sop.node]))
    assert is_sop(node)
    return SOp(node, origins)

"""What the explorer shows: one forward pass of a compiled model, taken apart, as plain values.

    Exploration      the input, both answers, both accounts, the program, and
        Step         the residual stream after the embedding and after every sublayer
        Head         what an attention head looks for, sees, reads and writes
        Neurons      what a group of neurons reads, computes and writes
        Direction    what a dimension of the residual stream holds, and from which step on
        Output       the columns of the unembedding
        Writing      which of the tokens the model wrote, if the input is a generation

Arrays are those of the forward pass, or parts of the module's weights, in the model's dtype.
Position 0 is the beginning-of-sequence position (BOS) in every axis named pos, query or key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
StepKind = Literal["embedding", "attention", "feed-forward"]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of the program.

    name: the first that the program gives it, or ""; place: "file:line:column", or "" where it was
    not written in a text; start and end: its characters in the program text, if it is there;
    excerpt: the line it begins on; values: those of an s-op on the input by the interpreter,
    nothing where it fails.
    """

    text: str
    name: str = ""
    place: str = ""
    line: int = 0
    start: int | None = None
    end: int | None = None
    excerpt: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """A selector of the program and what it selects by the interpreter [query, key], BOS left out;
    None where it fails on the input."""

    expression: Expression
    matrix: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class Direction:
    """labels: its meanings in order of time; since: the step after which each holds, or nothing
    where the weights do not tell."""

    labels: tuple[str, ...]
    since: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """The embedding (the first step) or a sublayer.  bias: what it adds beside heads or neurons."""

    kind: StepKind
    block: int
    residual: Array  # [pos, d_model] after it
    bias: Array  # [d_model]


@dataclass(frozen=True, slots=True)
class ValueScores:
    """The scores of a head between all tokens, or all indices; kinds: "token" or "index"."""

    query_kind: str
    key_kind: str
    queries: tuple[str, ...]
    keys: tuple[str, ...]
    scores: Array  # [query value, key value]


@dataclass(frozen=True, slots=True)
class Head:
    """An attention head.

    score = (residual W_Q + b_Q) (residual W_K + b_K), a bilinear form: `scoring` is its matrix over
    the directions `queries` by the directions `keys`, each followed by the constant 1.  Slots are
    the columns of W_V that W_O does not ignore.
    """

    step: int
    number: int
    label: str
    shared: int  # how many heads of the step are for what the label names
    expressions: tuple[Expression, ...]
    selections: tuple[Selection, ...]
    queries: tuple[int, ...]
    keys: tuple[int, ...]
    scoring: Array  # [query direction + 1, key direction + 1]
    by_value: ValueScores | None
    scores: Array  # [query, key]
    pattern: Array  # [query, key]
    reads: tuple[int, ...]
    W_V: Array  # [read direction, slot]
    b_V: Array  # [slot]
    values: Array  # [key, slot]
    z: Array  # [query, slot]
    writes: tuple[int, ...]
    W_O: Array  # [slot, written direction]
    written: Array  # [query, written direction]


@dataclass(frozen=True, slots=True)
class Neurons:
    """The neurons first .. end - 1 of a feed-forward sublayer, which have one purpose.

    empties: it is to empty dimensions, so that what it writes is about their meanings before.
    """

    step: int
    first: int
    end: int
    label: str
    empties: bool
    expressions: tuple[Expression, ...]
    reads: tuple[int, ...]
    W_in: Array  # [read direction, neuron]
    b_in: Array  # [neuron]
    pre: Array  # [pos, neuron]
    post: Array  # [pos, neuron]
    writes: tuple[int, ...]
    W_out: Array  # [neuron, written direction]
    written: Array  # [pos, written direction]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that the answer can be, and the number that says so exactly."""

    value: str
    number: float


@dataclass(frozen=True, slots=True)
class Output:
    """columns: what each says; failures: how many of them, the last ones, report failures;
    candidates: for every position but BOS the values nearest to its number, if one number is the
    answer.
    """

    kind: str
    columns: tuple[str, ...]
    failures: int
    reads: tuple[int, ...]
    W_U: Array  # [read direction, column]
    b_U: Array  # [column]
    numbers: Array  # [pos, column]
    candidates: tuple[tuple[Candidate, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """values: one text a position; or error: the whole message, and the position it names."""

    values: tuple[str, ...] = ()
    error: str = ""
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """rows: what, by the theory, as compiled; reasons: why they differ."""

    rows: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    certified: bool


@dataclass(frozen=True, slots=True)
class Writing:
    """The input is a generation.

    prompt: how many of its tokens were given; ended: why no more were written, if it was an error.
    """

    prompt: int
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A direction that holds a variable: its label, and from which step on, until which (0 for to
    the end)."""

    direction: int
    label: str
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Living:
    """A variable: an s-op that lives in the residual stream.

    carriers: what is exchanged for it, itself or what only it is made of.
    """

    name: str
    expressions: tuple[Expression, ...]
    carriers: tuple[str, ...]
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An s-op that has no place in the stream, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class WireWitness:
    """Two inputs on which an edge matters, the answer before and after."""

    base: tuple[str, ...]
    source: tuple[str, ...]
    places: tuple[int, ...] | None
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wire:
    """An edge of the circuit; start, end: the keys of the rows of its parts."""

    writer: str
    reader: str
    start: str
    end: str
    letter: str
    variable: str
    directions: tuple[int, ...]
    carries: str
    role: str
    verdict: str
    witness: WireWitness | None


@dataclass(frozen=True, slots=True)
class Exploration:
    """name: of the s-op; source_name and source: the program text, "" where there is none."""

    name: str
    source_name: str
    source: str
    root: tuple[Expression, ...]
    tokens: tuple[str, ...]  # as they are shown, BOS left out
    token_names: tuple[str, ...]  # as a program would write them
    ids: tuple[int, ...]  # BOS first
    causal: bool
    dtype: str
    account: Account
    model_answer: Answer
    program_answer: Answer
    agree: bool
    directions: tuple[Direction, ...]
    steps: tuple[Step, ...]
    heads: tuple[Head, ...]
    neurons: tuple[Neurons, ...]
    output: Output
    variables: tuple[Living, ...]
    elsewhere: tuple[Elsewhere, ...]
    wires: tuple[Wire, ...]
    writing: Writing | None = None

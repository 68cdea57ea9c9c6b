"""A network and how it is read out -> the same network with the head of a stock class.

labels   one logit for each value and for each error; the tokens have one more, the unknown one,
         which has a label of its own
number   the columns as they are: the number, and one for each failure
lm       one logit for each token, and for each value that is no token and each error an id of
         its own, at which generation ends
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rasp.artifact import Artifact
from rasp.errors import ExportError
from rasp.export.labels import ERROR, SURE, UNKNOWN, Head, failure_text, json_of, value_head
from rasp.export.uniform import Array, Uniform
from rasp.graph.nodes import atom_key
from rasp.vocabulary import FIRST_TOKEN

NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Headed:
    """labels: of the columns that the network puts out; for "lm" of all ids from the first one that
    is no token on.
    """

    kind: str  # "labels", "number" or "lm"
    network: Uniform
    labels: tuple[str, ...]


def labelled(artifact: Artifact, network: Uniform, head: Head) -> Headed:
    """A classifier."""
    wider = network.with_token_direction()
    # The unknown token's own logit is above all others where the token is, and far below elsewhere.
    top = _top(head)
    columns = wider.W_U @ head.weight  # [d_model + 1, label]
    columns = np.concatenate([columns, np.zeros((len(columns), 1))], axis=1)
    columns[-1, -1] = 2 * top
    bias = np.append(wider.b_U @ head.weight + head.bias, -top)
    return Headed("labels", wider.with_output(columns, bias), (*head.labels, ERROR + UNKNOWN))


def numbered(artifact: Artifact, network: Uniform) -> Headed:
    """What the model puts out."""
    readout = artifact.readout
    columns = [NUMBER] if readout.kind != "parts" else []
    columns += ["low part"] if readout.low is not None else []
    columns += ["spread"] if readout.spread is not None else []
    columns += [f"{NUMBER} {n}" for n in range(readout.n_values - len(columns))]
    errors = [ERROR + failure_text(failure) for failure in readout.failures]
    return Headed("number", network, (*columns, *errors))


def next_token(artifact: Artifact, network: Uniform, head: Head) -> Headed:
    """A language model without a bias."""
    tokens = {atom_key(token): n for n, token in enumerate(artifact.vocabulary.tokens, FIRST_TOKEN)}
    top = _top(head)
    ids: list[int] = []
    labels: list[str] = []
    for label, value in zip(head.labels, head.values, strict=True):
        number = tokens.get(atom_key(value)) if value is not None else None
        if number is None:
            number = FIRST_TOKEN + len(tokens) + len(labels)
            labels.append(label if value is None else f"no token: {json_of(value)}")
        ids.append(number)
    if len(set(ids)) < len(ids):
        raise ExportError(
            "a token has several logits, and a language model has one for each",
            hint="compile it with one_logit=True (--one-logit), or export it with labels",
        )
    if not any(number < FIRST_TOKEN + len(tokens) for number in ids):
        shown = ", ".join(head.labels[:5])
        raise ExportError(
            "only a program whose values are tokens can go on",
            notes=[f"its values are {shown}{', ...' if len(head.labels) > 5 else ''}"],
        )
    n_ids = FIRST_TOKEN + len(tokens) + len(labels)
    weight = np.zeros((len(head.weight), n_ids))
    bias = np.full(n_ids, -top)  # of what never comes next
    weight[:, ids], bias[ids] = head.weight, head.bias
    wider = network.with_tokens(len(labels)).with_columns(weight, bias).with_constant_direction()
    columns: Array = wider.W_U.copy()
    columns[-1] = wider.b_U
    return Headed("lm", wider.with_output(columns, np.zeros(n_ids)), tuple(labels))


def chosen(
    artifact: Artifact, network: Uniform, kind: str, dtype: str | None
) -> tuple[Headed, str]:
    """The head, and the dtype that it needs.  Raises ExportError."""
    if kind not in ("auto", "labels", "number", "lm"):
        raise ExportError(f"no head {kind!r}", hint="the heads are auto, labels, number, lm")
    if kind == "lm" and not artifact.config.causal:
        raise ExportError(
            "only causal models are language models",
            hint="compile the program with causal=True (--causal)",
        )
    if kind != "number":
        for tried in dict.fromkeys([dtype or artifact.config.dtype, dtype or "float64"]):
            head = value_head(artifact.readout, tried)
            if head is not None:
                make = next_token if kind == "lm" else labelled
                return make(artifact, network, head), tried
        if kind != "auto":
            raise ExportError(
                "the values have no labels: they are numbers that depend on the place or are not "
                "listed, or are too close to each other",
                hint="the head 'number' gives the number as it is",
            )
    if artifact.readout.kind == "categorical":
        raise ExportError("the values are no numbers")
    return numbered(artifact, network), dtype or artifact.config.dtype


def _top(head: Head) -> float:
    """A power of two that is more than any logit, and enough to be sure."""
    largest = max(float(np.abs(numbers).max(initial=SURE)) for numbers in (head.weight, head.bias))
    return 2.0 ** math.ceil(math.log2(4 * largest))

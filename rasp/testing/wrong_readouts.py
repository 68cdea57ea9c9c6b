"""Models whose read-out says something else than the program, for trying the proof of meaning on.

READOUTS[name]()            wrong in value or in type
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.artifact import Artifact
from rasp.certificate import Direction, Head
from rasp.graph.nodes import Aggregate, Atom
from rasp.meaning.witness import Beside, Meaning, Multiple
from rasp.outputs import Low, Spread
from rasp.testing.limits import OF_TYPES, lowered
from rasp.testing.wrong_models import model_of, with_tensors

Build = Callable[[], Artifact]

SPREAD = "x = aggregate(select(indices, indices, <=), tokens_int);"
READ = (
    "y = aggregate(select(indices, indices - 1, ==), tokens_int, 1);"
    "x = aggregate(select(indices, indices, <=), y);"
)
MEAN_AND_COUNT = "x = aggregate(full_s, tokens_int) + selector_width(select(tokens, tokens, ==));"
TWO_PARTS = "x = tokens_int / 7 + tokens_int[0];"
DIGITS = "127"
MANY = tuple(map(str, range(42)))


def _read(artifact: Artifact, **changed: Any) -> Artifact:
    return replace(artifact, readout=replace(artifact.readout, **changed))


def with_columns(artifact: Artifact, columns: Sequence[int], **changed: Any) -> Artifact:
    """With these columns of the output alone, in this order, and another read-out."""
    w_u, b_u = (artifact.tensors[f"unembed.{name}"] for name in ("W_U", "b_U"))
    config = replace(artifact.config, d_vocab_out=len(columns))
    forged = with_tensors(
        replace(artifact, config=config), unembed__W_U=w_u[:, columns], unembed__b_U=b_u[columns]
    )
    return _read(forged, **changed)


def types_of_tokens() -> Artifact:
    """Of tokens that are 3 and 3.0 types are left to the rule for means, and change places."""
    artifact = model_of("x = aggregate(select(indices, 0, ==), tokens_asis);", (3, 3.0))
    return _read(artifact, values=artifact.readout.values[::-1], by_rule=True)


def untold() -> Artifact:
    """Of a mean it is left to the rule whether it is an int, though a column could tell."""
    return _untold(SPREAD)


def untold_of_read() -> Artifact:
    """The same of a mean of what is read elsewhere, which is an int."""
    return _untold(READ)


def not_left_open() -> Artifact:
    """The same of a mean of more ints than marks tell: the rule is for means of means, or reads."""
    return _untold(SPREAD, MANY, 2)


def not_left_open_where_read() -> Artifact:
    """And where such a mean is read at one key, what is beside it is read, too."""
    so_far = "aggregate(select(indices, indices, <=), tokens_int)"
    return _untold(f"x = aggregate(select(indices, indices - 1, ==), {so_far});", MANY, 3)


def not_left_open_of_ints() -> Artifact:
    """And where what is averaged is read as an int, or is one itself."""
    return _untold(READ, MANY, 3)


def open_nowhere() -> Artifact:
    """The rule makes a float of what is an int where one key is selected, on any input."""
    return model_of(
        "x = aggregate(full_s, aggregate(select(indices, indices, <=), tokens_int) + tokens_int);",
        MANY,
        2,
    )


def left_to_the_rule() -> Artifact:
    """Types that marks could tell are left to the rule for means: of 0 and 2 it makes 2.0."""
    so_far = "aggregate(select(indices, indices, <=), tokens_int)"
    with lowered(OF_TYPES):
        return model_of(f"x = aggregate(select(indices, 0, ==), {so_far} * 3);", "012", 3)


def types_of_many_tokens() -> Artifact:
    """And where it is what the tokens are, of which one is 3 and one 3.0."""
    so_far = SPREAD.replace("tokens_int", "tokens_asis")
    return _untold(so_far, (*range(len(MANY)), 3.0), 2)


def _untold(text: str, tokens: Sequence[Atom] = "012", max_len: int = 4) -> Artifact:
    artifact = model_of(text, tokens, max_len)
    ends = min(artifact.readout.values), max(artifact.readout.values)
    values = tuple(int(v) if v in ends else v for v in artifact.readout.values)
    return with_columns(artifact, [0], spread=None, by_rule=True, values=values)


def faint_spread() -> Artifact:
    """The column that tells ints from floats is read with a hundredth of its size."""
    artifact = model_of(SPREAD, "012")
    w_u = artifact.tensors["unembed.W_U"].copy()
    w_u[:, -1] *= 0.01
    return with_tensors(artifact, unembed__W_U=w_u)


def exchanged_spreads() -> Artifact:
    """Of two means, each is an int where the other one is."""
    after = SPREAD.replace("x = ", "y = ").replace("<=", ">=")
    artifact = model_of(f'{SPREAD} {after} x = x if tokens == "0" else y;', "012", 4)
    return with_columns(artifact, [0, 1, 2, 5, 4, 3])


READ_SPREADS = """
    y = aggregate(select(indices, indices, <=), tokens_int);
    z = aggregate(select(indices, indices, >=), tokens_int);
    a = aggregate(select(indices, indices - 1, ==), y);
    b = aggregate(select(indices, indices - 1, ==), z);
    x = a if tokens == "0" else b;
"""


def spreads_of_others() -> Artifact:
    """Of two means that are read each is an int where the other one is, as the witness has it."""
    return _with_other_spreads(lambda one, other: replace(one, aggregate=other.aggregate))


def carried_by_others() -> Artifact:
    """The same, and of the witness it is not to be seen."""
    return _with_other_spreads(lambda one, other: other)


def _with_other_spreads(forge: Callable[[Beside, Beside], Beside]) -> Artifact:
    artifact = model_of(READ_SPREADS, "012", 4)
    witness = artifact.witness
    assert witness is not None
    read = {n: q for n, q in enumerate(witness.quantities) if isinstance(q, Beside) and q.of}
    (a, one), (b, other) = read.items()
    quantities = [*witness.quantities]
    quantities[a], quantities[b] = forge(one, other), forge(other, one)
    forged = replace(artifact, witness=replace(witness, quantities=tuple(quantities)))
    return with_columns(forged, [0, 1, 2, 5, 4, 3])


def spread_of_a_default() -> Artifact:
    """Where nothing is fetched the default, 1.0, is an int, as witness and weights have it."""
    text = "y = aggregate(select(indices, indices, <=), tokens_int);"
    artifact = model_of(f"{text} x = fetch(select(indices, indices - 1, ==), y, 1.0);", "012")
    witness = artifact.witness
    assert witness is not None
    (read,) = (q for q in witness.quantities if isinstance(q, Beside) and q.of is not None)
    quantities = tuple(replace(q, default=0.0) if q is read else q for q in witness.quantities)
    w_v = artifact.tensors["blocks.1.attn.W_V"].copy()
    w_v[0, 0, 0] = 0.0  # of BOS, which is read where there is no key
    forged = replace(artifact, witness=replace(witness, quantities=quantities))
    return with_tensors(forged, blocks__1__attn__W_V=w_v)


def typed_part() -> Artifact:
    """A part of the result leaves it to the rule whether it is an int."""
    text = "y = aggregate(select(indices, indices, <=), tokens_int);"
    text += " x = aggregate(select(indices, indices - 1, ==), y * y) + y;"
    with lowered(OF_TYPES):
        return model_of(text, "012", 4)


def coarse_grid() -> Artifact:
    """A part of the result that is an integer is read out as twice that."""
    artifact = model_of(MEAN_AND_COUNT, DIGITS, 12)
    mean, count = artifact.readout.parts
    assert count.kind == "grid"
    w_u = artifact.tensors["unembed.W_U"].copy()
    w_u[:, mean.n_values] *= 2.0
    return with_tensors(artifact, unembed__W_U=w_u)


def one_part_for_two() -> Artifact:
    """Both operands of a sum are read out of the second part."""
    artifact = model_of(TWO_PARTS, [str(number) for number in range(300)], 3)
    _, second = artifact.readout.parts
    formula: list[tuple[str, Atom]] = list(artifact.readout.formula)
    formula[formula.index(("part", 1))] = "part", 0
    return with_columns(artifact, [1], parts=(second,), formula=tuple(formula))


def other_constant() -> Artifact:
    """A constant in the formula of the result is another one."""
    artifact = model_of("x = 1 / aggregate(full_s, tokens_int);", DIGITS, 12)
    formula: list[tuple[str, Atom]] = list(artifact.readout.formula)
    formula[formula.index(("constant", 1))] = "constant", 2
    return _read(artifact, formula=tuple(formula))


def twin_logits() -> Artifact:
    """A value has two logits, so that none is ahead of the others where it is the answer."""
    artifact = model_of("x = aggregate(select(indices, indices, <=), tokens);")
    first, second = artifact.readout.values
    return with_columns(artifact, [0, 1, 0], values=(first, second, first))


def _with_zeros(tensor: NDArray[Any], axis: int) -> NDArray[Any]:
    """The tensor, one longer along an axis."""
    return np.concatenate([tensor, np.zeros_like(tensor.take([0], axis))], axis)


LARGE = 2**53
"""The last integer up to which all are floats, too."""


def rounded_away() -> Artifact:
    """An integer that is no float is told to be one by a second column, and is made a float before
    that is asked."""
    text = f"x = aggregate(select(indices, indices - 1, ==), tokens_asis, {LARGE + 2});"
    artifact = model_of(text, (LARGE + 1, LARGE - 1), 3)
    plan, witness, root = artifact.plan, artifact.witness, artifact.graph
    assert plan is not None
    assert witness is not None
    assert isinstance(root, Aggregate)
    (head,) = plan.sublayers[0]
    assert isinstance(head, Head)
    assert len(head.values) == 1
    place = artifact.config.d_model
    t = {
        name: _with_zeros(artifact.tensors[name], axis)
        for name, axis in (
            *(("embed.W_E", 1), ("pos_embed.W_pos", 1), ("unembed.W_U", 0)),
            *((f"blocks.0.attn.W_{part}", 1) for part in "QKV"),
            *(("blocks.0.attn.W_O", 2), ("blocks.0.attn.b_O", 0)),
        )
    }
    b_v = artifact.tensors["blocks.0.attn.b_V"].copy()
    # The squares of how far the values are from 2^53: 1 of the tokens, 4 where nothing is selected.
    b_v[0, 1], t["blocks.0.attn.W_V"][0, 0, 1], t["blocks.0.attn.W_O"][0, 1, place] = 1.0, 3.0, 1.0
    column = np.zeros_like(t["unembed.W_U"][:, :1])
    column[place] = 1.0
    t["unembed.W_U"] = np.concatenate([t["unembed.W_U"], column], 1)
    b_u = np.append(artifact.tensors["unembed.b_U"], np.zeros(1, column.dtype))
    beside = Beside(root, (LARGE + 1, LARGE - 1), (1.0, 1.0), 4.0)
    number = len(witness.quantities)
    return replace(
        artifact,
        config=replace(artifact.config, d_model=place + 1, d_vocab_out=2),
        tensors=artifact.tensors | t | {"blocks.0.attn.b_V": b_v, "unembed.b_U": b_u},
        labels=replace(artifact.labels, residual=(*artifact.labels.residual, "the spread")),
        plan=replace(
            plan,
            directions=(*plan.directions, Direction(place, 1, 0, 4.0, False, True, None)),
            sublayers=((replace(head, values=(*head.values, 1.0), agrees=(*head.agrees, True)),),),
        ),
        witness=replace(
            witness,
            quantities=(*witness.quantities, beside),
            values=(*witness.values, ()),
            directions=(*witness.directions, Meaning(0.0, (), (Multiple(number, 1.0),))),
        ),
        readout=replace(artifact.readout, spread=Spread(float(LARGE), 1.0)),
    )


def low_column() -> Artifact:
    """A column for the low part of an integer adds 1 to it."""
    artifact = model_of(MEAN_AND_COUNT, DIGITS, 12)
    mean, count = artifact.readout.parts
    assert count.kind == "grid"
    low = Low(replace(count, context="", scale=np.ones(1)), below=1)
    forged = with_columns(artifact, [0, 1, 2, 2], parts=(mean, replace(count, low=low)))
    w_u, b_u = (forged.tensors[f"unembed.{name}"].copy() for name in ("W_U", "b_U"))
    w_u[:, 3], b_u[3] = 0.0, 1.0
    return with_tensors(forged, unembed__W_U=w_u, unembed__b_U=b_u)


READOUTS: dict[str, Build] = {
    build.__name__: build
    for build in (
        types_of_tokens,
        untold,
        untold_of_read,
        not_left_open,
        not_left_open_where_read,
        not_left_open_of_ints,
        types_of_many_tokens,
        open_nowhere,
        left_to_the_rule,
        faint_spread,
        exchanged_spreads,
        spreads_of_others,
        carried_by_others,
        spread_of_a_default,
        typed_part,
        coarse_grid,
        one_part_for_two,
        other_constant,
        twin_logits,
        low_column,
        rounded_away,
    )
}

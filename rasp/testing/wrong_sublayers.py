"""Models whose heads or neurons do something else than the program, for trying the proof of
meaning on.

SUBLAYERS[name]()           wrong in value
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from rasp.artifact import Artifact
from rasp.certificate import Head
from rasp.graph.nodes import Atom
from rasp.meaning.witness import Meaning, Multiple, Term
from rasp.testing.forged_programs import renamed
from rasp.testing.limits import LIMITS, lowered
from rasp.testing.wrong_models import model_of, node_of, passed_off, with_tensors

Build = Callable[[], Artifact]

OF_TWO = 'x = selector_width(select(tokens, "a", ==) or select(indices, indices, <));'
ALL_A = 'x = selector_width(select(tokens, "a", ==));'


def means_for_sums() -> Artifact:
    """What is said to be the sum of two counts is one of two means: BOS has no weight."""
    artifact = model_of(OF_TWO, "ab", 6)
    assert artifact.plan is not None
    (heads,) = artifact.plan.sublayers
    own: Any = tuple(replace(head, weight=None) for head in heads if isinstance(head, Head))
    assert len(own) == 2
    plan = replace(artifact.plan, sublayers=(own,))
    w_k = artifact.tensors["blocks.0.attn.W_K"].copy()
    w_o = artifact.tensors["blocks.0.attn.W_O"].copy()
    w_o[w_o != 0.0] = 1.0
    for number, head in enumerate(own):
        column = len(head.keys)
        w_k[number, 0, column] = -0.5 - artifact.tensors["blocks.0.attn.b_K"][number, column]
    return with_tensors(
        replace(artifact, plan=plan), blocks__0__attn__W_K=w_k, blocks__0__attn__W_O=w_o
    )


def carrying_keys() -> Artifact:
    """All keys carry what only BOS should, so that its share is not seen."""
    artifact = model_of(ALL_A)
    w_v = artifact.tensors["blocks.0.attn.W_V"].copy()
    b_v = artifact.tensors["blocks.0.attn.b_V"].copy()
    b_v[0, 0], w_v[0, 0, 0] = b_v[0, 0] + w_v[0, 0, 0], 0.0
    return with_tensors(artifact, blocks__0__attn__W_V=w_v, blocks__0__attn__b_V=b_v)


def other_count() -> Artifact:
    """A mean times the least number of keys that it may be over, for the sum."""
    text = "s = select(tokens_int, 0, >); x = round({} * aggregate(s, tokens_int));"
    tokens = [str(digit) for digit in range(10)]
    return passed_off(
        text.format("(indices * 0)"), text.format("selector_width(s)"), tokens, max_len=12
    )


def no_first_of_all() -> Artifact:
    """In longer inputs no key has the number 0, though it is among the numbers."""
    key = "(indices if indices > 0 else 0) + selector_width(full_s) - 1"
    text = f'x = aggregate(select({key}, 0, ==), tokens, "{{}}");'
    return passed_off(text.format("b"), text.format("a"), "ab", 320)


PAIR = "select(tokens, tokens, ==) and select(indices, indices, !=)"
_MANY = tuple(f"t{number}" for number in range(40))


def unmasked() -> Artifact:
    """A head that looks ahead, though no key after the query should be read."""
    text = "x = selector_width({});"
    return passed_off(
        text.format(f"select(indices, indices, <=) and {PAIR}"), text.format(PAIR), _MANY, 32
    )


def asks_more() -> Artifact:
    """A head that compares tokens, where all keys that are seen should be read."""
    seen = "select(indices, indices, <=)"
    text = "x = selector_width({});"
    more = f"{seen} and select(tokens, tokens, ==)"
    return passed_off(text.format(seen), text.format(more), _MANY, 12, causal=True)


def many_compared() -> Artifact:
    """Of more than eight comparisons of tokens the last is another one."""
    some = " or ".join(f'select(tokens, "{token}", ==)' for token in _MANY[:8])
    others = f"not ({some}) and select(indices, indices, !=)"
    text = f"x = selector_width({others} and select(tokens, tokens, {{}}));"
    return passed_off(text.format("=="), text.format("!="), _MANY, 12)


def other_mask() -> Artifact:
    """Tokens that are no larger are all that a causal model sees."""
    before = "p = aggregate(select(indices, indices - 1, ==), tokens_int, 0);"
    text = before + "x = selector_width({});"
    return passed_off(
        text.format("select(tokens_int, tokens_int, <=) and select(p, p, ==)"),
        text.format("select(p, p, ==)"),
        [str(n) for n in range(40)],
        32,
        causal=True,
    )


def deferred_failure() -> Artifact:
    """A score fails at a key that no query selects, and the model reports it."""
    selected = 's = select(tokens, "1", ==); y = 1 / tokens_int;'
    largest = f"{selected} x = aggregate({{}}, y, 0);"
    return passed_off(
        f"{selected} x = selector_width(best(s, y));",
        f"{selected} x = selector_width(s and select(y, aggregate(s, y, 0), ==));",
        "012",
        3,
        names={node_of(largest.format("s")): node_of(largest.format("best(s, y)"))},
    )


def other_comparison() -> Artifact:
    """Of many pairs of values the wrong ones are selected by one of two comparisons."""
    text = "x = selector_width(select(tokens, tokens, {}) and select(indices, indices, !=));"
    return passed_off(text.format("=="), text.format("!="), _MANY, 32)


def preferred_key() -> Artifact:
    """Of many pairs of values one that is selected has a larger score than the others."""
    artifact = model_of(f"x = selector_width({PAIR});", _MANY, 32)
    w_k = artifact.tensors["blocks.0.attn.W_K"].copy()
    w_k[0, 2, 0] = 1.0  # of the key at index 1 and the query at index 0
    return with_tensors(artifact, blocks__0__attn__W_K=w_k)


def raised_scores() -> Artifact:
    """Of many pairs of values all score a gap more than they should, so that keys that miss one of
    two comparisons are selected."""
    return raised(model_of(f"x = selector_width({PAIR});", _MANY, 32))


def raised(artifact: Artifact) -> Artifact:
    """All keys score a gap more, for the first head."""
    assert artifact.plan is not None
    head = artifact.plan.sublayers[0][0]
    assert isinstance(head, Head)
    b_k = artifact.tensors["blocks.0.attn.b_K"].copy()
    w_k = artifact.tensors["blocks.0.attn.W_K"].copy()
    b_k[0, len(head.keys)] += 1.0
    w_k[0, 0, len(head.keys)] -= 1.0  # the beginning scores as before
    return with_tensors(artifact, blocks__0__attn__b_K=b_k, blocks__0__attn__W_K=w_k)


def other_sum() -> Artifact:
    """Of many pairs of values those that heads add up are not those of the selector."""
    text = "x = selector_width(select(tokens, tokens, ==) or select(indices, indices, {}));"
    return passed_off(text.format("<"), text.format(">"), _MANY, 32)


def other_rank() -> Artifact:
    """Of many pairs of values the first selected key is read in place of the last."""
    text = f"x = aggregate({{}}({PAIR}), indices, -1);"
    return passed_off(text.format("last"), text.format("first"), _MANY, 32)


def mean_for_first() -> Artifact:
    """The mean of all selected keys is read in place of the first."""
    text = "x = aggregate({}(select(tokens, tokens, ==)), indices, -1);"
    return passed_off(text.format("first"), text.format(""), "ab", 3)


def best_for_all() -> Artifact:
    """Of many pairs of values the last selected key is read in place of the mean of all."""
    others = "select(tokens, tokens, !=) and select(indices, indices, !=)"
    text = f'x = aggregate({{}}({others}), indicator(tokens == "t0") + 0.5, -1.5);'
    mean, last = (model_of(text.format(name), _MANY[:20], 24) for name in ("", "last"))
    plan, witness = last.plan, last.witness
    assert plan is not None
    assert witness is not None
    assert mean.graph is not None
    assert last.graph is not None
    (head,) = plan.sublayers[-1]
    assert isinstance(head, Head)
    averaged = replace(head, single=False, agrees=(False,))
    directions = (*plan.directions[:-1], replace(plan.directions[-1], dyadic=False))
    (term,) = witness.directions[-1].terms
    held = Meaning(0.0, (), (Multiple(term.quantity, 1.0),))
    lying = replace(witness, directions=(*witness.directions[:-1], held))
    return replace(
        last,
        graph=mean.graph,
        readout=mean.readout,
        witness=renamed(lying, {last.graph: mean.graph}),
        plan=replace(plan, sublayers=(*plan.sublayers[:-1], (averaged,)), directions=directions),
    )


_REVERSE = "x = aggregate(select(indices, -indices + length - 1, ==), tokens);"


def shifted_sum() -> Artifact:
    """In long inputs what a query scores by is no multiple of what it is compared by."""
    artifact = model_of(_REVERSE, "ab", 300)
    w_q = artifact.tensors["blocks.1.attn.W_Q"].copy()
    w_q[0, 1, w_q[0, 1] != 0.0] *= 1.5  # the share of the index
    return with_tensors(artifact, blocks__1__attn__W_Q=w_q)


_ASKED = 'has_focus(select(indices, indices, {}) and select(tokens, "{}", ==))'


def _chosen(largest: Atom, comparison: str) -> str:
    """A choice of 0, 1, 2 and another value."""
    questions = [_ASKED.format(comparison, token) for token in "abc"]
    return "x = {} if {} else (2 if {} else (1 if {} else 0));".format(largest, *questions)


def chosen_model() -> Artifact:
    """A choice that heads add up."""
    with _added_up():
        return model_of(_chosen(3, "<="), "abc", 4)


def other_choice() -> Artifact:
    """Heads that add up a choice ask other questions."""
    with _added_up():
        return passed_off(_chosen(3, "<="), _chosen(3, ">="), "abc", 4)


def _added_up() -> AbstractContextManager[None]:
    return lowered([limit for limit in LIMITS if limit.name == "LONG_INPUTS"])


def other_type() -> Artifact:
    """Where the choice is 2.0 it is read out as 2: the head is missing that tells them apart."""
    artifact = chosen_model()
    root = node_of(_chosen(2.0, "<="))
    plan, witness, graph = artifact.plan, artifact.witness, artifact.graph
    assert plan is not None
    assert witness is not None
    assert graph is not None
    heads = [entry for entry in plan.sublayers[0] if isinstance(entry, Head)]
    heads[-1] = replace(heads[-1], values=(), agrees=())
    tensors = {
        f"blocks__0__attn__{name}": artifact.tensors[f"blocks.0.attn.{name}"].copy()
        for name in ("W_V", "b_V", "W_O")
    }
    for tensor in tensors.values():
        tensor[len(heads) - 1] = 0.0
    (multiple,) = witness.directions[-1].multiples
    held = Meaning(0.0, (Term(multiple.quantity, (0.0, 1.0, 2.0, 3.0)),))
    values = list(witness.values)
    values[multiple.quantity] = (0, 1, 2, 2.0)
    lying = replace(witness, values=tuple(values), directions=(*witness.directions[:-1], held))
    listed = tuple(2.0 if value == 3 else value for value in artifact.readout.values)
    return replace(
        with_tensors(artifact, **tensors),
        graph=root,
        plan=replace(plan, sublayers=(tuple(heads), *plan.sublayers[1:])),
        witness=renamed(lying, {graph: root}),
        readout=replace(artifact.readout, values=listed),
    )


def differing_values() -> Artifact:
    """What has to be one value is the mean of several."""
    text = "x = {}(full_s, tokens_asis, 0.5);"
    return passed_off(text.format("fetch"), text.format("aggregate"), (0.5, 1.5), 3)


def unlisted_default() -> Artifact:
    """Where nothing is selected the model says "b", and the witness says nothing of that."""
    artifact = model_of('x = aggregate(select(indices, indices - 1, ==), tokens, "a");', "bc")
    witness = artifact.witness
    assert witness is not None
    (place,) = (
        place for place, values in enumerate(witness.values) if len(values) == 3 and "a" in values
    )
    values = list(witness.values)
    number = values[place].index("a")
    values[place] = values[place][:number] + values[place][number + 1 :]
    directions = tuple(
        replace(
            meaning,
            terms=tuple(
                replace(term, numbers=term.numbers[:number] + term.numbers[number + 1 :])
                if term.quantity == place
                else term
                for term in meaning.terms
            ),
        )
        for meaning in witness.directions
    )
    w_v = artifact.tensors["blocks.0.attn.W_V"].copy()
    b = artifact.readout.values.index("b")
    w_v[0, 0, :3] = -artifact.tensors["blocks.0.attn.b_V"][0, :3]
    w_v[0, 0, b] += 1.0
    forged = with_tensors(artifact, blocks__0__attn__W_V=w_v)
    return replace(forged, witness=replace(witness, values=tuple(values), directions=directions))


_PLACE = """
plus = aggregate(select_from_first(tokens, "+"), indices % 12);
equals = aggregate(select_from_first(tokens, "="), indices % 12);
x = aggregate(select(indices, plus - equals, ==), tokens, "?");
"""
"""Read by 2 (t - 19) (k - 19) - (k - 19)^2, and 1641 less where t, which is from -11 to 11, is
negative."""


def _asking(moved: tuple[float, float, float], by_sign: tuple[float, float, float]) -> Artifact:
    """The model of `_PLACE`, with queries that are moved, and by how much where t is not below 0,
    times 1641."""
    artifact = model_of(_PLACE, "a+=", 40)
    plan = artifact.plan
    assert plan is not None
    (head,) = plan.sublayers[-1]
    assert isinstance(head, Head)
    sign = plan.directions[-5].place
    w_q = artifact.tensors["blocks.1.attn.W_Q"].copy()
    b_q = artifact.tensors["blocks.1.attn.b_Q"].copy()
    for column, (more, factor) in enumerate(zip(moved, by_sign, strict=True)):
        b_q[0, column] += 256.0 * more
        w_q[0, 0, column] -= 256.0 * more  # the beginning asks for what it did
        w_q[0, sign, column] += 256.0 * factor
    wide = replace(head, queries=(200.0, 1.0, 6000.0))
    plan = replace(plan, sublayers=(*plan.sublayers[:-1], (wide,)))
    forged = replace(artifact, plan=plan)
    return with_tensors(forged, blocks__1__attn__W_Q=w_q, blocks__1__attn__b_Q=b_q)


def next_place() -> Artifact:
    """The key after the one at a computed place is read."""
    return _asking((1.0, 0.0, 0.0), (0.0, 0.0, 0.0))


def climbing() -> Artifact:
    """Where there is no key at a place, the first key misses, but not those after it."""
    return _asking((102.5625, 0.0, 4102.5), (-0.0625, 0.0, -2.5))


def preferred_place() -> Artifact:
    """Whichever place is asked for, the key at index 13 is read, which is beside none of them."""
    artifact = model_of(_PLACE, "a+=", 40)
    witness = artifact.witness
    assert witness is not None
    square, place = witness.directions[1], 13
    (term,) = square.terms
    numbers = (*term.numbers[:place], 400.0, *term.numbers[place + 1 :])
    other = replace(square, terms=(replace(term, numbers=numbers),))
    directions = (witness.directions[0], other, *witness.directions[2:])
    w_pos = artifact.tensors["pos_embed.W_pos"].copy()
    w_pos[1 + place, 2] = 400.0
    forged = replace(artifact, witness=replace(witness, directions=directions))
    return with_tensors(forged, pos_embed__W_pos=w_pos)


SUBLAYERS: dict[str, Build] = {
    build.__name__: build
    for build in (
        means_for_sums,
        carrying_keys,
        other_count,
        no_first_of_all,
        unmasked,
        asks_more,
        many_compared,
        other_mask,
        deferred_failure,
        other_comparison,
        preferred_key,
        raised_scores,
        shifted_sum,
        other_sum,
        other_rank,
        best_for_all,
        mean_for_first,
        other_choice,
        other_type,
        differing_values,
        unlisted_default,
        next_place,
        climbing,
        preferred_place,
    )
}

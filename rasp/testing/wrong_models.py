"""Models that are wrong, for trying the proof of meaning on.

BY_HAND[name]()             one for each kind of mistake: wrong in value or in type
LYING[name]()               models whose plan says what is not so
by_guard(name)              what the compiler makes without one of its conditions
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.certificate import Head, Neurons, PlanError
from rasp.compiler.pipeline import compile_graph
from rasp.graph import construct
from rasp.graph.nodes import TOKENS, Atom, Node, SOpNode
from rasp.meaning.witness import Joint, Quantity
from rasp.program import loads
from rasp.sop import SOp
from rasp.testing.forged_programs import renamed
from rasp.testing.guard_table import GUARDS
from rasp.testing.guards import dropped
from rasp.testing.limits import LIMITS
from rasp.testing.meanings import Case, inputs_of, is_wrong
from rasp.testing.weakened import Wrong
from rasp.vocabulary import Vocabulary

Build = Callable[[], Artifact]


def fits(artifact: Artifact) -> bool:
    """Are the weights of the structure that the plan says?  The proof is asked for no others."""
    try:
        artifact.certify()
    except PlanError:
        return False
    return True


def by_guard(name: str) -> Wrong | None:
    """What the compiler makes of a guard's program without the guard, if that is a wrong model."""
    (guard,) = (guard for guard in GUARDS if f".{guard.name}".endswith(f".{name}"))
    sop = loads(guard.program.text)[guard.program.sop]
    assert isinstance(sop, SOp)
    program = guard.program
    limits = tuple(limit for limit in LIMITS if str(limit) in guard.limits)
    of = program.vocabulary, program.max_len, guard.causal, guard.optimize, limits
    case = Case(name, sop.node, *of)
    with dropped(guard):
        artifact = case.compiled()
    if fits(artifact) and is_wrong(artifact, case.root, inputs_of(case, 0)):
        return Wrong(name, artifact, case.root)
    return None


# -- by hand


def node_of(text: str) -> SOpNode:
    sop = loads(text)["x"]
    assert isinstance(sop, SOp)
    return sop.node


def model_of(
    text: str, tokens: Sequence[Atom] = "ab", max_len: int = 5, *, causal: bool = False
) -> Artifact:
    return compile_graph(
        node_of(text), vocabulary=Vocabulary.of(tokens), max_len=max_len, causal=causal
    )


def with_tensors(artifact: Artifact, **changed: Any) -> Artifact:
    tensors = {name.replace("__", "."): tensor for name, tensor in changed.items()}
    return replace(artifact, tensors=artifact.tensors | tensors)


def passed_off(
    text: str,
    other: str,
    tokens: Sequence[Atom] = "ab",
    max_len: int = 5,
    *,
    causal: bool = False,
    names: Mapping[Node, Node] | None = None,
) -> Artifact:
    """A model of the second program as one of the first.  names: other s-ops that the witness is to
    take for each other."""
    root, forged = node_of(text), model_of(other, tokens, max_len, causal=causal)
    assert forged.graph is not None
    assert forged.witness is not None
    witness = renamed(forged.witness, {forged.graph: root, **(names or {})})
    return replace(forged, graph=root, witness=witness)


COUNT = "x = selector_width(select(tokens, tokens, ==));"
MEAN = 'x = aggregate(select(indices, indices, <=), indicator(tokens == "a"));'
READ = "x = aggregate(select(indices, indices, <=), tokens);"


def swapped() -> Artifact:
    """Two columns of the unembedding."""
    artifact = model_of("x = tokens;", "abc")
    w_u = artifact.tensors["unembed.W_U"].copy()
    w_u[:, [0, 1]] = w_u[:, [1, 0]]
    return with_tensors(artifact, unembed__W_U=w_u)


def merged() -> Artifact:
    """Two values of the read-out are one."""
    artifact = model_of(COUNT)
    values = list(artifact.readout.values)
    values[1] = values[2]
    return replace(artifact, readout=replace(artifact.readout, values=tuple(values)))


def renamed_value() -> Artifact:
    artifact = model_of("x = tokens;", "abc")
    values = ("z", *artifact.readout.values[1:])
    return replace(artifact, readout=replace(artifact.readout, values=values))


def neurons() -> Artifact:
    count = "x = selector_width(select(tokens, tokens, ==)) == {};"
    return passed_off(count.format(2), count.format(3))


def selector() -> Artifact:
    count = "x = selector_width(select(tokens, tokens, {}));"
    return passed_off(count.format("=="), count.format("!="))


def read() -> Artifact:
    moved = 'x = aggregate(select(indices, indices - {}, ==), tokens, "-");'
    return passed_off(moved.format(1), moved.format(2))


def default() -> Artifact:
    moved = 'x = aggregate(select(indices, indices - 1, ==), tokens, "{}");'
    return passed_off(moved.format("a"), moved.format("b"))


def vocabulary() -> Artifact:
    artifact = model_of("x = tokens;", "abc")
    return replace(artifact, vocabulary=Vocabulary(artifact.vocabulary.tokens[::-1]))


def moved_token() -> Artifact:
    """A position of its own adds to what the token says."""
    artifact = model_of("x = tokens;", "ab")
    assert artifact.plan is not None
    w_pos = artifact.tensors["pos_embed.W_pos"].copy()
    place = artifact.plan.directions[0].place
    w_pos[3, place] = 3.0
    return with_tensors(artifact, pos_embed__W_pos=w_pos)


def loud() -> Artifact:
    """A failure is reported always."""
    return _flagged("x = 1 / (selector_width(select(tokens, tokens, ==)) - 2);", "ab", 1.0)


def silent(text: str, tokens: Sequence[Atom]) -> Build:
    """A failure is never reported."""
    return lambda: _flagged(text, tokens, 0.0)


def silent_nan() -> Artifact:
    """A failure is never reported where a nan, listed behind another number, is rounded."""
    listed = construct.elementwise("index_dict", TOKENS, parameters=("a", 5.0, "b", math.nan))
    root = construct.elementwise("round", listed)
    return _with_flag(compile_graph(root, vocabulary=Vocabulary.of("ab"), max_len=2), 0.0)


def _silent_choice(one: float, other: float) -> Build:
    chosen = construct.elementwise("where", node_of('x = tokens == "a";'), one, other)
    root = construct.elementwise("round", chosen)
    return lambda: _with_flag(compile_graph(root, vocabulary=Vocabulary.of("ab"), max_len=2), 0.0)


def order_of_nan() -> Artifact:
    """Two nan have the same place, and at the other place is nothing."""
    before = "select(tokens_float, tokens_float, <)"
    same = "select(tokens_float, tokens_float, ==) and select(indices, indices, <)"
    text = f"p = selector_width({before} or ({same}));"
    text += 'x = aggregate(select(p, indices, ==), tokens, "{}");'
    return passed_off(text.format("a"), text.format("b"), ("nan", "1"), 3)


def _flagged(text: str, tokens: Sequence[Atom], flag: float) -> Artifact:
    return _with_flag(model_of(text, tokens), flag)


def _with_flag(artifact: Artifact, flag: float) -> Artifact:
    w_u, b_u = (artifact.tensors[f"unembed.{name}"].copy() for name in ("W_U", "b_U"))
    n = artifact.readout.n_values
    w_u[:, n:], b_u[n:] = 0.0, flag
    return with_tensors(artifact, unembed__W_U=w_u, unembed__b_U=b_u)


def unordered() -> Artifact:
    """The program compares a string with a number, and fails."""
    text = "x = selector_width(select(tokens_asis, 1, {}));"
    return passed_off(text.format("<"), text.format("!="), ("a", 1, 0))


def spread() -> Artifact:
    """Ints are told from floats with too large a margin, so that some floats are ints."""
    return _spread(apart=3.0)


def off_centre() -> Artifact:
    """Ints are told from floats by the distance from another number."""
    return _spread(middle=2.0)


def _spread(**changed: float) -> Artifact:
    artifact = model_of("x = aggregate(select(indices, indices, <=), tokens_int);", "012")
    assert artifact.readout.spread is not None
    other = replace(artifact.readout.spread, **changed)
    return replace(artifact, readout=replace(artifact.readout, spread=other))


def other_numbers() -> Artifact:
    """Of means whose types a second column tells, two change places."""
    artifact = model_of("x = aggregate(select(indices, indices, <=), tokens_int);", "012")
    values = list(artifact.readout.values)
    floats = [place for place, value in enumerate(values) if isinstance(value, float)]
    first, second = floats[:2]
    values[first], values[second] = values[second], values[first]
    return replace(artifact, readout=replace(artifact.readout, values=tuple(values)))


def ruled() -> Artifact:
    """The token says whether it is an int, and the read-out leaves that to a rule for means."""
    artifact = model_of('x = 3 if tokens == "a" else 3.0;')
    values = tuple(3.0 if type(v) is int else 3 for v in artifact.readout.values)
    return replace(artifact, readout=replace(artifact.readout, values=values, by_rule=True))


def squared() -> Artifact:
    """Its square is compared, and is the same at both ends, with others in between."""
    carried = '(1 if tokens == "a" else -1) if indices > 0 else 0'
    mean = f"aggregate(select(indices, indices, <=), {carried})"
    return passed_off(f"x = {mean} ^ 2 == 1;", "x = indices >= 0;", max_len=512, causal=True)


def partial_table() -> Artifact:
    """What the witness names is not given for "a", for which the model is wrong."""
    return _partial(Joint((TOKENS,), (("b",),), ("b",)))


def partial_sop() -> Artifact:
    return _partial(node_of('x = {"b": "b"}[tokens];'))


def _partial(quantity: Quantity) -> Artifact:
    artifact = model_of("x = tokens;")
    w_e = artifact.tensors["embed.W_E"].copy()
    w_e[-2] = w_e[-1]
    assert artifact.witness is not None
    named = tuple(quantity if q is TOKENS else q for q in artifact.witness.quantities)
    witness = replace(artifact.witness, quantities=named)
    return replace(with_tensors(artifact, embed__W_E=w_e), witness=witness)


def loud_logit() -> Artifact:
    """A logit of more than 1 hides that selected values differ."""
    artifact = model_of(READ)
    w_u = artifact.tensors["unembed.W_U"].copy()
    w_u[:, 0] *= 10
    return with_tensors(artifact, unembed__W_U=w_u)


def lenient() -> Artifact:
    """The margin of the logits is so small that nobody sees that selected values differ."""
    artifact = model_of(READ)
    return replace(artifact, readout=replace(artifact.readout, margin=0.1))


def weighed() -> Artifact:
    """A mean that index and length say is delivered by a head that the beginning weighs down."""
    return _weighed("x = tokens[length - 1 - indices];", "abc")


def weighed_mean() -> Artifact:
    return _weighed(MEAN, "ab")


def _weighed(text: str, tokens: str) -> Artifact:
    artifact = model_of(text, tokens)
    assert artifact.plan is not None
    (head, *others), *rest = artifact.plan.sublayers
    assert isinstance(head, Head)
    w_k = artifact.tensors["blocks.0.attn.W_K"].copy()
    w_k[0, 0, len(head.keys)] = -artifact.tensors["blocks.0.attn.b_K"][0, len(head.keys)]
    heads = (replace(head, weight=1.0), *others)
    plan = replace(artifact.plan, sublayers=(heads, *rest))
    return with_tensors(replace(artifact, plan=plan), blocks__0__attn__W_K=w_k)


def sharpened() -> Artifact:
    """Neurons make 1 of a share of 2/3, so that nobody sees that selected values differ."""
    mean = "y = aggregate(select(indices, indices, <=), tokens);"
    root = node_of(mean + "x = y;")
    artifact = model_of(mean + 'x = {"a": "a", "b": "b"}[y];', "ab")
    plan, witness = artifact.plan, artifact.witness
    assert plan is not None
    assert witness is not None
    share, flag = (d.place for d in plan.directions[-2:])
    w_in, b_in, w_out = (
        artifact.tensors[f"blocks.0.mlp.{name}"].copy() for name in ("W_in", "b_in", "W_out")
    )
    w_in[:, :4], b_in[:4], w_out[:4] = 0.0, 0.0, 0.0
    w_in[share, :2], b_in[:2], w_out[:2, flag] = 4.0, [-1.5, -2.5], [1.0, -1.0]
    w_u, b_u = np.zeros_like(artifact.tensors["unembed.W_U"]), np.array([0.0, 1.0, 0.0])
    w_u[flag, :2] = [1.0, -1.0]
    (group, emptying) = plan.sublayers[1]
    assert isinstance(group, Neurons)
    own = replace(group, reach=(3.0, 3.0, 0.0, 0.0))
    sublayers: Any = (plan.sublayers[0], (own, emptying))
    plan = replace(plan, sublayers=sublayers)
    meanings = (*witness.directions[:-1], witness.directions[-2])
    tensors = artifact.tensors | {
        "blocks.0.mlp.W_in": w_in,
        "blocks.0.mlp.b_in": b_in,
        "blocks.0.mlp.W_out": w_out,
        "unembed.W_U": w_u,
        "unembed.b_U": b_u.astype(w_u.dtype),
    }
    return replace(
        artifact,
        graph=root,
        plan=plan,
        witness=replace(witness, directions=meanings),
        tensors=tensors,
    )


BY_HAND: dict[str, Build] = {
    build.__name__: build
    for build in (
        swapped,
        merged,
        renamed_value,
        neurons,
        selector,
        read,
        default,
        vocabulary,
        squared,
        moved_token,
        loud,
        order_of_nan,
        silent_nan,
        unordered,
        spread,
        off_centre,
        other_numbers,
        ruled,
        partial_table,
        partial_sop,
        loud_logit,
        lenient,
        weighed,
        weighed_mean,
        sharpened,
    )
} | {
    "silent quotient": silent("x = 1 / (selector_width(select(tokens, tokens, ==)) - 2);", "ab"),
    "silent sum": silent("x = tokens_asis + 1;", ("a", 1)),
    "silent power": silent("x = tokens_asis ^ -1;", (0, 1)),
    "silent remainder": silent("x = tokens_asis % 2;", ("a", 2)),
    "silent remainder by 0": silent("x = 2 % tokens_asis;", (0, 1)),
    "silent sum of one or the other": silent("x = (1 if indices == 0 else tokens) + 1;", "ab"),
    "silent sum of the other or one": silent("x = (tokens if indices == 0 else 1) + 1;", "ab"),
    "silent sum of what is fetched": silent(
        'x = fetch(select(indices, indices - 1, ==), indices, "z") + 1;', "ab"
    ),
    "silent rounding of a sum": silent("x = round(tokens_asis + tokens_asis);", ("a", 1)),
    "silent rounding of a multiple": silent("x = round(tokens_asis * 2);", ("a", 1)),
    "silent nan or number": _silent_choice(math.nan, 5.0),
    "silent number or nan": _silent_choice(5.0, math.nan),
    "silent infinity": silent("x = round(tokens_asis);", (math.inf, 1.0)),
    "silent remainder of infinity": silent("x = round(tokens_float % 3);", ("inf", "1")),
}

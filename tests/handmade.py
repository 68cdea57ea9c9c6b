"""Compiled models made by hand: small enough to see that their weights are right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasp.artifact import Artifact, Labels
from rasp.compile_report import CompileReport, RoundingProof, Theory
from rasp.compiled import CompiledModel, Specification
from rasp.graph import construct
from rasp.graph.nodes import INDICES, TOKENS, Atom, SOpNode
from rasp.model.config import BlockConfig, TransformerConfig
from rasp.outputs import Failure, Readout
from rasp.source import Source
from rasp.vocabulary import BOS, FIRST_TOKEN, Vocabulary

GAP = 200.0

FULL = construct.select(1, 1, "==")
TOKENS_STR = construct.tokens("str")


def model(
    node: SOpNode,
    *,
    vocab: Sequence[Atom],
    max_len: int,
    d_model: int,
    readout: Readout,
    blocks: tuple[BlockConfig, ...] = (),
    dtype: str = "float32",
    source: Source | None = None,
    name: str | None = None,
    **weights: NDArray[Any],
) -> CompiledModel:
    """A model with the weights given (a name's dots are double underscores), the others zero."""
    vocabulary = Vocabulary.of(vocab)
    config = TransformerConfig(
        d_vocab=vocabulary.size,
        n_ctx=max_len + 1,
        d_model=d_model,
        d_vocab_out=readout.n_columns,
        blocks=blocks,
        causal=False,
        dtype=dtype,
    )
    tensors: dict[str, NDArray[Any]] = {
        tensor: np.zeros(shape, dtype=dtype) for tensor, shape in config.shapes().items()
    }
    for tensor, array in weights.items():
        tensors[tensor.replace("__", ".")][...] = array
    labels = Labels(
        residual=tuple(f"direction {number}" for number in range(d_model)),
        heads=tuple(tuple("a head" for _ in range(block.n_heads)) for block in blocks),
        neurons=tuple(() for _ in blocks),
    )
    report = CompileReport(
        Theory(len(blocks), tuple(block.n_heads for block in blocks)),
        rounding=RoundingProof(False, dtype),
    )
    artifact = Artifact(config, tensors, vocabulary, max_len, readout, labels, report)
    return CompiledModel(artifact, Specification(node, name, source))


def token_table(vocab: Sequence[Atom], d_model: int) -> NDArray[np.float64]:
    """W_E with every token one-hot in the first directions, BOS and padding zero."""
    table = np.zeros((FIRST_TOKEN + len(vocab), d_model))
    table[FIRST_TOKEN:, : len(vocab)] = np.eye(len(vocab))
    return table


def identity(
    vocab: Sequence[Atom] = ("a", "b", "c"),
    max_len: int = 5,
    node: SOpNode = TOKENS,
    **options: Any,
) -> CompiledModel:
    """Every token as it is."""
    size = len(vocab)
    return model(
        node,
        vocab=vocab,
        max_len=max_len,
        d_model=size,
        readout=Readout("categorical", values=tuple(vocab)),
        embed__W_E=token_table(vocab, size),
        unembed__W_U=np.eye(size),
        **options,
    )


def digits() -> CompiledModel:
    """tokens_int over "1", "2" and "x": where there is an x, the s-op fails."""
    return model(
        construct.tokens("int"),
        vocab=("1", "2", "x"),
        max_len=4,
        d_model=3,
        readout=Readout(
            "categorical",
            values=(1, 2),
            failures=(Failure('"x" is not an integer', "digits.rasp:1:5"),),
        ),
        embed__W_E=token_table(("1", "2", "x"), 3),
        unembed__W_U=np.eye(3),
        name="digits",
    )


def _mean_head(d_model: int) -> dict[str, Any]:
    """One head that averages over all positions but BOS; direction 0 marks BOS."""
    W_K = np.zeros((1, d_model, 1))
    W_K[0, 0, 0] = -GAP
    return {"blocks__0__attn__b_Q": np.ones((1, 1)), "blocks__0__attn__W_K": W_K}


def mean_index(max_len: int = 6, dtype: str = "float32") -> CompiledModel:
    """aggregate(full_s, indices): the value depends on the length alone."""
    W_E = np.zeros((FIRST_TOKEN + 2, 3))
    W_E[BOS, 0] = 1
    W_pos = np.zeros((max_len + 1, 3))
    W_pos[1:, 1] = np.arange(max_len)
    W_V, W_O = np.zeros((1, 3, 1)), np.zeros((1, 1, 3))
    W_V[0, 1, 0], W_O[0, 0, 2] = 1, 1
    means: list[Atom] = [0, *((length - 1) / 2 for length in range(2, max_len + 1))]
    return model(
        construct.aggregate(FULL, INDICES),
        vocab=("a", "b"),
        max_len=max_len,
        d_model=3,
        readout=Readout(
            "numeric",
            values=tuple(means),
            context="n",
            centres=np.array(means, dtype=np.float64)[:, None],
            codes=np.arange(max_len, dtype=np.int64)[:, None],
        ),
        blocks=(BlockConfig(1, 1, 0),),
        dtype=dtype,
        embed__W_E=W_E,
        pos_embed__W_pos=W_pos,
        blocks__0__attn__W_V=W_V,
        blocks__0__attn__W_O=W_O,
        unembed__W_U=np.array([[0], [0], [1]]),
        **_mean_head(3),
    )


def share_of_a(max_len: int = 6) -> CompiledModel:
    """aggregate(full_s, indicator(tokens == "a")): a multiple of 1/n."""
    W_E = np.zeros((FIRST_TOKEN + 2, 3))
    W_E[BOS, 0], W_E[FIRST_TOKEN, 1] = 1, 1
    W_V, W_O = np.zeros((1, 3, 1)), np.zeros((1, 1, 3))
    W_V[0, 1, 0], W_O[0, 0, 2] = 1, 1
    is_a = construct.elementwise("indicator", construct.elementwise("equal", TOKENS_STR, "a"))
    return model(
        construct.aggregate(FULL, is_a),
        vocab=("a", "b"),
        max_len=max_len,
        d_model=3,
        readout=Readout(
            "grid", context="n", scale=np.arange(1, max_len + 1, dtype=np.float64), integer=True
        ),
        blocks=(BlockConfig(1, 1, 0),),
        embed__W_E=W_E,
        blocks__0__attn__W_V=W_V,
        blocks__0__attn__W_O=W_O,
        unembed__W_U=np.array([[0], [0], [1]]),
        **_mean_head(3),
    )


def the_token(max_len: int = 5) -> CompiledModel:
    """aggregate(full_s, tokens): a token if all are the same, else the s-op fails."""
    vocab = ("a", "b")
    W_E = np.zeros((FIRST_TOKEN + 2, 5))
    W_E[BOS, 0] = 1
    W_E[FIRST_TOKEN:, 1:3] = np.eye(2)
    W_V, W_O = np.zeros((1, 5, 2)), np.zeros((1, 2, 5))
    W_V[0, 1:3], W_O[0, :, 3:] = np.eye(2), np.eye(2)
    W_U = np.zeros((5, 2))
    W_U[3:] = np.eye(2)
    head = _mean_head(5)
    return model(
        construct.aggregate(FULL, TOKENS_STR),
        vocab=vocab,
        max_len=max_len,
        d_model=5,
        readout=Readout("categorical", values=vocab, margin=0.8),  # 4 of 5 the same is not all
        blocks=(BlockConfig(1, 2, 0),),
        embed__W_E=W_E,
        blocks__0__attn__b_Q=np.array([[1, 0]]),
        blocks__0__attn__W_K=np.pad(head["blocks__0__attn__W_K"], [(0, 0), (0, 0), (0, 1)]),
        blocks__0__attn__W_V=W_V,
        blocks__0__attn__W_O=W_O,
        unembed__W_U=W_U,
    )

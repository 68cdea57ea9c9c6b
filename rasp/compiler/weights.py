"""Blocks and layout, transcribed into the tensors of a plain Transformer.

Nothing is decided here.  What happens at the beginning-of-sequence position (BOS) is arranged with
the direction that is 1 there and 0 elsewhere: it cancels every query, key and value feature, so
that BOS offers to all queries just the score and the value that the head wants, and sees only
itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rasp.artifact import Labels
from rasp.compiler.blocks import Blocks, Feedforward, Form, Head
from rasp.compiler.facts.contexts import Floats
from rasp.compiler.layout import Layout
from rasp.compiler.limits import NEARLY_A_GAP
from rasp.model.config import BlockConfig, TransformerConfig
from rasp.vocabulary import BOS, FIRST_TOKEN, Vocabulary

BOS_PLACE = 0


def transcribe(
    blocks: Blocks,
    layout: Layout,
    vocabulary: Vocabulary,
    max_len: int,
    causal: bool,
    dtype: str,
    scale: float,
) -> tuple[TransformerConfig, dict[str, Floats], Labels]:
    """The shape, the tensors in float64, and what is where.  scale: the gap between scores."""
    writer = _Writer(layout, scale, dtype)
    sublayers = [
        [head for head in blocks.heads if head.depth == stage[0]]
        if stage[1] == 0
        else [f for f in (*blocks.feedforwards, *layout.cleanups) if f.stage == stage]
        for stage in layout.stages
    ]
    configs: list[BlockConfig] = []
    tensors: dict[str, Floats] = {}
    head_labels: list[tuple[str, ...]] = []
    neuron_labels: list[tuple[tuple[int, int, str], ...]] = []
    for kind, sublayer in zip(layout.sublayers, sublayers, strict=True):
        if kind == "a" or not configs or configs[-1].d_mlp:
            configs.append(BlockConfig(0, 0, 0))
            head_labels.append(())
            neuron_labels.append(())
        prefix = f"blocks.{len(configs) - 1}."
        before = configs[-1]
        if kind == "a":
            written, d_head = writer.attention([h for h in sublayer if isinstance(h, Head)])
            configs[-1] = BlockConfig(len(sublayer), d_head, 0)
            head_labels[-1] = tuple(entry.label for entry in sublayer)
            tensors |= {prefix + "attn." + name: tensor for name, tensor in written.items()}
        else:
            groups = [f for f in sublayer if isinstance(f, Feedforward)]
            written, neurons = writer.feedforward(groups)
            d_mlp = len(written["b_in"])
            configs[-1] = BlockConfig(before.n_heads, before.d_head, d_mlp)
            neuron_labels[-1] = neurons
            tensors |= {prefix + "mlp." + name: tensor for name, tensor in written.items()}
    tensors |= writer.embedding(blocks, vocabulary, max_len)
    tensors |= writer.unembedding(blocks.outputs)
    config = TransformerConfig(
        vocabulary.size,
        max_len + 1,
        layout.d_model,
        len(blocks.outputs),
        tuple(configs),
        causal,
        dtype,
    )
    ordered = {name: tensors[name] for name in config.shapes()}
    return config, ordered, Labels(layout.labels, tuple(head_labels), tuple(neuron_labels))


class _Writer:
    def __init__(self, layout: Layout, scale: float, dtype: str) -> None:
        self.layout = layout
        self.d_model = layout.d_model
        self.scale = scale
        self.dtype = dtype

    def _column(self, form: Form) -> Floats:
        column = np.zeros(self.d_model)
        for direction, coefficient in form.terms.items():
            column[self.layout.places[direction]] += coefficient
        return column

    def embedding(self, blocks: Blocks, vocabulary: Vocabulary, max_len: int) -> dict[str, Floats]:
        tokens = np.zeros((vocabulary.size, self.d_model))
        positions = np.zeros((max_len + 1, self.d_model))
        tokens[BOS, BOS_PLACE] = 1.0
        for column in blocks.embeddings:
            place = self.layout.places[column.direction]
            if column.of == "token":
                tokens[FIRST_TOKEN:, place] = column.values
            else:
                positions[1:, place] = column.values
        return {"embed.W_E": tokens, "pos_embed.W_pos": positions}

    def attention(self, heads: list[Head]) -> tuple[dict[str, Floats], int]:
        written = [self._head(head) for head in heads]
        d_head = max(max(q.shape[1], v.shape[1]) for q, _, _, _, v, _, _ in written)
        h, d = len(heads), self.d_model
        tensors = {
            "W_Q": np.zeros((h, d, d_head)),
            "b_Q": np.zeros((h, d_head)),
            "W_K": np.zeros((h, d, d_head)),
            "b_K": np.zeros((h, d_head)),
            "W_V": np.zeros((h, d, d_head)),
            "b_V": np.zeros((h, d_head)),
            "W_O": np.zeros((h, d_head, d)),
            "b_O": np.zeros(d),
        }
        for number, (w_q, b_q, w_k, b_k, w_v, b_v, w_o) in enumerate(written):
            n_scores, n_values = w_q.shape[1], w_v.shape[1]
            tensors["W_Q"][number, :, :n_scores] = w_q
            tensors["b_Q"][number, :n_scores] = b_q
            tensors["W_K"][number, :, :n_scores] = w_k
            tensors["b_K"][number, :n_scores] = b_k
            tensors["W_V"][number, :, :n_values] = w_v
            tensors["b_V"][number, :n_values] = b_v
            tensors["W_O"][number, :n_values] = w_o
        return tensors, d_head

    def _head(self, head: Head) -> tuple[Floats, ...]:
        queries: list[tuple[Floats, float]] = []  # (column, bias), 0 at BOS
        keys: list[tuple[Floats, float]] = []
        for query, key in head.pairs:
            queries.append(self._cancelled(query, 0.0))
            keys.append(self._cancelled(key, 0.0))
        # As a key, BOS has its score; as a query, it prefers itself by at least one gap.
        bos_score = _bos_score(head, self.scale)
        toward = toward_itself(head, self.scale, self.dtype)
        queries.append(self._at_bos(np.zeros(self.d_model), 1.0, toward))
        keys.append(self._at_bos(np.zeros(self.d_model), head.bias, bos_score))
        if toward == 0.0:
            queries.append(self._at_bos(np.zeros(self.d_model), 0.0, 1.0))
            keys.append(self._at_bos(np.zeros(self.d_model), 0.0, 1.0))
        values = [self._cancelled(value.form, value.at_bos) for value in head.values]
        w_o = np.zeros((len(values), self.d_model))
        for number, value in enumerate(head.values):
            w_o[number, self.layout.places[value.direction]] = value.gain
        w_q, b_q = self._stack(queries)
        w_k, b_k = self._stack(keys)
        w_v, b_v = self._stack(values)
        return w_q * self.scale, b_q * self.scale, w_k, b_k, w_v, b_v, w_o

    def _cancelled(self, form: Form, at_bos: float) -> tuple[Floats, float]:
        """The form, but a given number at BOS."""
        column = self._column(form)
        column[BOS_PLACE] += at_bos - form.at(self.layout.at_bos)
        return column, form.constant

    def _at_bos(self, column: Floats, constant: float, at_bos: float) -> tuple[Floats, float]:
        column[BOS_PLACE] = at_bos - constant
        return column, constant

    def _stack(self, columns: list[tuple[Floats, float]]) -> tuple[Floats, Floats]:
        if not columns:
            return np.zeros((self.d_model, 0)), np.zeros(0)
        return np.stack([c for c, _ in columns], axis=1), np.array([b for _, b in columns])

    def feedforward(
        self, groups: list[Feedforward]
    ) -> tuple[dict[str, Floats], tuple[tuple[int, int, str], ...]]:
        n_neurons = sum(len(group.inputs) for group in groups)
        w_in, b_in = np.zeros((self.d_model, n_neurons)), np.zeros(n_neurons)
        w_out = np.zeros((n_neurons, self.d_model))
        labels: list[tuple[int, int, str]] = []
        start = 0
        for group in groups:
            for number, form in enumerate(group.inputs, start):
                w_in[:, number] = self._column(form)
                b_in[number] = form.constant
                w_in[BOS_PLACE, number] -= max(0.0, form.at(self.layout.at_bos)) + 1.0  # off at BOS
            end = start + len(group.inputs)
            for direction, coefficients in group.outputs:
                w_out[start:end, self.layout.places[direction]] += coefficients
            labels.append((start, end, group.label))
            start = end
        tensors = {"W_in": w_in, "b_in": b_in, "W_out": w_out, "b_out": np.zeros(self.d_model)}
        return tensors, tuple(labels)

    def unembedding(self, outputs: Sequence[Form]) -> dict[str, Floats]:
        w_u = np.stack([self._column(form) for form in outputs], axis=1)
        return {"unembed.W_U": w_u, "unembed.b_U": np.array([form.constant for form in outputs])}


def _bos_score(head: Head, scale: float) -> float:
    return head.bos_score if head.bos_weight is None else float(np.log(head.bos_weight)) / scale


def toward_itself(head: Head, scale: float, dtype: str) -> float:
    """What BOS, as a query, asks of the scores that it has as a key and all others have: so much of
    them as puts it one gap ahead.  0 where a column of its own has to do that: where it is as far
    ahead as behind, or so far away that numbers of the dtype do not tell how much that is.
    """
    ahead = _bos_score(head, scale) - head.bias
    if ahead == 0.0:
        return 0.0
    toward = 1.0 / ahead
    kind = np.dtype(dtype).type
    held = float(kind((toward - 1.0) * scale)) / scale + 1.0  # as in the weights
    return toward if abs(held * ahead - 1.0) <= NEARLY_A_GAP * float(np.finfo(kind).eps) else 0.0

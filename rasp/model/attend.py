"""softmax(Q K^T) V, computed in the order of memory that is quickest.

Everywhere else in the model the batch is the first axis.  A CPU multiplies and normalises many
small matrices several times faster if the batch is the last one, so that each step is the same for
a long row of inputs; that pays for short inputs and narrow heads.  Both ways are the same function.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

SHORT_ROW = {torch.float32: 16, torch.float64: 64}
MAX_COLUMNS_WORK = 160  # d_head * positions, up to which columns are quicker
MIN_BATCH = 64


def attend(projected: Tensor, hidden: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """projected: queries, keys and values of all heads [batch, pos, 3 * head, d_head].

    hidden [batch | 1, 1, 1 | query, key]: keys that a query may not attend to, if any.  Gives
    scores and pattern [batch, head, query, key], and what the heads read [batch, head, query,
    d_head].
    """
    q, k, v = projected.transpose(1, 2).chunk(3, dim=1)  # [batch, head, pos, d_head] each
    scores = masked(q @ k.transpose(-1, -2), hidden)  # [batch, head, query, key]
    pattern = softmax(scores)  # [batch, head, query, key]
    return scores, pattern, pattern @ v


def quick_by_columns(projected: Tensor) -> bool:
    """Whether `attend_by_columns` is the quicker way."""
    batch, n_pos, _, d_head = projected.shape
    on_cpu = projected.device.type == "cpu"
    return on_cpu and batch >= MIN_BATCH and d_head * n_pos <= MAX_COLUMNS_WORK


def attend_by_columns(projected: Tensor, hidden: Tensor | None) -> Tensor:
    """As `attend`, but what the heads read is [head, d_head, query, batch]."""
    columns = projected.permute(2, 3, 1, 0).contiguous()  # [3 * head, d_head, pos, batch]
    q, k, v = columns.chunk(3)  # [head, d_head, pos, batch] each
    scores = q[:, 0, :, None] * k[:, 0, None]  # [head, query, key, batch]
    for d in range(1, q.shape[1]):
        scores.addcmul_(q[:, d, :, None], k[:, d, None])  # [head, query, key, batch]
    if hidden is not None:
        hidden = hidden.permute(1, 2, 3, 0)  # [1, 1 | query, key, batch | 1]
    pattern = masked(scores, hidden).softmax(dim=2)  # [head, query, key, batch]
    z = pattern[:, None, :, 0] * v[:, :, None, 0]  # [head, d_head, query, batch]
    for key in range(1, v.shape[2]):
        z.addcmul_(pattern[:, None, :, key], v[:, :, None, key])  # [head, d_head, query, batch]
    return z


def masked(scores: Tensor, hidden: Tensor | None) -> Tensor:
    """The lowest finite number rather than -inf: a query that sees no key stays finite."""
    if hidden is None:
        return scores
    return scores.masked_fill(hidden, torch.finfo(scores.dtype).min)


def softmax(scores: Tensor) -> Tensor:
    """Of the last axis.  torch's own is several times slower on a CPU where rows are short."""
    if scores.shape[-1] >= SHORT_ROW.get(scores.dtype, 0) or scores.device.type != "cpu":
        return scores.softmax(dim=-1)
    tiny = torch.finfo(scores.dtype).tiny
    shifted = scores - scores.detach().amax(dim=-1, keepdim=True)  # [..., query, key], at most 0
    # exp would take a hundred times longer wherever its result is smaller than `tiny`.
    weights = shifted.clamp_(min=math.log(tiny) + 1).exp_()  # [..., query, key]
    weights = functional.threshold(weights, 4 * tiny, 0.0)  # [..., query, key]
    ones = weights.new_ones(weights.shape[-1], 1)  # [key, 1]
    return weights / (weights @ ones)


def add_bias(numbers: Tensor, bias: Tensor) -> Tensor:
    """numbers [batch, pos, column] + bias [column], as one long row for every input of the batch.

    The same as `numbers + bias`, several times faster where there are few columns.
    """
    return numbers + bias.expand(numbers.shape[1:]).contiguous()

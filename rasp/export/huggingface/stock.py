"""A network -> the parameters of a stock class by name, and the configuration that they need.

bidirectional   BERT: layer norms after every sublayer, scores divided by sqrt(d_head)
causal          GPT-2: layer norms before every sublayer, scores as they are
"""

from __future__ import annotations

from dataclasses import fields
from math import isqrt
from typing import Any

import numpy as np

from rasp.export.huggingface.mirrored import EPSILON, GAMMA, Shape, mirrored
from rasp.export.uniform import Array, Uniform, UniformBlock

Parameters = dict[str, Array]


def fitted(network: Uniform, shape: Shape) -> Uniform:
    """The network, mirrored, with the heads of the shape."""
    wide = mirrored(network, shape.hidden)
    h, dh = shape.n_heads, shape.d_head
    blocks = []
    for block in wide.blocks:
        tensors = {field.name: getattr(block, field.name) for field in fields(block)}
        for name in ("W_Q", "W_K", "W_V"):
            tensors[name] = _padded(tensors[name], (h, shape.hidden, dh))
        for name in ("b_Q", "b_K", "b_V"):
            tensors[name] = _padded(tensors[name], (h, dh))
        tensors["W_O"] = _padded(tensors["W_O"], (h, dh, shape.hidden))
        blocks.append(UniformBlock(**tensors))
    return Uniform(wide.W_E, wide.W_pos, tuple(blocks), wide.W_U, wide.b_U)


def bert(network: Uniform, shape: Shape) -> tuple[dict[str, Any], Parameters]:
    """BertForTokenClassification: arguments of its configuration, and its parameters."""
    wide = fitted(network, shape)
    scale = float(isqrt(shape.d_head))  # exact: d_head is a power of four
    parameters: Parameters = {
        "bert.embeddings.word_embeddings.weight": wide.W_E,
        "bert.embeddings.position_embeddings.weight": wide.W_pos,
        "bert.embeddings.token_type_embeddings.weight": np.zeros((1, shape.hidden)),
        **_norm("bert.embeddings.LayerNorm", shape.hidden),
        "classifier.weight": wide.W_U.T,
        "classifier.bias": wide.b_U,
    }
    for number, block in enumerate(wide.blocks):
        prefix = f"bert.encoder.layer.{number}."
        attention = prefix + "attention."
        for name, weight, bias in (
            ("query", block.W_Q * scale, block.b_Q * scale),
            ("key", block.W_K, block.b_K),
            ("value", block.W_V, block.b_V),
        ):
            parameters[f"{attention}self.{name}.weight"] = _columns(weight).T
            parameters[f"{attention}self.{name}.bias"] = bias.reshape(-1)
        parameters |= {
            f"{attention}output.dense.weight": block.W_O.reshape(shape.hidden, -1).T,
            f"{attention}output.dense.bias": block.b_O,
            **_norm(f"{attention}output.LayerNorm", shape.hidden),
            f"{prefix}intermediate.dense.weight": block.W_in.T,
            f"{prefix}intermediate.dense.bias": block.b_in,
            f"{prefix}output.dense.weight": block.W_out.T,
            f"{prefix}output.dense.bias": block.b_out,
            **_norm(f"{prefix}output.LayerNorm", shape.hidden),
        }
    settings = {
        "vocab_size": len(wide.W_E),
        "hidden_size": shape.hidden,
        "num_hidden_layers": len(wide.blocks),
        "num_attention_heads": shape.n_heads,
        "intermediate_size": wide.d_mlp,
        "hidden_act": "relu",
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "max_position_embeddings": len(wide.W_pos),
        "type_vocab_size": 1,
        "layer_norm_eps": EPSILON,
    }
    return settings, parameters


def gpt2(network: Uniform, shape: Shape, *, head: str) -> tuple[dict[str, Any], Parameters]:
    """GPT2ForTokenClassification (head "score") or GPT2LMHeadModel (head "lm", without a bias)."""
    wide = fitted(network, shape)
    parameters: Parameters = {
        "transformer.wte.weight": wide.W_E,
        "transformer.wpe.weight": wide.W_pos,
        **_norm("transformer.ln_f", shape.hidden),
    }
    if head == "lm":
        assert not wide.b_U.any(), "a language model has no bias: see `biased_by_positions`"
        parameters["lm_head.weight"] = wide.W_U.T
    else:
        parameters |= {"classifier.weight": wide.W_U.T, "classifier.bias": wide.b_U}
    for number, block in enumerate(wide.blocks):
        prefix = f"transformer.h.{number}."
        weights = (block.W_Q, block.W_K, block.W_V)
        parameters |= {
            **_norm(prefix + "ln_1", shape.hidden),
            prefix + "attn.c_attn.weight": np.concatenate([*map(_columns, weights)], axis=1),
            prefix + "attn.c_attn.bias": np.concatenate(
                [bias.reshape(-1) for bias in (block.b_Q, block.b_K, block.b_V)]
            ),
            prefix + "attn.c_proj.weight": block.W_O.reshape(shape.hidden, -1),
            prefix + "attn.c_proj.bias": block.b_O,
            **_norm(prefix + "ln_2", shape.hidden),
            prefix + "mlp.c_fc.weight": block.W_in,
            prefix + "mlp.c_fc.bias": block.b_in,
            prefix + "mlp.c_proj.weight": block.W_out,
            prefix + "mlp.c_proj.bias": block.b_out,
        }
    settings = {
        "vocab_size": len(wide.W_E),
        "n_positions": len(wide.W_pos),
        "n_embd": shape.hidden,
        "n_layer": len(wide.blocks),
        "n_head": shape.n_heads,
        "n_inner": wide.d_mlp,
        "activation_function": "relu",
        "resid_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "attn_pdrop": 0.0,
        "classifier_dropout": 0.0,
        "layer_norm_epsilon": EPSILON,
        "scale_attn_weights": False,
        "tie_word_embeddings": False,
    }
    return settings, parameters


def _norm(name: str, hidden: int) -> Parameters:
    return {f"{name}.weight": np.full(hidden, GAMMA), f"{name}.bias": np.zeros(hidden)}


def _columns(weight: Array) -> Array:
    """[head, hidden, d_head] -> [hidden, head * d_head]."""
    return weight.transpose(1, 0, 2).reshape(weight.shape[1], -1)


def _padded(tensor: Array, shape: tuple[int, ...]) -> Array:
    padded = np.zeros(shape)
    padded[tuple(map(slice, tensor.shape))] = tensor
    return padded

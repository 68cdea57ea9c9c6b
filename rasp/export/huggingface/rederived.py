"""The parameters of a stock model -> the network that they are, which has to be the one exported.

In exact arithmetic a layer norm of the mirrored stream is the identity, so a stock model computes
the function of the network whose weights are half the difference of each mirrored pair.  These are
taken from the parameters as they are in the stock model, rounded to its dtype, and compared with
the compiled network number by number; and the other way round, nothing is in the parameters but
that network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np

from rasp.errors import ExportError
from rasp.export.huggingface import stock
from rasp.export.huggingface.mirrored import Shape
from rasp.export.uniform import Array, Uniform, UniformBlock


def check_parameters(
    network: Uniform, shape: Shape, parameters: Mapping[str, Array], dtype: str
) -> None:
    """Raises ExportError where the parameters are those of another network.

    parameters: as they are in the model, in float64.
    """
    d = network.d_model
    causal = "transformer.wte.weight" in parameters
    found = (_of_gpt2 if causal else _of_bert)(parameters, shape, d, len(network.blocks))
    for what, expected, got in _pairs(network, found):
        padded = np.zeros(got.shape)
        padded[tuple(map(slice, expected.shape))] = expected
        if not np.array_equal(padded.astype(dtype), got.astype(dtype)):
            raise ExportError(f"{what} would not be what it is in the model")
    head = "lm" if "lm_head.weight" in parameters else "score"
    settings_and_parameters = (
        stock.gpt2(found, shape, head=head) if causal else stock.bert(found, shape)
    )
    for name, tensor in settings_and_parameters[1].items():
        if not np.array_equal(tensor.astype(dtype), parameters[name].astype(dtype)):
            raise ExportError(f"{name} would have more in it than the model")


def _pairs(network: Uniform, found: Uniform) -> list[tuple[str, Array, Array]]:
    pairs = [
        (name, getattr(network, name), getattr(found, name))
        for name in ("W_E", "W_pos", "W_U", "b_U")
    ]
    for number, (block, other) in enumerate(zip(network.blocks, found.blocks, strict=True)):
        pairs += [
            (f"blocks.{number}.{f.name}", getattr(block, f.name), getattr(other, f.name))
            for f in fields(block)
        ]
    return pairs


def _of_bert(parameters: Mapping[str, Array], shape: Shape, d: int, n_blocks: int) -> Uniform:
    scale = float(shape.d_head) ** 0.5
    blocks = []
    for number in range(n_blocks):
        prefix = f"bert.encoder.layer.{number}."
        attention = prefix + "attention."
        names = [f"{attention}self.{name}" for name in ("query", "key", "value")]
        q, k, v = (_heads(parameters[f"{name}.weight"].T, shape) for name in names)
        b_q, b_k, b_v = (parameters[f"{name}.bias"].reshape(shape.n_heads, -1) for name in names)
        w_o = parameters[f"{attention}output.dense.weight"].T
        blocks.append(
            _block(
                d,
                (q / scale, k, v),
                (b_q / scale, b_k, b_v),
                w_o.reshape(shape.n_heads, shape.d_head, -1),
                parameters[f"{attention}output.dense.bias"],
                parameters[f"{prefix}intermediate.dense.weight"].T,
                parameters[f"{prefix}intermediate.dense.bias"],
                parameters[f"{prefix}output.dense.weight"].T,
                parameters[f"{prefix}output.dense.bias"],
            )
        )
    embeddings = "bert.embeddings."
    return Uniform(
        _written(parameters[embeddings + "word_embeddings.weight"], d),
        _written(parameters[embeddings + "position_embeddings.weight"], d),
        tuple(blocks),
        _read(parameters["classifier.weight"].T, d),
        parameters["classifier.bias"],
    )


def _of_gpt2(parameters: Mapping[str, Array], shape: Shape, d: int, n_blocks: int) -> Uniform:
    blocks = []
    for number in range(n_blocks):
        prefix = f"transformer.h.{number}."
        q, k, v = (
            _heads(part, shape)
            for part in np.split(parameters[prefix + "attn.c_attn.weight"], 3, axis=1)
        )
        b_q, b_k, b_v = parameters[prefix + "attn.c_attn.bias"].reshape(3, shape.n_heads, -1)
        w_o = parameters[prefix + "attn.c_proj.weight"]
        blocks.append(
            _block(
                d,
                (q, k, v),
                (b_q, b_k, b_v),
                w_o.reshape(shape.n_heads, shape.d_head, -1),
                parameters[prefix + "attn.c_proj.bias"],
                parameters[prefix + "mlp.c_fc.weight"],
                parameters[prefix + "mlp.c_fc.bias"],
                parameters[prefix + "mlp.c_proj.weight"],
                parameters[prefix + "mlp.c_proj.bias"],
            )
        )
    output = parameters.get("lm_head.weight", parameters.get("classifier.weight"))
    assert output is not None
    return Uniform(
        _written(parameters["transformer.wte.weight"], d),
        _written(parameters["transformer.wpe.weight"], d),
        tuple(blocks),
        _read(output.T, d),
        parameters.get("classifier.bias", np.zeros(len(output))),
    )


def _block(
    d: int,
    weights: tuple[Array, Array, Array],
    biases: tuple[Array, Array, Array],
    w_o: Array,
    b_o: Array,
    w_in: Array,
    b_in: Array,
    w_out: Array,
    b_out: Array,
) -> UniformBlock:
    q, k, v = (_read(weight, d) for weight in weights)
    b_q, b_k, b_v = biases
    written = (_written(tensor, d) for tensor in (w_o, b_o, w_out, b_out))
    w_o, b_o, w_out, b_out = written
    return UniformBlock(q, b_q, k, b_k, v, b_v, w_o, b_o, _read(w_in, d), b_in, w_out, b_out)


def _heads(columns: Array, shape: Shape) -> Array:
    """[hidden, head * d_head] -> [head, hidden, d_head]."""
    return columns.reshape(shape.hidden, shape.n_heads, shape.d_head).transpose(1, 0, 2)


def _read(weight: Array, d: int) -> Array:
    """[..., hidden, column] -> [..., d_model, column]."""
    return weight[..., 0 : 2 * d : 2, :] - weight[..., 1 : 2 * d : 2, :]


def _written(weight: Array, d: int) -> Array:
    """[..., hidden] -> [..., d_model]."""
    return weight[..., 0 : 2 * d : 2]

"""Operations one after another -> an ONNX graph.

What is used of ONNX is old: operator set 13 and format version 7 (November 2020), which every
runtime of the last years reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rasp.export.optional import require

OPSET = 13
IR_VERSION = 7


class Graph:
    """A graph that grows: each method adds an operation and gives the name of its result."""

    def __init__(self) -> None:
        self._onnx = require("onnx", "onnx")
        self._nodes: list[Any] = []
        self._initializers: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def input(self, name: str, dtype: type | np.dtype[Any], shape: Sequence[str | int]) -> str:
        self._inputs.append(self._value(name, dtype, shape))
        return name

    def output(
        self, name: str, of: str, dtype: type | np.dtype[Any], shape: Sequence[str | int]
    ) -> None:
        """Hand out a result under this name."""
        self._nodes.append(self._onnx.helper.make_node("Identity", [of], [name]))
        self._outputs.append(self._value(name, dtype, shape))

    def constant(self, array: ArrayLike, name: str = "") -> str:
        """A tensor of the graph; of strings, an array of dtype object."""
        tensor = np.ascontiguousarray(array).reshape(np.shape(array))
        name = name or f"constant_{len(self._initializers)}"
        self._initializers.append(self._onnx.numpy_helper.from_array(tensor, name))
        return name

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """An operation with one result."""
        return self.ops(kind, *inputs, n_outputs=1, **attributes)[0]

    def ops(self, kind: str, *inputs: str, n_outputs: int, **attributes: Any) -> list[str]:
        names = [f"{kind}_{len(self._nodes)}_{number}" for number in range(n_outputs)]
        node = self._onnx.helper.make_node(kind, list(inputs), names, **attributes)
        self._nodes.append(node)
        return names

    def cast(self, value: str, dtype: type | np.dtype[Any]) -> str:
        return self.op("Cast", value, to=self._type(dtype))

    def model(self, name: str, documentation: str, metadata: Mapping[str, str]) -> bytes:
        """The file's content, checked.  metadata: kept beside the graph."""
        helper = self._onnx.helper
        used = {name for node in self._nodes for name in node.input}
        constants = [tensor for tensor in self._initializers if tensor.name in used]
        graph = helper.make_graph(
            self._nodes, name, self._inputs, self._outputs, initializer=constants
        )
        model = helper.make_model(
            graph,
            producer_name="rasp",
            doc_string=documentation,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        helper.set_model_props(model, dict(metadata))
        self._onnx.checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString()
        return content

    def _value(self, name: str, dtype: type | np.dtype[Any], shape: Sequence[str | int]) -> Any:
        return self._onnx.helper.make_tensor_value_info(name, self._type(dtype), list(shape))

    def _type(self, dtype: type | np.dtype[Any]) -> int:
        if dtype is str:
            return int(self._onnx.TensorProto.STRING)
        return int(self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

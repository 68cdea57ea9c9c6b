"""A model as data that other processes and machines can be sent, and compare from there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rasp.artifact import Artifact
from rasp.compiled.runnable import RunnableModel
from rasp.compiled.specification import Specification
from rasp.graph.plain import graph_from_plain, plain_atom, plain_graph
from rasp.manifest import plain_readout, readout_tensors
from rasp.verification.comparison import Comparison
from rasp.verification.inputs import Shard, rows_of


@dataclass(frozen=True)
class Job:
    """A model and the s-op that it is compared with; graph: the s-op as plain data, since nodes
    are one object each within a process, and are not pickled."""

    artifact: Artifact
    graph: list[Any]

    @classmethod
    def of(cls, model: RunnableModel) -> Job:
        """The model as it is now: with the weights that its module has."""
        return cls(model.artifact, plain_graph(model.specification.node))

    def first_difference(self, shard: Shard) -> int | None:
        """The place in the shard of the first input on which model and interpreter differ."""
        rows = rows_of(shard, len(self.artifact.vocabulary))
        return self._comparison.first_difference(rows)

    @cached_property
    def _comparison(self) -> Comparison:
        return Comparison(RunnableModel(self.artifact, Specification(graph_from_plain(self.graph))))

    def __getstate__(self) -> dict[str, Any]:
        return {"artifact": self.artifact, "graph": self.graph}

    @cached_property
    def digest(self) -> str:
        """Of everything that decides what the model says and what it should say."""
        artifact = self.artifact
        facts = [
            self.graph,
            [plain_atom(token) for token in artifact.vocabulary.tokens],
            artifact.max_len,
            repr(artifact.config),
            plain_readout(artifact.readout),
        ]
        found = hashlib.sha256(json.dumps(facts).encode())
        for name, array in sorted((artifact.tensors | readout_tensors(artifact.readout)).items()):
            found.update(f"{name} {array.dtype} {array.shape}".encode())
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()

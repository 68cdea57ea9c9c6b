"""Models that do not say where their program fails, for trying the proof of meaning on.

FAILURES[name]()            puts out a value where the program fails
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rasp.artifact import Artifact
from rasp.graph.nodes import Elementwise
from rasp.meaning.witness import Meaning, Term
from rasp.testing.wrong_models import model_of, with_tensors

BY_INDEX = "x = average(tokens_asis) + 1 / indices;"
TENTHS = (0.1, 0.2, 0.3)


def decoded_quotient() -> Artifact:
    """The decoder divides 1 by the index, which it reads from what holds the quotient: of the index
    0 there is none, and what is read there is 1."""
    artifact = model_of(BY_INDEX, TENTHS, 3)
    root, witness = artifact.graph, artifact.witness
    assert isinstance(root, Elementwise)
    assert witness is not None
    held = Meaning(0.0, (Term(len(witness.quantities), (1.0, 0.5)),))
    forged = replace(
        witness,
        quantities=(*witness.quantities, root.operands[1]),
        values=(*witness.values, (1.0, 0.5)),
        directions=(held, *witness.directions[1:]),
    )
    mean, part = artifact.readout.parts
    index = replace(
        part, values=(0, 1, 2), centres=np.array([[-1.0, 0.5, 1.0]]), codes=np.array([[0, 2, 1]])
    )
    divided = (("part", 0), ("constant", 1), ("part", 1), ("divide", 2), ("add", 2))
    w_pos = artifact.tensors["pos_embed.W_pos"].copy()
    w_u = artifact.tensors["unembed.W_U"].copy()
    w_pos[w_pos[:, 2] == 1.0, 1] = 1.0  # at the index 0
    w_u[:, 3] = 0.0  # which nobody reports
    forged_readout = replace(artifact.readout, parts=(mean, index), formula=divided)
    return with_tensors(
        replace(artifact, witness=forged, readout=forged_readout),
        pos_embed__W_pos=w_pos,
        unembed__W_U=w_u,
    )


FAILURES: dict[str, Callable[[], Artifact]] = {
    build.__name__: build for build in (decoded_quotient,)
}

"""A compiled model -> what its program calls the s-ops, also those that the compiler rewrote."""

from __future__ import annotations

from rasp.compiled.runnable import RunnableModel
from rasp.compiler.selection.matches import with_scorable_selectors
from rasp.compiler.simplify import simplify
from rasp.graph.origins import Origins


def origins_of(model: RunnableModel) -> Origins:
    """Names and places of the program's s-ops; a rewritten one has those of the written one."""
    sop = model.sop
    with_scorable_selectors(simplify(sop.node, sop.origins), sop.origins)
    return sop.origins

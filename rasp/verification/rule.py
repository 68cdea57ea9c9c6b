"""Where the rule for means may say whether a number is an int: of a model, by its program."""

from __future__ import annotations

from rasp.compiled.runnable import RunnableModel
from rasp.graph.left_open import may_be_open


def left_to_rule(model: RunnableModel) -> bool:
    """Does the model leave types of whole numbers to the rule, and may it, by its program?"""
    return model.artifact.readout.by_rule and may_be_open(model.specification.node)

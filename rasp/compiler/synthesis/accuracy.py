"""How far what neurons deliver may be off: what may be a straight line, and what needs steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rasp.compiler.readings import Readings
from rasp.compiler.variables import Linear


@dataclass(frozen=True)
class Accuracy:
    """noise: error of a reading, relative to the largest reading; most: error of the outcome that
    does no harm; readings: how scalars are read.
    """

    noise: float
    most: float
    readings: Readings

    def allows(self, form: Linear, slope: float) -> bool:
        """May the errors of a form, so many times enlarged, go on to the outcome?"""
        error = sum(
            abs(factor) * self.noise * (float(np.abs(self.readings.of(scalar)).max()) + 1.0)
            for scalar, factor in form.scalars.items()
        )
        return error * slope < self.most

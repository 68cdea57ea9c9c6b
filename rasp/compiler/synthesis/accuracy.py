"""How far what neurons deliver may be off: what may be a straight line, and what needs steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from rasp.compiler.limits import READING_IN_FLOAT64
from rasp.compiler.readings import Readings
from rasp.compiler.variables import Combined, Linear, Scalar


@dataclass(frozen=True)
class Accuracy:
    """noise: error of a reading, relative to the largest reading; most: error of the outcome that
    does no harm; readings: how scalars are read.
    """

    noise: float
    most: float
    readings: Readings

    def allows(self, form: Linear, slope: float) -> bool:
        """May the errors of a form, so many times enlarged, go on to the outcome?

        A number that is a sum of features is as exact as these, unless all errors are to end.
        """
        error = sum(
            abs(factor) * self.noise * (float(np.abs(self.readings.of(scalar)).max()) + 1.0)
            for scalar, factor in form.scalars.items()
            if not (_is_of_features(scalar) and math.isfinite(self.noise))
        )
        return error * slope < self.most

    def in_float64(self) -> Accuracy:
        """The same for errors of float64."""
        return replace(self, noise=self.noise * READING_IN_FLOAT64)


def _is_of_features(scalar: Scalar) -> bool:
    """Does no head deliver a part of it as a number?"""
    return isinstance(scalar, Combined) and not scalar.form.scalars

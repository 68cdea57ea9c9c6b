"""Weights and a plan of the proof -> a certificate: does every read stay within its margin?

The compiler states a `Plan`: what the directions of the residual stream are like and what heads and
neurons are for, without a single weight.  `certify` takes the tensors as they are stored, checks
that they are what the plan says, and bounds the errors of everything that the model computes, over
all inputs of up to max_len tokens.  Compiling and loading call the same function on the same data.
"""

from __future__ import annotations

from rasp.certificate.bounds import worst
from rasp.certificate.check import Decision, Decisions, Deviations, certify
from rasp.certificate.forms import Stream
from rasp.certificate.plan import Direction, Head, Neurons, Plan, PlanError
from rasp.certificate.rounding import MOST_SHARPNESS, SCALE, is_sharpness

__all__ = [
    "MOST_SHARPNESS",
    "SCALE",
    "Decision",
    "Decisions",
    "Deviations",
    "Direction",
    "Head",
    "Neurons",
    "Plan",
    "PlanError",
    "Stream",
    "certify",
    "is_sharpness",
    "worst",
]

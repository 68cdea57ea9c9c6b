"""Is a compiled model equal to the interpreter?  Inputs -> agreement, or the smallest difference.

verify                the comparison, here, in processes or on a cluster
Verification          its result; Counterexample, Departure: what differs, and where it begins
verify_generation     the same for what causal models write
same_outcome          when two results count as equal
every_input, sampled_inputs, count_inputs
"""

from __future__ import annotations

from rasp.verification.comparison import same_outcome
from rasp.verification.departure import Departure, departure_of
from rasp.verification.generations import (
    GenerationCounterexample,
    GenerationVerification,
    verify_generation,
)
from rasp.verification.inputs import count_inputs, every_input, sampled_inputs
from rasp.verification.result import Counterexample, Verification
from rasp.verification.verifying import Estimate, verify

__all__ = [
    "Counterexample",
    "Departure",
    "Estimate",
    "GenerationCounterexample",
    "GenerationVerification",
    "Verification",
    "count_inputs",
    "departure_of",
    "every_input",
    "same_outcome",
    "sampled_inputs",
    "verify",
    "verify_generation",
]

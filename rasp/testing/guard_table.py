"""All conditions of being right that are known, in the order of the compiler's rooms."""

from __future__ import annotations

from rasp.testing.guarded_forms import CLASSES, FORMS
from rasp.testing.guarded_lowering import NEURONS, OUTPUTS, SUMS, UNIONS
from rasp.testing.guarded_matches import MATCHES, SIGNS
from rasp.testing.guarded_rewrites import COUNTS, ORDERS, REWRITES

GUARDS = (
    *REWRITES,
    *FORMS,
    *ORDERS,
    *CLASSES,
    *COUNTS,
    *SUMS,
    *OUTPUTS,
    *UNIONS,
    *NEURONS,
    *MATCHES,
    *SIGNS,
)

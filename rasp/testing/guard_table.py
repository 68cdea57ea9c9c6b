"""All conditions of being right that are known, in the order of the compiler's rooms."""

from __future__ import annotations

from rasp.testing.guarded_addresses import ADDRESSES
from rasp.testing.guarded_beyond import BEYOND
from rasp.testing.guarded_forms import CLASSES, FORMS
from rasp.testing.guarded_lowering import NEURONS, OUTPUTS, SUMS, UNIONS
from rasp.testing.guarded_matches import MATCHES, SIGNS
from rasp.testing.guarded_numbers import AGGREGATES, LAYERS, MEANS
from rasp.testing.guarded_outputs import PARTS, READ, TYPES
from rasp.testing.guarded_places import FETCHED, PLACES
from rasp.testing.guarded_readings import COUNTED
from rasp.testing.guarded_rewrites import COUNTS, ORDERS, REWRITES
from rasp.testing.guarded_selectors import AGREEING, HEADS, NARROW, NUMBERS
from rasp.testing.guarded_sums import NEAREST, PRODUCTS, RANKS
from rasp.testing.guarded_tables import TABLES
from rasp.testing.guarded_tallies import TALLIES
from rasp.testing.guarded_zeros import ZEROS

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
    *NARROW,
    *BEYOND,
    *AGREEING,
    *NUMBERS,
    *HEADS,
    *RANKS,
    *PRODUCTS,
    *NEAREST,
    *PLACES,
    *ADDRESSES,
    *TALLIES,
    *TABLES,
    *FETCHED,
    *TYPES,
    *READ,
    *PARTS,
    *MEANS,
    *AGGREGATES,
    *LAYERS,
    *COUNTED,
    *ZEROS,
)

"""The theory's account of an s-op: what a Transformer needs for it, from the program alone.

Layers and heads

    depth        how long a chain of attention operations leads to each node
    canonical    which selectors are one head, although they are written differently
    operations   what is to be done by attention and by feed-forward, and what waits for what
    schedules    operations in layers: earliest, latest, and (`narrowest`) with the fewest heads

The order of sublayers

    orders       whether an order of sublayers runs the program, and where everything goes
    shortest     the shortest orders that do
    tendency     how early its attention can come, and which sandwiches run it

Restricted attention

    masks        which pairs may be attended: windows, blocks, strides, and their combinations
    patterns     what a selector selects at each length, before there is an input
    linear       why checking finitely many lengths can be enough for all
    containment  whether a selector stays within a mask (on `inputs`, where it depends on tokens)
    growth       how counts of pairs grow
    sorting      whether a program sorts, and what that takes
    attention    all of this for the heads of an account

`account` is all of it together; `comparison` puts it beside a compiled model, which may differ.
"""

from rasp.analysis.account import Analysis, analyze
from rasp.analysis.comparison import Comparison, compare
from rasp.analysis.containment import Containment, Counterexample
from rasp.analysis.extent import AttentionAccount, HeadAttention
from rasp.analysis.masks import Mask
from rasp.analysis.mentions import Mention
from rasp.analysis.orders import Fit
from rasp.analysis.schedules import Head, Layer, Schedule
from rasp.analysis.tendency import Tendency

__all__ = [
    "Analysis",
    "AttentionAccount",
    "Comparison",
    "Containment",
    "Counterexample",
    "Fit",
    "Head",
    "HeadAttention",
    "Layer",
    "Mask",
    "Mention",
    "Schedule",
    "Tendency",
    "analyze",
    "compare",
]

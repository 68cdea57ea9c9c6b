"""The theory's account of an s-op: what a Transformer needs for it, from the program alone.

    depth        how long a chain of attention operations leads to each node
    canonical    which selectors are one head, although they are written differently
    operations   what is to be done by attention and by feed-forward, and what waits for what
    schedules    operations in layers: earliest, latest, and (`narrowest`) with the fewest heads
    orders       whether an order of sublayers runs the program (`shortest`, `tendency`: which do)
    account      all of it together

This is the account of the RASP paper, not that of the compiled model, which may differ.
"""

from rasp.analysis.account import Analysis, analyze
from rasp.analysis.mentions import Mention
from rasp.analysis.orders import Fit
from rasp.analysis.schedules import Head, Layer, Schedule
from rasp.analysis.tendency import Tendency

__all__ = ["Analysis", "Fit", "Head", "Layer", "Mention", "Schedule", "Tendency", "analyze"]

"""The theory's account of an s-op: how many attention layers it needs, and which heads are in them.

    depth       how long a chain of attention operations leads to each node
    canonical   which selectors are one head, although they are written differently
    account     both together: the layers, their heads and the sublayers between

This is the account of the RASP paper, not that of the compiled model, which may differ.
"""

from rasp.analysis.account import Analysis, Head, Layer, Mention, analyze

__all__ = ["Analysis", "Head", "Layer", "Mention", "analyze"]

"""Weights and a witness, against the s-op graph: the network as designed is the program.

`rasp.certificate` proves that no rounding error changes a decision of the network; `prove` that the
network is the program.  Together they say that the stored model equals the interpreter on every
input.  Nothing here is shared with the compiler but the graph and the operators.
"""

"""What is true of a compiled model, for methods that try to find it out.

circuit     which part of the model reads what from which other part, with a witness for each edge
variables   where each s-op of the program lives in the residual stream
interchange the model's answer on one input with some s-ops as they are on another
runs        a forward pass from tokens, with names, labels and hooks
"""

"""Decoding: next-token programs that write, by the interpreter and by compiled models.

request     what is asked for, checked before anything is computed
sequence    one sequence with a key-value cache, in NumPy
batch       many sequences, in PyTorch
values      outputs of the model -> the tokens that come next
generation  the loops
"""

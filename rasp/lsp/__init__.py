"""The language server: what editors ask about program text.

document   a text -> diagnostics, what a name is, where it is defined, completions
server     the protocol, by way of pygls (the optional extra `lsp`)
answers    what it answers to each request; start: both together
"""

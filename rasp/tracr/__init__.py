"""Programs of Tracr (Lindner et al. 2023) -> s-ops of ours.

    from_tracr(program, vocab={"a", "b"}, max_len=10)

`importing` walks the program; `functions` and `predicates` make its Python functions s-ops and
selectors, by `tracing` them or by their values for everything that can occur; `shapes` says how
values are held that are no atoms, and `columns` computes s-ops on lists of values.
"""

from rasp.tracr.importing import from_tracr

__all__ = ["from_tracr"]

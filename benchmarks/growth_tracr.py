"""How models of Tracr grow: one compilation, to be run by a Python that has Tracr.

usage: PYTHON benchmarks/growth_tracr.py PROGRAM LETTERS MAX_LEN

PROGRAM: hist or reverse, from Tracr's own library; prints one JSON object: parameters, sublayers,
seconds of the processor, and by how many megabytes the most memory of the process rose.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from typing import Any


def compiled(program: str, n_letters: int, max_len: int) -> dict[str, Any]:
    compiling = importlib.import_module("tracr.compiler.compiling")
    lib = importlib.import_module("tracr.compiler.lib")
    tracr = importlib.import_module("tracr.rasp.rasp")
    jax = importlib.import_module("jax")
    make = {"hist": lib.make_hist, "reverse": lambda: lib.make_reverse(tracr.tokens)}[program]

    def model_of(letters: set[str], most: int) -> Any:
        return compiling.compile_rasp_to_model(
            make(), vocab=letters, max_seq_len=most, compiler_bos="BOS"
        )

    model_of({"a", "b"}, 2)  # what is only done once is not counted
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    model = model_of({chr(0x100 + number) for number in range(n_letters)}, max_len)
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "parameters": sum(int(leaf.size) for leaf in jax.tree_util.tree_leaves(model.params)),
        "sublayers": 2 * int(model.model_config.num_layers),
        "seconds": seconds,
        "megabytes": memory // 1024,
    }


if __name__ == "__main__":
    print(json.dumps(compiled(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))

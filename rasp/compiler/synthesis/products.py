"""Features of two leaves that are products: a neuron for each value of one and factor in the other.

`t * i` and `t * i * i`, for a token's number t and an index i, take two neurons for each token:
relu(g - low - K * closed), for g = i and for g = i * i, where `closed` is 0 for this token and 1
for any other, and K is the range of g.
"""

from __future__ import annotations

import numpy as np

from rasp.compiler.facts.contexts import Floats, Ints
from rasp.compiler.limits import MAX_PRODUCT_CELLS
from rasp.compiler.synthesis.table import Solution, Table, affine_key, is_constant, leaf_feature
from rasp.compiler.variables import Linear


def by_products(table: Table, best: float) -> Solution | None:
    """Neurons for functions of two categorical leaves all of whose values meet, if cheaper than
    `best`."""
    n_features = table.targets.shape[1]
    if len(table.leaves) != 2 or table.scalars() or n_features < 2:
        return None
    sizes = [leaf.size for leaf in table.leaves]
    if len(table.codes) != sizes[0] * sizes[1] or len(table.codes) * n_features > MAX_PRODUCT_CELLS:
        return None
    values = np.empty((*sizes, n_features))
    values[table.codes[:, 0], table.codes[:, 1]] = table.targets
    options = [_solution(table, gate, np.moveaxis(values, gate, 0), best) for gate in range(2)]
    found = [option for option in options if option is not None and option.cost < best]
    return min(found, key=lambda option: option.cost, default=None)


def _solution(table: Table, gate: int, values: Floats, best: float) -> Solution | None:
    """gate: the leaf whose values say which neurons are on; values: [gate, other leaf, feature]."""
    size, n_features = len(values), values.shape[2]
    class_of, firsts = _classes(values.reshape(size, -1))
    neurons: list[Linear] = []
    outputs: list[Floats] = []
    offsets = np.zeros((size, n_features))
    for number, first in enumerate(firsts):
        members = class_of == number
        closed = leaf_feature(table.leaves[gate], 1.0 - members)
        factors: dict[bytes, tuple[int, Floats]] = {}
        for feature, column in enumerate(values[first].T):
            if is_constant(column):
                offsets[members, feature] = column[0]
                continue
            key = affine_key(column)
            if key not in factors:
                factors[key] = len(neurons), column - column.min()
                spread = float(np.ptp(column))
                carried = leaf_feature(table.leaves[1 - gate], column - column.min())
                neurons.append(carried + closed.scaled(-spread))
                outputs.append(np.zeros(n_features))
            neuron, factor = factors[key]
            top = int(factor.argmax())
            bottom = int(factor.argmin())
            slope = float(column[top] - column[bottom]) / float(factor[top])
            outputs[neuron][feature] = slope
            offsets[members, feature] = column[bottom]
        if len(neurons) >= best:
            return None
    direct = [leaf_feature(table.leaves[gate], column) for column in offsets.T]
    columns = np.stack(outputs, axis=1) if outputs else np.zeros((n_features, 0))
    gates = frozenset(variable for form in neurons for variable in form.features)
    return Solution(
        tuple(map(table.spread, neurons)),
        columns,
        tuple(map(table.spread, direct)),
        "products",
        calm=True,
        gates=gates,
    )


def _classes(rows: Floats) -> tuple[Ints, Ints]:
    """Of each row the number of those that are equal to it; the first of each number."""
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return inverse.reshape(-1), first

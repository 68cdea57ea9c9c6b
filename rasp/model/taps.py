"""Places of a forward pass where a number can be looked at, or replaced, before it is used.

A place has a name (`blocks.0.attn.pattern`) and is there in every forward pass that has taps.
Functions are applied first; what is kept is what the model goes on with.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from torch import Tensor

Cache: TypeAlias = dict[str, Tensor]
Function: TypeAlias = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Taps:
    """functions: by place, from what is there to what is to be there; kept: the places whose
    tensors go into `cache`."""

    functions: Mapping[str, Function] = field(default_factory=dict)
    kept: Container[str] = ()
    cache: Cache = field(default_factory=dict)

    def __call__(self, place: str, tensor: Tensor) -> Tensor:
        """What the forward pass goes on with."""
        function = self.functions.get(place)
        if function is not None:
            tensor = function(tensor)
        if place in self.kept:
            self.cache[place] = tensor
        return tensor

    def watch(self, place: str) -> bool:
        """Does anybody ask for it?  What nobody asks for and nothing needs is not computed."""
        return place in self.functions or place in self.kept

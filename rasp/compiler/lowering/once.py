"""Tables in which what stands is never changed: each entry is written once.

And what is noticed on the way, also in attempts that come to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Once(dict[Key, Value]):
    """A dict each key of which is written once."""

    def __setitem__(self, key: Key, value: Value) -> None:
        assert key not in self, f"what is known of {key} is known already"
        super().__setitem__(key, value)

    def copy(self) -> Once[Key, Value]:
        return Once(self)

    __copy__ = copy


class Latest(Mapping[Key, Value]):
    """Several tables as one: an entry of a later table stands for those of the earlier ones."""

    def __init__(self, *tables: Mapping[Key, Value]) -> None:
        self.tables = tables[::-1]

    def __getitem__(self, key: Key) -> Value:
        for table in self.tables:
            found = table.get(key)
            if found is not None:
                return found
        raise KeyError(key)

    def __iter__(self) -> Iterator[Key]:
        return iter(dict.fromkeys(key for table in reversed(self.tables) for key in table))

    def __len__(self) -> int:
        return len(set().union(*self.tables))

    def __contains__(self, key: object) -> bool:
        return any(key in table for table in self.tables)


class Noticed:
    """Whether something ever happened, in attempts, too, that came to nothing."""

    def __init__(self) -> None:
        self.happened = False

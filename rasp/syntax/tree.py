"""Classes of syntax trees: frozen dataclasses, made in a quarter of the time.

`dataclasses` writes and compiles nine methods for each class that is frozen, has slots and is
compared.  With thirty classes that was a tenth of the time to the first answer of the REPL.  Here
only `__init__` is compiled; the others are the same functions for all classes.
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field, fields
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def tree_class(cls: type[T]) -> type[T]:
    """What ``dataclass(frozen=True, slots=True)`` makes of a class without default values."""
    cls.__doc__ = cls.__doc__ or cls.__name__  # `dataclass` would write a long one
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    names = [part.name for part in fields(made)]
    made.__init__ = _initialiser(made, names)
    made.__eq__, made.__hash__, made.__repr__ = _equal, _hash, _representation
    made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
    made.__reduce__ = _reduce
    return made  # type: ignore[no-any-return]


def _initialiser(cls: Any, names: list[str]) -> Any:
    """An ``__init__`` that fills the slots, whatever ``__setattr__`` says."""
    setters = {f"_set_{name}": getattr(cls, name).__set__ for name in names}
    lines = [f"def __init__(self, {', '.join(names)}):"]
    lines += [f" _set_{name}(self, {name})" for name in names]
    exec("\n".join(lines), setters)
    made = setters["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__module__ = cls.__module__
    return made


def _compared(node: Any) -> tuple[Any, ...]:
    return tuple(getattr(node, part.name) for part in fields(node) if part.compare)


def _equal(self: Any, other: object) -> Any:
    return _compared(self) == _compared(other) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_compared(self))


def _representation(self: Any) -> str:
    shown = [f"{part.name}={getattr(self, part.name)!r}" for part in fields(self) if part.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_to_set(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _reduce(self: Any) -> tuple[Any, ...]:
    """Copied and pickled by making it again."""
    return type(self), tuple(getattr(self, part.name) for part in fields(self))

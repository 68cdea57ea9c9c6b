"""Tokens -> a forward pass whose numbers have names and labels, and can be replaced on the way.

    run_with_cache   the answers, and what is at every point
    run_with_hooks   the answers, where functions change what is at some points

Inputs of different lengths make one batch: shorter ones are filled up behind, and nothing attends
to that.  Position 0 is BOS.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from rasp.causal.points import Point, find, points_of
from rasp.compiled.inputs import Encoder, Tokens
from rasp.compiled.runnable import RunnableModel
from rasp.errors import RaspTypeError, RaspValueError
from rasp.graph.nodes import Atom
from rasp.graph.operators import show, type_name
from rasp.readout import Decoder, Outcome
from rasp.vocabulary import BOS, FIRST_TOKEN, PAD

if TYPE_CHECKING:
    from torch import Tensor

    from rasp.model.taps import Function

Hook: TypeAlias = Callable[..., Any]

BOS_LABEL, PAD_LABEL = "BOS", "-"


@dataclass(frozen=True)
class Cache(Mapping[str, "Tensor"]):
    """What was at the points of a forward pass, by name.

    inputs: the tokens of each; ids [batch, pos]; mask [batch, pos]: True at BOS and tokens, False
    where a shorter input is filled up; logits: the numbers that the model puts out [batch, pos,
    d_vocab_out].
    """

    model: RunnableModel
    points: Mapping[str, Point]
    tensors: Mapping[str, Tensor]
    inputs: tuple[tuple[Atom, ...], ...]
    ids: Tensor
    mask: Tensor
    logits: Tensor

    def __getitem__(self, name: str) -> Tensor:
        """Raises RaspValueError for a point that is not there, or was not kept."""
        point = find(self.points, name)
        if point.name not in self.tensors:
            raise RaspValueError(f"{point.name} was not kept in this cache")
        return self.tensors[point.name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)

    def __contains__(self, name: object) -> bool:
        try:
            return find(self.points, name).name in self.tensors
        except RaspValueError:
            return False

    def axes(self, name: str) -> tuple[str, ...]:
        """What the axes of a point are: "batch", "pos", "head", "d_head", "query", "key",
        "neuron", "d_model"."""
        return find(self.points, name).axes

    def labels(self, name: str, number: int = 0) -> tuple[tuple[str, ...], ...]:
        """A label for each place of each axis but the first, for the input of a number.

        Positions have their tokens; heads and neurons what they are for; residual directions what
        they hold.  Directions within a head have numbers.
        """
        point = find(self.points, name)
        shape = self[name].shape
        return tuple(
            self._axis(point, axis, size, number)
            for axis, size in zip(point.axes[1:], shape[1:], strict=True)
        )

    def _axis(self, point: Point, axis: str, size: int, number: int) -> tuple[str, ...]:
        labels = self.model.labels
        match axis:
            case "pos" | "query" | "key":
                return tuple(self._token(place) for place in self.ids[number].tolist())
            case "d_model":
                return labels.residual
            case "head" if point.block is not None:
                return labels.heads[point.block]
            case "neuron" if point.block is not None:
                names = [""] * size
                for first, end, label in labels.neurons[point.block]:
                    names[first:end] = [f"{label} {n}" for n in range(end - first)]
                return tuple(names)
        return tuple(map(str, range(size)))

    def _token(self, number: int) -> str:
        if number in (BOS, PAD):
            return BOS_LABEL if number == BOS else PAD_LABEL
        return show(self.model.vocabulary.tokens[number - FIRST_TOKEN])

    def only(self, number: int) -> Cache:
        """The cache of one input, without what filled it up; a batch of one."""
        n_pos = 1 + len(self.inputs[number])
        rows = slice(number, number + 1)
        tensors: dict[str, Tensor] = {}
        for name, tensor in self.tensors.items():
            cut = tensor[rows]
            for axis, what in enumerate(self.points[name].axes):
                if what in ("pos", "query", "key"):
                    cut = cut.narrow(axis, 0, n_pos)
            tensors[name] = cut
        return Cache(
            self.model,
            self.points,
            tensors,
            self.inputs[rows],
            self.ids[rows, :n_pos],
            self.mask[rows, :n_pos],
            self.logits[rows, :n_pos],
        )

    def __repr__(self) -> str:
        return f"<Cache of {len(self.tensors)} points, {len(self.inputs)} inputs>"


@dataclass(frozen=True, slots=True)
class HookPoint:
    """What a hook is told of where it is: the point's name, its axes, and the tokens of the
    inputs."""

    name: str
    axes: tuple[str, ...]
    inputs: tuple[tuple[Atom, ...], ...]


def run_with_cache(
    model: RunnableModel,
    inputs: Tokens | Iterable[Tokens],
    hooks: Mapping[str, Hook] | None = None,
    names: Iterable[str] | None = None,
) -> tuple[list[Outcome], Cache]:
    """The answer on each input (a list of values, or the error that the model reports) and what was
    at the points.

    inputs: one input, or a list of inputs; hooks: as for `run_with_hooks`; names: the points that
    are kept, all by default.  Raises VocabularyError for an input that the model does not take.
    """
    points = points_of(model.artifact.config)
    if isinstance(names, str):
        names = [names]
    kept = points.values() if names is None else [find(points, name) for name in names]
    return _run(model, listed(inputs), points, hooks or {}, list(kept))


def run_with_hooks(
    model: RunnableModel, inputs: Tokens | Iterable[Tokens], hooks: Mapping[str, Hook]
) -> list[Outcome]:
    """The answer on each input, where hooks replace what is at some points.

    hooks: for each point a function of its tensor, which it may change in place or give a new one
    of the same shape for; one that takes a second argument, `hook`, is given the `HookPoint`.

    Raises RaspValueError for a point that is not there, RaspTypeError for what a function gives.
    """
    points = points_of(model.artifact.config)
    return _run(model, listed(inputs), points, hooks, [])[0]


def listed(inputs: Tokens | Iterable[Tokens]) -> list[Any]:
    """One input, a string or a list of tokens, or several of them -> several.

    A list of strings is a list of inputs, as for `model.batch`.  Raises RaspTypeError.
    """
    if isinstance(inputs, str):
        return [inputs]
    if not isinstance(inputs, Iterable):
        raise RaspTypeError(f"expected an input or a list of inputs, got {type_name(inputs)}")
    items = list(inputs)
    if any(not isinstance(item, Iterable) for item in items):
        return [items]  # of tokens that are numbers
    return items


def _run(
    model: RunnableModel,
    inputs: Sequence[Any],
    points: Mapping[str, Point],
    hooks: Mapping[str, Hook],
    kept: Sequence[Point],
) -> tuple[list[Outcome], Cache]:
    import torch

    from rasp.model.precision import full_precision
    from rasp.model.taps import Taps

    if not inputs:
        raise RaspValueError("there is no input")
    encoded, errors = Encoder(model.vocabulary, model.max_len).encode(inputs)
    for error in errors.values():
        raise error
    ids = encoded.batch(np.arange(len(inputs)))
    lengths = encoded.lengths
    tokens = tuple(
        tuple(model.vocabulary.tokens[n - FIRST_TOKEN] for n in row[1 : 1 + length])
        for row, length in zip(ids.tolist(), lengths.tolist(), strict=True)
    )
    functions = {}
    for name, hook in hooks.items():
        point = find(points, name)
        functions[point.place] = _function(point, hook, tokens)
    taps = Taps(functions, frozenset(point.place for point in kept))
    device = model.device
    with torch.inference_mode(), full_precision(device):
        batch = torch.from_numpy(ids).to(device)  # [batch, pos]
        logits = model.module.run_with_taps(batch, taps)  # [batch, pos, d_vocab_out]
    decoder = Decoder(model.artifact.readout, model.max_len)
    outcomes = decoder.decode(logits[:, 1:].cpu().numpy(), lengths)
    tensors = {point.name: point.outside(taps.cache[point.place]) for point in kept}
    cache = Cache(model, points, tensors, tokens, batch, batch != PAD, logits)
    return outcomes, cache


def _function(point: Point, hook: Hook, inputs: tuple[tuple[Atom, ...], ...]) -> Function:
    """What the module does at the place of a point."""
    if not callable(hook):
        raise RaspTypeError(f"the hook at {point.name} is no function, but {type_name(hook)}")
    call = _call(hook, HookPoint(point.name, point.axes, inputs))

    def replace(tensor: Tensor) -> Tensor:
        import torch

        given = point.outside(tensor.clone())
        found = call(given)
        if found is None:
            found = given
        if not isinstance(found, torch.Tensor):
            raise RaspTypeError(f"the hook at {point.name} gives {type_name(found)}, not a tensor")
        if found.shape != given.shape or found.dtype != given.dtype:
            raise RaspTypeError(
                f"the hook at {point.name} gives {list(found.shape)} in {found.dtype}, and"
                f" {list(given.shape)} in {given.dtype} is needed"
            )
        return point.inside(found).contiguous()

    return replace


def _call(hook: Hook, where: HookPoint) -> Callable[[Tensor], Any]:
    """The hook as a function of the tensor alone."""
    try:
        takes = inspect.signature(hook)
    except (TypeError, ValueError):  # a built-in function that does not say what it takes
        return hook
    try:
        takes.bind(None, hook=where)
    except TypeError:
        pass
    else:
        return lambda tensor: hook(tensor, hook=where)
    try:
        takes.bind(None)
    except TypeError:
        return lambda tensor: hook(tensor, where)
    return hook

"""A compiled program: call it with tokens, get the Python values of the s-op.

An artifact (tensors and the meaning of the output) becomes a model that encodes inputs, runs the
Transformer in padded batches and decodes.  torch is imported when a model first runs.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rasp import digests
from rasp.artifact import Artifact, Labels
from rasp.decoding.request import DEFAULT_NEW_TOKENS, Request, Stop
from rasp.encoding import Encoded, Encoder, Tokens
from rasp.errors import RaspError, RaspTypeError
from rasp.graph.nodes import Atom, SOpNode
from rasp.graph.operators import type_name
from rasp.graph.origins import Origins
from rasp.readout import Decoder, Outcome
from rasp.report import Certificate, Report
from rasp.source import Source
from rasp.vocabulary import PAD, Vocabulary

if TYPE_CHECKING:
    import torch

    from rasp.causal.circuit import Circuit, Edge
    from rasp.causal.runs import Cache
    from rasp.causal.variables import Variables
    from rasp.decoding.generation import Written
    from rasp.decoding.writer import Writer
    from rasp.explorer import Page
    from rasp.model.transformer import Transformer
    from rasp.sop import SOp

# About how many numbers the largest tensor of a forward pass has: on a CPU a few fit into a cache.
CHUNK_NUMBERS = 1 << 19
ACCELERATOR_FACTOR = 32
MIN_UNPADDED = 64  # so many inputs of one length have a forward pass of their own


@dataclass(frozen=True, slots=True)
class Specification:
    """What a model computes: the s-op, and the program text that it was written in, if any."""

    node: SOpNode
    name: str | None = None
    source: Source | None = None
    origins: Origins | None = None


class CompiledModel:
    """A Transformer that computes an s-op.  Equal to the interpreter on every input it takes.

    Its weights are those of `module`, and whoever changes them changes the model: what it answers,
    its artifact, certificate and report, and what is saved.  A module that is no longer a
    Transformer of this shape in float32 or float64 is refused with RaspTypeError by all of these.
    """

    def __init__(self, artifact: Artifact, specification: Specification) -> None:
        self.specification = specification
        self._made = artifact
        self._made_digests = _digests(artifact)
        self._last_seen = artifact, self._made_digests
        self._report: tuple[Artifact, Report] | None = None
        self._decoder = Decoder(artifact.readout, artifact.max_len)
        self._encoder = Encoder(artifact.vocabulary, artifact.max_len)

    @property
    def artifact(self) -> Artifact:
        """All that the model is, with the weights as they are now.

        Where they were changed, the certificate in its report has been computed again.  Raises
        RaspTypeError, as above.
        """
        present = self._present()
        found = _digests(present)
        if found != self._last_seen[1]:
            if present is not self._made:
                copies = {name: np.array(tensor) for name, tensor in present.tensors.items()}
                for tensor in copies.values():
                    tensor.setflags(write=False)  # weights are changed in the module
                present = replace(present, tensors=copies)
            if found != self._made_digests:
                present = self._made.with_weights(present.tensors, present.config.dtype)
            self._last_seen = present, found
        return self._last_seen[0]

    def _present(self) -> Artifact:
        """What was made, with the weights as they are now and the report as it was."""
        if "module" not in self.__dict__:
            return self._made  # nobody has seen the module
        from rasp.model.present import dtype_of, weights_of

        config = self._made.config
        with _refused():
            config = replace(config, dtype=dtype_of(self.module, config))
            return replace(self._made, config=config, tensors=weights_of(self.module, config))

    @property
    def compiled_artifact(self) -> Artifact:
        """The model as it was compiled or loaded, whatever has become of the module."""
        return self._made

    @property
    def certificate(self) -> Certificate:
        """What is proved of the weights as they are now; nothing of a module that is refused."""
        try:
            artifact = self.artifact
        except RaspTypeError as error:
            return Certificate.refused(error.message)
        return Certificate.of(artifact)

    @property
    def vocabulary(self) -> Vocabulary:
        return self._made.vocabulary

    @property
    def max_len(self) -> int:
        return self._made.max_len

    @property
    def labels(self) -> Labels:
        """What every residual direction, head and neuron is for, as it was compiled."""
        return self._made.labels

    @cached_property
    def sop(self) -> SOp:
        """The s-op that it computes, for the interpreter and for drawings.

        A model from a checkpoint has its names and places where the program text in it gives this
        very s-op.
        """
        return _handle(self.specification)

    @property
    def report(self) -> Report:
        """Both accounts of size and the certificate, of the weights as they are now."""
        artifact = self.artifact
        if self._report is None or self._report[0] is not artifact:
            self._report = artifact, Report.of(artifact)
        return self._report[1]

    @cached_property
    def module(self) -> Transformer:
        """The torch module; move it to another device or change its weights at will."""
        from rasp.model.transformer import Transformer

        tensors = self._made.tensors
        for tensor in tensors.values():
            tensor.setflags(write=False)  # from now on, weights are changed in the module
        return Transformer.from_tensors(self._made.config, tensors, pad_id=PAD)

    def __call__(self, tokens: Tokens) -> list[Atom]:
        """The s-op's value on an input: a string, or any sequence of tokens.

        Raises VocabularyError for an input that the model does not take and RaspRuntimeError where
        the s-op fails.
        """
        return self.batch([tokens])[0]

    def batch(self, inputs: Iterable[Tokens]) -> list[list[Atom]]:
        """The values on many inputs.  Raises the error of the first input that has one."""
        outcomes = self.outcomes(inputs)
        results = [outcome for outcome in outcomes if not isinstance(outcome, RaspError)]
        if len(results) < len(outcomes):
            raise next(outcome for outcome in outcomes if isinstance(outcome, RaspError))
        return results

    def outcomes(self, inputs: Iterable[Tokens]) -> list[Outcome]:
        """The value on each input, or the error that calling the model with it raises."""
        if not isinstance(inputs, Iterable):
            raise RaspTypeError(f"expected a list of inputs, got {type_name(inputs)}")
        if isinstance(inputs, str):
            raise RaspTypeError(
                "expected a list of inputs, got one string", hint="one input alone: model(tokens)"
            )
        encoded, errors = self._encoder.encode(list(inputs))
        decoded = self.run(encoded)
        if not errors:
            return decoded
        rest = iter(decoded)
        n_inputs = len(decoded) + len(errors)
        return [errors[place] if place in errors else next(rest) for place in range(n_inputs)]

    def generate(
        self, prompt: Tokens, max_new_tokens: int = DEFAULT_NEW_TOKENS, stop: Stop = None
    ) -> list[Atom]:
        """The prompt and what the model writes after it: the value at the last position is the next
        token.  For causal models; with a key-value cache, so that a token is one position's work.

        It ends after max_new_tokens, or after a token of `stop` (a token, where a string is one, or
        several).  Raises RaspRuntimeError where the s-op fails, VocabularyError for a prompt that
        the model does not take, and GenerationError for a model that is not causal, for a value
        that is no token, and if max_len is reached before the generation is over.
        """
        request = self.request(prompt, max_new_tokens, stop)
        return [*request.prompt, *self._writer().one(request)]

    def stream(
        self, prompt: Tokens, max_new_tokens: int = DEFAULT_NEW_TOKENS, stop: Stop = None
    ) -> Iterator[Atom]:
        """The new tokens that `generate` would append, one after the other, as they are written."""
        request = self.request(prompt, max_new_tokens, stop)
        return self._writer().one(request)

    def generate_batch(
        self,
        prompts: Iterable[Tokens],
        max_new_tokens: int = DEFAULT_NEW_TOKENS,
        stop: Stop = None,
    ) -> list[list[Atom]]:
        """`generate` for many prompts at once, of any lengths.

        Raises the error of the first prompt that has one.
        """
        requests = [self.request(prompt, max_new_tokens, stop) for prompt in prompts]
        results = []
        for request, written in zip(requests, self.written_batch(requests), strict=True):
            if written.error is not None:
                raise written.error
            results.append([*request.prompt, *written.tokens])
        return results

    def written(self, request: Request) -> Written:
        """The new tokens for a request, and the error that its generation ends with, if any."""
        from rasp.decoding.generation import Written

        return Written.of(self._writer().one(request))

    def written_batch(self, requests: Sequence[Request]) -> list[Written]:
        """The same for many requests at once."""
        from rasp.model.precision import full_precision

        writer = self._writer()
        with collector_paused(), full_precision(self.device):
            return writer.batch(self.module, requests)

    def request(
        self, prompt: Tokens, max_new_tokens: int = DEFAULT_NEW_TOKENS, stop: Stop = None
    ) -> Request:
        """What `generate` is asked for, checked.  Raises its errors, but for those of writing."""
        return self._writer().request(prompt, max_new_tokens, stop)

    def _writer(self) -> Writer:
        from rasp.decoding.writer import Writer

        return Writer(self._present(), self._decoder)

    def run(self, encoded: Encoded) -> list[Outcome]:
        """The outcomes for encoded inputs.  Raises RaspTypeError for inputs that are not."""
        if not isinstance(encoded, Encoded):
            raise RaspTypeError(
                f"expected encoded inputs, got {type_name(encoded)}",
                hint="model(tokens) is the value on one input, model.batch(inputs) on many",
            )
        device = self.device
        order = np.argsort(encoded.lengths, kind="stable")
        stretches = self._chunks(encoded.lengths[order], device)
        chunks = [order[start:end] for start, end in stretches]
        with collector_paused():
            found = self._run_chunks(encoded, chunks, device)
        if bool((order[1:] > order[:-1]).all()):
            return found
        outcomes = found.copy()
        for place, outcome in zip(order.tolist(), found, strict=True):
            outcomes[place] = outcome
        return outcomes

    def _run_chunks(
        self, encoded: Encoded, chunks: Sequence[NDArray[np.int64]], device: torch.device
    ) -> list[Outcome]:
        """The outcomes of all chunks, in their order.

        On a CPU every thread has chunks of its own: threads that share every multiplication spend
        much of their time on waiting for each other, and most of it where the CPU is busy.
        """
        import torch

        run_chunk = partial(self._run_chunk, encoded, device)
        n_threads = torch.get_num_threads()
        if device.type != "cpu" or min(n_threads, len(chunks)) == 1:
            return list(chain.from_iterable(map(run_chunk, chunks)))
        pool = ThreadPoolExecutor(n_threads, initializer=partial(torch.set_num_threads, 1))
        try:
            with pool:
                return list(chain.from_iterable(pool.map(run_chunk, chunks)))
        finally:
            torch.set_num_threads(n_threads)  # threads yet to come take the number set last

    def _run_chunk(
        self, encoded: Encoded, device: torch.device, places: NDArray[np.int64]
    ) -> list[Outcome]:
        """The outcomes of inputs whose lengths ascend."""
        lengths = encoded.lengths[places]
        padded = bool(lengths[0] < lengths[-1])
        outputs = self._forward(encoded.batch(places), device, padded=padded)
        return self._decoder.decode(outputs[:, 1:], lengths)

    def forward(self, ids: NDArray[np.int64], *, padded: bool = True) -> NDArray[np.floating]:
        """The module's output for a batch, its numbers as they are: [batch, pos] -> [batch, pos,
        d_vocab_out].  Without `padded` no id is PAD."""
        return self._forward(ids, self.device, padded=padded)

    def _forward(
        self, ids: NDArray[np.int64], device: torch.device, *, padded: bool
    ) -> NDArray[np.floating]:
        import torch

        from rasp.model.precision import full_precision

        with torch.inference_mode(), full_precision(device):
            output = self.module(torch.from_numpy(ids).to(device), padded=padded)
            numbers: NDArray[np.floating] = output.cpu().numpy()
        return numbers

    @property
    def device(self) -> torch.device:
        """Where the weights are.  Raises RaspTypeError for a module that is refused."""
        from rasp.model.present import device_of

        with _refused():
            return device_of(self.module, self._made.config)

    def _chunks(self, lengths: NDArray[np.int64], device: torch.device) -> list[tuple[int, int]]:
        """Stretches of inputs, whose lengths ascend, that fit into one forward pass."""
        config = self._made.config
        n_heads = max((block.n_heads for block in config.blocks), default=0)
        d_head = max((3 * block.n_heads * block.d_head for block in config.blocks), default=0)
        d_mlp = max((block.d_mlp for block in config.blocks), default=0)
        width = max(config.d_model, d_head, d_mlp, config.d_vocab_out)
        most = CHUNK_NUMBERS * (1 if device.type == "cpu" else ACCELERATOR_FACTOR)
        chunks = []
        end = len(lengths)
        while end:  # the longest first: their length is that of the batch
            longest = int(lengths[end - 1])
            n_pos = 1 + longest
            size = max(1, most // (n_pos * max(width, n_heads * n_pos)))
            start = max(0, end - size)
            shorter = int(lengths.searchsorted(longest))
            if end - shorter >= MIN_UNPADDED:
                start = max(start, shorter)
            chunks.append((start, end))
            end = start
        return chunks[::-1]

    def save(self, path: str | Path) -> None:
        """Write a checkpoint of the weights as they are now.  Raises CheckpointError."""
        from rasp.checkpoint import save

        save(self, path)

    def export(self, to: str, path: str | Path, **options: Any) -> None:
        """Write it for another library, compared with the model before: "huggingface" a folder,
        "onnx" and "transformer-lens" a file.

        options: those of `rasp.export`.  Raises ExportError.
        """
        from rasp.export import export

        export(self, to, path, **options)

    @property
    def points(self) -> tuple[str, ...]:
        """The names of all points of a forward pass, as in TransformerLens."""
        from rasp.causal.points import points_of

        return tuple(points_of(self._made.config))

    def run_with_cache(
        self,
        inputs: Tokens | Iterable[Tokens],
        hooks: Mapping[str, Callable[..., Any]] | None = None,
        names: Iterable[str] | None = None,
    ) -> tuple[list[Outcome], Cache]:
        """The answer on each input, and the tensors at all points: `cache["blocks.0.attn.hook_q"]`.

        inputs: one (a string, a list of tokens) or several, of any lengths.  An answer is a list of
        values, or the error that the model reports.  hooks: as for `run_with_hooks`; names: of the
        points that are kept.
        """
        from rasp.causal.runs import run_with_cache

        return run_with_cache(self, inputs, hooks, names)

    def run_with_hooks(
        self, inputs: Tokens | Iterable[Tokens], hooks: Mapping[str, Callable[..., Any]]
    ) -> list[Outcome]:
        """The answer on each input, where functions replace what is at some points.

        hooks: point -> a function of its tensor, `f(tensor)` or `f(tensor, hook)`, which changes it
        in place or gives another one of the same shape.
        """
        from rasp.causal.runs import run_with_hooks

        return run_with_hooks(self, inputs, hooks)

    @cached_property
    def variables(self) -> Variables:
        """The s-ops of the program that live in the residual stream as it was compiled: by name,
        where each is.  `variables.elsewhere` has the others, each with the reason.
        """
        from rasp.causal.variables import variables_of

        return variables_of(self)

    def interchange(self, base: Tokens, source: Tokens, names: str | Iterable[str]) -> list[Atom]:
        """The answer on `base`, with these variables as they are on `source`, which is as long.

        The s-op says the same: `model.sop.interchange(base, source, names)`.  Raises RaspNameError
        for a name that is no variable, RaspValueError for inputs of different lengths.
        """
        from rasp.causal.variables import interchange

        return interchange(self, base, source, names)

    def circuit(self, *, n_pairs: int = 192, seed: int = 0) -> Circuit:
        """Which part of the model reads what from which other part: every edge whose weights touch,
        with a variable and a witness; what has no edge has no effect at all.

        n_pairs: how many pairs of inputs of each kind are tried for witnesses, 0 for none; seed: of
        these inputs.
        """
        from rasp.causal.making import make_circuit

        return make_circuit(self, n_pairs=n_pairs, seed=seed)

    def patch(
        self, edge: Edge, base: Tokens, source: Tokens, places: Sequence[int] | None = None
    ) -> Outcome:
        """The answer on `base` with what comes along an edge of the circuit as it is on `source`,
        or the error that the model reports.  `rasp.causal.witnesses.patched` has the details.
        """
        from rasp.causal.witnesses import patched

        return patched(self, edge, base, source, places)

    def _repr_html_(self) -> str:
        from rasp.drawing import html, rich

        labels = self.labels
        title = f"compiled model of {self.specification.name or 'an s-op'}"
        try:
            rows = self.report.facts()
        except RaspTypeError as error:
            rows = [("certificate", f"nothing is certified: {error.message}")]
        facts = html.table((), rows, title=title)
        layout = rich.labels(labels.residual, labels.heads, labels.neurons)
        return html.fragment(facts + rich.folded("what everything in it is for", layout))

    def explore(self, tokens: Tokens, max_new_tokens: int | None = None, stop: Stop = None) -> Page:
        """A page on which every number of the forward pass on an input can be followed.

        max_new_tokens, stop: as `generate` has them; the page then shows what the model writes
        after these tokens, token by token.  Raises VocabularyError, RaspLimitError and
        GenerationError, as `rasp.explorer.page` says.
        """
        from rasp.explorer import page

        return page(self, tokens, max_new_tokens, stop)

    def __repr__(self) -> str:
        config = self._made.config
        name = self.specification.name or "s-op"
        n_parameters = sum(map(prod, config.shapes().values()))
        return (
            f"<CompiledModel {name}: {config.sublayers or 'no'} sublayers, "
            f"d_model {config.d_model}, {n_parameters:,} parameters>"
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> CompiledModel:
        """A model of the same s-op with a module of its own."""
        copy = CompiledModel(self._made, self.specification)
        copy._made_digests, copy._last_seen = self._made_digests, self._last_seen
        if "module" in self.__dict__:
            copy.module = deepcopy(self.module, memo)
        return copy

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as the content of a checkpoint, with all that this checks."""
        from rasp.checkpoint import from_bytes, to_bytes

        return from_bytes, (to_bytes(self),)


def _digests(artifact: Artifact) -> dict[str, str]:
    """Of the weights as they are: of every number, shape and dtype."""
    return {name: digests.of_tensor(tensor) for name, tensor in artifact.tensors.items()}


@contextmanager
def _refused() -> Iterator[None]:
    """A module that is no model any more, in words for whoever changed it."""
    from rasp.model.present import ModuleError

    try:
        yield
    except ModuleError as error:
        raise RaspTypeError(
            f"the model's module has been changed to what cannot be run: {error}",
            hint="nothing is certified of it; model.module itself can still be called with ids",
        ) from None


def _handle(specification: Specification) -> SOp:
    from rasp.program import loads
    from rasp.sop import SOp

    node, name, source = specification.node, specification.name, specification.source
    if specification.origins is None and source is not None and name is not None:
        try:
            value = loads(source.text, name=source.name)[name]
        except RaspError:
            value = None  # a program in several files, which are not here
        # A text that gives another s-op says nothing about this one; `rasp verify` reports it.
        if isinstance(value, SOp) and value.node is node:
            return value
    return SOp(node, specification.origins, name=name)


@contextmanager
def collector_paused() -> Iterator[None]:
    """While many results are made: none can be part of a cycle, yet each would be looked at
    whenever so many new ones make the garbage collector run."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()

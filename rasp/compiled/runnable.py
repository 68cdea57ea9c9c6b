"""A network that computes an s-op: call it with tokens, get the Python values of the s-op.

An artifact (tensors and the meaning of the output) becomes one that encodes inputs, runs the
Transformer in padded batches and decodes.  torch is imported when it first runs.  All that looks
into models (circuits, verification, exports, the explorer) takes one of these; what a user has in
hand is a `rasp.compiled.model.CompiledModel`, which also leads to all of that.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from rasp import digests
from rasp.artifact import Artifact, Labels
from rasp.compiled.inputs import Encoded, Encoder, Tokens
from rasp.compiled.passes import Passes, collector_paused
from rasp.compiled.specification import Specification
from rasp.decoding.request import DEFAULT_NEW_TOKENS, Request, Stop
from rasp.errors import RaspError, RaspTypeError
from rasp.graph.nodes import Atom
from rasp.graph.operators import type_name
from rasp.readout import Decoder, Outcome
from rasp.report import Certificate, Report
from rasp.vocabulary import PAD, Vocabulary

if TYPE_CHECKING:
    import torch

    from rasp.decoding.generation import Written
    from rasp.decoding.writer import Writer
    from rasp.model.transformer import Transformer
    from rasp.sop import SOp

Found = TypeVar("Found")


class RunnableModel:
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
        self._found: dict[Callable[[Any], Any], Any] = {}
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
        """What is proved of the weights as they are now.

        Nothing is of a module that is refused, or that computes something else than its weights
        say, by hooks for example.
        """
        try:
            artifact = self.artifact
        except RaspTypeError as error:
            return Certificate.refused(error.message)
        altered = self.altered
        return Certificate.of(artifact) if altered is None else Certificate.refused(altered)

    @property
    def altered(self) -> str | None:
        """What else than the weights decides what the module computes, in words; None if nothing
        does."""
        if "module" not in self.__dict__:
            if "torch" not in sys.modules:  # and so there are no hooks
                return None
            from rasp.model.present import altered_everywhere

            return altered_everywhere()
        from rasp.model.present import altered

        return altered(self.module)

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

    def once(self, find: Callable[[RunnableModel], Found]) -> Found:
        """What a function finds out about the model as it was compiled; it is asked only once."""
        if find not in self._found:
            self._found[find] = find(self)
        found: Found = self._found[find]
        return found

    @property
    def report(self) -> Report:
        """Both accounts of size and the certificate, of the weights as they are now."""
        artifact = self.artifact
        if self._report is None or self._report[0] is not artifact:
            self._report = artifact, Report.of(artifact)
        report = self._report[1]
        altered = self.altered
        if altered is None:
            return report
        return replace(report, certificate=Certificate.refused(altered))

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
        return self._passes().outcomes(encoded)

    def forward(self, ids: NDArray[np.int64], *, padded: bool = True) -> NDArray[np.floating]:
        """The module's output for a batch, its numbers as they are: [batch, pos] -> [batch, pos,
        d_vocab_out].  Without `padded` no id is PAD."""
        return self._passes().forward(ids, padded=padded)

    def _passes(self) -> Passes:
        return Passes(self.module, self._made.config, self._decoder, self.device)

    @property
    def device(self) -> torch.device:
        """Where the weights are.  Raises RaspTypeError for a module that is refused."""
        from rasp.model.present import device_of

        with _refused():
            return device_of(self.module, self._made.config)

    def __repr__(self) -> str:
        config = self._made.config
        name = self.specification.name or "s-op"
        n_parameters = sum(map(prod, config.shapes().values()))
        return (
            f"<{type(self).__name__} {name}: {config.sublayers or 'no'} sublayers, "
            f"d_model {config.d_model}, {n_parameters:,} parameters>"
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A model of the same s-op with a module of its own."""
        copy = type(self)(self._made, self.specification)
        copy._made_digests, copy._last_seen = self._made_digests, self._last_seen
        if "module" in self.__dict__:
            copy.module = deepcopy(self.module, memo)
        return copy


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

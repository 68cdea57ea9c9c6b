"""A compiled model as one that writes: requests that it takes, and who serves them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rasp.artifact import Artifact
from rasp.decoding.generation import Written, batch_by_weights, by_weights
from rasp.decoding.request import Request, Stop
from rasp.decoding.values import Values
from rasp.errors import GenerationError
from rasp.graph.nodes import Atom
from rasp.model.cached import DecoderWeights
from rasp.readout import Decoder

if TYPE_CHECKING:
    from rasp.model.transformer import Transformer

BATCH_NUMBERS = 1 << 26
"""Keys, values and scores of all sequences that are decoded together, about: 256 or 512 MB."""


class Writer:
    """Generation with the weights of an artifact."""

    def __init__(self, artifact: Artifact, decoder: Decoder) -> None:
        """Raises GenerationError for a model that is not causal."""
        if not artifact.config.causal:
            raise GenerationError(
                "the model is not causal: its values may change when the input grows",
                hint="compile with causal=True (--causal)",
            )
        self._artifact = artifact
        self._values = Values(decoder)

    def request(self, prompt: object, max_new_tokens: int, stop: Stop) -> Request:
        """Raises the errors of `Request.of`."""
        vocabulary, max_len = self._artifact.vocabulary, self._artifact.max_len
        return Request.of(prompt, max_new_tokens, stop, vocabulary=vocabulary, max_len=max_len)

    def one(self, request: Request) -> Iterator[Atom]:
        """The new tokens, each when it is asked for.  Raises the errors of `by_interpreter`."""
        weights = DecoderWeights.of(self._artifact.config, self._artifact.tensors)
        return by_weights(weights, self._values, request)

    def batch(self, module: Transformer, requests: Sequence[Request]) -> list[Written]:
        """What is written for each request.  module: the artifact's weights as one of torch."""
        outcomes: list[Written] = []
        while len(outcomes) < len(requests):
            rest = requests[len(outcomes) :]
            outcomes += batch_by_weights(module, self._values, rest[: self._at_once(rest)])
        return outcomes

    def _at_once(self, requests: Sequence[Request]) -> int:
        """How many of the first requests are served together."""
        blocks = self._artifact.config.blocks
        width = sum(2 * block.n_heads * block.d_head for block in blocks)
        n_heads = max((block.n_heads for block in blocks), default=0)
        longest = prompt = 1
        for number, request in enumerate(requests):
            prompt = max(prompt, 1 + len(request.prompt))
            longest = max(longest, 1 + len(request.prompt) + request.room)
            numbers = longest * width + prompt**2 * n_heads
            if number and (number + 1) * numbers > BATCH_NUMBERS:
                return number
        return len(requests)

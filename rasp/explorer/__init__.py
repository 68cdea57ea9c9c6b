"""A compiled model and an input -> one HTML page on which every number can be followed.

    page        gather (one forward pass, beside the labels), plain (JSON), document (the page)

The page is a single file that asks for nothing from anywhere.
"""

from __future__ import annotations

from rasp.compiled.inputs import Tokens
from rasp.compiled.runnable import RunnableModel
from rasp.decoding.request import Stop
from rasp.errors import GenerationError
from rasp.explorer.data import Writing
from rasp.explorer.document import Page, document
from rasp.explorer.gather import gather
from rasp.explorer.limits import check_size
from rasp.explorer.plain import plain_exploration

__all__ = ["Page", "page"]


def page(
    model: RunnableModel, tokens: Tokens, max_new_tokens: int | None = None, stop: Stop = None
) -> Page:
    """The explorer of the model on one input: a string, or any sequence of tokens.

    max_new_tokens, stop: of a causal model, show what it writes after these tokens, too.

    Raises VocabularyError for an input that the model does not take, RaspLimitError for more than
    a page can show, and GenerationError where nothing can be written.  Where the program fails on
    the input, the page shows the forward pass and says where it failed.
    """
    if max_new_tokens is None:
        if stop is not None:
            raise GenerationError("stop is where writing ends: it needs max_new_tokens")
        return document(plain_exploration(gather(model, tokens)))
    request = model.request(tokens, max_new_tokens, stop)
    check_size(model.artifact.config, 1 + len(request.prompt))
    written = model.written(request)
    ended = "" if written.error is None else written.error.message
    writing = Writing(len(request.prompt), ended)
    sequence = [*request.prompt, *written.tokens]
    return document(plain_exploration(gather(model, sequence, writing)))

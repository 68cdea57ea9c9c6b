"""A compiled model and an input -> one HTML page on which every number can be followed.

    page        gather (one forward pass, beside the labels), plain (JSON), document (the page)

The page is a single file that asks for nothing from anywhere.
"""

from __future__ import annotations

from rasp.compiled import CompiledModel
from rasp.encoding import Tokens
from rasp.explorer.document import Page, document
from rasp.explorer.gather import gather
from rasp.explorer.plain import plain_exploration

__all__ = ["Page", "page"]


def page(model: CompiledModel, tokens: Tokens) -> Page:
    """The explorer of the model on one input: a string, or any sequence of tokens.

    Raises VocabularyError for an input that the model does not take, and RaspLimitError for more
    than a page can show.  Where the program fails on the input, the page shows the forward pass and
    says where it failed.
    """
    return document(plain_exploration(gather(model, tokens)))

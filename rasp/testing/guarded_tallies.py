"""Conditions of choices that heads add up.

Each stands in the compiler, and beside it is a program that comes out wrong without it.
"""

from __future__ import annotations

from rasp.testing.guard import BEFORE, SEEN, guard

_LONG = ("pipeline.LONG_INPUTS = 0",)


def _choice(*questions: tuple[str, str], otherwise: str = "0") -> str:
    """What is chosen: the value of the first question, of some, whose answer is yes."""
    text = otherwise
    for value, selector in reversed(questions):
        text = f"({value} if has_focus({selector}) else {text})"
    return f"result = {text};"


def _is(token: str, selector: str = SEEN) -> str:
    return f'{selector} and select(tokens, "{token}", ==)'


_A, _B, _C = _is("a"), _is("b"), _is("c")

TALLIES = (
    guard(
        "lowering.tallies:one-selector",
        "if own is None or shared not in (None, common):",
        "if own is None:",
        "one head asks several questions only if they are about the same keys",
        _choice(("3", _A), ("2", _is("b", BEFORE)), ("1", _C)),
        "abc",
        limits=_LONG,
    ),
    guard(
        "lowering.tallies:integers",
        "if asked is None or not isinstance(value, Constant) or type(value.value) is not int:",
        "if asked is None or not isinstance(value, Constant):",
        "1 and True are the same number",
        _choice(("1", _A), ("True", _B), ("7", _C), ("4", _is("d"))),
        "abcd",
        limits=_LONG,
    ),
    guard(
        "lowering.tallies:integer-otherwise",
        "if shared is None or not isinstance(node, Constant) or type(node.value) is not int:",
        "if shared is None or not isinstance(node, Constant):",
        "also where nothing is selected",
        _choice(("1", _A), ("5", _B), ("7", _C), otherwise="True"),
        "abc",
        limits=_LONG,
    ),
    guard(
        "lowering.tallies:more-than-none",
        "operands=(number, Constant(value=0))):",
        "operands=(number, Constant())):",
        "that two keys are selected is another question",
        f"result = 3 if selector_width({_A}) > 1 else (2 if selector_width({_B}) > 1 else"
        f" (1 if selector_width({_C}) > 1 else 0));",
        "abc",
        limits=_LONG,
    ),
    guard(
        "lowering.tallies:one-head-for-a-question",
        "if len(found) != 1:",
        "if not found:",
        "of keys in several parts, those of two may be selected, and both would add",
        _choice(
            ("3", f"{SEEN} and select(indices, 1, ==)"),
            ("2", _B),
            ("1", f"{SEEN} and select(indices, 2, ==)"),
        ),
        "abc",
        limits=_LONG,
    ),
)

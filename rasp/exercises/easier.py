"""The exercises in which every position reads or counts once or twice, from the easiest on."""

from __future__ import annotations

from rasp.exercises import references
from rasp.exercises.exercise import exercise
from rasp.exercises.inputs import strings

EASIER = (
    exercise(
        references.reverse,
        strings("abc"),
        "hello",
        "ab",
        task="The input, last token first.",
        par=(2, 2),
        hints=(
            "Which index does position 0 have to read from, which one position 1? Write it with "
            "indices and length.",
            "Position i reads from length - 1 - i. Let the key be indices and the query be that.",
        ),
        pitfalls=(
            (
                "answer = aggregate(select(indices, length - indices, ==), tokens);",
                "indices begin at 0, so the last one is length - 1",
            ),
            (
                'answer = aggregate(select(indices, length - indices, ==), tokens, "-");',
                "indices begin at 0, so the last one is length - 1",
            ),
            (
                "answer = aggregate(select(indices, 4 - indices, ==), tokens);",
                "4 is right for inputs of five tokens only; length knows how many there are",
            ),
            (
                "answer = aggregate(select(indices, length - 1, ==), tokens);",
                "this reads the last token from everywhere; position 1 has to read the one before "
                "it",
            ),
            ("answer = length - 1 - indices;", "these are the places; aggregate reads there"),
            ("answer = tokens;", "every position keeps its own token; it has to read another"),
        ),
    ),
    exercise(
        references.caesar,
        strings(references.ALPHABET),
        "hello",
        "xyz",
        task="Every letter from a to z replaced by the third one after it; after z comes a.",
        par=(0, 0),
        hints=(
            "A function of the token alone needs no attention. A dict indexed with an s-op, "
            "table[tokens], looks every token up.",
            "Make the dict with a comprehension over range(26); % keeps the places within it.",
        ),
        pitfalls=(
            (
                'alphabet = "abcdefghijklmnopqrstuvwxyz";\n'
                "answer = {alphabet[i]: alphabet[min(i + 3, 25)] for i in range(26)}[tokens];",
                "after z comes a: take the place modulo 26",
            ),
            (
                'alphabet = "abcdefghijklmnopqrstuvwxyz";\n'
                "answer = {alphabet[i]: alphabet[(i - 3) % 26] for i in range(26)}[tokens];",
                "this is three letters back; that is how the message is read again",
            ),
            (
                'answer = shift(tokens, 3, "-");',
                "shift moves tokens to other positions; here every position keeps its place",
            ),
        ),
    ),
    exercise(
        references.repeats,
        strings("abc"),
        "aabcc",
        task="True where the token is the same as the one before it; False at position 0.",
        par=(1, 1),
        hints=(
            "First let every position read the token before its own: keys with which index?",
            "aggregate(select(indices, indices - 1, ==), tokens, ...) reads it. What should "
            "position 0 read, where nothing is selected?",
        ),
        pitfalls=(
            (
                "answer = has_focus(select(tokens, tokens, ==) and select(indices, indices, <));",
                "this is True if the token stood anywhere before; only the one position before "
                "counts",
            ),
            (
                'answer = tokens == aggregate(select(indices, indices + 1, ==), tokens, "-");',
                "this reads the token after; the one before has the index indices - 1",
            ),
            (
                "answer = indicator(tokens == "
                'aggregate(select(indices, indices - 1, ==), tokens, "-"));',
                "indicator makes 1 and 0 of True and False; it is not needed here",
            ),
        ),
    ),
    exercise(
        references.vowels,
        strings("aeioubcd", max_len=60),  # as long as it takes for shares to be inexact
        "abide",
        "bcd",
        task="At every position, how many of the tokens of the input are vowels (a, e, i, o, u).",
        par=(1, 1),
        hints=(
            "A mean over all positions (full_s) of 1 for a vowel and 0 for any other token is "
            "their share. How does a share become a number?",
            "Multiply the share by length, and round: not every share is exact. length uses "
            "the same selector, so all of it is one head.",
        ),
        pitfalls=(
            (
                'answer = aggregate(full_s, indicator(tokens in ["a", "e", "i", "o", "u"]));',
                "this is the share of vowels; times length it is their number",
            ),
            (
                'is_vowel = tokens in ["a", "e", "i", "o", "u"];\n'
                "answer = selector_width(select(is_vowel, True, ==) "
                "and select(indices, indices, <=));",
                "this counts those so far; all positions count",
            ),
            (
                'answer = indicator(tokens in ["a", "e", "i", "o", "u"]);',
                "this marks the vowels; now they have to be counted",
            ),
        ),
    ),
    exercise(
        references.rotate,
        strings("abc"),
        "hello",
        "ab",
        task="Every token one place to the left; the first one goes to the end.",
        par=(1, 2),
        hints=(
            "Without length it is one layer. One head reads the next token; what does it give at "
            "the last position?",
            "Give it a default that is no token, and where that is found take what another head "
            "has read from position 0.",
        ),
        pitfalls=(
            (
                'answer = aggregate(select(indices, indices + 1, ==), tokens, "-");',
                "at the last position nothing is selected; the first token belongs there",
            ),
            (
                "answer = aggregate(select(indices, indices + 1, ==), tokens);",
                "at the last position nothing is selected; the first token belongs there",
            ),
            (
                "answer = aggregate(select(indices, (indices - 1) % length, ==), tokens);",
                "this moves to the right",
            ),
        ),
    ),
    exercise(
        references.novel,
        strings("abc"),
        "abcab",
        task="True where a token is in the input for the first time, else False.",
        par=(1, 1),
        hints=(
            "Select the same token at earlier positions, with two selectors joined by and.",
            "It is new where nothing is selected. selector_width counts with two heads; "
            "has_focus(selector) asks with one whether there is anything.",
        ),
        pitfalls=(
            (
                "answer = selector_width(select(tokens, tokens, ==)) == 1;",
                "this is True where a token occurs once; of several the first is new as well",
            ),
            (
                "answer = has_focus(select(tokens, tokens, ==) and select(indices, indices, <));",
                "this is True where the token stood before: the opposite",
            ),
            (
                "answer = not has_focus(select(tokens, tokens, ==) "
                "and select(indices, indices, <=));",
                "every position is at or before itself; earlier is <, not <=",
            ),
            (
                "answer = not has_focus(select(tokens, tokens, ==) "
                "and select(indices, indices, >));",
                "this marks the last occurrence; keys before the query are select(indices, "
                "indices, <)",
            ),
        ),
    ),
)

"""The example programs -> `rasp/datasets/examples.jsonl`, with what each is compiled for.

    python docs/examples.py

The vocabularies are small, so that their models are.
"""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "rasp/datasets/examples.jsonl"

# File, s-op, tokens, longest input.
EXAMPLES: tuple[tuple[str, str, str, int], ...] = (
    ("histogram", "histogram", "abc", 8),
    ("reverse", "reversed", "abcd", 8),
    ("sort", "sorted", "abcd", 8),
    ("shift", "shifted", "abc", 8),
    ("double_histogram", "double_histogram", "abc", 8),
    ("sort_by_frequency", "by_frequency", "abc", 6),
    ("dyck1", "dyck1", "()", 10),
    ("dyck2", "dyck2", "(){}", 6),
    ("brackets", "partner", "()", 8),
    ("induction", "next", "abc", 8),
    ("induction_head", "predicted", "abc", 7),
    ("palindrome", "palindrome", "ab", 8),
    ("majority", "majority", "abc", 6),
    ("median", "median", "123", 6),
    ("parity", "even_so_far", "01", 8),
    ("prefix_fractions", "share_of_a", "ab", 8),
    ("run_lengths", "run_length", "ab", 8),
    ("deduplicate", "deduplicated", "abc", 6),
    ("occurrences", "spread", "abc", 6),
    ("bigrams", "occurrences", "ab", 7),
    ("binary_number", "value", "01", 6),
    ("set_difference", "difference", "ab|", 6),
    ("sort_by_key", "vowels_first", "aebc", 6),
    ("words", "word_length", "ab ", 8),
    ("vote", "vote", "yn?", 6),
    ("anagram", "anagram", "ab=", 7),
    ("attention", "from_the_middle", "abc", 7),
    ("capitals", "titled", "ab ", 6),
    ("cipher", "encrypted", "abc", 5),
    ("first_steps", "every_second", "abc", 6),
    ("vigenere", "encrypted", "abc", 6),
    ("above_average", "above_average", "1234", 6),
    ("moving_average", "moving_average", "123x", 6),
    ("long_addition", "long_sum", "01+", 7),
)


def lines() -> str:
    """The content of the file."""
    found = []
    for name, sop, tokens, max_len in EXAMPLES:
        text = (ROOT / f"examples/{name}.rasp").read_text(encoding="utf-8")
        entry = {"name": name, "sop": sop, "vocabulary": list(tokens), "max_len": max_len}
        found.append(json.dumps({**entry, "text": text}) + "\n")
    return "".join(found)


if __name__ == "__main__":
    TARGET.write_text(lines(), encoding="utf-8")

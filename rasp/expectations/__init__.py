"""What comments say a program gives (`#> sorted("ba") = ["a", "b"]`) -> whether it does.

    #> name(INPUT) = VALUES      an s-op or a selector on an input, a function of arguments
    #> name(INPUT) ! text        its error: the text is a part of the message
    #> name(PROMPT) writes TOKENS    what an s-op generates, in causal mode
    statement;  #> VALUE         the value of the statement before; two spaces, and words may follow
    statement;  #! kind: text    its error: the kind, and a part of the message
    #! kind: text                before all statements: the first error of the program

INPUT and VALUES are written as in the language (`[True, 0.5, "a"]`) or as in JSON (`true`).
"""

from __future__ import annotations

from rasp.expectations.checking import Checked, Checker, Report, check_text
from rasp.expectations.reading import Expectation, expectations
from rasp.expectations.showing import difference

__all__ = [
    "Checked",
    "Checker",
    "Expectation",
    "Report",
    "check_text",
    "difference",
    "expectations",
]

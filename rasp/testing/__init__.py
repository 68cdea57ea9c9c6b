"""Random RASP programs: for testing compilers and interpreters, and for data sets of programs.

    random_program(seed)        a well-typed program, the same for the same seed
    programs()                  a hypothesis strategy for them, which shrinks to readable ones
    inputs(program)             a hypothesis strategy for inputs of a program
    check(program)              run it in every way: what agrees with the interpreter, what does not
    program.python              the same program in Python, with the functions of rasp.dsl
    constructs_of(program)      what it uses of the language

Every program is text that parses and elaborates; `python -m rasp.testing.stress` checks thousands.
"""

from __future__ import annotations

from rasp.random_programs.choices import Choices, ReplayedChoices, SeededChoices, shrink
from rasp.random_programs.embedding import python_text, run_python
from rasp.random_programs.program import RandomProgram, generate, random_program
from rasp.testing.checking import Check, Difference, check, inputs_of
from rasp.testing.constructs import constructs_of
from rasp.testing.strategies import inputs, programs

__all__ = [
    "Check",
    "Choices",
    "Difference",
    "RandomProgram",
    "ReplayedChoices",
    "SeededChoices",
    "check",
    "constructs_of",
    "generate",
    "inputs",
    "inputs_of",
    "programs",
    "python_text",
    "random_program",
    "run_python",
    "shrink",
]

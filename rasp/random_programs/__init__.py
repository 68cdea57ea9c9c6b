"""Random RASP programs: well-typed text, with the vocabulary and the longest input it is for.

random_program(seed)              a program, the same for the same seed
random_program(seed, layers=2)    a chain of at least two operations of attention
generate(choices)                 a program of decisions, which may be replayed and shrunk
program.python                    the same program in Python, with the functions of rasp.dsl
"""

from __future__ import annotations

from rasp.random_programs.choices import Choices, ReplayedChoices, SeededChoices, shrink
from rasp.random_programs.embedding import python_text, run_python
from rasp.random_programs.program import RandomProgram, generate, random_program

__all__ = [
    "Choices",
    "RandomProgram",
    "ReplayedChoices",
    "SeededChoices",
    "generate",
    "python_text",
    "random_program",
    "run_python",
    "shrink",
]

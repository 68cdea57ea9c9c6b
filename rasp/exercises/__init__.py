"""Exercises that check themselves: a name and an s-op -> right, or the smallest input that fails.

    from rasp import exercises

    exercises.EXERCISES                       all of them, by name
    exercises.show("reverse")                 the task, with examples
    exercises.hint("reverse")                 a first hint; hint("reverse", 2) says more
    exercises.check("reverse", my_reverse)    right or not, and layers and heads beside the par

What is right is said by functions in Python (`references`), which know nothing of RASP.
"""

from __future__ import annotations

from rasp.exercises.catalogue import EXERCISES, hint, show
from rasp.exercises.checking import Result, check
from rasp.exercises.exercise import Exercise

__all__ = ["EXERCISES", "Exercise", "Result", "check", "hint", "show"]

"""Program text -> values: `load` and `loads` for whole programs, `Session` for one that grows."""

from __future__ import annotations

from rasp.elaborate.limits import Limits
from rasp.program.consequences import independent_errors
from rasp.program.programs import Program, load, loads
from rasp.program.session import ResultKind, Session, StatementResult
from rasp.program.values import Function

__all__ = [
    "Function",
    "Limits",
    "Program",
    "ResultKind",
    "Session",
    "StatementResult",
    "independent_errors",
    "load",
    "loads",
]

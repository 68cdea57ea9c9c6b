"""What is known of every condition of the compiler: a program that needs it, or why none does.

    selection.matches.txt           a file for each module that has conditions
        _through_one_key            a function
            a and b                 a condition in it, and each small change of it
                a: by matches:one-key       a program notices the change: its name
                b: kept SAME                no program can: the reason
                False: open                 neither is known yet

`rasp.testing.conditions --account FOLDER` says what has no entry.  Two kinds of changes need none,
because they are seen to be harmless where they stand: those that only make a function give up more
often (`rasp.testing.bearings`; of predicates those that are listed here), and those of limits
(`rasp.testing.limits`), but not those that leave out what is asked beside a limit.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasp.random_programs.program import RandomProgram
from rasp.testing import survivors
from rasp.testing.guard_table import GUARDS
from rasp.testing.limits import ALL
from rasp.testing.mutants import Mutant
from rasp.testing.trials import Trial, trial_of

REASONS: dict[str, str] = {
    "SAME": "It comes to the same for all that can come there.",
    "ASKED": "What comes there has been asked before, or is so as it was made.",
    "RIGHT": "What it keeps out would be right as well.",
    "GENERAL": "What is done instead is right for all that comes there, and only larger or slower.",
    "CHEAPER": "It chooses between two ways that are both right, or what is tried first.",
    "CHECKED": "What comes out is compared with what it has to be before it is used.",
    "MEASURED": "The certificate measures what comes out, and refuses what is wrong.",
    "STUMBLES": "Without it what comes next needs what is not there, and stops.",
    "REFUSES": "Programs are refused that had a model; none gets a model that had none.",
    "ONCE": "What was found is found again: a matter of patience.",
    "PATIENCE": "A search ends earlier or later.",
    "FAILING": "It is about inputs on which the program fails all the same.",
    "SAID": "It is about a message, a label or a place in the text.",
}
"""Why no program needs a condition.  Each is judged by reading the function and what calls it; no
program of the tests may say otherwise (`rasp.testing.conditions --account FOLDER --kept`)."""

LICENCES = frozenset(
    {
        "facts.bounds:Bounds.at_most_one",
        "facts.bounds:Bounds.never_empty",
        "facts.domains:Domain.numeric",
        "facts.domains:Interval.is_told",
        "facts.kinds:_number",
        "lowering.addresses:_is_a_place",
        "lowering.agreement:_counts_tell",
        "lowering.agreement:_is_among",
        "lowering.agreement:_one_count",
        "lowering.agreement:_ranks_tell",
        "lowering.agreement:selected_agree",
        "lowering.fetch:_differ",
        "lowering.nearest:_saves_neurons",
        "lowering.sums:is_finite",
        "lowering.tallies:_is_precise",
        "selection.clauses:_has_few_parts",
        "selection.orders:_transitive",
        "selection.selectors:_are_integers",
        "selection.counted:_pinned",
        "selection.selectors:Term.selects_all",
    }
)
"""Questions of which "no" is always a right answer: something is not made use of then."""

ANSWERS = frozenset({"lowering.aggregates:term_of"})
"""Functions whose None is an answer like others: nothing is ever selected."""

KEPT, BY, OPEN = "kept ", "by ", "open"
PROGRAMS = "programs.jsonl"


@dataclass(frozen=True)
class Account:
    """entries: for each key of a mutant "by PROGRAM" or "kept REASON"; modules: that have a file;
    programs: those that are no guards, by name."""

    entries: Mapping[str, str]
    modules: frozenset[str]
    programs: Mapping[str, Trial]

    @property
    def n_open(self) -> int:
        """Of how many neither a program nor a reason is known."""
        return sum(entry == OPEN for entry in self.entries.values())

    def without_entry(self, mutants: Iterable[Mutant]) -> Iterator[Mutant]:
        """Mutants that have no entry and need one, also of a module that has no file."""
        for mutant in mutants:
            if needs_entry(mutant) and mutant.key not in self.entries:
                yield mutant

    def stale(self, mutants: Iterable[Mutant]) -> list[str]:
        """Entries of mutants that there are no more, or that need none."""
        needed = {mutant.key for mutant in mutants if needs_entry(mutant)}
        return [key for key in self.entries if key not in needed]

    def wrong_entries(self) -> Iterator[str]:
        """Entries that name no program and no reason that there is."""
        names = {*(guard.name for guard in GUARDS), *self.programs}
        right = {f"{BY}{name}" for name in names} | {f"{KEPT}{reason}" for reason in REASONS}
        for key, entry in self.entries.items():
            if entry not in right and entry != OPEN:
                yield f"{key}: {entry}"

    def trial(self, name: str) -> Trial:
        """The program of that name."""
        for guard in GUARDS:
            if guard.name == name:
                return trial_of(guard)
        return self.programs[name]


def needs_entry(mutant: Mutant) -> bool:
    """Is the change more than that a function gives up more often, or another limit?"""
    return not (_gives_up_more(mutant) or _is_of_limit(mutant))


def _is_of_limit(mutant: Mutant) -> bool:
    """Is there a limit in the condition, and is it changed?  Without another operand beside the
    limit the condition is another, and the limit the same."""
    limits = survivors.IS_LIMIT.findall(mutant.text)
    if not limits or survivors.IS_LIMIT.findall(mutant.instead) != limits:
        return bool(survivors.IS_LIMIT.search(mutant.key))
    return not isinstance(_expression(mutant.text), (ast.BoolOp, ast.BinOp))


def _expression(text: str) -> ast.expr | None:
    """The expression, None for what is a statement."""
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def _gives_up_more(mutant: Mutant) -> bool:
    bearing = mutant.bearing
    if bearing is None or not bearing.gives_up_more:
        return False
    function = f"{named(mutant.module)}:{mutant.function}"
    if bearing.place == "raises":
        return True
    return function in LICENCES if bearing.predicate else function not in ANSWERS


# -- files


def named(module: str) -> str:
    """The name without that of the compiler, which most modules are below."""
    return module.removeprefix("rasp.compiler.").removeprefix("rasp.")


def _module_of(name: str) -> str:
    """The module of that name: of the compiler, or a rewrite of graphs."""
    return f"rasp.{name}" if name.startswith("graph.") else f"rasp.compiler.{name}"


def read(folder: Path) -> Account:
    """The account of a folder.  Raises ValueError for lines that are none of an account."""
    entries: dict[str, str] = {}
    modules = set()
    for file in sorted(folder.glob("*.txt")):
        module = _module_of(file.stem)
        modules.add(module)
        function = text = ""
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            indent = len(line) - len(line.lstrip())
            if indent == 0:
                function = line
            elif indent == 4:
                text = line.strip()
            else:
                instead, colon, entry = line.strip().rpartition(": ")
                if not colon:
                    raise ValueError(f"{file.name}, line {number}: {line.strip()}")
                key = f"{module}:{function}: {text} -> {instead}"
                if key in entries:
                    raise ValueError(f"{file.name}, line {number}: {key} is there twice")
                entries[key] = entry
    programs = {}
    if (folder / PROGRAMS).exists():
        for line in (folder / PROGRAMS).read_text(encoding="utf-8").splitlines():
            trial = _trial(json.loads(line))
            programs[trial.name] = trial
    return Account(entries, frozenset(modules), programs)


def write(folder: Path, account: Account, mutants: Sequence[Mutant]) -> None:
    """The account as files, in the order of the modules' text; files of modules that there are no
    more are removed."""
    lines: dict[str, list[str]] = {
        mutant.module: []
        for mutant in mutants
        if mutant.module in account.modules or mutant.key in account.entries
    }
    for file in folder.glob("*.txt"):
        if _module_of(file.stem) not in lines:
            file.unlink()
    before: dict[str, tuple[str, str]] = {}
    for mutant in mutants:
        entry = account.entries.get(mutant.key)
        if entry is None or mutant.module not in lines:
            continue
        own = lines[mutant.module]
        function, text = before.get(mutant.module, ("", ""))
        if mutant.function != function:
            own.append(mutant.function)
        if (mutant.function, mutant.text) != (function, text):
            own.append(f"    {mutant.text}")
        before[mutant.module] = mutant.function, mutant.text
        own.append(f"        {mutant.key.partition(' -> ')[2]}: {entry}")
    for module, own in lines.items():
        file = folder / f"{named(module)}.txt"
        file.write_text("".join(f"{line}\n" for line in own), encoding="utf-8")
    used = {entry.removeprefix(BY) for entry in account.entries.values()}
    rows = [json.dumps(_data(t)) for name, t in sorted(account.programs.items()) if name in used]
    (folder / PROGRAMS).write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def _data(trial: Trial) -> dict[str, Any]:
    program = trial.program
    return {
        "name": trial.name,
        "program": program.text,
        "output": program.sop,
        "vocab": list(program.vocabulary),
        "max_len": program.max_len,
        "causal": trial.causal,
        "optimize": trial.optimize,
        "dtype": trial.dtype,
        "limits": [str(limit) for limit in trial.limits],
        **({"sharpness": trial.sharpness} if trial.sharpness is not None else {}),
        **({"one_logit": True} if trial.one_logit else {}),
    }


def _trial(data: dict[str, Any]) -> Trial:
    limits = tuple(limit for limit in ALL if str(limit) in data["limits"])
    if len(limits) != len(data["limits"]):
        raise ValueError(f"{data['name']}: a limit that there is not")
    program = RandomProgram(data["program"], tuple(data["vocab"]), data["max_len"], data["output"])
    return Trial(
        data["name"],
        program,
        data["causal"],
        data["optimize"],
        data["dtype"],
        limits,
        sharpness=data.get("sharpness"),
        one_logit=data.get("one_logit", False),
    )

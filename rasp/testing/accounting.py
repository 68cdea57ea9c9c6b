"""Is every condition of the compiler accounted for?  `python -m rasp.testing.accounting FOLDER`

The folder says for each small change of a condition which program notices it, or why none can
(`rasp.testing.accounts`).  Without more, the command prints what has no entry, and what has one and
is not there any more: it exits with 0 if there is nothing.  At the end it says how many entries are
open: what neither a program nor a reason is known of.

    --list            prints the open ones, too
    --find SECONDS    tries what has no entry, or is open, with the programs of the guards and of
                      the folder, and writes down which notices it; entries of what is gone are
                      dropped
    --open            what then has no entry is written down as open
    --try SECONDS     tries all entries: the program named notices the change, and a change of
                      which it is said that none can is not noticed by three programs of the guards
                      and the folder in which it decides otherwise; --part I/N tries one part in N

Whoever changes a condition runs `--find`; what has no entry then needs a program, as a guard or in
`programs.jsonl`, or a reason that is one of `rasp.testing.accounts.REASONS`; with `--open` it is
put off, and counted.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rasp.testing.accounts import BY, KEPT, OPEN, Account, read, write
from rasp.testing.conditions import modules
from rasp.testing.guard_table import GUARDS
from rasp.testing.mutants import NONE, Mutant, Switch, instrumented
from rasp.testing.patience import OutOfTimeError, at_most
from rasp.testing.trials import Prepared, Trial, attempt, prepared, trial_of

PATIENCE = 20.0  # seconds for one program
MOST_TRIED = 3  # programs in which a change that is kept decides otherwise


def is_noticed(switch: Switch, mutant: Mutant, program: Prepared) -> bool:
    """Is what comes out with the mutant neither a right model nor what comes out without it?"""
    switch.active = mutant.number
    try:
        with at_most(3 + 10 * program.seconds):
            return program.notices(attempt(program))
    except OutOfTimeError:
        return True
    finally:
        switch.active = NONE


def ready(trial: Trial) -> Prepared:
    """The program as things are.  Raises ValueError if it has no right model, nor is refused."""
    try:
        with at_most(PATIENCE):
            found = prepared(trial, prove=True)
    except OutOfTimeError:
        found = "it takes too long"
    if isinstance(found, str):
        raise ValueError(f"{trial.name}: {found}")
    return found


def differing(switch: Switch, program: Prepared) -> frozenset[int]:
    """The numbers of the mutants that decide otherwise somewhere while it is compiled."""
    with switch.watching() as found:
        attempt(program)
    return frozenset(found)


def unknown(account: Account, mutants: Sequence[Mutant]) -> list[str]:
    """What is the matter with the account, a line each."""
    lines = [f"no entry: {each.key}, line {each.line}" for each in account.without_entry(mutants)]
    lines += [f"no such condition: {key}" for key in account.stale(mutants)]
    return lines + [f"no such program or reason: {entry}" for entry in account.wrong_entries()]


def found_for(
    switch: Switch, mutants: Sequence[Mutant], programs: Sequence[Trial], seconds: float
) -> dict[str, str]:
    """Entries for those of the mutants that one of the programs notices."""
    start = time.process_time()
    left = {mutant.number: mutant for mutant in mutants}
    found: dict[str, str] = {}
    for trial in programs:
        if not left or time.process_time() - start > seconds:
            break
        program = ready(trial)
        for number in sorted(differing(switch, program) & left.keys()):
            if time.process_time() - start > seconds:
                break
            if is_noticed(switch, left[number], program):
                found[left.pop(number).key] = f"{BY}{trial.name}"
    return found


def mistaken(
    switch: Switch, mutants: Sequence[Mutant], account: Account, seconds: float
) -> Iterator[str]:
    """Entries that are not so, a line each, as far as so many seconds go."""
    start = time.process_time()
    by_program: dict[str, list[Mutant]] = {}
    kept: dict[int, Mutant] = {}
    for mutant in mutants:
        entry = account.entries.get(mutant.key, "")
        if entry.startswith(BY):
            by_program.setdefault(entry.removeprefix(BY), []).append(mutant)
        elif entry.startswith(KEPT):
            kept[mutant.number] = mutant
    tried: Counter[int] = Counter()
    for trial in all_programs(account):
        if time.process_time() - start > seconds:
            yield "there was no time for all entries"
            return
        program = ready(trial)
        for mutant in by_program.get(trial.name, []):
            if not is_noticed(switch, mutant, program):
                yield f"{trial.name} does not notice {mutant.key}"
        for number in sorted(differing(switch, program) & kept.keys()):
            tried[number] += 1
            if is_noticed(switch, kept[number], program):
                yield f"{trial.name} notices {kept[number].key}, which is kept"
            if tried[number] == MOST_TRIED:
                del kept[number]


def all_programs(account: Account) -> list[Trial]:
    """Those of the guards, and those of the account."""
    return [*map(trial_of, GUARDS), *account.programs.values()]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m rasp.testing.accounting",
        description="Is every condition of the compiler accounted for?",
    )
    parser.add_argument("folder", type=Path, help="the account")
    parser.add_argument("--list", action="store_true", help="what is open")
    parser.add_argument("--open", action="store_true", help="what has no entry is open")
    parser.add_argument("--find", type=float, default=0.0, help="for so many seconds")
    parser.add_argument("--try", type=float, default=0.0, dest="tried", help="for so many seconds")
    parser.add_argument("--part", default="1/1", help="which of how many parts to try")
    options = parser.parse_args()
    account = read(options.folder)
    with instrumented(modules()) as (switch, mutants):
        if options.find or options.open:
            account = _found(switch, mutants, account, options.find)
            if options.open:
                left = {mutant.key: OPEN for mutant in account.without_entry(mutants)}
                account = replace(account, entries={**account.entries, **left})
            write(options.folder, account, mutants)
        lines = unknown(account, mutants)
        if options.tried:
            number, of = map(int, options.part.split("/"))
            some = [mutant for mutant in mutants if mutant.number % of == number % of]
            lines += mistaken(switch, some, account, options.tried)
    shown = [key for key, entry in account.entries.items() if entry == OPEN]
    for line in [*(f"open: {key}" for key in shown if options.list), *lines]:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(
        f"{len(account.entries)} changes of conditions in {len(account.modules)} modules,"
        f" open: {account.n_open}\n"
    )
    return 1 if lines else 0


def _found(switch: Switch, mutants: Sequence[Mutant], account: Account, seconds: float) -> Account:
    """With an entry for whatever a program notices, and none for what is gone."""
    gone = {*account.stale(mutants)}
    kept = {key: entry for key, entry in account.entries.items() if key not in gone}
    left = [*account.without_entry(mutants)]
    left += [mutant for mutant in mutants if account.entries.get(mutant.key) == OPEN]
    return replace(account, entries=kept | found_for(switch, left, all_programs(account), seconds))


if __name__ == "__main__":
    sys.exit(main())

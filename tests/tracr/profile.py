"""The importer on the programs of Tracr and of InterpBench, in an environment that has Tracr.

    python -m tests.tracr.profile --tracr TRACR --interpbench INTERPBENCH [SUITE ...]
    python -m tests.tracr.profile --tracr TRACR --write

TRACR and INTERPBENCH are checkouts; Tracr's requirements have to be installed.  One line for each
program: on how many inputs it is right in the interpreter and as a compiled model, without and with
a causal mask, or why it is refused; at the end the table by suite.  Right is what Tracr's own
evaluator gives, None included; where that raises, nothing is compared.  The second writes what it
gives for the programs of `programs.py` into `expected.jsonl`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import Any

import rasp
from rasp.errors import RaspError
from rasp.graph.nodes import Atom
from tests.tracr.programs import EXPECTED, agree, programs

SAMPLES = 60
WRITTEN = 12
_HEAVY = ["iit", "jaxtyping", "transformer_lens", "torch", "wandb", "huggingface_hub"]
_BESIDE = ["transformers", "utils", "metrics", "training"]
_BESIDE += [f"benchmark.{name}" for name in ("benchmark_case", "tracr_benchmark_case")]
_BESIDE += [f"benchmark.{name}" for name in ("case_dataset", "tracr_dataset")]
_BESIDE += ["benchmark.tracr_encoded_dataset"]
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Case:
    suite: str
    name: str
    program: Any
    vocab: Sequence[Atom]
    max_len: int


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tracr", required=True)
    arguments.add_argument("--interpbench")
    arguments.add_argument("--seconds", type=int, default=120, help="for each compilation")
    arguments.add_argument("--only", action="append", default=[], help="names of programs")
    arguments.add_argument("--no-compile", action="store_true")
    arguments.add_argument("--write", action="store_true", help="write expected.jsonl, only")
    arguments.add_argument("suites", nargs="*")
    options = arguments.parse_args()
    sys.path.insert(0, options.tracr)
    if options.write:
        write_expected()
        return
    cases = list(_of_tracr())
    if options.interpbench:
        sys.path.insert(0, options.interpbench)
        cases += _of_interpbench()
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for case in cases:
        if options.suites and case.suite not in options.suites:
            continue
        if options.only and case.name not in options.only:
            continue
        seconds = 0 if options.no_compile else options.seconds
        line, outcomes = examine(case, seconds)
        say(f"{case.suite} {case.name}: {line}")
        table[case.suite].update(["programs", *outcomes])
    columns = sorted({outcome for counts in table.values() for outcome in counts} - {"programs"})
    say(" | ".join(["\nsuite", "programs", *columns]))
    for suite, counts in table.items():
        say(" | ".join([suite, *(str(counts[column]) for column in ["programs", *columns])]))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def examine(case: Case, seconds: int) -> tuple[str, list[str]]:
    """What came out, in words and as what is counted.  seconds: for each compilation, or none."""
    start = time.perf_counter()
    try:
        sop = rasp.from_tracr(case.program, vocab=case.vocab, max_len=case.max_len)
    except RaspError as error:
        return f"refused: {error}", ["refused"]
    parts = [f"imported in {time.perf_counter() - start:.1f} s"]
    text = rasp.to_text(sop)
    names = [line.split(" = ")[0] for line in text.splitlines() if " = " in line]
    given = rasp.loads(text)[names[-1]]
    outcomes = [] if isinstance(given, rasp.SOp) and given.node is sop.node else ["text differs"]
    for causal in (False, True):
        mask = "causal" if causal else "full"
        pairs = _wanted(case, causal)

        def interpreted(tokens: list[Atom], causal: bool = causal) -> list[Atom]:
            return list(rasp.evaluate(sop, [tokens], causal=causal)[0])

        outcomes += _compare(interpreted, pairs, f"interpreter, {mask}", parts)
        if seconds:
            outcomes += _compiled(sop, case, causal, pairs, seconds, f"model, {mask}", parts)
    return "; ".join(parts), outcomes


def _compiled(
    sop: rasp.SOp,
    case: Case,
    causal: bool,
    pairs: list[tuple[list[Atom], list[Any]]],
    seconds: int,
    what: str,
    parts: list[str],
) -> list[str]:
    start = time.perf_counter()
    try:
        with _alarm(seconds):
            model = rasp.compile(sop, vocab=case.vocab, max_len=case.max_len, causal=causal)
    except RaspError as error:
        parts.append(f"{what}: refused: {error.message}")
        return [f"{what}: refused"]
    except TimeoutError:
        parts.append(f"{what}: not within {seconds} s")
        return [f"{what}: not in time"]
    size = sum(tensor.size for tensor in model.artifact.tensors.values())
    parts.append(f"{what}: {size:,} parameters in {time.perf_counter() - start:.1f} s")
    return _compare(model, pairs, what, parts)


def _compare(
    run: Callable[[list[Atom]], list[Atom]],
    pairs: list[tuple[list[Atom], list[Any]]],
    what: str,
    parts: list[str],
) -> list[str]:
    if not pairs:
        parts.append(f"{what}: Tracr fails on every input")
        return [f"{what}: nothing to compare"]
    for tokens, wanted in pairs:
        try:
            found: object = run(tokens)
        except RaspError as error:
            found = error.message
        if not (isinstance(found, list) and agree(found, wanted)):
            parts.append(f"{what}: WRONG on {tokens}: {found}, not {wanted}")
            return [f"{what}: wrong"]
    parts.append(f"{what}: right on {len(pairs)}")
    return [f"{what}: right"]


def _wanted(case: Case, causal: bool, samples: int = SAMPLES) -> list[tuple[list[Atom], list[Any]]]:
    """Inputs, and what Tracr's evaluator gives for them, where it gives something."""
    module = "tracr.rasp.causal_eval" if causal else "tracr.rasp.rasp"
    evaluate = importlib.import_module(module).evaluate
    choose = random.Random(0)
    pairs = []
    for _ in range(samples):
        tokens = [choose.choice(case.vocab) for _ in range(choose.randint(1, case.max_len))]
        try:
            pairs.append((tokens, list(evaluate(case.program, tokens))))
        except Exception:  # Tracr's programs raise whatever their functions raise
            continue
    return pairs


def write_expected() -> None:
    """What Tracr gives for the programs of `programs.py`, for the tests."""
    with EXPECTED.open("w", encoding="utf-8") as file:
        for name, (program, vocab, max_len) in programs("tracr.rasp.rasp").items():
            case = Case("own", name, program, vocab, max_len)
            for causal in (False, True):
                for tokens, values in _wanted(case, causal, WRITTEN):
                    entry = {"program": name, "causal": causal, "input": tokens, "values": values}
                    file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _of_tracr() -> Iterator[Case]:
    cases = importlib.import_module("tracr.compiler.test_cases")
    universal = len(cases.UNIVERSAL_TEST_CASES)
    for suite, listed in (
        ("tracr", cases.TEST_CASES),
        ("tracr-causal", cases.CAUSAL_TEST_CASES[universal:]),
        ("tracr-unsupported", cases.UNSUPPORTED_TEST_CASES),
    ):
        for case in listed:
            yield Case(
                suite,
                case["testcase_name"],
                case["program"],
                _sorted(case["vocab"]),
                case["max_seq_len"],
            )


def _of_interpbench() -> list[Case]:
    """Its programs, without what it trains and measures with."""
    found = []
    with _without(_HEAVY, "circuits_benchmark", _BESIDE):
        package = importlib.import_module("circuits_benchmark.benchmark.cases")
        names = [module.name for module in pkgutil.iter_modules(package.__path__)]
        for name in sorted(names, key=lambda name: (len(name), name)):
            number = name.removeprefix("case_")
            if number.isdigit():  # the others are no programs of Tracr
                module = importlib.import_module(f"{package.__name__}.{name}")
                case = getattr(module, f"Case{number}")()
                vocab = _sorted(case.get_vocab())
                found.append(Case("interpbench", name, case.get_program(), vocab, 10))
    return found


class _Absent(ModuleType):
    """A module all of whose names are classes without content."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__class_getitem__": classmethod(lambda cls, item: cls)})


class _Finder(MetaPathFinder, Loader):
    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        if any(fullname == name or fullname.startswith(f"{name}.") for name in self._names):
            return ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Absent(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it."""


@contextmanager
def _without(names: Sequence[str], package: str, parts: Sequence[str]) -> Iterator[None]:
    """Modules that need not be there, and are as they were afterwards."""
    finder = _Finder([*names, *(f"{package}.{part}" for part in parts)])
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name, module in sys.modules.items() if isinstance(module, _Absent)]:
            del sys.modules[name]


@contextmanager
def _alarm(seconds: int) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _sorted(vocab: Sequence[Atom]) -> list[Atom]:
    return sorted(vocab, key=lambda token: (isinstance(token, str), token))


if __name__ == "__main__":
    main()

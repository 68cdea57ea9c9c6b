"""rasp verify: is a compiled model equal to the interpreter?"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasp.cli.arguments import (
    STDIN,
    Commands,
    add_command,
    add_json,
    choose_sop,
    is_model,
    load_program,
    positive,
    print_warnings,
    seed,
)
from rasp.cli.compile import add_compilation, compiled
from rasp.cli.output import CommandFailed, complain, print_json, progress_bar, say

if TYPE_CHECKING:
    from rasp.compiled import CompiledModel
    from rasp.verification import Estimate, GenerationVerification, Verification

PROGRAM_SUFFIX = ".rasp"
SAMPLES = 1000
PROMPTS = 100
LEAST_SECONDS = 1e-3  # once there is a model, it is compared on some inputs at least

DETAILS = """\
FILE is a checkpoint (.safetensors), or a program, which is compiled first: that takes --vocab
and --max-len.  The reference is the interpreter on the program.  A difference is reported on a
short input, with the first place in the model where something is wrong, and the exit status is 1.

With --generate, a causal model writes whole generations, and each of their tokens is compared.

Ctrl-C interrupts, and --time-limit ends it, compiling included: what has been compared is said, and
with --resume the same command goes on.

examples:
  rasp verify sort.safetensors --samples 10000
  rasp verify sort.safetensors --exhaustive --max-length 5
  rasp verify sort.safetensors --exhaustive --jobs 2 --resume sort.state.json
  rasp verify examples/sort.rasp --vocab abcde --max-len 8 --exhaustive
  rasp verify sort.safetensors --exhaustive --scheduler tcp://127.0.0.1:8786
  rasp verify copying.safetensors --generate --samples 50 --stop '$'
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "verify", run, summary="compare a model with the interpreter", details=DETAILS
    )
    parser.add_argument(
        "file", metavar="FILE", help="a .safetensors file made by rasp compile, or a program"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--exhaustive", action="store_true", help="on every input there is")
    how.add_argument(
        "--samples",
        metavar="N",
        type=positive,
        help=f"on N inputs (default {SAMPLES}; prompts: {PROMPTS})",
    )
    parser.add_argument(
        "--max-length", metavar="N", type=positive, help="inputs of at most N tokens"
    )
    parser.add_argument("--seed", metavar="S", type=seed, default=0, help="of the samples")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs", metavar="N", type=positive, default=1, help="in N processes (default 1)"
    )
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="on the workers of a dask.distributed scheduler (rasp-lang[distributed])",
    )
    parser.add_argument(
        "--resume",
        metavar="STATE",
        help="a file that says how far the comparison has come: go on from there, and keep it",
    )
    parser.add_argument(
        "--generate", action="store_true", help="what a causal model writes after prompts"
    )
    parser.add_argument(
        "--max-new-tokens",
        metavar="N",
        type=positive,
        help="with --generate: at most N (default: as many as there is room for)",
    )
    parser.add_argument(
        "--stop",
        action="append",
        metavar="TOKEN",
        help="with --generate: a token after which nothing more is written",
    )
    add_compilation(parser, required=False)
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    from rasp.verification import verify

    if options.generate:
        _generate(options)
        return
    if options.stop is not None or options.max_new_tokens is not None:
        options.usage_error("--stop and --max-new-tokens are for --generate")
    start = time.monotonic()
    model = _model(options)
    watch = _Watch(speak=options.exhaustive)
    try:
        with progress_bar("inputs") as progress:
            watch.show = progress
            verification = verify(
                model,
                exhaustive=options.exhaustive,
                max_length=options.max_length,
                samples=options.samples or SAMPLES,
                seed=options.seed,
                jobs=options.jobs,
                scheduler=options.scheduler,
                resume=options.resume,
                progress=watch.progress,
                announce=watch.announce,
                time_limit=_left(options, start),
            )
    except KeyboardInterrupt:
        _report_interrupt(watch, options)
        raise
    _report(verification, options)
    if not verification.ok:
        raise CommandFailed


def _generate(options: argparse.Namespace) -> None:
    from rasp.verification import verify_generation

    if options.jobs > 1 or options.scheduler is not None or options.resume is not None:
        options.usage_error("--jobs, --scheduler and --resume are not for --generate")
    start = time.monotonic()
    model = _model(options)
    with progress_bar("prompts") as progress:
        verification = verify_generation(
            model,
            max_new_tokens=options.max_new_tokens,
            stop=options.stop,
            exhaustive=options.exhaustive,
            max_length=options.max_length,
            samples=options.samples or PROMPTS,
            seed=options.seed,
            progress=progress,
            time_limit=_left(options, start),
        )
    _report(verification, options)
    if not verification.ok:
        raise CommandFailed


def _left(options: argparse.Namespace, start: float) -> float | None:
    """What is left of the time limit, for the comparison."""
    if options.time_limit is None:
        return None
    return float(max(LEAST_SECONDS, options.time_limit - (time.monotonic() - start)))


@dataclass
class _Watch:
    """What is known of a comparison that is under way.  speak: announce it on standard error."""

    speak: bool
    done: int = 0
    total: int = 0
    show: Any = None

    def announce(self, estimate: Estimate) -> None:
        if self.speak:
            before = f", {estimate.n_checked:,} of them before" if estimate.n_checked else ""
            print(
                f"{estimate.n_inputs:,} inputs{before}; about {_duration(estimate.seconds)}",
                file=sys.stderr,
            )

    def progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        self.show(done, total)


def _model(options: argparse.Namespace) -> CompiledModel:
    """The checkpoint, or the program compiled."""
    given = [
        name
        for name in ("sop", "vocab", "vocab_file", "max_len")
        if getattr(options, name) is not None
    ]
    program_like = options.file == STDIN or options.file.endswith(PROGRAM_SUFFIX)
    if is_model(options.file) or not (program_like or given):
        if given or options.causal or options.dtype != "auto":
            options.usage_error("--sop, --vocab, --max-len, ... are for programs, not for a model")
        from rasp.checkpoint import load_model

        return load_model(options.file)
    if options.max_len is None or not {"vocab", "vocab_file"} & set(given):
        options.usage_error("a program is compiled first: --vocab and --max-len are required")
    program = load_program(options.file)
    print_warnings(program)
    _, sop = choose_sop(program, options.sop)
    return compiled(sop, options)


def _report(
    verification: Verification | GenerationVerification, options: argparse.Namespace
) -> None:
    if options.json:
        print_json(verification.to_dict())
    else:
        say(verification.to_text())


def _report_interrupt(watch: _Watch, options: argparse.Namespace) -> None:
    done = f"{watch.done:,} of {watch.total:,} inputs compared, all equal"
    complain(f"interrupted: {done if watch.total else 'nothing compared yet'}")
    if options.resume is not None:
        complain(f"the same command goes on from there ({options.resume})")
    elif options.exhaustive:
        complain("with --resume STATE it could go on from there")
    if options.json:
        print_json({"ok": None, "interrupted": True, "n_checked": watch.done})


def _duration(seconds: float) -> str:
    """In words, as exactly as an estimate may be."""
    if seconds < 1.5:
        return "a second"
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"

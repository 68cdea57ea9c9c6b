"""rasp dataset: many programs with their models, circuits, inputs and outputs."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from rasp.cli.arguments import Commands, add_command, add_json, positive, seconds, seed
from rasp.cli.output import CommandFailed, complain, print_json, progress_bar, say

DETAILS = """\
OUT is a new folder, or one with an unfinished data set of the same settings, which is finished.  It
gets index.jsonl, a line for each program, and a folder for each: its text, the model, its circuit,
and a report with the certificate.  README.md in it is the data card, with a loader.

The programs are random ones and the examples; no two compute the same, none is trivial, and of each
it is proved that the model is the program.  The same N, S and L give the same bytes.

Ctrl-C interrupts, and --time-limit ends it: the same command goes on from there.

examples:
  rasp dataset few --programs 20
  rasp dataset deep --programs 1000 --seed 7 --min-layers 2 --jobs 2
  rasp dataset many --programs 100000 --scheduler tcp://127.0.0.1:8786
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "dataset", run, summary="make a data set of programs with models", details=DETAILS
    )
    parser.add_argument("out", metavar="OUT", help="a folder")
    parser.add_argument(
        "--programs", metavar="N", type=positive, required=True, help="how many programs"
    )
    parser.add_argument(
        "--seed", metavar="S", type=seed, default=0, help="of the random ones (default 0)"
    )
    parser.add_argument(
        "--min-layers",
        metavar="L",
        type=seed,
        default=1,
        help="layers of attention that a model has at least (default 1)",
    )
    parser.add_argument("--no-examples", action="store_true", help="random programs only")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs", metavar="J", type=positive, default=1, help="in J processes (default 1)"
    )
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="on the workers of a dask.distributed scheduler (rasp-lang[distributed])",
    )
    parser.add_argument(
        "--time-limit",
        metavar="SECONDS",
        type=seconds,
        help="end what takes longer; the same command goes on from there",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    from rasp.datasets import write_dataset

    watch = _Watch()
    try:
        with progress_bar("programs") as show:
            watch.show = show
            written = write_dataset(
                options.out,
                options.programs,
                options.seed,
                min_layers=options.min_layers,
                examples=not options.no_examples,
                jobs=options.jobs,
                scheduler=options.scheduler,
                progress=watch.progress,
                time_limit=options.time_limit,
            )
    except KeyboardInterrupt:
        complain(f"interrupted: {watch.done:,} of {options.programs:,} programs are there")
        complain("the same command goes on from there")
        if options.json:
            print_json({"path": options.out, "interrupted": True, "n_programs": watch.done})
        raise
    if options.json:
        print_json(written.to_dict())
    else:
        say(written.to_text())
    if not written.finished:
        raise CommandFailed


@dataclass
class _Watch:
    """How many programs there are."""

    done: int = 0
    show: Any = None

    def progress(self, done: int, total: int) -> None:
        self.done = done
        self.show(done, total)

"""rasp analyze: what a program needs of a Transformer, by the theory."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from rasp.cli.arguments import (
    Commands,
    add_command,
    add_json,
    add_sop,
    choose_sop,
    load_program,
    positive,
    print_warnings,
    vocabulary_of,
)
from rasp.cli.output import print_json, say
from rasp.graph.nodes import Atom

if TYPE_CHECKING:
    from rasp.analysis import Analysis
    from rasp.sop import SOp

DETAILS = """\
orders of sublayers: a string of a (attention) and f (feed-forward), interleaved, interleaved:N,
sandwich:K, sandwich:K:N (N layers; by default as many as the interleaved order needs).

attention masks: full, causal, window:W, strided:S, block:B, global:G, random:R, longformer:W:G,
bigbird:W:G:R, file:PATH (a matrix of 0 and 1); several with + (either) and & (both).

examples:
  rasp analyze examples/sort.rasp
  rasp analyze examples/sort.rasp --sop place --json
  rasp analyze examples/sort.rasp --order sandwich:1
  rasp analyze examples/sort.rasp --attention window:2+global:1 --vocab abc --max-len 6
  rasp analyze examples/sort.rasp --compiled --vocab abc --max-len 6
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands,
        "analyze",
        run,
        summary="layers, heads, sublayers and attention, by the theory",
        details=DETAILS,
    )
    parser.add_argument("file", metavar="FILE", help="a program; - is standard input")
    add_sop(parser)
    parser.add_argument(
        "--bos",
        action="store_true",
        help="inputs begin with a token of their own: a selector_width is one head, not two",
    )
    parser.add_argument(
        "--schedule",
        choices=("earliest", "latest", "narrowest"),
        default="earliest",
        help="which layer operations are in that have a choice",
    )
    parser.add_argument(
        "--order", metavar="ORDER", help="does the program run in this order of sublayers?"
    )
    parser.add_argument(
        "--attention", metavar="MASK", help="do the heads attend only what this mask allows?"
    )
    parser.add_argument(
        "--compiled", action="store_true", help="compile, and explain where the model differs"
    )
    vocabulary = parser.add_mutually_exclusive_group()
    vocabulary.add_argument("--vocab", metavar="CHARS", help="the tokens, one character each")
    vocabulary.add_argument(
        "--vocab-file",
        metavar="FILE",
        help="the tokens, one a line: JSON values, and any other text as it is",
    )
    parser.add_argument("--max-len", metavar="N", type=positive, help="the longest input")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    from rasp.api import analyze

    vocabulary = None if options.vocab is options.vocab_file is None else vocabulary_of(options)
    if options.compiled and (vocabulary is None or options.max_len is None):
        options.usage_error("--compiled needs --vocab and --max-len")
    program = load_program(options.file)
    print_warnings(program)
    name, sop = choose_sop(program, options.sop)
    analysis = analyze(sop, bos=options.bos)
    parts = _parts(options, analysis, sop, vocabulary)
    if options.json:
        data = {key: part.to_dict() for key, part in parts.items()}
        print_json({"sop": name, **analysis.to_dict(), **data})
        return
    texts = [part.to_text() for part in parts.values()]
    say(f"s-op {name}" if name else "the program's last s-op")
    say("\n\n".join([analysis.to_text(options.schedule), *texts]))


def _parts(
    options: argparse.Namespace, analysis: Analysis, sop: SOp, vocabulary: list[Atom] | None
) -> dict[str, Any]:
    """What was asked for besides the account, each with `to_text` and `to_dict`."""
    parts: dict[str, Any] = {}
    if options.order is not None:
        parts["order"] = analysis.order(options.order)
    if options.attention is not None:
        parts["attention"] = analysis.attention(
            options.attention,
            vocab=vocabulary,
            max_len=options.max_len,
            schedule=options.schedule,
        )
    if options.compiled:
        assert vocabulary is not None
        parts["compiled"] = _compared(sop, vocabulary, options.max_len)
    return parts


def _compared(sop: SOp, vocabulary: list[Atom], max_len: int) -> Any:
    from rasp.analysis import compare
    from rasp.api import analyze, compile

    model = compile(sop, vocab=vocabulary, max_len=max_len)
    return compare(analyze(sop), model.report, model.labels)

"""rasp compile: a program to the weights of a Transformer."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rasp.cli.arguments import (
    Commands,
    add_command,
    add_json,
    add_sop,
    choose_sop,
    load_program,
    positive,
    print_warnings,
    seconds,
    seed,
    vocabulary_of,
)
from rasp.cli.output import compilation_bar, print_exactly, print_json, say

if TYPE_CHECKING:
    from rasp.compiled import CompiledModel
    from rasp.program import Program
    from rasp.sop import SOp

EMITTED = (
    "source",
    "ast",
    "graph",
    "domains",
    "selectors",
    "encodings",
    "blocks",
    "schedule",
    "layout",
    "weights",
)

DETAILS = """\
The model computes the s-op exactly, for every input of 1 to N tokens from the vocabulary.

examples:
  rasp compile examples/sort.rasp --vocab abcdefgh --max-len 20 -o sort.safetensors
  rasp compile examples/sort.rasp --vocab-file words.txt --max-len 9 -o sort.safetensors
  rasp compile examples/sort.rasp --vocab abc --max-len 5 --emit schedule
  rasp compile examples/sort.rasp --vocab abc --max-len 50 --optimize size -o small.safetensors
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "compile", run, summary="compile an s-op to Transformer weights", details=DETAILS
    )
    parser.add_argument("file", metavar="FILE", help="a program; - is standard input")
    add_compilation(parser, required=True)
    parser.add_argument("-o", "--output", metavar="OUT", help="the checkpoint")
    parser.add_argument(
        "--emit",
        metavar="STAGE",
        choices=EMITTED,
        help=f"print one stage instead of making a checkpoint: {', '.join(EMITTED)}",
    )
    add_json(parser)


def add_compilation(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """The arguments that say what is compiled, and how."""
    add_sop(parser)
    vocabulary = parser.add_mutually_exclusive_group(required=required)
    vocabulary.add_argument("--vocab", metavar="CHARS", help="the tokens, one character each")
    vocabulary.add_argument(
        "--vocab-file",
        metavar="FILE",
        help="the tokens, one a line: JSON values, and any other text as it is",
    )
    parser.add_argument(
        "--max-len", metavar="N", type=positive, required=required, help="the longest input"
    )
    parser.add_argument(
        "--causal", action="store_true", help="positions attend only to themselves and before"
    )
    parser.add_argument(
        "--dtype",
        choices=("auto", "float32", "float64"),
        default="auto",
        help="of the weights; auto takes the smaller one that is exact",
    )
    parser.add_argument(
        "--optimize",
        choices=("patterns", "size"),
        default="patterns",
        help="patterns: attention that looks like the program's selectors; size: few parameters",
    )
    parser.add_argument(
        "--sharpness",
        metavar="G",
        type=positive,
        help="how far scores of selected keys are above others, a power of two: by default so far"
        " that attention is exactly hard",
    )
    parser.add_argument(
        "--one-logit",
        action="store_true",
        help="one logit for each value, as in a language model, even where it takes more neurons",
    )
    parser.add_argument(
        "--rotate",
        metavar="SEED",
        type=seed,
        help="the residual stream in a random orthogonal basis; nothing is certified then",
    )
    parser.add_argument(
        "--width",
        metavar="D",
        type=positive,
        help="the residual stream squeezed into D dimensions by training; right on most inputs",
    )
    parser.add_argument(
        "--time-limit",
        metavar="SECONDS",
        type=seconds,
        help="end what takes longer, and say what it was at; a certified model that is there by"
        " then is kept, with what was proved of it",
    )


def compiled(sop: SOp, options: argparse.Namespace) -> CompiledModel:
    """The s-op, compiled as the arguments of `add_compilation` say."""
    from rasp.api import compile

    with compilation_bar() as progress:
        return compile(
            sop,
            vocab=vocabulary_of(options),
            max_len=options.max_len,
            causal=options.causal,
            dtype=options.dtype,
            optimize=options.optimize,
            sharpness=options.sharpness,
            one_logit=options.one_logit,
            rotate=options.rotate,
            width=options.width,
            progress=progress,
            time_limit=options.time_limit,
        )


def run(options: argparse.Namespace) -> None:
    from rasp.analysis import compare
    from rasp.api import analyze

    if options.output is None and options.emit is None:
        options.usage_error("an output (-o OUT) or a stage (--emit STAGE) is required")
    if options.output is not None and options.emit is not None:
        options.usage_error("--emit prints a stage and makes no checkpoint: leave out -o")
    if options.emit is not None and not (options.rotate is None and options.width is None):
        options.usage_error("--rotate and --width change a finished model: --emit does not show it")
    program = load_program(options.file)
    print_warnings(program)
    _, sop = choose_sop(program, options.sop)
    if options.emit is not None:
        print_stage(program, sop, options)
        return
    model = compiled(sop, options)
    model.save(options.output)
    account = compare(analyze(sop), model.report, model.labels)
    if options.json:
        print_json(
            {"sop": model.specification.name, "file": options.output}
            | model.report.to_dict()
            | {"differences": [difference.to_dict() for difference in account.differences]}
        )
    else:
        say(f"{options.output}: s-op {model.specification.name or 'without a name'}")
        say(model.report.to_text())
        for difference in account.differences:
            if difference.theory == difference.compiled:
                continue  # as many, for other reasons: rasp analyze --compiled has them
            say(
                f"{difference.what}: {difference.theory} by the theory, {difference.compiled}"
                f" compiled ({difference.reason})"
            )


def print_stage(program: Program, sop: SOp, options: argparse.Namespace) -> None:
    """--emit: the text, its syntax tree, or a stage of the compiler."""
    from rasp.api import emit
    from rasp.syntax.dump import dump
    from rasp.syntax.parse import parse

    if options.emit == "source":
        text = program.source.text.rstrip("\n")
    elif options.emit == "ast":
        text = dump(parse(program.source))
    else:
        text = emit(
            sop,
            options.emit,
            vocab=vocabulary_of(options),
            max_len=options.max_len,
            causal=options.causal,
            dtype=options.dtype,
            optimize=options.optimize,
            sharpness=options.sharpness,
            one_logit=options.one_logit,
            time_limit=options.time_limit,
        )
    if options.json:
        print_json({"stage": options.emit, "text": text})
    else:
        print_exactly(f"{text}\n")

"""rasp generate: what a next-token program writes after a prompt, by the interpreter or a model."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rasp.cli.arguments import (
    STDIN,
    Commands,
    add_command,
    add_json,
    add_sop,
    choose_sop,
    is_model,
    load_program,
    parse_input,
    parse_tokens,
    positive,
    print_warnings,
    read_text,
)
from rasp.cli.output import CommandFailed, complain, print_exactly, print_json, say, show_value
from rasp.decoding.request import DEFAULT_NEW_TOKENS, Request
from rasp.errors import RaspError
from rasp.graph.nodes import Atom
from rasp.graph.operators import show
from rasp.graph.plain import plain_atom

if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[[list[Atom]], tuple[Request, Iterator[Atom]]]

DETAILS = """\
FILE is a program (.rasp, the interpreter runs it, in causal mode) or a compiled model
(.safetensors, compiled with --causal; it keeps keys and values, so that a token costs one
position).  The value at the last position is the next token; it is appended, and so on.

A PROMPT is a string of one-character tokens, or with --tokens-json a JSON list of tokens; `-`
stands for the lines of standard input.  The prompt and what follows are printed as a string if all
tokens are single characters, else as a list.

examples:
  rasp generate examples/decoding/copying.rasp 'abc=' --max-new-tokens 3
  rasp generate copying.safetensors 'abc=' --max-new-tokens 20 --stop '$'
  rasp generate counter.rasp 0 --max-new-tokens 1000 --stream
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands,
        "generate",
        run,
        summary="what a next-token program or a causal model writes after a prompt",
        details=DETAILS,
    )
    parser.add_argument("file", metavar="FILE", help="a .rasp or .safetensors file; - is stdin")
    parser.add_argument("prompts", metavar="PROMPT", nargs="+", help="what it begins with")
    parser.add_argument(
        "--max-new-tokens",
        type=positive,
        default=DEFAULT_NEW_TOKENS,
        metavar="N",
        help=f"how many tokens are written at most (default: {DEFAULT_NEW_TOKENS})",
    )
    parser.add_argument(
        "--stop",
        action="append",
        metavar="TOKEN",
        help="a token after which nothing more is written; may be given several times",
    )
    parser.add_argument(
        "--stream", action="store_true", help="print every token as soon as it is written"
    )
    add_sop(parser)
    parser.add_argument("--tokens-json", action="store_true", help="PROMPT and TOKEN are JSON")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    if options.file == STDIN and STDIN in options.prompts:
        options.usage_error("the program and the prompts cannot both come from standard input")
    if options.json and options.stream:
        options.usage_error("--json is one object at the end, and --stream is not")
    stop = parse_tokens(options.stop or [], as_json=options.tokens_json)
    name, write = _model(options, stop) if _is_model(options) else _program(options, stop)
    results = [_result(write, text, options) for text in _prompts(options.prompts)]
    if options.json:
        print_json({"sop": name, "results": results})
    if any("error" in result for result in results):
        raise CommandFailed


def _is_model(options: argparse.Namespace) -> bool:
    return is_model(options.file)


def _model(options: argparse.Namespace, stop: list[Atom]) -> tuple[str | None, Write]:
    from rasp.checkpoint import load_model

    if options.sop is not None:
        options.usage_error("--sop chooses from a program; a compiled model has one s-op only")
    model = load_model(options.file)

    def write(prompt: list[Atom]) -> tuple[Request, Iterator[Atom]]:
        request = model.request(prompt, options.max_new_tokens, stop)
        return request, model.stream(prompt, options.max_new_tokens, stop)

    return model.specification.name, write


def _program(options: argparse.Namespace, stop: list[Atom]) -> tuple[str | None, Write]:
    from rasp.decoding.generation import by_interpreter

    program = load_program(options.file)
    print_warnings(program)
    name, sop = choose_sop(program, options.sop)

    def write(prompt: list[Atom]) -> tuple[Request, Iterator[Atom]]:
        request = Request.of(prompt, options.max_new_tokens, stop)
        return request, by_interpreter(sop.node, request, sop.origins)

    return name, write


def _prompts(arguments: list[str]) -> Iterator[str]:
    for argument in arguments:
        if argument == STDIN:
            yield from read_text(STDIN).splitlines()
        else:
            yield argument


def _result(write: Write, text: str, options: argparse.Namespace) -> dict[str, Any]:
    """The tokens, or those that were written before an error, and the error."""
    written: list[Atom] = []
    prompt: list[Atom] = []
    printer = _Printer() if options.stream else None
    error: RaspError | None = None
    try:
        request, tokens = write(parse_input(text, as_json=options.tokens_json))
        prompt = list(request.prompt)
        if printer is not None:
            printer.begin(prompt)
        for token in tokens:
            written.append(token)
            if printer is not None:
                printer.go_on(token)
    except RaspError as raised:
        error = raised
    if printer is not None:
        printer.end()
    result: dict[str, Any] = {
        "prompt": list(map(plain_atom, prompt)) if prompt else text,
        "written": list(map(plain_atom, written)),
    }
    if error is not None:
        result["error"] = error.to_dict()
        if not options.json:
            complain(error)
    elif not options.json and printer is None:
        print_exactly(f"{shown([*prompt, *written])}\n")
    return result


def shown(tokens: list[Atom]) -> str:
    """Tokens as one string if all are characters, else as a list."""
    if all(_is_character(token) for token in tokens):
        return "".join(map(str, tokens))
    return show_value(tokens)


def _is_character(token: Atom) -> bool:
    return isinstance(token, str) and len(token) == 1 and token.isprintable()


class _Printer:
    """Tokens as they come: characters beside each other, others apart by spaces."""

    def __init__(self) -> None:
        self._begun = False
        self._apart = False

    def begin(self, prompt: list[Atom]) -> None:
        self._begun = True
        self._apart = not all(map(_is_character, prompt))
        say((" " if self._apart else "").join(map(self._text, prompt)), end="", flush=True)

    def go_on(self, token: Atom) -> None:
        apart = self._apart or not _is_character(token)
        say(f"{' ' if apart else ''}{self._text(token)}", end="", flush=True)

    def end(self) -> None:
        if self._begun:
            say("", flush=True)

    def _text(self, token: Atom) -> str:
        return str(token) if _is_character(token) and not self._apart else show(token)

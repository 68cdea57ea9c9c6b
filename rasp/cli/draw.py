"""rasp draw: the computation of an s-op on an input, as a picture or as text."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
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
from rasp.cli.output import (
    CommandFailed,
    complain,
    print_drawing,
    print_exactly,
    print_json,
    say,
)
from rasp.errors import RaspError, RaspRuntimeError, VocabularyError
from rasp.graph.nodes import Atom

if TYPE_CHECKING:
    from rasp.compiled import CompiledModel
    from rasp.drawing import Drawing
    from rasp.sop import Selector, SOp

FORMATS = ("svg", "png", "html", "dot", "txt")

DETAILS = """\
FILE is a program (.rasp) or a compiled model (.safetensors).  What is drawn is the flow of the
computation, layer by layer: the keys and queries of every head, its matrix, what it gives, then the
elementwise results.  A selector (--sop) is drawn as its matrix.  Of a model, .html is the explorer
of its weights; the other forms draw the s-op that it was compiled from.  With --max-new-tokens the
explorer of a causal model shows what it writes after INPUT.

The suffix of OUT is the form: .svg, .png (with the extra rasp-lang[png]), .html (one page that
needs nothing else), .dot (for Graphviz) or .txt.  Without -o the drawing is printed as text.  An
s-op that fails on the input is drawn as far as it comes; the exit status is then 1.

examples:
  rasp draw examples/sort.rasp badge                           in the terminal
  rasp draw examples/sort.rasp badge -o sort.svg
  rasp draw examples/dyck2.rasp '({})(' --sop level -o level.html
  rasp draw examples/dyck2.rasp --graph -o dyck2.svg           what it is made of, without an input
  rasp draw sum.rasp --tokens-json '[3, 0.5, true]' -o sum.svg
  rasp draw sort.safetensors badge -o explorer.html
  rasp draw copying.safetensors 'abc=' --max-new-tokens 4 -o writes.html       what it writes
  rasp draw examples/sort.rasp badge -o - --format dot         to standard output
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is drawn.  name: None for a program's last s-op if it has none."""

    name: str | None
    value: SOp | Selector
    model: CompiledModel | None = None
    causal: bool = False


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "draw", run, summary="draw what a program does on an input", details=DETAILS
    )
    parser.add_argument("file", metavar="FILE", help="a .rasp or .safetensors file; - is stdin")
    drawn_on = parser.add_argument("input", metavar="INPUT", help="what it is drawn on; - is stdin")
    add_sop(parser)
    parser.add_argument("--tokens-json", action="store_true", help="INPUT is a JSON list")
    parser.add_argument(
        "--graph",
        action=_WithoutInput,
        argument=drawn_on,
        help="draw what the s-op is made of; there is no INPUT",
    )
    parser.add_argument(
        "--causal", action="store_true", help="positions look only at themselves and before"
    )
    parser.add_argument(
        "--max-new-tokens",
        type=positive,
        metavar="N",
        help="let a causal model write so many tokens; with a model and .html",
    )
    parser.add_argument(
        "--stop",
        action="append",
        metavar="TOKEN",
        help="a token after which it writes nothing more; may be given several times",
    )
    parser.add_argument("-o", "--output", metavar="OUT", help="the file to write; - is stdout")
    parser.add_argument("--format", choices=FORMATS, help="its form, if its suffix does not say so")
    add_json(parser)


class _WithoutInput(argparse.Action):
    """A switch that makes an argument unnecessary.

    An argument that is optional from the start would not be found behind an option.
    """

    def __init__(self, *, argument: argparse.Action, **details: Any) -> None:
        super().__init__(nargs=0, default=False, **details)
        self._argument = argument

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, True)
        self._argument.required = False


def run(options: argparse.Namespace) -> None:
    suffix = _suffix(options)
    _check(options, suffix)
    subject = _subject(options)
    content: str | bytes
    error: RaspError | None
    if subject.model is not None and suffix == ".html" and not options.graph:
        content, title, error = _explored(subject.model, subject, options)
    else:
        drawing = _drawing(options, subject)
        content, title, error = drawing.to(suffix), drawing.title, drawing.error
    if options.output is None and suffix == ".txt":
        if options.graph:  # sentences, one for each operation
            say(str(content).removesuffix("\n"))
        else:
            print_drawing(str(content))
    else:
        _write(options.output, content)
    if error is not None:
        complain(error)
    if options.json:
        print_json(
            {
                "sop": subject.name,
                "title": title,
                "file": options.output,
                "format": suffix[1:],
                "error": None if error is None else error.to_dict(),
            }
        )
    if error is not None:
        raise CommandFailed


def _suffix(options: argparse.Namespace) -> str:
    """The form, named as the suffix of a file."""
    if options.format is not None:
        return f".{options.format}"
    if options.output in (None, STDIN):
        return ".txt"
    suffix = Path(options.output).suffix.lower()
    if suffix[1:] not in FORMATS:
        options.usage_error(
            f"cannot tell the form of {options.output} by its suffix: "
            f"it is one of {', '.join(f'.{name}' for name in FORMATS)}; --format says it otherwise"
        )
    return suffix


def _check(options: argparse.Namespace, suffix: str) -> None:
    """Ends with a message about usage if the arguments do not go together."""
    if options.graph and options.input is not None:
        options.usage_error("--graph draws what an s-op is made of, which takes no INPUT")
    if options.file == STDIN and options.input == STDIN:
        options.usage_error("the program and the input cannot both come from standard input")
    if options.json and options.output in (None, STDIN):
        options.usage_error("--json needs a file to draw to: -o OUT")
    if options.causal and (options.graph or is_model(options.file)):
        options.usage_error("--causal is for programs on an input; a model is causal or is not")
    if options.stop is not None and options.max_new_tokens is None:
        options.usage_error("--stop is where writing ends: it needs --max-new-tokens")
    if options.max_new_tokens is not None and (
        options.graph or suffix != ".html" or not is_model(options.file)
    ):
        options.usage_error("--max-new-tokens is for the explorer of a model: -o OUT.html")
    if options.sop is not None and is_model(options.file):
        options.usage_error("--sop chooses from a program; a compiled model has one s-op only")


def _subject(options: argparse.Namespace) -> Subject:
    from rasp.sop import Selector

    if is_model(options.file):
        from rasp.checkpoint import load_model

        model = load_model(options.file)
        return Subject(model.specification.name, model.sop, model, model.report.causal)
    program = load_program(options.file)
    print_warnings(program)
    if options.sop is not None and isinstance(program[options.sop], Selector):
        return Subject(options.sop, program[options.sop], causal=options.causal)
    return Subject(*choose_sop(program, options.sop), causal=options.causal)


def _drawing(options: argparse.Namespace, subject: Subject) -> Drawing:
    if options.graph:
        return subject.value.graph()
    tokens = _tokens(options)
    if subject.model is not None:
        _check_input(subject.model, tokens)
    return subject.value.draw(tokens, causal=subject.causal)


def _tokens(options: argparse.Namespace) -> list[Atom]:
    text = options.input
    if text == STDIN:
        lines = read_text(STDIN).splitlines()
        if len(lines) != 1:
            raise VocabularyError(f"expected one line with one input, got {len(lines)} lines")
        text = lines[0]
    return parse_input(text, as_json=options.tokens_json)


def _check_input(model: CompiledModel, tokens: list[Atom]) -> None:
    """Raises VocabularyError for an input that the model does not take."""
    from rasp.compiled.inputs import Encoder

    _, errors = Encoder(model.vocabulary, model.max_len).encode([tokens])
    for error in errors.values():
        raise error


def _explored(
    model: CompiledModel, subject: Subject, options: argparse.Namespace
) -> tuple[str, str, RaspError | None]:
    """The page of a model's weights, its title, and why the s-op fails on the input if it does."""
    from rasp.api import evaluate
    from rasp.explorer import page

    title = f"compiled model of {subject.name or 'an s-op'}"
    tokens = _tokens(options)
    if options.max_new_tokens is not None:
        stop = parse_tokens(options.stop or [], as_json=options.tokens_json)
        text = page(model, tokens, options.max_new_tokens, stop or None).html
        written = model.written(model.request(tokens, options.max_new_tokens, stop))
        return text, title, written.error
    text = page(model, tokens).html
    try:
        evaluate(subject.value, [tokens], causal=subject.causal)
    except RaspRuntimeError as error:
        return text, title, error
    return text, title, None


def _write(path: str | None, content: str | bytes) -> None:
    if path is None or path == STDIN:
        if isinstance(content, bytes):
            sys.stdout.buffer.write(content)
        else:
            print_exactly(content)
        return
    from rasp.drawing.document import write

    write(Path(path), content)

"""Commands that compile: `:analyze`, `:compile`, `:emit` and `:verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasp.errors import RaspNameError, RaspTypeError
from rasp.repl import arguments
from rasp.repl.entries import COMMAND_SIGN

if TYPE_CHECKING:
    from rasp.repl.console import Console

SMALL_MODEL = 20_000  # inputs: `:verify` takes all of them up to here


SAMPLES = 1000


COMPILE_USAGE = ":compile SOP VOCAB MAX_LEN [size] [FILE]"


def analyze(shell: Console, pieces: list[str]) -> None:
    from rasp.api import analyze

    if pieces[1:] not in ([], ["bos"]):
        raise RaspTypeError(f"expected bos or nothing, got '{pieces[1]}'")
    shell.say(analyze(shell.sop(pieces[0]), bos=len(pieces) == 2).to_text())


def compile_command(shell: Console, pieces: list[str]) -> None:
    from rasp.api import compile
    from rasp.cli.output import compilation_bar

    text, vocabulary, max_len, *rest = pieces
    for_size = rest[:1] == ["size"]
    if len(rest) - for_size > 1:  # as after an expression with spaces
        raise RaspTypeError(
            f"expected size or a file after MAX_LEN, got '{' '.join(rest)}'",
            hint=f"usage: {COMPILE_USAGE}; an expression with spaces goes in parentheses",
        )
    sop = shell.sop(text)
    with compilation_bar() as progress:
        model = compile(
            sop,
            vocab=arguments.tokens(shell, vocabulary),
            max_len=arguments.number(max_len, "max_len"),
            causal=shell.settings.causal,
            optimize="size" if for_size else "patterns",
            progress=progress,
        )
    if rest[for_size:]:
        path = arguments.file_name(shell, rest[-1])
        model.save(path)
        shell.say(f"saved as {path}")
    shell.models[text] = model
    shell.say(model.report.to_text(shell.columns or 80))


def emit(shell: Console, pieces: list[str]) -> None:
    from rasp.api import emit

    stage, text, vocabulary, max_len = pieces
    shell.say(
        emit(
            shell.sop(text),
            stage,
            vocab=arguments.tokens(shell, vocabulary),
            max_len=arguments.number(max_len, "max_len"),
            causal=shell.settings.causal,
        )
    )


def verify(shell: Console, pieces: list[str]) -> None:
    from rasp.cli.output import progress_bar
    from rasp.verification import verify

    model = _model(shell, pieces[0])
    size = len(model.vocabulary.tokens)
    small = sum(size**n for n in range(1, model.max_len + 1)) <= SMALL_MODEL
    exhaustive = small if len(pieces) == 1 else pieces[1] == "all"
    samples = SAMPLES
    if len(pieces) == 2 and not exhaustive:
        samples = arguments.number(pieces[1], "the number of samples")
    with progress_bar("inputs") as progress:
        verification = verify(model, exhaustive=exhaustive, samples=samples, progress=progress)
    shell.failed |= not verification.ok
    shell.say(verification.to_text())


def _model(shell: Console, text: str) -> Any:
    """The compiled model of an s-op as it is now."""
    sop = shell.sop(text)
    model = shell.models.get(text)
    usage = f"compile it: {COMMAND_SIGN}compile {text} VOCAB MAX_LEN"
    if model is None:
        raise RaspNameError(f"'{text}' has not been compiled", hint=usage)
    if model.specification.node is not sop.node:
        raise RaspNameError(f"'{text}' is not what it was when it was compiled", hint=usage)
    return model

"""The commands of the REPL: lines that begin with a colon.

The table at the end is what there is; `:help`, completion and the documents read it.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from rasp.errors import RaspArityError, RaspLoadError, RaspNameError, RaspTypeError
from rasp.repl import arguments
from rasp.repl.command import Command
from rasp.repl.compiling import (
    COMPILE_USAGE,
    SAMPLES,
    SMALL_MODEL,
    analyze,
    compile_command,
    emit,
    verify,
)
from rasp.repl.entries import COMMAND_SIGN

if TYPE_CHECKING:
    from rasp.repl.console import Console

LEAVING = ("exit", "quit", "q")


def run_command(shell: Console, line: str) -> None:
    """Runs a line that begins with a colon.  Raises RaspError."""
    word, _, rest = line.removeprefix(COMMAND_SIGN).strip().partition(" ")
    command = find_command(word.rstrip(";"))
    rest = rest.strip().removesuffix(";").rstrip() if not command.whole else rest.strip()
    pieces = ([rest] if rest else []) if command.whole else arguments.split(rest)
    least, most = command.n_arguments
    if not least <= len(pieces) <= most:
        problem = "too few arguments" if len(pieces) < least else "too many arguments"
        raise RaspArityError(
            f"{COMMAND_SIGN}{command.name}: {problem}",
            hint=f"usage: {command.usage}"
            + "; an expression with spaces goes in parentheses" * (len(pieces) > most),
        )
    command.run(shell, pieces)


def find_command(name: str) -> Command:
    """The command of a name, with or without its colon.  Raises RaspNameError."""
    name = name.removeprefix(COMMAND_SIGN)
    if name in COMMANDS:
        return COMMANDS[name]
    if name in LEAVING:
        raise RaspNameError(f"there is no command {COMMAND_SIGN}{name}", hint="exit leaves")
    near = get_close_matches(name, COMMANDS, n=2, cutoff=0.5)
    suggestions = " or ".join(f"{COMMAND_SIGN}{other}" for other in near)
    raise RaspNameError(
        f"there is no command {COMMAND_SIGN}{name}",
        hint=f"did you mean {suggestions}?" if near else ":help lists the commands",
    )


# ---- what happens on an input


def _generate(shell: Console, pieces: list[str]) -> None:
    from rasp.cli.generate import shown
    from rasp.decoding.generation import by_interpreter
    from rasp.decoding.request import DEFAULT_NEW_TOKENS, Request

    text, prompt, *rest = pieces
    most = arguments.number(rest[0], "the number of tokens") if rest else DEFAULT_NEW_TOKENS
    stop = arguments.tokens(shell, rest[1]) if len(rest) == 2 else None
    sop = shell.sop(text)
    request = Request.of(arguments.tokens(shell, prompt), most, stop)
    written = list(request.prompt)
    try:
        written.extend(by_interpreter(sop.node, request, sop.origins))
    finally:
        shell.write(shown(written))


def _trace(shell: Console, pieces: list[str]) -> None:
    from rasp.graph.sequences import as_sequence
    from rasp.repl.trace import trace
    from rasp.sop import Selector, SOp

    value = shell.evaluate(pieces[0])
    if not isinstance(value, (SOp, Selector)):
        raise RaspTypeError(f"'{pieces[0]}' is neither an s-op nor a selector")
    example = shell.session.examples["s-op"]
    inputs = arguments.tokens(shell, pieces[1]) if len(pieces) == 2 else as_sequence(example)
    lines, error = trace(value, inputs, shell.display)
    shell.write("\n".join(lines))
    if error is not None:
        raise error


def _draw(shell: Console, pieces: list[str]) -> None:
    from rasp.repl.drawings import draw_command

    draw_command(shell, pieces)


def _time(shell: Console, pieces: list[str]) -> None:
    text = pieces[0]
    with shell.timed():
        if text.startswith(COMMAND_SIGN):
            run_command(shell, text)
        else:
            shell.run_statements(text if shell.session.is_complete(text) else text + ";", "<time>")


def _causal(shell: Console, pieces: list[str]) -> None:
    if pieces:
        shell.settings.causal = shell.session.causal = arguments.switch(pieces[0])
    if shell.settings.causal:
        shell.say("causal on: every selector sees only positions at or before its own")
    else:
        shell.say("causal off: selectors see all positions")


# ---- names and files


def _list(shell: Console, pieces: list[str]) -> None:
    from rasp.repl.listing import library_lines, session_lines

    if pieces not in ([], ["library"]):
        raise RaspTypeError(f"expected library or nothing, got '{pieces[0]}'")
    lines = library_lines() if pieces else session_lines(shell.session)
    shell.say("\n".join(lines) if lines else "nothing is defined yet; :list library has more")


def _source(shell: Console, pieces: list[str]) -> None:
    from rasp.repl.listing import source_lines

    shell.say("\n".join(source_lines(shell.session, pieces[0])))


def _load(shell: Console, pieces: list[str]) -> None:
    path = arguments.file_name(shell, pieces[0])
    if '"' in path or "\n" in path:
        raise RaspLoadError(f"a path cannot have a quotation mark in it: {path}")
    shell.run_statements(f'load "{path.removesuffix(".rasp")}";', "<load>")


def _reload(shell: Console, pieces: list[str]) -> None:
    changed = shell.files() if pieces == ["all"] else shell.changed_files()
    if pieces not in ([], ["all"]):
        raise RaspTypeError(f"expected all or nothing, got '{pieces[0]}'")
    if not shell.files():
        raise RaspLoadError("no file has been loaded", hint=find_command("load").usage)
    if not changed:
        shell.say("no loaded file has changed; :reload all loads them all again")
        return
    shell.forget_changes()
    for text in [text for text in dict.fromkeys(shell.kept) if text.startswith("load")]:
        shell.kept.remove(text)
        shell.run_statements(text, "<reload>")


def _save(shell: Console, pieces: list[str]) -> None:
    path = Path(arguments.file_name(shell, pieces[0]))
    if path.exists() and path.resolve() not in shell.saved:
        raise RaspLoadError(
            f"{path} exists already", hint="a session is saved only over one that it has saved"
        )
    try:
        path.write_text("".join(f"{text}\n" for text in shell.kept), encoding="utf-8")
    except OSError as error:
        raise RaspLoadError(f"cannot write {path}: {error.strerror}") from None
    shell.saved.add(path.resolve())
    count = len(shell.kept)
    shell.say(f"saved {count} statement{'' if count == 1 else 's'} as {path}")


# ---- help


def _help(shell: Console, pieces: list[str]) -> None:
    from rasp.repl.help import overview, topic

    shell.say(topic(pieces[0], COMMANDS) if pieces else overview(COMMANDS.values()))


_TABLE = [
    Command(
        "help",
        ":help [NAME]",
        "explain a command, a form or a library function",
        "Without a name: all commands.\n\n"
        "examples:\n  :help compile\n  :help aggregate\n  :help shift",
        _help,
        (0, 1),
    ),
    Command(
        "analyze",
        ":analyze SOP [bos]",
        "layers and heads that an s-op needs, by the theory",
        "bos: inputs begin with a token of their own, so a selector_width is one head, not two.\n\n"
        "examples:\n  :analyze length\n  :analyze sort(tokens, tokens)",
        analyze,
        (1, 2),
    ),
    Command(
        "compile",
        COMPILE_USAGE,
        "compile an s-op to the weights of a Transformer",
        "VOCAB is the tokens: bare characters, or a string or list of the language.  MAX_LEN is\n"
        "the longest input.  With FILE the model is saved.  After `:causal on` it is causal.\n"
        "size: as few parameters as possible, not patterns that look like the selectors.\n\n"
        "examples:\n  :compile length abc 10\n  :compile sort(tokens, tokens) abc 50 size\n"
        '  :compile (tokens_int + 1) ["1", "2", "10"] 5 next.safetensors',
        compile_command,
        (3, 5),
    ),
    Command(
        "emit",
        ":emit STAGE SOP VOCAB MAX_LEN",
        "show what the compiler makes of an s-op",
        "STAGE is graph, domains, encodings, blocks, schedule, layout or weights; the others are\n"
        "those of :compile.\n\n"
        "examples:\n  :emit schedule length abc 10\n  :emit layout sort(tokens, tokens) abc 5",
        emit,
        (4, 4),
    ),
    Command(
        "verify",
        ":verify SOP [N | all]",
        "compare the compiled model of an s-op with the interpreter",
        "The model is the one that `:compile` made last of this s-op.  Without more, all inputs\n"
        f"are taken if there are at most {SMALL_MODEL:,}, else {SAMPLES:,}.\n\n"
        "examples:\n  :verify length\n  :verify length 5000\n  :verify length all",
        verify,
        (1, 2),
    ),
    Command(
        "trace",
        ":trace SOP [INPUT]",
        "every intermediate s-op and selector on an input",
        "INPUT is bare characters, or a string or list of the language; without it, the running\n"
        "example.  Every value has its place in the program.\n\n"
        'examples:\n  :trace length abc\n  :trace (tokens_int % 2) ["10", "7"]',
        _trace,
        (1, 2),
    ),
    Command(
        "generate",
        ":generate SOP PROMPT [N [STOP]]",
        "what a next-token program writes after a prompt",
        "The value at the last position is the next token; it is appended, and so on, N times (9\n"
        "without N).  Selectors see only positions at or before their own, as with :causal on.\n"
        "PROMPT and STOP are bare characters, or a string or list of the language; after a token\n"
        "of STOP nothing more is written.\n\n"
        'examples:\n  :generate tokens[0] ab\n  :generate "01"[indices % 2] 0 20\n'
        '  :generate ("ba$"[indices % 3]) ab 50 $',
        _generate,
        (2, 4),
    ),
    Command(
        "draw",
        ":draw SOP [INPUT] [FILE]",
        "what happens on an input, layer by layer",
        "INPUT is as for :trace.  Every head has its keys above, its queries at the left, what it\n"
        "averages below and what it gives at the right; a selector is its matrix.  FILE ends in\n"
        ".svg, .png, .html (a page that needs nothing else), .dot (for Graphviz) or .txt.\n\n"
        "examples:\n  :draw length abc\n  :draw sort(tokens, tokens) badge sort.svg\n"
        '  :draw (tokens_int % 2) ["10", "7"]\n  :draw length length.html',
        _draw,
        (1, 3),
    ),
    Command(
        "source",
        ":source NAME",
        "the statement that defines a name, and its place",
        "Names of the library have sources too.\n\nexamples:\n  :source sorted\n  :source shift",
        _source,
        (1, 1),
    ),
    Command(
        "list",
        ":list [library]",
        "the names defined in this session, or those of the library",
        "examples:\n  :list\n  :list library",
        _list,
        (0, 1),
    ),
    Command(
        "load",
        ":load FILE",
        'run a program; the same as load "FILE";',
        "The names that the program binds become names of the session, except those that begin\n"
        "with an underscore.\n\n"
        "examples:\n  :load sort.rasp\n  :load examples/dyck2",
        _load,
        (1, 1),
    ),
    Command(
        "reload",
        ":reload [all]",
        "load files again that have changed",
        "What was made from them before stays as it was.  With all: whether changed or not.\n\n"
        "examples:\n  :reload\n  :reload all",
        _reload,
        (0, 1),
    ),
    Command(
        "save",
        ":save FILE",
        "write this session to a file that runs",
        "Statements that failed are left out.  An existing file is not written over.\n\n"
        "examples:\n  :save session.rasp",
        _save,
        (1, 1),
    ),
    Command(
        "time",
        ":time STATEMENT",
        "say how long a statement or command takes",
        'examples:\n  :time sort(tokens, tokens)("hello");\n  :time :compile length abc 10',
        _time,
        (1, 1),
        whole=True,
    ),
    Command(
        "causal",
        ":causal [on | off]",
        "let selectors see only positions at or before their own",
        "It holds for what is shown, for applications, and for models compiled from then on.\n\n"
        "examples:\n  :causal on\n  :causal",
        _causal,
        (0, 1),
    ),
]

COMMANDS: dict[str, Command] = {command.name: command for command in _TABLE}

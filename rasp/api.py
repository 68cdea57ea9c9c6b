"""What `import rasp` offers on s-op handles: evaluate, analyze, compile, generate.

The handles (`rasp.sop`) come from programs and from `rasp.dsl`; the parts of this package that do
the work take graph nodes.  This module joins them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasp.arguments import named_arguments
from rasp.deadline import TimeIsUpError, limited
from rasp.decoding.request import DEFAULT_NEW_TOKENS, Stop
from rasp.errors import CompileError, RaspError, RaspTypeError, VocabularyError
from rasp.graph.nodes import Atom
from rasp.graph.operators import type_name
from rasp.graph.sequences import plain_atom
from rasp.graph.walk import topological
from rasp.sop import Selector, SOp
from rasp.source import Label, Source
from rasp.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

    from rasp.analysis import Analysis
    from rasp.compiled import CompiledModel
    from rasp.compiler.emission import DType
    from rasp.compiler.options import Optimize
    from rasp.compiler.progress import Progress

LONGEST = 50_000  # positions: a matrix of them and of themselves still has its place in memory
MISTAKEN = "the compiler is mistaken about this program"  # a model that it takes for right is wrong
NEARER_TO_ONE = "numbers nearer to 1 and of fewer digits, or a smaller max_len"


@named_arguments
def evaluate(
    value: SOp | Selector, inputs: Iterable[Sequence[Atom]], *, causal: bool = False
) -> list[Any]:
    """The value of an s-op or selector on each of many inputs.

    An input is a string or a sequence of tokens.  Raises RaspRuntimeError for the first input on
    which it fails.
    """
    from rasp import interpreter

    if not isinstance(value, (SOp, Selector)):
        raise RaspTypeError(f"expected an s-op or a selector, got {type_name(value)}")
    if isinstance(inputs, str):
        raise RaspTypeError(
            "expected a list of inputs, got one string", hint="one input alone: sop(tokens)"
        )
    if not isinstance(inputs, Iterable):
        raise RaspTypeError(f"expected a list of inputs, got {type_name(inputs)}")
    return interpreter.evaluate(value.node, list(inputs), causal=causal, origins=value.origins)


@named_arguments
def analyze(sop: SOp, *, bos: bool = False) -> Analysis:
    """The layers and heads that the s-op needs, by the theory.

    bos: inputs begin with a token of their own, which makes a selector_width one head.
    """
    from rasp import analysis

    return analysis.analyze(_sop(sop).node, bos=bos, origins=sop.origins)


@named_arguments
def generate(
    sop: SOp,
    prompt: Sequence[Atom],
    max_new_tokens: int = DEFAULT_NEW_TOKENS,
    stop: Stop = None,
    *,
    vocab: Iterable[Atom] | None = None,
    max_len: int | None = None,
) -> list[Atom]:
    """The prompt and what the s-op writes after it, by the interpreter in causal mode.

    The value at the last position is the next token; it is appended, and so on, until there are
    max_new_tokens new ones or one of the tokens of `stop` was written (it is the last one then).
    prompt: a string or a sequence of tokens; stop: a token (a string is one token) or several.
    vocab, max_len: what a compiled model would take, so that the same is refused.

    Raises RaspRuntimeError where the s-op fails, and GenerationError for a value that is no token
    of vocab, or if max_len is reached before the generation is over.
    """
    from rasp.decoding.generation import by_interpreter
    from rasp.decoding.request import Request

    vocabulary = None if vocab is None else Vocabulary.of(vocab)
    node = _sop(sop).node
    request = Request.of(prompt, max_new_tokens, stop, vocabulary=vocabulary, max_len=max_len)
    return [*request.prompt, *by_interpreter(node, request, sop.origins)]


@named_arguments
def to_text(value: SOp | Selector, *, name: str | None = None) -> str:
    """A readable program whose last statement gives this very s-op or selector.

    name: what it binds; by default the name of the s-op, or ``result``.  What has a name keeps it,
    as far as the language allows.  Raises RaspValueError for the few that no text gives: strings
    with double quotes or line breaks.
    """
    from rasp.syntax.write import write

    if not isinstance(value, (SOp, Selector)):
        raise RaspTypeError(f"expected an s-op or a selector, got {type_name(value)}")
    return write(value.node, value.origins, name or value.name)


@named_arguments
def emit(
    sop: SOp,
    stage: str,
    *,
    vocab: Iterable[Atom],
    max_len: int,
    causal: bool = False,
    dtype: DType | torch.dtype = "auto",
    optimize: Optimize = "patterns",
    sharpness: int | None = None,
    one_logit: bool = False,
    time_limit: float | None = None,
) -> str:
    """What the compiler makes of an s-op at one of its stages (`compiler.account.stages.STAGES`).

    The other parameters and the errors are those of `compile`.
    """
    from rasp.compiler.account.stages import STAGES
    from rasp.compiler.account.stages import emit as emit_stage
    from rasp.compiler.pipeline import compile_stages

    node = _sop(sop).node
    if stage not in STAGES:
        raise CompileError(f"no stage {stage!r}", hint=f"the stages are {', '.join(STAGES)}")
    max_len = _checked_options(vocab, max_len, causal)
    dtype = _checked_dtype(dtype)
    _check_time_limit(time_limit)
    with _numbers_that_fit(sop):
        compilation = compile_stages(
            node,
            vocabulary=Vocabulary.of(vocab),
            max_len=max_len,
            causal=causal,
            dtype=dtype,
            optimize=optimize,
            sharpness=sharpness,
            one_logit=one_logit,
            origins=sop.origins,
            time_limit=time_limit,
        )
    return emit_stage(stage, compilation)


@named_arguments
def compile(
    sop: SOp,
    *,
    vocab: Iterable[Atom],
    max_len: int,
    causal: bool = False,
    dtype: DType | torch.dtype = "auto",
    optimize: Optimize = "patterns",
    sharpness: int | None = None,
    one_logit: bool = False,
    rotate: int | None = None,
    width: int | None = None,
    progress: Progress | None = None,
    time_limit: float | None = None,
) -> CompiledModel:
    """A Transformer that computes the s-op exactly on every input of 1 to max_len tokens of vocab.

    vocab: the tokens, a string for its characters.  causal: positions attend only to themselves and
    to those before.  dtype: "float32", "float64" (or torch's), or "auto" for the smaller exact one.
    optimize: "patterns" for attention patterns that look like the program's selectors, "size" for
    the fewest parameters, which takes several compilations.
    sharpness: how large the gap between the scores of selected and other keys is, a power of two;
    by default so large that attention is exactly hard.
    one_logit: each value has one logit, as in a language model, even where several for a value
    would save a layer of neurons.
    rotate: a seed; the residual stream is in a random orthogonal basis, in float64, and nothing is
    certified.  width: the residual stream has only so many dimensions, by training with the seed
    `rotate`, or 0, and the model is right on most inputs at best (`rasp.dial`).
    progress: called with the stage that is under way and about which share of the whole is done.
    time_limit: in seconds; a compile that takes longer ends with a CompileError that says what it
    was at.  A certified model that is there by then is what it gives, with what was proved of it.

    Raises CompileError for what cannot be compiled, VocabularyError for a bad vocabulary.
    """
    from rasp.compile_report import Theory
    from rasp.compiled import CompiledModel, Specification
    from rasp.compiler.pipeline import compile_graph

    node = _sop(sop).node
    max_len = _checked_options(vocab, max_len, causal)
    dtype = _checked_dtype(dtype)
    if progress is not None and not callable(progress):
        raise RaspTypeError(f"progress has to be a function, got {type_name(progress)}")
    _check_dial(dtype, rotate, width)
    _check_time_limit(time_limit)
    account = analyze(sop)
    start = time.monotonic()
    with _numbers_that_fit(sop):
        artifact = compile_graph(
            node,
            vocabulary=Vocabulary.of(vocab),
            max_len=max_len,
            causal=causal,
            dtype=dtype,
            optimize=optimize,
            sharpness=sharpness,
            one_logit=one_logit,
            origins=sop.origins,
            progress=progress,
            time_limit=time_limit,
            theory=Theory(account.n_layers, tuple(account.heads_per_layer)),
        )
    name, source = _program_text(sop)
    model = CompiledModel(artifact, Specification(node, name, source, sop.origins))
    with _in_time(time_limit, start, sop):
        certificate = model.certificate
        if sharpness is None and not (certificate.rounding.ok and certificate.meaning.ok):
            model = _tried(model, dtype)
        if rotate is None and width is None:
            return model
        from rasp.dial import rotated, superposed

        if width is not None:
            return superposed(model, width, rotate or 0)
        assert rotate is not None
        return rotated(model, rotate)


@contextmanager
def _in_time(time_limit: float | None, start: float, sop: SOp) -> Iterator[None]:
    """What comes after the compiler has what is left of the time, since `start`."""
    left = None if time_limit is None else max(0.0, time_limit - (time.monotonic() - start))
    with limited(left):
        try:
            yield
        except TimeIsUpError:
            if time_limit is None:
                raise  # the limit is that of whoever called
            raise CompileError(
                f"compiling takes longer than {time_limit:g} s: the model was there, and not yet"
                " what else was asked for",
                labels=tuple(Label(span) for span in sop.origins.spans(sop.node)[:1]),
                hint="a longer time limit",
            ) from None


def _tried(model: CompiledModel, dtype: DType) -> CompiledModel:
    """A model of which not all is proved, after a comparison on some inputs that its report says.

    Raises CompileError where it is wrong.
    """
    from rasp.compiled import CompiledModel
    from rasp.verification.trial import tried, tried_in_short

    artifact, specification = model.artifact, model.specification
    is_certified = model.certificate.rounding.ok
    n_inputs, wrong = (tried_in_short if is_certified else tried)(model)
    if wrong is None:
        report = replace(artifact.report, tested=n_inputs)
        return CompiledModel(replace(artifact, report=report), specification)
    assert specification.origins is not None
    spans = specification.origins.spans(specification.node)
    found = f"for {wrong.input_text} it would give {wrong.got_text}, and not {wrong.expected_text}"
    if is_certified:
        found = f"{MISTAKEN}: {found}"
        hint = "please report the program: what is compiled should be right"
    else:
        found = f"in {artifact.config.dtype} the model would be wrong: {found}"
        hint = 'dtype="float64"' if dtype == "float32" else NEARER_TO_ONE
    raise CompileError(found, labels=tuple(Label(span) for span in spans[:1]), hint=hint)


@contextmanager
def _numbers_that_fit(sop: SOp) -> Iterator[None]:
    """Integers of programs have any size, numbers of models do not."""
    try:
        yield
    except OverflowError:
        raise CompileError(
            "an integer of the program is too large for a floating-point number",
            labels=tuple(Label(span) for span in sop.origins.spans(sop.node)[:1]),
        ) from None


def _checked_options(vocab: Iterable[Atom], max_len: int, causal: bool) -> int:
    """max_len, which may be an integer of NumPy or torch; what no option can be is refused."""
    longest = plain_atom(max_len)
    if type(longest) is not int or longest < 1:
        raise CompileError(f"max_len has to be a positive integer, got {max_len!r}")
    if longest > LONGEST:
        raise CompileError(f"max_len has to be at most {LONGEST:,}, got {longest:,}")
    if not isinstance(causal, bool):
        raise CompileError(f"causal has to be True or False, got {causal!r}")
    if not isinstance(vocab, Iterable):
        raise VocabularyError(f"vocab has to be a collection of tokens, got {type_name(vocab)}")
    return longest


def _checked_dtype(dtype: object) -> DType:
    """Its name; a dtype of torch or NumPy is known by its own."""
    home = (dtype if isinstance(dtype, type) else type(dtype)).__module__.partition(".")[0]
    name: object = dtype
    if home in ("numpy", "torch"):
        name = getattr(dtype, "__name__", str(dtype)).removeprefix("torch.")
    for known in ("auto", "float32", "float64"):
        if name == known:
            return known
    raise CompileError(f"dtype has to be auto, float32 or float64, got {dtype!r}")


def _check_time_limit(time_limit: float | None) -> None:
    if time_limit is None:
        return
    if isinstance(time_limit, bool) or not isinstance(time_limit, (int, float)):
        raise RaspTypeError(
            f"time_limit has to be a number of seconds, got {type_name(time_limit)}"
        )
    if not time_limit > 0:
        raise CompileError(f"time_limit has to be above 0, got {time_limit!r}")


def _check_dial(dtype: DType, rotate: int | None, width: int | None) -> None:
    if rotate is not None and (type(rotate) is not int or rotate < 0):
        raise CompileError(f"rotate has to be a seed, a whole number from 0 on, got {rotate!r}")
    if width is not None and (type(width) is not int or width < 1):
        raise CompileError(f"width has to be a whole number from 1 on, got {width!r}")
    if dtype == "float32" and not (rotate is None and width is None):
        raise CompileError("a model whose residual stream is rotated or squeezed is in float64")


def _sop(value: object) -> SOp:
    if not isinstance(value, SOp):
        raise RaspTypeError(f"expected an s-op, got {type_name(value)}", hint=_hint_on(value))
    return value


def _hint_on(value: object) -> str | None:
    """Where the s-op is that was meant by something else."""
    from rasp.program import Program

    match value:
        case str() | Path():
            return (
                'a program is loaded before: load("program.rasp")["name"], or loads(text)["name"]'
            )
        case Program(names=names):
            sops = [name for name in names if isinstance(value[name], SOp)]
            return f"its s-ops have names: {', '.join(sops[:5])}" if sops else None
        case Selector():
            return "a selector is read by aggregate or by selector_width, which are s-ops"
        case _:
            return None


def _program_text(sop: SOp) -> tuple[str | None, Source | None]:
    """The name of the s-op and the program text that binds it, where there is one.

    A text is taken only if it gives this very s-op, on its own and under this name.  Of a program
    in one text this is known; of several texts, as in a session, each is tried.
    """
    from rasp.program import loads

    if sop.name is None:
        return None, None
    if known := sop.origins.text(sop.name, sop.node):
        return sop.name, known
    for source in _sources(sop):
        try:
            value = loads(source.text, name=source.name)[sop.name]
        except RaspError:
            continue
        if isinstance(value, SOp) and value.node is sop.node:
            return sop.name, source
    return sop.name, None


def _sources(sop: SOp) -> list[Source]:
    """The texts in which the s-op and what it is made of were written, its own first."""
    sources: dict[int, Source] = {}
    for node in reversed(topological([sop.node])):
        for span in sop.origins.spans(node):
            sources.setdefault(id(span.source), span.source)
    return list(sources.values())

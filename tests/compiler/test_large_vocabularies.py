"""Hundreds of words: orders of them are counted by digits, and values are put out of codes."""

from __future__ import annotations

import random

import pytest

import rasp
import rasp.api
from rasp.compiled import CompiledModel
from rasp.compiler.options import Optimize
from rasp.errors import CompileError, RaspError
from rasp.meaning import proof
from rasp.meaning.attended import Attended
from rasp.sop import SOp

WORDS = [f"w{number:03}" for number in range(1_000)]

SORT = """
earlier = select(tokens, tokens, ==) and select(indices, indices, <);
target = selector_width(select(tokens, tokens, <) or earlier);
x = aggregate(select(target, indices, ==), tokens);
"""
DISTINCT = """
first = aggregate(select(tokens, tokens, ==) and select(indices, indices, <), False, True);
rank = selector_width(select(tokens, tokens, <) and select(first, True, ==));
x = aggregate(select(rank, indices, ==) and select(first, True, ==), tokens, "-");
"""
REVERSE = "x = aggregate(select(indices, length - 1 - indices, ==), tokens);"
BEFORE = 'x = aggregate(select(indices, indices - 1, ==), tokens, "-");'
SMALLER = "x = selector_width(select(tokens, tokens, <));"
SOME = 'x = aggregate(select(tokens, "w007", !=), tokens, "-");'


def loaded(text: str) -> SOp:
    sop = rasp.loads(text)["x"]
    assert isinstance(sop, SOp)
    return sop


def outcome(run: CompiledModel | SOp, words: list[str]) -> object:
    try:
        return run(words)
    except RaspError:
        return "an error"


def check(model: CompiledModel, sop: SOp, vocabulary: list[str], max_len: int) -> None:
    assert model.certificate.rounding.ok
    draw = random.Random(0)
    for length in (1, 2, max_len // 2, max_len - 1, max_len):
        for words in (vocabulary, vocabulary[:3], vocabulary[-40:], vocabulary[:1]):
            given = [draw.choice(words) for _ in range(length)]
            assert outcome(model, given) == outcome(sop, given)


@pytest.mark.parametrize(
    ("text", "n_words", "max_len", "optimize", "most"),
    [
        (SORT, 1_000, 64, "patterns", 460_000),  # by one-hots 29 million
        (SORT, 140, 8, "size", 20_000),
        (DISTINCT, 256, 16, "patterns", 60_000),  # 1.5 million
        (DISTINCT, 140, 8, "size", 16_000),
        (SMALLER, 256, 16, "patterns", 30_000),  # 340,000
        (REVERSE, 1_000, 16, "patterns", 60_000),  # 7 million
        (BEFORE, 1_000, 16, "patterns", 60_000),
        (SOME, 200, 8, "patterns", 8_500),
        (REVERSE, 20, 16, "size", 1_250),
    ],
)
def test_size_and_values(
    text: str, n_words: int, max_len: int, optimize: Optimize, most: int
) -> None:
    sop, vocabulary = loaded(text), WORDS[:n_words]
    model = rasp.compile(sop, vocab=vocabulary, max_len=max_len, optimize=optimize)
    assert model.report.n_parameters <= most
    check(model, sop, vocabulary, max_len)


@pytest.mark.parametrize("text", [SORT, DISTINCT, REVERSE, BEFORE, SMALLER, SOME])
@pytest.mark.parametrize("causal", [False, True])
def test_meaning_is_proved_for_codes_and_digits(text: str, causal: bool) -> None:
    model = rasp.compile(loaded(text), vocab=WORDS[:140], max_len=5, causal=causal)
    assert model.certificate.ok
    assert model.certificate.meaning.ok


@pytest.mark.parametrize(
    ("n_words", "optimize", "held"),
    [(20, "patterns", "one-hot"), (20, "size", "5 features"), (200, "patterns", "8 features")],
)
def test_how_values_are_held(n_words: int, optimize: Optimize, held: str) -> None:
    text = rasp.api.emit(
        loaded(REVERSE), "encodings", vocab=WORDS[:n_words], max_len=4, optimize=optimize
    )
    (line,) = [line for line in text.splitlines() if line.startswith("x ")]
    assert held in line


@pytest.mark.parametrize("n_words", [3, 4, 5, 6, 7, 8, 9])
def test_codes_tell_where_selected_values_differ(n_words: int) -> None:
    vocabulary = WORDS[:n_words]
    sop = loaded(SOME.replace("w007", "w000"))
    model = rasp.compile(sop, vocab=vocabulary, max_len=5, optimize="size")
    draw = random.Random(n_words)
    for _ in range(150):
        few = draw.sample(vocabulary, min(n_words, draw.randint(1, 3)))
        words = [draw.choice(few) for _ in range(draw.randint(1, 5))]
        assert outcome(model, words) == outcome(sop, words)
    assert model.certificate.meaning.ok


WRONG = [
    # the rank is one among keys that the selected ones need not belong to
    DISTINCT.replace(" and select(first, True, ==), tokens,", ", tokens,"),
    # and one among others for each query
    DISTINCT.replace("and select(first, True, ==));", "and select(indices, indices, <=));"),
]


@pytest.mark.parametrize("text", WRONG)
def test_ranks_among_other_keys_prove_nothing(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    agrees = Attended._agrees

    def noted(space: Attended, node: object) -> bool:
        found = agrees(space, node)  # type: ignore[arg-type]
        asked.append((node, found))
        return found

    monkeypatch.setattr(Attended, "_agrees", noted)
    sop = loaded(text)
    model = rasp.compile(sop, vocab=WORDS[:5], max_len=4)
    assert asked
    assert not dict(asked)[sop.node]
    check(model, sop, WORDS[:5], 4)


def test_what_is_compared_is_named_where_it_is_too_much() -> None:
    sop = rasp.loads("x = selector_width(select(tokens, tokens + tokens, <));")["x"]
    message = "tokens has 5,000 possible values, and tokens 5,000: these are too many pairs"
    with pytest.raises(CompileError, match=message) as found:
        rasp.compile(sop, vocab=[f"w{number}" for number in range(5_000)], max_len=2)
    assert found.value.labels


BESIDE = 'p = aggregate(select(indices, indices - 1, ==), tokens, "w000");'


@pytest.mark.parametrize(
    "text",
    [
        'x = tokens != tokens[0] and tokens != "w005";',
        'x = tokens == tokens[0] or tokens in ["w005", "w007", "w011"];',
        'x = (1 if tokens == "w007" else 2) if tokens == tokens[0] else 3;',
        f'{BESIDE} x = p != tokens and p != "w001" and tokens != "w002";',
        f'{BESIDE} x = p == tokens and p != "w001";',
    ],
)
def test_words_that_are_compared_beside_what_one_of_them_is(text: str) -> None:
    """A condition for each of forty words took more than 24,000 parameters."""
    sop, some = loaded(text), WORDS[:40]
    model = rasp.compile(sop, vocab=some, max_len=12)
    assert model.report.n_parameters < 1_000
    assert model.certificate.meaning.ok
    check(model, sop, some, 12)


@pytest.mark.parametrize(
    ("text", "sublayers", "most"),
    [
        ('x = tokens if tokens == tokens[0] else "-";', "af", 6_800),  # 27,000
        ("x = tokens == tokens[0] or tokens == tokens[1];", "aff", 700),  # 40,000
        (
            'x = tokens if tokens[1] == tokens else ("-" if tokens[0] == tokens else 1);',
            "af",
            6_600,
        ),
    ],
)
def test_choices_by_whether_two_words_are_the_same(text: str, sublayers: str, most: int) -> None:
    """What is compared is computed before; what is not there, a 0, is in the order of the words."""
    sop, vocabulary = loaded(text), WORDS[:40]
    model = rasp.compile(sop, vocab=vocabulary, max_len=6)
    assert model.report.sublayers == sublayers
    assert model.report.n_parameters <= most
    assert model.certificate.meaning.ok
    check(model, sop, vocabulary, 6)


def test_a_comparison_with_the_word_before_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether two words are the same is a difference of places in an order; that it is what the
    program asks is seen where words are taken one by one, which is done where nothing else proves
    it."""
    sop = loaded(BESIDE + " x = p == tokens;")
    model = rasp.compile(sop, vocab=WORDS[:260], max_len=6)
    assert model.certificate.meaning.ok
    monkeypatch.setattr(proof, "ONCE_MORE", float("inf"))
    assert not rasp.compile(sop, vocab=WORDS[:260], max_len=6).certificate.meaning.ok

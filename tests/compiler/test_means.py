"""Means of many different values: read out as fractions, and functions of them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import pytest

import rasp
from rasp.checkpoint import from_bytes, to_bytes
from rasp.compiled import CompiledModel
from rasp.errors import CompileError, RaspRuntimeError
from rasp.interpreter import evaluate
from rasp.sop import SOp
from rasp.testing.limits import LIMITS, OF_TYPES, lowered

OVER_EQUAL = "aggregate(select(tokens, tokens, ==), indices)"
SO_FAR = "aggregate(select(indices, indices, <=), tokens_int)"
EARLIER = "select(tokens, tokens, ==) and select(indices, indices, <)"
DIGITS = "0123456789"


def compiled(
    expression: str, max_len: int, vocab: Sequence[str] = DIGITS, *, causal: bool = False
) -> CompiledModel:
    sop = rasp.loads(f"x = {expression};")["x"]
    assert isinstance(sop, SOp)
    return rasp.compile(sop, vocab=vocab, max_len=max_len, causal=causal)


def check(model: CompiledModel, seed: int = 0) -> None:
    """The model is the interpreter, also when it has been stored, on inputs of awkward lengths."""
    assert model.report.certificate.ok
    chance = random.Random(seed)
    tokens, longest = list(model.artifact.vocabulary.tokens), model.max_len
    lengths = [1, 2, 3, *(chance.randint(1, longest) for _ in range(12)), longest - 1, longest]
    inputs = [chance.choices(tokens, k=length) for length in lengths]
    inputs += [chance.choices(tokens[:2], k=longest), [tokens[-1]] * longest]
    wanted = evaluate(model.specification.node, inputs, causal=model.artifact.config.causal)
    assert model.batch(inputs) == wanted
    assert from_bytes(to_bytes(model)).batch(inputs) == wanted


def test_prefix_means_compared_with_the_one_before() -> None:
    # The one before was listed as any multiple of 1/27720, and this was refused.
    before = f"aggregate(select(indices, indices - 1, ==), {SO_FAR}, 2.5)"
    model = compiled(f"{SO_FAR} > {before}", 12, "01", causal=True)
    check(model)
    assert model.certificate.meaning.ok
    assert model.report.n_parameters < 400


@pytest.mark.parametrize(
    ("expression", "max_len"),
    [
        (OVER_EQUAL, 60),
        (OVER_EQUAL, 256),
        (SO_FAR, 256),
        ("aggregate(select(tokens, tokens, <=), indices)", 67),
        ("aggregate(select(tokens, tokens, <=), tokens_int)", 199),
        (f"aggregate({EARLIER}, indices, -1)", 53),
        (f"aggregate({EARLIER}, indices, 0.25)", 53),
        (f"aggregate({EARLIER}, indices, -1000)", 53),
        (f"aggregate({EARLIER}, indices, 1 / 3)", 61),
        ("aggregate(select(tokens, tokens, !=), indices, -0.5)", 59),
        ("aggregate(select(indices, indices, >), tokens_int, 2)", 83),
        ("aggregate(select(tokens, tokens, ==), 3 * indices + 7)", 61),
        ("aggregate(select(tokens, tokens, ==), -indices)", 61),
        ("aggregate(select(tokens, tokens, ==), indices / 2)", 61),
        ("aggregate(select(tokens, tokens, ==), indices % 50)", 61),
        ("aggregate(full_s, tokens_int * indices)", 64),
    ],
)
def test_means_of_many_values_are_exact(expression: str, max_len: int) -> None:
    model = compiled(expression, max_len)
    assert model.report.sublayers in ("a", "fa")
    check(model)


@pytest.mark.parametrize(
    ("expression", "max_len"),
    [
        (f"{OVER_EQUAL} + 1", 67),
        (f"7 - 3 * {OVER_EQUAL}", 67),
        (f"{OVER_EQUAL} / 2 - indices", 67),
        (f"{OVER_EQUAL} - aggregate(select(tokens, tokens, ==), tokens_int)", 53),
        (f"{SO_FAR} - aggregate(select(indices, indices, <=), indices)", 53),
        (f"{OVER_EQUAL} + {SO_FAR}", 61),
        (f"{SO_FAR} + selector_width(select(tokens, tokens, ==))", 53),
    ],
)
def test_sums_with_such_means_need_no_neurons(expression: str, max_len: int) -> None:
    model = compiled(expression, max_len)
    assert model.report.sublayers == "a"
    assert model.artifact.readout.kind == "parts"
    assert model.report.certificate.ok
    assert rasp.verify(model, samples=60, seed=2).ok
    assert rasp.verify(from_bytes(to_bytes(model)), samples=20, seed=3).ok


@pytest.mark.parametrize(
    ("expression", "max_len", "sublayers"),
    [
        (f"round({OVER_EQUAL})", 73, "af"),
        (f"{OVER_EQUAL} > 10", 73, "af"),
        (f"{OVER_EQUAL} == 3", 73, "af"),
        (f"{OVER_EQUAL} % 2 == 0", 61, "af"),
        (f"round({SO_FAR})", 89, "af"),
        (f'tokens if {OVER_EQUAL} > 10 else "x"', 61, "af"),
        (f'{OVER_EQUAL} if tokens == "1" else 0', 61, "a"),
        (f"aggregate({EARLIER}, indices, -1) > 10", 61, "af"),
    ],
)
def test_functions_of_means_of_many_values(expression: str, max_len: int, sublayers: str) -> None:
    model = compiled(expression, max_len)
    assert model.report.sublayers == sublayers
    check(model)


def test_a_mean_over_a_number_of_keys_that_is_known_is_a_multiple() -> None:
    model = compiled(SO_FAR, 200)
    assert model.artifact.readout.context == "i"
    assert model.report.dtype == "float32"
    assert model.artifact.readout.value_margin == pytest.approx(1 / 400, rel=0.01)


def test_integers_are_as_in_a_short_model() -> None:
    long, short = compiled(OVER_EQUAL, 100), compiled(OVER_EQUAL, 10)
    assert (long.artifact.readout.kind, short.artifact.readout.kind) == ("fraction", "numeric")
    text = "1213141501"
    assert str(long(text)) == str(short(text)) == "[4.2, 1, 4.2, 3, 4.2, 5, 4.2, 7, 8, 4.2]"


def test_causal_models() -> None:
    check(compiled("aggregate(select(tokens, tokens, ==), indices)", 90, causal=True))


def test_what_is_too_much_is_counted_and_not_multiplied_out() -> None:
    with pytest.raises(CompileError) as raised:
        compiled(f"round({OVER_EQUAL})", 256)
    # The fractions that are means of m different indices below 256, for m up to 256.
    assert "1.7e+06 joint values" in raised.value.message


def test_a_checkpoint_does_not_list_what_it_can_compute() -> None:
    model = compiled(OVER_EQUAL, 60)
    assert model.artifact.readout.values == ()
    assert len(to_bytes(model)) < 60_000


@pytest.mark.parametrize(
    ("text", "max_len", "what"),
    [
        ("aggregate(select(tokens, tokens, ==), indices) * indices % 7", 60, "joint values"),
        (
            "round(aggregate(select(tokens, tokens, ==) and select(indices, indices, <),"
            " indices * 2 + 1, 0.5) * 100003) % 7",
            61,
            "too many neurons",
        ),
    ],
)
def test_functions_that_would_be_searched_for_long_are_refused(
    text: str, max_len: int, what: str
) -> None:
    with pytest.raises(rasp.CompileError, match=what) as failure:
        rasp.compile(rasp.loads(f"x = {text};")["x"], vocab="abcdefghij", max_len=max_len)
    assert failure.value.span is not None


CENTRES = (
    "x = d * d;",
    "x = d;",
    "x = abs(d) < 3;",
    'x = tokens if d > 0 else "-";',
    "x = round(2 * d) % 3;",
    "x = round(m) == indices;",
    "x = average(indices * indices) - m * m;",
    "x = aggregate(select(indices, indices, >=), indices) - indices;",
    "near = select(indices, indices - 2, >=) and select(indices, indices + 2, <=);\n"
    "x = indices - aggregate(near, indices);",
    "near = select(indices, indices, >=) and select(indices, indices + 2, <=);\n"
    "x = aggregate(near, indices % 3);",
    'x = aggregate(select(d, -d, ==), tokens, "-");',
)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("text", CENTRES)
def test_index_and_length_say_what_means_of_indices_are(text: str, causal: bool) -> None:
    sop = rasp.loads("m = average(indices);\nd = indices - m;\n" + text)["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="ab", max_len=7, causal=causal)
    assert model.report.certificate.ok
    assert model.report.certificate.meaning.ok
    assert rasp.verify(model, exhaustive=True).ok


def test_a_mean_of_all_indices_is_as_small_as_half_the_length() -> None:
    sop = rasp.loads("m = average(indices);\nd = indices - m;\nx = d * d;")["x"]
    assert isinstance(sop, SOp)
    model = rasp.compile(sop, vocab="ab", max_len=40)
    assert model.report.n_parameters < 1_000
    assert model.report.certificate.meaning.ok
    assert rasp.verify(model, samples=100).ok


def test_a_part_of_unknown_type_is_no_part_of_large_numbers() -> None:
    """A mean may be an int or a float; less a number near 2^61 these are two numbers."""
    sop = rasp.loads(
        "x = average(tokens_asis) if indices == 0 else 2251799813685248;"
        "result = x - tokens_asis * tokens_asis;"
    )["result"]
    assert isinstance(sop, SOp)
    numbers = [1699999998, 1700000002, 1699999997]
    model = rasp.compile(sop, vocab=numbers, max_len=3)
    assert model.report.certificate.ok
    inputs = [[a] for a in numbers] + [[a, b] for a in numbers for b in numbers]
    assert list(map(repr, model.batch(inputs))) == list(map(repr, evaluate(sop.node, inputs)))


def test_what_fails_beside_a_result_that_is_put_together_is_noticed() -> None:
    """The result is put together from a mean and a constant; the quotient by which it is not
    divided, since no key is selected, has a zero below it at position 1 all the same."""
    sop = rasp.loads(
        "m = average(tokens_int);"
        "result = m / (1 + aggregate(select(indices, 99, ==), m / (indices - 1), 5));"
    )["result"]
    model = rasp.compile(sop, vocab="124", max_len=3)
    assert model("4") == sop("4")
    with pytest.raises(RaspRuntimeError, match="division by zero"):
        model("42")


def test_a_mean_of_unknown_type_is_not_multiplied_beyond_all_integers_of_floats() -> None:
    """It is 3 or 3.0, and three times an odd number is beyond 2^53."""
    means = "m = aggregate(select(tokens, tokens, ==), average(tokens_asis) * (indices + 1));"
    few = rasp.loads(f"{means} result = m * 3;")["result"]
    with lowered(OF_TYPES):
        model = rasp.compile(few, vocab=[3, 5, 7], max_len=3)
    assert model.artifact.readout.by_rule
    assert model([3]) == [9]
    many = rasp.loads(f"{means} result = m * 3002399751580331;")["result"]
    with lowered(OF_TYPES), pytest.raises(CompileError, match="whether m is an int or a float"):
        rasp.compile(many, vocab=[3, 5, 7], max_len=3)


@pytest.mark.parametrize(
    "text",
    [
        "m = average(tokens_int); result = average(tokens_int * tokens_int) - m * m;",
        "m = average(tokens_int); result = m * indices + average(tokens_int * tokens_int);",
        'm = average(tokens_int); result = (m if tokens == "1" else 2) + length - m;',
        "m = average(tokens_int); result = m * m + selector_width(select(tokens, tokens, ==));",
    ],
)
def test_products_and_choices_in_a_sum_are_ints_where_the_program_has_ints(text: str) -> None:
    """The variance of "22" is the int 0: it was put out as 0.0."""
    sop = rasp.loads(text)["result"]
    model = rasp.compile(sop, vocab="123", max_len=4)
    assert not model.artifact.readout.by_rule
    assert model.certificate.meaning.ok
    for length in (1, 2, 4):
        for tokens in itertools.product("123", repeat=length):
            assert repr(model(tokens)) == repr(sop(tokens))


READ = "m = aggregate(select(indices, indices, <=), tokens_int); r = aggregate(select"


@pytest.mark.parametrize(
    "text",
    [
        f"{READ}(indices, 0, ==), m); x = r;",
        f"{READ}(indices, indices - 1, ==), m, 7); x = r * 2 + m;",
        f"{READ}(indices, length - 1, ==), m); x = aggregate(select(indices, 0, ==), r);",
        f"{READ}(indices, indices - 1, ==), m, 1.0); x = r;",
        f"{READ}(indices, 0, ==), m); x = m[0];",
    ],
)
def test_means_that_are_read_are_ints_where_the_program_has_ints(text: str) -> None:
    """Their types were those of the rule for means, though a head can read what tells them."""
    sop = rasp.loads(text)["x"]
    model = rasp.compile(sop, vocab="012", max_len=3)
    assert not model.artifact.readout.by_rule
    assert model.certificate.meaning.ok
    for length in (1, 2, 3):
        for tokens in itertools.product("012", repeat=length):
            assert repr(model(tokens)) == repr(sop(tokens))
    assert from_bytes(to_bytes(model)).certificate.meaning.ok


@pytest.mark.parametrize("default", ["0", "0.5", "-3"])
def test_a_mean_of_floats_is_read_elsewhere_with_any_default(default: str) -> None:
    """What tells an int default from the floats was computed from a list of all means."""
    mean = "m = average(tokens_asis); "
    sop = rasp.loads(f"{mean}x = aggregate(select(indices, indices - 1, ==), m, {default});")["x"]
    too_many = [limit for limit in LIMITS if limit.name in ("MAX_MEAN_PAIRS", "MAX_SUMS")]
    with lowered(too_many):
        model = rasp.compile(sop, vocab=[0.5, 1.0, 4.0], max_len=2)
    assert model.certificate.meaning.ok
    for length in (1, 2):
        for tokens in itertools.product([0.5, 1.0, 4.0], repeat=length):
            assert repr(model(tokens)) == repr(sop(tokens))

"""How many keys stand behind a place that is read: counts up to the query, and up to the place."""

from __future__ import annotations

import pytest

import rasp

LAST = 'last(select(tokens, "|", ==))'


@pytest.mark.parametrize(
    ("place", "asked", "most"),
    [
        (f"aggregate({LAST}, indices, -1)", "select(indices, r, >)", 450),  # 30,000 by indices
        (f"fetch({LAST}, indices, 0)", "select(indices, r, <=)", 2_100),
        (f"aggregate({LAST}, indices, -1)", "select(indices, r, <)", 700),
        (f"fetch({LAST}, indices, 0)", "select(indices, r, >=)", 1_000),
    ],
)
def test_few_parameters(place: str, asked: str, most: int) -> None:
    either = 'select(tokens, "a", ==) or (select(tokens, "b", !=) and not select(tokens, "|", ==))'
    program = rasp.loads(f"r = {place}; x = selector_width(({either}) and {asked});")
    model = rasp.compile(program["x"], vocab="abc|", max_len=33, causal=True)
    assert model.report.n_parameters <= most
    assert model.report.sublayers == "aa"
    assert model.certificate.ok
    assert model.certificate.meaning.ok
    assert rasp.verify(model, exhaustive=True, max_length=4).ok
    assert rasp.verify(model, samples=30).ok

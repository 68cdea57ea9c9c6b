"""The state of a lowering: entries are written once, and what is given up leaves no trace."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

import rasp
from rasp.compiler.facts.contexts import Contexts
from rasp.compiler.lowering import places, steps
from rasp.compiler.lowering.elementwise import lower_elementwise
from rasp.compiler.lowering.lower import begin, lower
from rasp.compiler.lowering.once import Latest, Once
from rasp.compiler.lowering.state import Lowering
from rasp.compiler.options import FAITHFUL
from rasp.compiler.selection.candidates import Refusal
from rasp.compiler.selection.selectors import Term
from rasp.compiler.variables import Computed, Width
from rasp.errors import CompileError
from rasp.graph.nodes import Aggregate, Elementwise, SOpNode
from rasp.graph.origins import Origins
from rasp.vocabulary import Vocabulary

COUNT = "def count_of(x) { return selector_width(select(tokens, x, ==)); }\n"
PLACE = 'result = aggregate(select(indices, count_of("+") - indices, ==), tokens, "");'


def node_of(text: str) -> SOpNode:
    node: SOpNode = rasp.loads(COUNT + text)["result"].node
    return node


def begun(max_len: int = 12) -> Lowering:
    return begin(Vocabulary.of("01+"), Contexts(max_len, False), Origins())


def contents(lowering: Lowering) -> dict[str, object]:
    """All entries of all tables."""
    return {
        name: list(table.items()) if isinstance(table, dict) else list(table)
        for name, table in vars(lowering).items()
        if isinstance(table, (dict, list, set))
    }


def test_an_entry_is_written_once() -> None:
    table: Once[str, int] = Once()
    table["a"] = 1
    with pytest.raises(AssertionError, match="known already"):
        table["a"] = 2
    copied = table.copy()
    copied["b"] = 2
    assert "b" not in table
    with pytest.raises(AssertionError, match="known already"):
        copied["a"] = 2


def test_the_latest_decision_stands() -> None:
    first, second = {"a": 1, "b": 2}, {"b": 3}
    latest = Latest(first, second)
    assert (latest["a"], latest["b"], latest.get("c")) == (1, 3, None)
    assert dict(latest) == {"a": 1, "b": 3}
    assert len(latest) == 2
    assert "c" not in latest


def test_what_is_tried_on_a_child_is_not_seen_before_it_is_adopted() -> None:
    lowering = begun()
    child = lowering.child()
    node = node_of('result = count_of("0");')
    child.run(node)
    assert node not in lowering.known
    assert len(lowering.variables) == 3
    lowering.adopt(child)
    assert lowering.known[node].leaves[0].node is node


def test_a_place_that_is_given_up_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that is found to be too much, when much has been lowered for it already."""
    node = node_of(PLACE)
    assert isinstance(node, Aggregate)
    lowering = begun()
    lowering.run(node.selector.query)  # type: ignore[union-attr]
    before = contents(lowering)

    def give_up(*_: object) -> None:
        raise CompileError("too much")

    monkeypatch.setattr(places, "_products", give_up)
    given_up = places.place_term(lowering, node.selector)
    assert isinstance(given_up, Refusal)
    assert given_up.reason == "too much"
    assert contents(lowering) == before
    monkeypatch.undo()
    assert isinstance(places.place_term(lowering, node.selector), Term)
    assert contents(lowering) != before


def test_steps_that_do_not_pay_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two parts, each with a value for all that it is made of, are more than three counts."""
    node = node_of(
        'a = count_of("0");\nb = count_of("1");\nc = count_of("+");\n'
        "result = (a + 13 * b) ^ 2 * (b + 13 * c) ^ 2;"
    )
    assert isinstance(node, Elementwise)
    monkeypatch.setattr(steps, "has_one_layer", lambda lowering, part, leaves: part is not node)
    lowering = begin(
        Vocabulary.of("01+"), Contexts(12, False), Origins(), replace(FAITHFUL, steps=True)
    )
    for operand in node.operands:
        lowering.run(operand)
    before, tried = contents(lowering), []
    child = lowering.child

    def watched() -> Lowering:
        tried.append(child())
        return tried[-1]

    monkeypatch.setattr(lowering, "child", watched)
    known = lower_elementwise(lowering, node)
    assert len(known.leaves) == 3
    assert len(tried) == 1
    assert tried[0].stepped
    assert contents(lowering) == before


def test_nothing_that_is_lowered_can_be_changed() -> None:
    node = node_of('result = count_of("0") > count_of("1");')
    lowered = lower(node, Vocabulary.of("01"), Contexts(5, False), Origins())
    (width, *_) = [variable for variable in lowered.variables if isinstance(variable, Width)]
    with pytest.raises(FrozenInstanceError):
        width.depth = 3  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        lowered.variables = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        lowered.known[node] = lowered.known[node]  # type: ignore[index]


def test_readings_are_a_choice_that_can_be_tried() -> None:
    node = node_of('a = count_of("0");\nb = count_of("1");\nresult = (a * b) % 3;')
    lowered = lower(node, Vocabulary.of("01"), Contexts(5, False), Origins())
    widths = [variable for variable in lowered.variables if isinstance(variable, Width)]
    assert widths
    assert all(map(lowered.readings.is_linear, widths))
    faithful = type(lowered.readings)()
    assert not any(map(faithful.is_linear, widths))
    tried = faithful.linearly(widths[:1])
    assert tried.of(widths[0]).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert not faithful.is_linear(widths[0])
    assert faithful.of(widths[0])[0] == 1.0


def test_what_is_lowered_has_a_text() -> None:
    node = node_of('result = count_of("0") / count_of("1");')
    lowered = lower(node, Vocabulary.of("01"), Contexts(5, False), Origins())
    text = lowered.to_text()
    assert sum(isinstance(variable, Computed) for variable in lowered.variables) >= 1
    assert "Width" in text
    assert "read as it is" in text
    assert "check division by zero" in text


@pytest.mark.parametrize("values", ["tokens", "indices", "round(indices / 2)"])
def test_what_is_never_selected_takes_no_layer(values: str) -> None:
    text = f"result = aggregate(select(indices, length, ==), {values}, -1);"
    model = rasp.compile(rasp.loads(text)["result"], vocab="01", max_len=4)
    assert model.report.sublayers == ""
    assert model("0110") == [-1] * 4

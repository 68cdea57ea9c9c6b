"""Pages in a real browser: they load, ask for nothing, and everything can be chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from rasp.explorer import page
from rasp.explorer.data import Head, Neurons
from rasp.explorer.gather import gather
from tests.explorer.browser import Opened, started
from tests.explorer.pages import HOSTILE, by_hand, model

Open = Callable[..., Opened]
FIRST_HEAD = "attention 1, head 0: place (equal_earlier)"


def last_head() -> tuple[int, str]:
    """Of the sorting model: its number among all heads, and its title."""
    exploration = gather(model("sorted"), "cabca")
    (number,) = (n for n, head in enumerate(exploration.heads) if head.label == "sorted")
    head = exploration.heads[number]
    steps = exploration.steps[: head.step + 1]
    layer = sum(step.kind == "attention" for step in steps)
    return number, f"attention {layer}, head {head.number}: sorted"


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with started(tmp_path_factory.mktemp("profile")) as chrome:
        yield chrome


@pytest.fixture
def opened(chrome: webdriver.Chrome, tmp_path: Path) -> Iterator[Open]:
    """Opens pages; afterwards none of them may have had a problem or asked for anything."""
    pages: list[Opened] = []

    def open_page(
        name: str, tokens: Any, place: str = "", *, causal: bool = False, frame: bool = False
    ) -> Opened:
        compiled = by_hand() if name == "by hand" else model(name, causal=causal)
        made = page(compiled, tokens)
        path = tmp_path / f"{name}.html"
        if frame:
            path.write_text(f"<!doctype html><title>frame</title>{made._repr_html_()}", "utf-8")
        else:
            made.save(path)
        pages.append(Opened(chrome, path, place))
        return pages[-1]

    yield open_page
    last = pages[-1]
    assert last.problems() == []
    assert [url for url in last.requests() if not url.startswith(last.url)] == []


def test_it_begins_with_the_first_head(opened: Open) -> None:
    shown = opened("sorted", "cabca")
    assert shown.chrome.title == "sorted – RASP explorer"
    assert shown.title == FIRST_HEAD
    assert shown.text("#step-name") == "attention 1"
    assert shown.text("#position-name") == '"c" at 0'
    answers = [cell.text for cell in shown.all("#map .answer td")]
    assert answers == ["", '"a"', '"a"', '"b"', '"c"', '"c"']
    assert [cell.text for cell in shown.all("#map .oracle td")] == answers
    assert "gives what the interpreter gives" in shown.text(".verdict")
    account = [row.text for row in shown.all("#account tbody tr")]
    blocks = model("sorted").artifact.config.blocks
    compiled = [
        str(sum(block.n_heads > 0 for block in blocks)),
        ", ".join(str(block.n_heads) for block in blocks if block.n_heads),
        "".join("a" * (block.n_heads > 0) + "f" * (block.d_mlp > 0) for block in blocks),
    ]
    theory = ["attention 2", "heads 2, 1", "sublayers afa"]
    assert account == [" ".join(row) for row in zip(theory, compiled, strict=True)]


def test_a_head(opened: Open) -> None:
    shown = opened("sorted", "cabca")
    number, title = last_head()
    shown.one(f'#map [data-row="h{number}"]').click()
    assert shown.title == title
    one_hot = {0: 1, 1: 4, 2: 2, 3: 0, 4: 3}  # query -> key
    expected = [["1" if one_hot[q] == k else "·" for k in range(5)] for q in range(5)]
    assert shown.grid("The selector") == expected
    pattern = [["1" if row[k] == "1" else "0" for k in range(5)] for row in expected]
    bos = ["1", "0", "0", "0", "0", "0"]
    assert shown.grid("The attention pattern") == [bos, *(["0", *row] for row in pattern)]
    assert len(shown.grid("Scores")) == 6
    assert len(shown.grid("W_Q W_Kᵀ")) > 1
    assert shown.grid("Written")[0][1:] == ["1", "1", "0", "0", "0"]  # sorted == "a"
    assert [mark.text for mark in shown.all("#source mark")] == [
        "aggregate(select(place, indices, ==), tokens)"
    ]
    # The arithmetic of another position, chosen in the table of the model.
    (cell,) = [c for c in shown.all("#map .chosen td") if c.get_attribute("data-position") == "3"]
    cell.click()
    assert shown.text("#position-name") == '"b" at 2'
    assert "It attends to" in shown.text("#detail")


def test_the_chosen_query_can_be_followed(opened: Open) -> None:
    shown = opened("histogram", "abca", "#h0.4")
    assert shown.text("#position-name") == '"a" at 3'
    # 8 of BOS against 1 and 1 of the two keys: 8 / 10.
    assert shown.grid('The query "a" at 3') == [
        ["2.08", "0.8", "1"],
        ["0", "0.1", "0"],
        ["0", "0.1", "0"],
        ["", "1", "0.8"],
    ]
    assert len(shown.all("#map svg path.mine")) == 3
    shown.one("#position-back").click()
    assert shown.text("#position-name") == '"c" at 2'
    assert len(shown.all("#map svg path.mine")) == 2


def test_a_comparison_of_tokens_is_a_matrix(opened: Open) -> None:
    shown = opened("histogram", "abca", "#h0.4")
    scores = shown.grid("Scores by value")
    assert [[cell == "0" for cell in row] for row in scores] == [
        [q == k for k in range(3)] for q in range(3)
    ]


def test_exact_numbers_are_read_out(opened: Open) -> None:
    shown = opened("histogram", "abca", "#h0.4")
    figure = next(f for f in shown.all("figure") if f.text.startswith("Scores"))
    cell = figure.find_element(By.CSS_SELECTOR, "tbody td")
    cell.click()
    readout = figure.find_element(By.CSS_SELECTOR, ".readout")
    assert readout.text.startswith("BOS asks BOS: ")
    shown.press(Keys.ARROW_DOWN, Keys.ARROW_RIGHT)
    assert readout.text.startswith('"a" at 0 asks "a" at 0: 0')
    assert shown.text("#position-name") == '"a" at 3'  # arrows stay in the table


def test_a_direction(opened: Open) -> None:
    head, title = last_head()
    shown = opened("sorted", "cabca", f"#h{head}.1")
    written = next(b for b in shown.all("#detail .direction") if b.text == 'sorted == "a"')
    number = written.get_attribute("data-direction")
    written.click()
    assert shown.title == f'Direction {number}: sorted == "a"'
    values = shown.grid(f"Direction {number}")
    exploration = gather(model("sorted"), "cabca")
    writing = exploration.heads[head].step
    # After every sublayer: "a" is the first of the sorted tokens.
    assert [row[2] for row in values[: writing + 1]] == ["0"] * writing + ["1"]
    assert len(values) == len(exploration.steps)
    assert title.partition(":")[0] in shown.text("#detail")
    shown.press(Keys.ESCAPE)
    assert shown.title == title


def test_neurons(opened: Open) -> None:
    shown = opened("by hand", "abbab", "#n0.2")
    assert shown.title == "feed-forward 1, 3 neurons: neurons without a label"
    reads = {"reads direction 2": "0 0 1 1 0 1", "reads direction 3": "0 0 1 2 3 4"}
    writes = {"writes direction 6": "0 0 0 1 1 0", "writes direction 7": "0 0 2 2 0.5 3.5"}
    assert shown.headers("Read and written") == [*reads, *writes]
    assert shown.grid("Read and written") == [
        row.split() for row in (*reads.values(), *writes.values())
    ]
    assert shown.bold() == list(writes)
    assert shown.grid("Before the ReLU") == [
        ["−1", "−1", "0", "1", "2", "3"],
        ["−2.5", "−2.5", "−1.5", "−0.5", "0.5", "1.5"],
        ["−0.5", "−0.5", "0.5", "0.5", "−0.5", "0.5"],
    ]
    assert shown.grid("After the ReLU") == [
        ["0", "0", "0", "1", "2", "3"],
        ["0", "0", "0", "0", "0.5", "1.5"],
        ["0", "0", "0.5", "0.5", "0", "0.5"],
    ]


def test_the_function_of_neurons(opened: Open) -> None:
    """Drawn against each of the inputs, with the positions where the others are the same."""
    shown = opened("by hand", "abbab", "#n0.2")
    chooser = Select(shown.one("#swept"))
    assert [option.text for option in chooser.options] == ["direction 3", "direction 2"]
    curve = shown.one("svg.plot polyline").get_attribute("points")
    assert shown.dots() == [
        '"b" at 2: 2 gives 1',
        '"b" at 4: 4 gives 0',
        '"b" at 1: 1 gives 0',
        '"b" at 2: 2 gives 2',
        '"b" at 4: 4 gives 3.5',
        '"b" at 1: 1 gives 2',
    ]
    assert [len(dots) for dots in shown.distances()] == [3, 3]
    assert max(map(max, shown.distances())) < 0.1  # of 62 pixels
    assert "At 2 positions the other inputs differ" in shown.text("#detail")
    chooser.select_by_visible_text("direction 2")
    assert shown.one("svg.plot polyline").get_attribute("points") != curve
    assert shown.dots() == ['"b" at 1: 1 gives 0', '"b" at 1: 1 gives 2']
    assert max(map(max, shown.distances())) < 0.1
    assert "At 4 positions the other inputs differ" in shown.text("#detail")


def test_the_function_of_compiled_neurons(opened: Open) -> None:
    """The dots are the forward pass, the curve is what the weights say: they meet."""
    group = gather(model("sorted"), "cabca").neurons[0]
    shown = opened("sorted", "cabca", "#n0.2")
    assert f"{group.end - group.first} neurons: {group.label}" in shown.title
    chooser = Select(shown.one("#swept"))
    assert chooser.options
    for option in chooser.options:
        option.click()
        curves = shown.distances()
        assert len(curves) == min(8, len(group.writes))
        assert all(dots and max(dots) < 1.0 for dots in curves)  # of 62 pixels
        assert len(shown.all("svg.plot circle.mine")) == len(curves)
    for caption in ("Before the ReLU", "After the ReLU"):
        assert len(shown.grid(caption)) == group.end - group.first
    assert all(not cell.startswith("−") for row in shown.grid("After the ReLU") for cell in row)


def test_the_residual_stream(opened: Open) -> None:
    shown = opened("by hand", "abbab")
    shown.one('#map [data-row="s0"]').click()
    assert shown.title == "The embedding: the residual stream"
    embedded = {
        "direction 0": "1 0 0 0 0 0",
        "direction 1": "0 1 0 0 1 0",
        "direction 2": "0 0 1 1 0 1",
        "direction 3": "0 0 1 2 3 4",
    }
    attended = {
        "direction 4": "0.6 0.6 0.6 0.6 0.6 0.6",
        "direction 5": "2 2 2 2 2 2",
    }
    bias = {"direction 8": "3 3 3 3 3 3"}
    computed = {
        "direction 6": "0 0 0 1 1 0",
        "direction 7": "0 0 2 2 0.5 3.5",
    }

    def stream() -> dict[str, str]:
        caption = "The residual stream"
        rows = [" ".join(row) for row in shown.grid(caption)]
        return dict(zip(shown.headers(caption), rows, strict=True))

    assert list(stream().items()) == list(embedded.items())
    assert shown.bold() == []
    shown.one("#step-on").click()
    assert shown.title == "After attention 1: the residual stream"
    assert list(stream().items()) == list({**attended, **bias, **embedded}.items())
    assert shown.bold() == [*attended, *bias]
    assert "adds to every position:\n3·direction 8" in shown.text("#detail")
    shown.one("#step-on").click()
    assert shown.title == "After feed-forward 1: the residual stream"
    assert list(stream().items()) == list({**computed, **embedded, **attended, **bias}.items())
    assert shown.bold() == list(computed)


def test_what_only_a_bias_writes(opened: Open) -> None:
    shown = opened("by hand", "abbab", "#s1.1.8")
    assert shown.title == "Direction 8: direction 8"
    values = [["0"] * 6, ["3"] * 6, ["3"] * 6]
    assert shown.grid("Direction 8") == values
    assert shown.bold() == ["after attention 1"]
    (writers, readers) = shown.all("#detail section")[-2:]
    assert writers.text.splitlines()[-1] == "after attention 1 its bias, 3"
    assert readers.text.splitlines()[-1] == "Nobody."


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_the_residual_stream_of_a_compiled_model(opened: Open, step: int) -> None:
    exploration = gather(model("sorted"), "cabca")
    shown = opened("sorted", "cabca", f"#s{step}.1")
    parts: list[Head | Neurons] = [*exploration.heads, *exploration.neurons]
    written = {place for part in parts if part.step == step for place in part.writes}
    assert len(shown.bold()) == len(written)
    in_use = [
        number
        for number, direction in enumerate(exploration.directions)
        if direction.since[0] <= step
    ]
    in_order = sorted(in_use, key=lambda number: (number not in written, number))
    numbers = exploration.steps[step].residual[:, in_order].T
    assert [
        [float(cell.replace("−", "-")) for cell in row] for row in shown.grid("The residual stream")
    ] == [[pytest.approx(number, rel=0.01, abs=1e-6) for number in row] for row in numbers]


def test_the_answer(opened: Open) -> None:
    shown = opened("sorted", "cabca", "#out.1")
    assert shown.title == "The answer: sorted"
    assert shown.grid("Unembedding") == [
        ["0", "1", "1", "0", "0", "0"],
        ["0", "0", "0", "1", "0", "0"],
        ["0", "0", "0", "0", "1", "1"],
    ]


def test_stepping_with_keys_alone(opened: Open) -> None:
    """Rows in the order of time: of a sublayer with several parts the sublayer, then its parts."""
    shown = opened("by hand", "abbab", "#h0.1")
    seen = [shown.title]
    for _ in range(4):
        shown.press(Keys.ARROW_DOWN)
        seen.append(shown.title)
    assert [title.partition(":")[0] for title in seen] == [
        "attention 1, head 0",
        "attention 1, head 1",
        "After feed-forward 1",
        "feed-forward 1, 3 neurons",
        "The answer",
    ]
    assert not shown.one("#step-on").is_enabled()
    shown.press("k")
    assert shown.title.startswith("After feed-forward 1")
    shown.press("k", "k")
    assert shown.title.startswith("The embedding")
    assert not shown.one("#step-back").is_enabled()
    shown.press("j", Keys.ARROW_UP, Keys.END)
    assert shown.title.startswith("The answer")
    shown.press(Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert shown.text("#position-name") == '"b" at 2'
    shown.press(Keys.ARROW_LEFT)
    assert shown.text("#position-name") == '"b" at 1'


def test_everything_is_reached_by_keys(opened: Open) -> None:
    head, title = last_head()
    shown = opened("sorted", "cabca", f"#h{head}.1")
    shown.press("m")
    assert "sorted" in shown.focused()  # the row of the table
    shown.press(Keys.ARROW_UP)
    assert title.partition(",")[0] in shown.focused()
    shown.press(Keys.ARROW_DOWN, "d")
    assert shown.chrome.switch_to.active_element.get_attribute("id") == "detail"
    reached = set()
    for _ in range(60):
        shown.press(Keys.TAB)
        active = shown.chrome.switch_to.active_element
        outline = active.value_of_css_property("outline-style")
        assert outline != "none", active.get_attribute("outerHTML")
        reached.add((active.tag_name, active.get_attribute("class")))
        if active.get_attribute("class") == "direction" and 'sorted == "a"' in active.text:
            break
    assert ("td", "zero") in reached or ("td", "positive") in reached
    shown.press(Keys.ENTER)
    assert shown.title.startswith("Direction ")
    assert shown.chrome.switch_to.active_element.get_attribute("id") == "detail"


def test_help(opened: Open) -> None:
    shown = opened("sorted", "cabca")
    shown.press("?")
    assert shown.one("#help").is_displayed()
    shown.press("j")
    assert shown.title == FIRST_HEAD  # behind the help nothing moves
    shown.press(Keys.ESCAPE)
    assert not shown.one("#help").is_displayed()


def test_addresses_are_kept(opened: Open) -> None:
    shown = opened("by hand", "abbab", "#n0.3.2")
    assert shown.title.startswith("Direction 2:")
    shown.press(Keys.ESCAPE, "k", Keys.ARROW_RIGHT)
    WebDriverWait(shown.chrome, 10).until(lambda chrome: chrome.current_url.endswith("#s2.4"))
    for nonsense in ("#h99.1", "#", "#n0.99.99", "#s1.-1.x"):
        shown = opened("sorted", "cabca", nonsense)
        assert shown.title


def test_a_program_that_fails(opened: Open) -> None:
    shown = opened("successor", "1x2")
    failures = [failure.text for failure in shown.all(".failure")]
    assert len(failures) == 2
    assert all('"x" is not an integer' in failure for failure in failures)
    assert [cell.text for cell in shown.all("#map .answer td")] == ["", "", "fails", ""]
    shown.press(Keys.END)
    assert shown.grid("Unembedding")[-1] == ["0", "0", "1", "0"]
    assert "both fail" in shown.text(".verdict")


@pytest.mark.parametrize(
    ("name", "tokens", "causal"),
    [
        ("number", [10, 2.5, 1, 1], False),  # no attention, no neurons
        ("words", ["another one", "a word", "another one"], False),  # no attention
        ("so_far", "abaab", True),  # no neurons, causal
        ("histogram", "a", False),
    ],
)
def test_every_row_of_other_programs(opened: Open, name: str, tokens: Any, *, causal: bool) -> None:
    shown = opened(name, tokens, causal=causal)
    rows = len(shown.all("#map tr[data-row-number]"))
    shown.press(Keys.HOME)
    titles = {shown.title}
    for _ in range(rows):
        shown.press(Keys.ARROW_DOWN)
        titles.add(shown.title)
    assert len(titles) == rows
    assert len(shown.all("#map thead .position")) == 1 + len(tokens)


def test_hostile_texts(opened: Open) -> None:
    shown = opened("hostile", [HOSTILE, "b"])
    rows = len(shown.all("#map tr[data-row-number]"))
    shown.press(Keys.HOME)
    for _ in range(rows):
        shown.press(Keys.ARROW_DOWN)
        for label in shown.all("#detail .direction[data-direction]")[:3]:
            label.click()
            shown.press(Keys.ESCAPE)
            break
    assert shown.all("img") == []
    assert shown.chrome.title == "hostile – RASP explorer"
    assert HOSTILE in shown.text("#source")
    assert HOSTILE in shown.one("#map thead").text


def test_in_a_notebook(opened: Open) -> None:
    shown = opened("sorted", "cabca", frame=True)
    shown.chrome.switch_to.frame(shown.one("iframe"))
    assert shown.title == FIRST_HEAD
    shown.one("#step-on").click()
    assert shown.title.startswith("After ")
    assert not shown.title.startswith("After attention 1:")
    shown.chrome.switch_to.default_content()


def test_dark_and_light(opened: Open, chrome: webdriver.Chrome) -> None:
    shown = opened("sorted", "cabca")

    def brightness() -> int:
        colour = shown.one("html").value_of_css_property("background-color")
        return sum(int(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3])

    seen = []
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        seen.append(brightness())
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert seen[0] > 600 > 200 > seen[1]


def fits(page: Opened) -> bool:
    """Whether nothing is wider than the window."""
    wide: bool = page.chrome.execute_script(
        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    return wide


def resized(page: Opened, width: int, height: int = 900) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    page.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


# For every cell with a number: does its text reach into the margin that keeps it from the next?
TOUCHING = """
    const touching = [];
    for (const cell of document.querySelectorAll("#map td.value")) {
        const range = document.createRange();
        range.selectNodeContents(cell);
        const text = range.getBoundingClientRect(), box = cell.getBoundingClientRect();
        if (/^[-\\u2212.\\d]/.test(cell.textContent) && text.width > box.width - 2)
            touching.push(cell.textContent);
    }
    return touching;
"""


@pytest.mark.parametrize("width", [420, 640, 1280, 1440, 2560])
def test_every_width(opened: Open, width: int) -> None:
    page = opened("share", "abababbbababab")
    try:
        resized(page, width)
        assert fits(page)
        assert page.chrome.execute_script(TOUCHING) == []
        shown = page.chrome.execute_script(
            "const end = document.getElementById('map-table').getBoundingClientRect().right;"
            "return [...document.querySelectorAll('#map thead .position')]"
            ".filter((cell) => cell.getBoundingClientRect().right <= end + 1).length;"
        )
        assert shown >= (13 if width >= 1280 else 6)
        assert not page.problems()
    finally:
        page.chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_choosing_a_variable_shows_where_it_lives(opened: Open) -> None:
    page = opened("sorted", "cabca")
    buttons = {button.text: button for button in page.all("#variables button")}
    assert {"tokens", "place", "sorted"} <= set(buttons)
    buttons["place"].click()
    assert page.title == "Variable: place"
    assert buttons["place"].get_attribute("aria-pressed") == "true"
    assert "attention 1" in page.text("#detail table.wires")
    assert page.text("#source mark") == "selector_width(smaller or equal_earlier)"
    marked = " ".join(row.text for row in page.all("#map tr.carrying .row-name"))
    assert "head 1" in marked
    assert "neurons" in marked
    page.press(Keys.ESCAPE)
    assert page.title == FIRST_HEAD
    assert not page.all("#map tr.carrying")


def test_choosing_an_edge_shows_its_witness(opened: Open) -> None:
    page = opened("sorted", "cabca")
    page.one("#wires summary").click()
    (edge,) = [b for b in page.all("#wires button.direction") if b.text == "a0.h1 \u2192 m0.g0"]
    edge.click()
    assert page.title == "Edge: a0.h1 \u2192 m0.g0"
    (wire,) = [
        wire
        for wire in gather(model("sorted"), "cabca").wires
        if (wire.writer, wire.reader, wire.variable) == ("a0.h1", "m0.g0", "place")
    ]
    assert wire.witness is not None
    rows = {row.find_element(By.TAG_NAME, "th").text: row for row in page.all("#witness tr")}
    assert [cell.text for cell in rows["base"].find_elements(By.TAG_NAME, "td")] == list(
        wire.witness.base
    )
    shown = " ".join(c.text for c in rows["answer after"].find_elements(By.TAG_NAME, "td"))
    assert shown == " ".join(wire.witness.after)
    page.one("#detail .lead .direction").click()
    assert page.title == "attention 1, head 1: place (smaller)"

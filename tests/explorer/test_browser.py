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
from tests.explorer.browser import Opened, started
from tests.explorer.pages import HOSTILE, model

Open = Callable[..., Opened]


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
        made = page(model(name, causal=causal), tokens)
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
    assert shown.title == "attention 1, head 0: place"
    assert shown.text("#step-name") == "attention 1"
    assert shown.text("#position-name") == '"c" at 0'
    answers = [cell.text for cell in shown.all("#map .answer td")]
    assert answers == ["", '"a"', '"a"', '"b"', '"c"', '"c"']
    assert [cell.text for cell in shown.all("#map .oracle td")] == answers
    assert "gives what the interpreter gives" in shown.text(".verdict")
    account = [row.text for row in shown.all("#account tbody tr")]
    assert account == ["attention 2 2", "heads 2, 1 2, 1", "sublayers afa afa"]


def test_a_head(opened: Open) -> None:
    shown = opened("sorted", "cabca")
    shown.one('#map [data-row="h2"]').click()
    assert shown.title == "attention 2, head 0: sorted"
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
    shown = opened("sorted", "cabca", "#h2.1")
    written = next(b for b in shown.all("#detail .direction") if b.text == 'sorted == "a"')
    number = written.get_attribute("data-direction")
    written.click()
    assert shown.title == f'Direction {number}: sorted == "a"'
    values = shown.grid(f"Direction {number}")
    assert [row[1] for row in values] == ["0", "0", "0", "1"]  # after every sublayer
    assert "attention 2, head 0" in shown.text("#detail")
    shown.press(Keys.ESCAPE)
    assert shown.title == "attention 2, head 0: sorted"


def test_neurons(opened: Open) -> None:
    shown = opened("sorted", "cabca", "#n0.2")
    assert "neurons: place" in shown.title
    assert shown.all("svg.plot polyline")
    # The dots are the forward pass, the curve is what the weights say: they meet.
    script = """
        const picture = document.querySelector("svg.plot");
        const curves = [...picture.querySelectorAll("polyline")].map((line) =>
            line.getAttribute("points").split(" ").map((point) => point.split(",").map(Number)));
        return [...picture.querySelectorAll("circle")].map((dot) => {
            const [x, y] = [Number(dot.getAttribute("cx")), Number(dot.getAttribute("cy"))];
            return Math.min(...curves.map((points) => {
                const n = points.findIndex((point, i) => i && point[0] >= x);
                const [[x0, y0], [x1, y1]] = [points[n - 1], points[n]];
                return Math.abs(y - (x1 === x0 ? y1 : y0 + (y1 - y0) * (x - x0) / (x1 - x0)));
            }));
        });
    """
    distances = shown.chrome.execute_script(script)
    assert len(distances) >= 5
    assert max(distances) < 1.0  # of 62 pixels
    assert len(shown.grid("Before the ReLU")) == len(shown.grid("After the ReLU")) > 1
    assert all(not cell.startswith("−") for row in shown.grid("After the ReLU") for cell in row)
    chooser = Select(shown.one("#swept"))
    before = shown.one("svg.plot polyline").get_attribute("points")
    chooser.select_by_index(1)
    assert shown.one("svg.plot polyline").get_attribute("points") != before


def test_the_residual_stream(opened: Open) -> None:
    shown = opened("sorted", "cabca")
    shown.one('#map [data-row="s0"]').click()
    assert shown.title == "The embedding: the residual stream"
    stream = shown.grid("The residual stream")
    assert stream[0] == ["1", "0", "0", "0", "0", "0"]
    shown.one("#step-on").click()
    assert shown.title == "After attention 1: the residual stream"
    assert len(shown.grid("The residual stream")) > len(stream)
    assert len(shown.all("#detail th.written")) == 2


def test_the_answer(opened: Open) -> None:
    shown = opened("sorted", "cabca", "#out.1")
    assert shown.title == "The answer: sorted"
    assert shown.grid("Unembedding") == [
        ["0", "1", "1", "0", "0", "0"],
        ["0", "0", "0", "1", "0", "0"],
        ["0", "0", "0", "0", "1", "1"],
    ]


def test_stepping_with_keys_alone(opened: Open) -> None:
    shown = opened("sorted", "cabca")
    seen = [shown.title]
    for _ in range(6):
        shown.press(Keys.ARROW_DOWN)
        seen.append(shown.title)
    assert [title.partition(":")[0] for title in seen] == [
        "attention 1, head 0",
        "attention 1, head 1",
        "After feed-forward 1",
        seen[3].partition(":")[0],
        "After attention 2",
        "attention 2, head 0",
        "The answer",
    ]
    assert "neurons" in seen[3]
    assert not shown.one("#step-on").is_enabled()
    shown.press("k")
    assert shown.title.startswith("After attention 2")
    shown.press("k", "k", "k")
    assert shown.title.startswith("The embedding")
    assert not shown.one("#step-back").is_enabled()
    shown.press("j", Keys.ARROW_UP, Keys.END)
    assert shown.title.startswith("The answer")
    shown.press(Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert shown.text("#position-name") == '"b" at 2'
    shown.press(Keys.ARROW_LEFT)
    assert shown.text("#position-name") == '"a" at 1'


def test_everything_is_reached_by_keys(opened: Open) -> None:
    shown = opened("sorted", "cabca", "#h2.1")
    shown.press("m")
    assert "sorted" in shown.focused()  # the row of the table
    shown.press(Keys.ARROW_UP)
    assert "attention 2" in shown.focused()
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
    assert shown.title == "attention 1, head 0: place"  # behind the help nothing moves
    shown.press(Keys.ESCAPE)
    assert not shown.one("#help").is_displayed()


def test_addresses_are_kept(opened: Open) -> None:
    shown = opened("sorted", "cabca", "#n0.3.2")
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
    assert shown.title == "attention 1, head 0: place"
    shown.one("#step-on").click()
    assert shown.title.startswith("After feed-forward 1")
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

"""Pages of generations: the data is that of one pass, and a browser steps through the tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from selenium import webdriver

import rasp
from rasp.cli import main
from rasp.compiled import CompiledModel
from rasp.errors import GenerationError, RaspLimitError
from rasp.explorer import limits, page
from tests.explorer.browser import Opened, started
from tests.explorer.pages import data_of

# The letter three tokens back, and the first one where there is none.
BACK = 'again = aggregate(select(indices, indices - 2, ==), tokens, "a");'
# One more at every token, and an error after three.
COUNTING = "more = {0: 1, 1: 2, 2: 3}[tokens_asis];"

Open = Callable[..., Opened]


@cache
def back() -> CompiledModel:
    return rasp.compile(rasp.loads(BACK)["again"], vocab="abc|", max_len=40, causal=True)


@cache
def counting() -> CompiledModel:
    sop = rasp.loads(COUNTING)["more"]
    return rasp.compile(sop, vocab=[0, 1, 2, 3], max_len=9, causal=True)


def test_the_data_is_that_of_the_whole_sequence() -> None:
    written = "".join(back().generate("ab|", 6))
    made = data_of(back().explore("ab|", 6).html)
    assert written == "ab|ab|ab|"
    assert made.pop("writing") == {"prompt": 3, "ended": ""}
    whole = data_of(back().explore(written).html)
    assert whole.pop("writing") is None
    assert made == whole


def test_writing_that_ends_in_a_failure() -> None:
    made = data_of(counting().explore([0, 1], 5).html)
    assert made["tokens"] == ["0", "1", "2", "3"]
    assert made["writing"]["ended"].startswith("key 3 is not in the dict")


def test_a_stop_ends_it() -> None:
    made = data_of(back().explore("ab|", 30, stop="|").html)
    assert made["tokens"] == list("ab|ab|")


def test_what_cannot_be_shown() -> None:
    with pytest.raises(GenerationError, match="needs max_new_tokens"):
        back().explore("ab", stop="a")
    with pytest.raises(GenerationError, match="do not fit"):
        back().explore("ab", 39)
    whole = rasp.compile(rasp.loads(BACK)["again"], vocab="ab", max_len=5)
    with pytest.raises(GenerationError, match="not causal"):
        whole.explore("ab", 2)


def test_generations_that_are_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_NUMBERS", 500)
    with pytest.raises(RaspLimitError, match="at most 500 numbers"):
        back().explore("a", 30)


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    back().save(tmp_path / "back.safetensors")
    counting().save(tmp_path / "counting.safetensors")
    out = tmp_path / "out.html"
    draw = ["draw", str(tmp_path / "back.safetensors"), "ab|", "-o", str(out)]
    assert main([*draw, "--max-new-tokens", "30", "--stop", "|"]) == 0
    assert out.read_text(encoding="utf-8") == page(back(), "ab|", 30, "|").html
    failing = ["draw", str(tmp_path / "counting.safetensors"), "[0]", "--tokens-json"]
    assert main([*failing, "--max-new-tokens", "8", "--stop", "7", "-o", str(out)]) == 1
    assert "no token of the vocabulary" in capsys.readouterr().err
    assert main([*failing, "--max-new-tokens", "8", "-o", str(out)]) == 1
    assert "not in the dict" in capsys.readouterr().err
    assert data_of(out.read_text(encoding="utf-8"))["tokens"] == ["0", "1", "2", "3"]
    for wrong in (["--stop", "|"], ["--max-new-tokens", "3", "--format", "svg"]):
        with pytest.raises(SystemExit):
            main([*draw, *wrong])


# ---- in a browser


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with started(tmp_path_factory.mktemp("profile")) as chrome:
        yield chrome


@pytest.fixture
def opened(chrome: webdriver.Chrome, tmp_path: Path) -> Iterator[Open]:
    """Opens pages; afterwards none of them may have had a problem or asked for anything."""
    pages: list[Opened] = []

    def open_page(model: CompiledModel, *request: object) -> Opened:
        path = tmp_path / "page.html"
        model.explore(*request).save(path)
        pages.append(Opened(chrome, path))
        return pages[-1]

    yield open_page
    assert pages[-1].problems() == []
    assert [url for url in pages[-1].requests() if not url.startswith(pages[-1].url)] == []


def seen(shown: Opened) -> str:
    """The tokens that are there at this step; in brackets the one that is written."""
    return "".join(
        f"[{token.text}]" if "next" in (token.get_attribute("class") or "") else token.text
        for token in shown.all("#written-tokens .token")
        if "later" not in (token.get_attribute("class") or "")
    )


def test_stepping_through_what_is_written(opened: Open) -> None:
    shown = opened(back(), "abc", 4)
    assert seen(shown) == "abc[a]"
    assert shown.text("#writing-step") == "token 1 of 4"
    assert 'attends to "a" at 0 (1)' in shown.text("#written-why")
    assert 'So "a" is the next token, and stands at 3.' in shown.text("#written-why")
    shown.one("#writing-on").click()
    shown.press("n")
    assert seen(shown) == "abcab[c]"
    assert 'attends to "c" at 2 (1)' in shown.text("#written-why")
    assert shown.text("#position-name") == '"b" at 4'
    marked = [
        t.text for t in shown.all("#written-tokens .token") if t.find_elements("css selector", "i")
    ]
    assert marked == ["c"]
    shown.press("p")
    assert seen(shown) == "abca[b]"
    shown.one("#writing-end").click()
    assert seen(shown) == "abcabca"
    assert '"b" would be the next token' in shown.text("#written-why")
    assert not shown.one("#writing-on").is_enabled()
    shown.one("#writing-start").click()
    assert seen(shown) == "abc[a]"


def test_in_the_prompt_nothing_is_written(opened: Open) -> None:
    shown = opened(back(), "abc", 2)
    shown.all("#written-tokens .token")[0].click()
    assert shown.text("#writing-step") == "in the prompt"
    assert seen(shown) == "a"
    assert "it is not used" in shown.text("#written-why")
    shown.one("#writing-on").click()
    assert seen(shown) == "abc[a]"


def test_rows_stand_below_one_another(opened: Open) -> None:
    shown = opened(back(), "ab|", 9)
    assert [line.text.split() for line in shown.all(".token-line")] == [["a", "b", "|"]] * 4
    opened(back(), "abc", 2)
    assert len(shown.all(".token-line")) == 1


def test_why_it_ends_is_said(opened: Open) -> None:
    shown = opened(counting(), [0], 8)
    shown.one("#writing-end").click()
    assert "not in the dict" in shown.text("#written-why")


def test_pages_of_one_input_have_none_of_it(opened: Open) -> None:
    shown = opened(back(), "abc")
    assert not shown.one("#writing").is_displayed()
    shown.press("n", "p")
    assert shown.text("#position-name") == '"a" at 0'


def test_it_plays(opened: Open) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    shown = opened(back(), "abc", 3)
    shown.one("#writing-play").click()
    WebDriverWait(shown.chrome, 10).until(lambda _: seen(shown) == "abcabc")
    assert shown.text("#writing-play") == "play"

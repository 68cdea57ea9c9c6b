"""The page is one file, and nothing in it that a user wrote is markup."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import rasp
from rasp.cli import main
from rasp.errors import RaspError, RaspLimitError
from rasp.explorer import Page, limits, page
from tests.explorer.pages import HOSTILE, data_of, model

ROOT = Path(__file__).parents[2]


class Tags(HTMLParser):
    """The tags of a document, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_one_file() -> None:
    text = page(model("sorted"), "cab").html
    for tag, attributes in Tags(text).tags:
        assert tag not in {"link", "img", "iframe", "object", "embed"}
        assert not {"src", "href", "style"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert "fetch(" not in text
    assert "innerHTML" not in text


def test_the_policy_allows_this_script_alone() -> None:
    text = page(model("sorted"), "cab").html
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', text)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_typical_programs_are_small() -> None:
    assert len(page(model("sorted"), "cabca").html) < 200_000


def test_same_page_for_the_same_model() -> None:
    assert page(model("sorted"), "cab") == model("sorted").explore(["c", "a", "b"])


def test_hostile_texts_are_data() -> None:
    text = page(model("hostile"), [HOSTILE, "b", HOSTILE]).html
    assert HOSTILE not in text
    assert "<img" not in text
    assert len(re.findall("</script>", text)) == 2
    data = data_of(text)
    assert data["tokens"] == [HOSTILE, "b", HOSTILE]
    assert HOSTILE in data["source"]


def test_lone_surrogates(tmp_path: Path) -> None:
    sop = rasp.loads("t = tokens;")["t"]
    compiled = rasp.compile(sop, vocab=["\ud800", "\u2028"], max_len=2)
    made = compiled.explore(["\ud800", "\u2028"])
    made.save(tmp_path / "page.html")
    assert data_of(made.html)["tokens"] == ['"\\ud800"', '"\\u2028"']


def test_the_document_about_it() -> None:
    """It lists the keys of the page's help, and its pictures are there and small."""
    about = (ROOT / "docs" / "explorer.md").read_text(encoding="utf-8")
    text = html.unescape(page(model("histogram"), "aab").html)
    keys = set(re.findall(r"<kbd>(.*?)</kbd>", text)) - {"Tab"}
    assert len(keys) == 14
    assert keys <= set(re.findall(r"`(.*?)`", about))
    pictures = re.findall(r"\]\((images/.*?)\)", about)
    assert len(pictures) == 4
    for picture in pictures:
        assert 10_000 < (ROOT / "docs" / picture).stat().st_size < 300_000
    assert f"{limits.MAX_NUMBERS // 10**6} million numbers" in about
    assert f"{limits.MAX_BYTES // 10**6} MB" in about


def test_save(tmp_path: Path) -> None:
    made = page(model("histogram"), "aab")
    made.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == made.html
    for path in (tmp_path, tmp_path / "missing" / "page.html", "page\0.html"):
        with pytest.raises(RaspError, match="cannot write"):
            made.save(path)


@pytest.mark.parametrize(("tokens", "status"), [("123", 0), ("1x", 1)])
def test_the_command_line_makes_the_same_page(tmp_path: Path, tokens: str, status: int) -> None:
    """Also of an input on which the program fails; then the status says so."""
    model("successor").save(tmp_path / "model.safetensors")
    path = tmp_path / "page.html"
    assert main(["draw", str(tmp_path / "model.safetensors"), tokens, "-o", str(path)]) == status
    assert path.read_text(encoding="utf-8") == model("successor").explore(tokens).html


def test_notebooks_show_it_in_a_frame() -> None:
    made = page(model("histogram"), "aab")
    ((tag, attributes),) = Tags(made._repr_html_()).tags
    assert tag == "iframe"
    assert attributes["srcdoc"] == made.html
    assert attributes["sandbox"] == "allow-scripts"
    assert html.escape(HOSTILE) not in made._repr_html_()
    assert repr(made).startswith("<Page of ")


def test_pages_that_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BYTES", 1_000)
    with pytest.raises(RaspLimitError, match="the page would have"):
        page(model("histogram"), "aab")


def test_page_is_a_value() -> None:
    assert Page("a") == Page("a")


def test_a_page_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "page.svg"
    with pytest.raises(rasp.RaspValueError, match=r"a page of HTML, not \.svg"):
        page(model("histogram"), "aab").save(path)
    assert not path.exists()

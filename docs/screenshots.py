"""Compiled examples -> the screenshots of their explorer pages in docs/images.

usage: python docs/screenshots.py [NAME ...]      makes them again, all or some

It needs Chromium, its driver and selenium (the extra `test` has it).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import rasp

IMAGES = Path(__file__).with_name("images")
EXAMPLES = Path(__file__).parents[1] / "examples"
WIDTH, HEIGHT = 1440, 867
SETTLED = "return document.readyState === 'complete' && document.title !== ''"


@dataclass(frozen=True, slots=True)
class Screenshot:
    """place: what is chosen on the page, as its address says it; width, height: in pixels."""

    example: str
    sop: str
    vocab: str
    max_len: int
    input: str
    place: str
    width: int = WIDTH
    height: int = HEIGHT
    max_new_tokens: int | None = None


SCREENSHOTS = {
    "explorer-induction": Screenshot(
        "induction", "next", "abegln", 8, "eagle", "#h1.5", height=720
    ),
    "explorer-sort": Screenshot("sort", "sorted", "ehlo", 8, "hello", "#h2.1"),
    "explorer-histogram": Screenshot("histogram", "histogram", "ehlo", 8, "hello", "#h0.3"),
    "explorer-dyck2": Screenshot("dyck2", "dyck2", "(){}", 10, "({}){}", "#n2.4"),
    "explorer-writing": Screenshot(
        "decoding/rule110",
        "next_cell",
        "01|",
        256,
        "0" * 29 + "1|",
        "#h2.211",
        height=720,
        max_new_tokens=31 * 7,
    ),
    "explorer-narrow": Screenshot(
        "induction", "next", "abegln", 8, "eagle", "#h1.5", width=420, height=1240
    ),
}


def page(screenshot: Screenshot, folder: Path) -> Path:
    """The explorer page of which it is one, with the example named as from the project's folder."""
    name = f"examples/{screenshot.example}.rasp"
    text = (EXAMPLES / f"{screenshot.example}.rasp").read_text(encoding="utf-8")
    sop = rasp.loads(text, name=name)[screenshot.sop]
    n_new = screenshot.max_new_tokens
    model = rasp.compile(
        sop, vocab=screenshot.vocab, max_len=screenshot.max_len, causal=n_new is not None
    )
    path = folder / f"{Path(screenshot.example).name}.html"
    model.explore(screenshot.input, n_new).save(path)
    return path


def main() -> None:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.support.ui import WebDriverWait

    names = sys.argv[1:] or list(SCREENSHOTS)
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        sys.exit("chromium and chromedriver are not installed")
    with tempfile.TemporaryDirectory() as folder:
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
            options.add_argument(flag)
        options.add_argument(f"--user-data-dir={folder}/profile")
        chrome = webdriver.Chrome(options=options, service=Service(driver))
        try:
            for name in names:
                screenshot = SCREENSHOTS[name]
                metrics = {"width": screenshot.width, "height": screenshot.height}
                chrome.execute_cdp_cmd(
                    "Emulation.setDeviceMetricsOverride",
                    {**metrics, "deviceScaleFactor": 1, "mobile": False},
                )
                chrome.get("about:blank")
                chrome.get(page(screenshot, Path(folder)).as_uri() + screenshot.place)
                WebDriverWait(chrome, 20).until(lambda driver: driver.execute_script(SETTLED))
                chrome.save_screenshot(str(IMAGES / f"{name}.png"))
                print(f"{name}: {screenshot.width} x {screenshot.height}")
        finally:
            chrome.quit()


if __name__ == "__main__":
    main()

"""A page in a real browser: Chromium without a window."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1400,1000",
)


def programs() -> tuple[str, str]:
    """Where browser and driver are.  Without them the test is skipped, or fails where CI is set."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        reason = "chromium and chromedriver are not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return browser, driver


@contextmanager
def started(profile: Path) -> Iterator[webdriver.Chrome]:
    """A browser with a fresh profile."""
    browser, driver = programs()
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield chrome
    finally:
        chrome.quit()


class Opened:
    """A page that is open, and what a person sees and does there."""

    def __init__(self, chrome: webdriver.Chrome, path: Path, place: str = "") -> None:
        self.chrome = chrome
        chrome.get("about:blank")
        self.problems()  # those of the page before
        self.requests()
        self.url = path.as_uri()
        chrome.get(self.url + place)

    def problems(self) -> list[dict[str, Any]]:
        """What the console says."""
        problems: list[dict[str, Any]] = self.chrome.get_log("browser")
        return problems

    def requests(self) -> list[str]:
        """The addresses that the page asked for."""
        messages = [
            json.loads(entry["message"])["message"] for entry in self.chrome.get_log("performance")
        ]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def all(self, selector: str) -> list[WebElement]:
        return self.chrome.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.chrome.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.one(selector).text

    @property
    def title(self) -> str:
        """Of what is chosen."""
        return self.text("#detail-title")

    def press(self, *keys: str) -> None:
        """Wherever the focus is."""
        for key in keys:
            self.chrome.switch_to.active_element.send_keys(key)

    def grid(self, caption: str) -> list[list[str]]:
        """The cells of the table of numbers with this caption."""
        script = """
            const grids = [...document.querySelectorAll("#detail table.numbers")];
            const grid = grids.find((table) => table.getAttribute("aria-label") === arguments[0]);
            return [...grid.tBodies[0].rows].map(
                (row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent));
        """
        cells: list[list[str]] = self.chrome.execute_script(script, caption)
        return cells

    def bold(self) -> list[str]:
        """The headers of rows that stand out because this part writes them."""
        return [header.text for header in self.all("#detail th.written")]

    def headers(self, caption: str) -> list[str]:
        """Of the rows of the table of numbers with this caption."""
        script = """
            const grids = [...document.querySelectorAll("#detail table.numbers")];
            const grid = grids.find((table) => table.getAttribute("aria-label") === arguments[0]);
            return [...grid.tBodies[0].rows].map((row) => row.querySelector("th").textContent);
        """
        headers: list[str] = self.chrome.execute_script(script, caption)
        return headers

    def dots(self) -> list[str]:
        """What the dots of the plot say."""
        script = """
            return [...document.querySelectorAll("svg.plot circle title")].map(
                (title) => title.textContent);
        """
        dots: list[str] = self.chrome.execute_script(script)
        return dots

    def distances(self) -> list[list[float]]:
        """For every curve of the plot how far from it its dots are, in pixels."""
        script = """
            const curves = [];
            for (const drawn of document.querySelector("svg.plot").children) {
                if (drawn.tagName === "polyline") {
                    const points = drawn.getAttribute("points").split(" ");
                    curves.push({ points: points.map((p) => p.split(",").map(Number)), far: [] });
                } else if (drawn.tagName === "circle") {
                    const { points, far } = curves.at(-1);
                    const [x, y] = ["cx", "cy"].map((name) => Number(drawn.getAttribute(name)));
                    const n = points.findIndex((point, i) => i && point[0] >= x);
                    const [[x0, y0], [x1, y1]] = [points[n - 1], points[n]];
                    far.push(Math.abs(
                        y - (x1 === x0 ? y1 : y0 + (y1 - y0) * (x - x0) / (x1 - x0))));
                }
            }
            return curves.map((curve) => curve.far);
        """
        distances: list[list[float]] = self.chrome.execute_script(script)
        return distances

    def focused(self) -> str:
        """The text of what has the focus."""
        text: str = self.chrome.switch_to.active_element.text
        return text

"""The page of docs/onnx.md in a real browser, with onnxruntime-web from the npm registry.

By hand, since it needs a package of npm:

    npm install onnxruntime-web
    export RASP_ONNXRUNTIME_WEB=node_modules/onnxruntime-web/dist
    pytest tests/export/test_browser.py
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.docs.blocks import ROOT, blocks
from tests.export.made import model_of

PAGE = ROOT / "examples" / "export" / "page.html"
RUNTIME = os.environ.get("RASP_ONNXRUNTIME_WEB")
FILES = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")


def test_the_page_is_the_one_in_the_document() -> None:
    text = (ROOT / "docs" / "onnx.md").read_text(encoding="utf-8")
    (shown,) = (block.text for block in blocks(text) if block.language == "html")
    assert shown == PAGE.read_text(encoding="utf-8")


class Handler(SimpleHTTPRequestHandler):
    extensions_map: ClassVar = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
    }

    def end_headers(self) -> None:
        """Nothing is kept: models come one after the other within the second that dates have."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with the page and the runtime, and its address."""
    if RUNTIME is None:
        pytest.skip("RASP_ONNXRUNTIME_WEB does not say where onnxruntime-web is")
    folder = tmp_path_factory.mktemp("page")
    shutil.copy(PAGE, folder)
    for name in FILES:
        shutil.copy(Path(RUNTIME) / name, folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield folder, f"http://127.0.0.1:{server.server_port}/page.html"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


INPUTS = {
    "sort": {"cab": "a b c", "bbaac": "a a b b c"},
    "counts64": {"aab": "2 2 1"},
    "failing": {"aba": "division by zero in x (failing.rasp:1:5)", "a": "-1"},
    "mixed": {"ab": "the result has values of different types", "bb": "1 1"},
    "prefix": {"abab": "1 0.5 0.6666666666666666 0.5"},
    "parts-of-letters": {"aba": "1,82,3; 1,81,3; 1,82,3"},
}


@pytest.mark.extras
def test_page(served: tuple[Path, str], tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    from selenium.common.exceptions import TimeoutException
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    from tests.explorer.browser import started

    folder, address = served
    with started(tmp_path / "profile") as chrome:
        for name, answers in INPUTS.items():
            model_of(name).export("onnx", folder / "model.onnx")
            chrome.get(f"{address}?{name}")
            box = chrome.find_element(By.ID, "input")
            output = chrome.find_element(By.ID, "output")
            WebDriverWait(chrome, 30).until(lambda _, o=output: o.text)
            for text, expected in {"z" * 3: "unknown token z", **answers}.items():
                chrome.execute_script(
                    "arguments[0].value = arguments[1];"
                    "arguments[0].dispatchEvent(new Event('input'));",
                    box,
                    text,
                )
                wanted = partial(_says, output, expected)
                try:
                    WebDriverWait(chrome, 10).until(lambda _, says=wanted: says())
                except TimeoutException:
                    pytest.fail(f"{name} on {text}: {output.text!r}, not {expected!r}")
        assert not [entry for entry in chrome.get_log("browser") if entry["level"] == "SEVERE"]


def _says(output: Any, expected: str) -> bool:
    return bool(output.text == expected)

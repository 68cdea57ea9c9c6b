"""How long the REPL takes to its prompt, and to the first value, beside `python -c pass`.

usage: python benchmarks/startup.py [RUNS]          (needs a Unix terminal)
"""

from __future__ import annotations

import os
import pty
import statistics
import subprocess
import sys
import time

CURSOR_QUESTION, CURSOR_ANSWER = b"\x1b[6n", b"\x1b[1;1R"


def python() -> float:
    """Seconds that Python itself takes."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - start


def repl() -> tuple[float, float]:
    """Seconds to the prompt, and to the value of a statement that is typed there."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "rasp"],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment,
        start_new_session=True,
    ) as process:
        os.close(follower)
        prompt = _wait_for(leader, b">>") - start
        os.write(leader, b"indices;\r")
        value = _wait_for(leader, b"Example:") - start
        process.kill()
    os.close(leader)
    return prompt, value


def _wait_for(terminal: int, text: bytes) -> float:
    """When the text has been printed; answers where the cursor is."""
    seen = b""
    while text not in seen:
        piece = os.read(terminal, 4096)
        seen += piece
        if CURSOR_QUESTION in piece:
            os.write(terminal, CURSOR_ANSWER)
    return time.perf_counter()


def main(runs: int) -> None:
    repl()  # the first run fills caches
    pairs = [repl() for _ in range(runs)]
    base = statistics.median(python() for _ in range(runs))
    prompt = statistics.median(pair[0] for pair in pairs)
    value = statistics.median(pair[1] for pair in pairs)
    print(f"python -c pass   {base:.3f} s")
    print(f"prompt           {prompt:.3f} s   {prompt / base:.1f} times that")
    print(f"first value      {value:.3f} s   {value / base:.1f} times that")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)

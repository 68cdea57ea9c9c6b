"""How long the REPL takes to its prompt, and to the first value, beside `python -c pass`.

usage: python benchmarks/startup.py [RUNS]          (needs a Unix terminal)

Times are CPU seconds, of the program and the system: what else the machine does counts as little as
it can.  The least of all runs is shown.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys

CURSOR_QUESTION, CURSOR_ANSWER = b"\x1b[6n", b"\x1b[1;1R"


def python() -> float:
    """Seconds that Python itself takes."""
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        return _seconds(process)


def repl(*, answers: bool) -> float:
    """Seconds to the prompt, or to the value of a statement that is typed there."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [sys.executable, "-m", "rasp"],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment,
        start_new_session=True,
    ) as process:
        os.close(follower)
        _wait_for(leader, b">>")
        if answers:
            os.write(leader, b"indices;\r")
            _wait_for(leader, b"Example:")
        process.kill()
        seconds = _seconds(process)
    os.close(leader)
    return seconds


def _seconds(process: subprocess.Popen[bytes]) -> float:
    """CPU seconds that a process took until it ended."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def _wait_for(terminal: int, text: bytes) -> None:
    """Reads until the text has been printed; answers where the cursor is."""
    seen = b""
    while text not in seen:
        piece = os.read(terminal, 4096)
        seen += piece
        if CURSOR_QUESTION in piece:
            os.write(terminal, CURSOR_ANSWER)


def main(runs: int) -> None:
    repl(answers=True)  # the first run fills caches
    base = min(python() for _ in range(runs))
    print(f"python -c pass   {base:.3f} s of CPU")
    for what, answers in (("prompt", False), ("first value", True)):
        least = min(repl(answers=answers) for _ in range(runs))
        print(f"{what:<15}  {least:.3f} s   {least / base:.1f} times that")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)

"""How long the REPL takes to its prompt, and to the first value, beside `python -c pass`.

usage: python benchmarks/startup.py [RUNS]          (needs a Unix terminal)

Times are CPU seconds, of the program and the system: what else the machine does counts as little as
it can.  The least, the median and the most of all runs are shown.  Modules are compiled before, as
they are once a package is installed; the last line is of a source folder in which no bytecode can
be written, so that every start compiles RASP's own modules.
"""

from __future__ import annotations

import os
import pty
import select
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

CURSOR_QUESTION, CURSOR_ANSWER = b"\x1b[6n", b"\x1b[1;1R"
PATIENCE = 30.0  # seconds without a sign, after which the REPL is taken to hang


def python(environment: dict[str, str]) -> float:
    """Seconds that Python itself takes."""
    with subprocess.Popen([sys.executable, "-c", "pass"], env=environment) as process:
        return _seconds(process)


def repl(environment: dict[str, str], *, answers: bool) -> float:
    """Seconds to the prompt, or to the value of a statement that is typed there."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "rasp"],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment,
        start_new_session=True,
    ) as process:
        os.close(follower)
        try:
            _wait_for(leader, b">>")
            if answers:
                os.write(leader, b"indices;\r")
                _wait_for(leader, b"Example:")
        finally:
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
    """Reads until the text has been printed; answers where the cursor is.  Raises TimeoutError."""
    seen = b""
    while text not in seen:
        if not select.select([terminal], [], [], PATIENCE)[0]:
            raise TimeoutError(f"no {text!r} in {seen!r}")
        piece = os.read(terminal, 4096)
        seen += piece
        if CURSOR_QUESTION in piece:
            os.write(terminal, CURSOR_ANSWER)


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        common = {**os.environ, "TERM": "xterm"}
        for name in ("NO_COLOR", "PYTHONDONTWRITEBYTECODE"):
            common.pop(name, None)
        compiled = {**common, "PYTHONPYCACHEPREFIX": folder}
        source = {**compiled, "PYTHONDONTWRITEBYTECODE": "1"}
        repl(compiled, answers=True)  # compiles the modules
        _show("python -c pass", lambda: python(compiled), runs)
        _show("prompt", lambda: repl(compiled, answers=False), runs)
        _show("first value", lambda: repl(compiled, answers=True), runs)
        _forget_own(folder)
        _show("first value, without bytecode", lambda: repl(source, answers=True), runs)


def _forget_own(folder: str) -> None:
    """Removes what was compiled of RASP itself."""
    for path in Path(folder).rglob("*.pyc"):
        if "rasp" in path.relative_to(folder).parts:
            path.unlink()


def _show(what: str, measure: Callable[[], float], runs: int) -> None:
    times = [measure() for _ in range(runs)]
    least, median, most = min(times), statistics.median(times), max(times)
    print(f"{what:<30} least {least:.3f} s of CPU, median {median:.3f} s, most {most:.3f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)

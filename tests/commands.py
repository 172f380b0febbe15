"""The `coach` command in a process of its own, with real files and real exit codes."""

import os
import runpy
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.forked import FORKED
from tests.support import DATA_KEY, SECRET_KEY

ROOT = Path(__file__).parents[1]
STREAMS = ("stdin", "stdout", "stderr")
LONGEST_SECONDS = 240


def environment(database_url: str, **more: str) -> dict[str, str]:
    """What a command finds set: of this process's own environment nothing but where things are."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return inherited | {
        "DATABASE_URL": database_url,
        "DATA_KEYS": DATA_KEY,
        "SECRET_KEY": SECRET_KEY,
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        **more,
    }


def run(arguments: Sequence[str], given: dict[str, str], *, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """`python -m coach …` as `subprocess.run` does it."""
    with started(arguments, given, stdin=stdin) as running:
        return running.ended()


@contextmanager
def started(arguments: Sequence[str], given: dict[str, str], *, stdin: str = "") -> Iterator["Running"]:
    """A command that runs beside the block, and not for longer."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stdin").write_text(stdin)
        process = FORKED.Process(target=_command, args=(folder, arguments, given))
        process.start()
        try:
            yield Running(arguments, folder, process)
        finally:
            process.kill()
            process.join()


@dataclass(frozen=True)
class Running:
    """A command that has been started."""

    arguments: Sequence[str]
    folder: Path
    process: ForkServerProcess

    def ended(self) -> subprocess.CompletedProcess[str]:
        """What it said and its exit code, when it has ended by itself or by a signal."""
        self.process.join(LONGEST_SECONDS)
        if self.process.exitcode is None:
            raise subprocess.TimeoutExpired(["coach", *self.arguments], LONGEST_SECONDS)
        told = {stream: _whatever_the_speed((self.folder / stream).read_text()) for stream in STREAMS[1:]}
        return subprocess.CompletedProcess(["coach", *self.arguments], self.process.exitcode, **told)


def _whatever_the_speed(told: str) -> str:
    """Leave out the warning of a long transaction, which a slow machine alone can cause."""
    return "".join(line for line in told.splitlines(keepends=True) if "write_was_long" not in line)


def _command(folder: Path, arguments: Sequence[str], given: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(given)
    os.chdir(ROOT)
    for number, stream in enumerate(STREAMS):
        file = (folder / stream).open("w" if number else "r", encoding="utf-8")
        os.dup2(file.fileno(), number)
        setattr(sys, stream, file)
    sys.argv[1:] = arguments
    try:
        runpy.run_module("coach", run_name="__main__", alter_sys=True)
    except Exception:  # as the interpreter does it at its end
        sys.excepthook(*sys.exc_info())
        sys.exit(1)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()

"""dev.py on incomplete machines: one clear sentence per problem, and nothing is installed twice."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(folder: Path, *arguments: str, python: str = sys.executable, **given: str) -> subprocess.CompletedProcess[str]:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | given
    return subprocess.run(
        [python, "dev.py", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def a_copy(folder: Path) -> Path:
    for name in ("dev.py", "pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, folder)
    return folder


def test_it_parses_on_a_python_that_is_too_old_and_says_so(tmp_path: Path) -> None:
    source = (ROOT / "dev.py").read_text()
    ast.parse(source, feature_version=(3, 4))
    newer = source.replace("OLDEST = (3, 11)", "OLDEST = (9, 9)")
    (tmp_path / "dev.py").write_text(newer)
    told = run(tmp_path, "demo")
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert told.stderr.startswith("RLS Coach needs Python 9.9 or newer")


def test_a_missing_ensurepip_is_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "ensurepip.py").write_text("raise ImportError")
    told = run(a_copy(tmp_path), "demo", PYTHONPATH=str(blocked))
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert "apt install python3-venv" in told.stderr


def test_without_a_network_it_says_so(tmp_path: Path) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    told = run(a_copy(tmp_path), "demo", PIP_FIND_LINKS="", **nowhere)
    assert told.returncode == 1
    assert told.stderr.splitlines()[-1].startswith("The Python package index could not be reached")


def test_benchmarks_are_listed_and_none_is_run_unasked(tmp_path: Path) -> None:
    folder = a_copy(tmp_path) / "tests" / "benchmarks"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "benchmarks" / "__main__.py", folder)
    (folder / "bench_some_thing.py").write_text('"""How fast some thing is: `dev.py bench some-thing`.\n"""\n1 / 0\n')
    told = run(tmp_path, "bench")
    assert (told.returncode, told.stderr) == (0, ""), "nothing is installed for it"
    assert told.stdout.splitlines()[0].split("  ")[0] == "some-thing"
    assert "How fast some thing is\n" in told.stdout


def test_an_unknown_verb_tells_the_verbs(tmp_path: Path) -> None:
    told = run(a_copy(tmp_path), "dance")
    assert told.returncode == 2
    assert "python3 dev.py demo" in told.stdout


def test_a_second_start_installs_nothing() -> None:
    told = run(ROOT, "run", "--version")
    if "Installed" in told.stderr:  # the suite may run outside dev.py's environment: then this was the first start
        told = run(ROOT, "run", "--version")
    assert told.returncode == 0
    assert "Install" not in told.stderr

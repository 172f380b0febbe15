#!/usr/bin/env python3
"""One command from a fresh clone to a running RLS Coach.

    python3 dev.py demo     the whole product with made-up people: no account or key needed
    python3 dev.py test     every test, on SQLite and on PostgreSQL (words after it go to pytest)
    python3 dev.py lint     formatting, types, import rules, templates, message library
    python3 dev.py bench    the names of the benchmarks in tests/benchmarks; with a name, that one ('all' for every one)
    python3 dev.py lock     renew requirements.txt and requirements-dev.txt
    python3 dev.py audit F  the locked versions against a file of published vulnerabilities, offline
    python3 dev.py run …    any `coach` command, e.g. python3 dev.py run participants list

Standard library only. It makes .venv beside itself, installs the hash-locked requirements once (with uv, which is
locked too, or with pip where uv cannot), and never touches the system's Python. It must parse on an old Python, to be
able to say that it is too old.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
BIN = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")
PYTHON = os.path.join(BIN, "python")
OLDEST = (3, 11)
RUNTIME, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"
LINTERS = (
    ("ruff check", ["-m", "ruff", "check", "."]),
    ("ruff format", ["-m", "ruff", "format", "--check", "."]),
    ("mypy", ["-m", "mypy"]),
    ("import-linter", ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]),
    ("djlint", ["-m", "djlint", "coach/web/templates", "--lint", "--check", "--quiet"]),
    ("content", ["-m", "coach", "content", "check"]),
)


def fail(sentence):
    # type: (str) -> None
    sys.stdout.flush()
    sys.stderr.write(sentence + "\n")
    sys.exit(1)


def check_python():
    # type: () -> None
    if sys.version_info < OLDEST:
        fail(
            "RLS Coach needs Python {0}.{1} or newer, and this is {2}: install a newer Python and start dev.py "
            "with it.".format(OLDEST[0], OLDEST[1], sys.version.split()[0])
        )
    try:
        import ensurepip
        import venv

        del ensurepip, venv
    except ImportError:
        fail(
            "This Python cannot make a virtual environment (ensurepip is missing): on Debian or Ubuntu run "
            "'apt install python3-venv', then start dev.py again."
        )


def stamp_of(lock):
    # type: (str) -> str
    """What the environment was made from: another Python, place or lock makes it stale."""
    facts = hashlib.sha256((sys.version + ROOT).encode())
    for name in (lock, "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            facts.update(file.read())
    return facts.hexdigest()


def stamp_path(lock):
    # type: (str) -> str
    return os.path.join(VENV, ".installed-from-" + lock)


def is_installed(lock):
    # type: (str) -> bool
    try:
        with open(stamp_path(lock)) as file:
            return file.read() == stamp_of(lock)
    except OSError:
        return False


def install(lock):
    # type: (str) -> None
    """Make .venv and install the lock and the project into it, unless that is already so."""
    if is_installed(lock):
        return
    check_python()
    if not os.path.exists(PYTHON) or subprocess.call([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL) != 0:
        sys.stderr.write("Making the environment .venv …\n")
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if made.returncode != 0:
            last = made.stdout.decode(errors="replace").strip().splitlines()[-1:]
            fail(
                "Could not make the environment .venv ({0}): on Debian or Ubuntu run 'apt install python3-venv', "
                "then start dev.py again.".format(" ".join(last) or "no reason given")
            )
    if not uv_installs(lock):
        pip("the locked requirements", ["--require-hashes", "-r", lock], packages_in(lock))
        pip("RLS Coach itself", ["--no-deps", "--no-build-isolation", "-e", "."], 1)
    with open(stamp_path(lock), "w") as file:
        file.write(stamp_of(lock))


def uv_installs(lock):
    # type: (str) -> bool
    """Install with uv, some ten times faster than pip. False if that is not possible here: then pip tells why."""
    begun = time.time()
    show("Installing the locked requirements")
    with open(os.path.join(VENV, "uv.txt"), "w") as file:
        file.write(locked_uv())
    kept = os.path.join(VENV, "uv")  # removed afterward: it is larger than all that it installs but numpy
    uv = [os.path.join(kept, "bin", "uv"), "pip", "install"]
    steps = (
        [PYTHON, "-m", "pip", "install", "--target", kept, "--no-deps", "--only-binary", ":all:"]
        + ["--require-hashes", "-r", file.name],
        uv + ["--require-hashes", "-r", lock],
        uv + ["--no-deps", "--no-build-isolation", "-e", "."],
    )
    try:
        done = all(quietly(step) for step in steps)
    finally:
        shutil.rmtree(kept, ignore_errors=True)
    if done:
        show("Installed the locked requirements in {0:.0f} s.".format(time.time() - begun))
        sys.stderr.write("\n")
    return done


def quietly(command):
    # type: (list) -> bool
    null = subprocess.DEVNULL
    try:
        return subprocess.call(command, cwd=ROOT, env=environment_for_uv(), stdout=null, stderr=null) == 0
    except OSError:
        return False


def locked_uv():
    # type: () -> str
    """Return the lines of the development lock that name uv and its hashes."""
    with open(os.path.join(ROOT, DEVELOPMENT)) as file:
        lines = file.read().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("uv=="))
    after = next(number for number in range(first + 1, len(lines)) if not lines[number].startswith("    --hash"))
    return "\n".join(lines[first:after]).rstrip("\\ ") + "\n"


def environment_for_uv():
    # type: () -> dict
    """Return the environment with pip's settings repeated for uv, which does not read them."""
    told = dict(os.environ, VIRTUAL_ENV=VENV, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PIP_USER="0")
    for name, of_pip in (
        ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"),
        ("UV_FIND_LINKS", "PIP_FIND_LINKS"),
        ("SSL_CERT_FILE", "PIP_CERT"),
    ):
        if of_pip in os.environ:
            told.setdefault(name, os.environ[of_pip])
    return told


def packages_in(lock):
    # type: (str) -> int
    with open(os.path.join(ROOT, lock)) as file:
        return sum(1 for line in file if "==" in line and not line.startswith((" ", "#")))


def pip(what, arguments, total):
    # type: (str, list, int) -> None
    """Run pip, showing how far it is; on failure, its last words and one sentence."""
    begun, seen, tail = time.time(), 0, []
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    environment = dict(os.environ, PYTHONUTF8="1", PIP_REQUIRE_VIRTUALENV="0", PIP_USER="0")
    process = subprocess.Popen(
        command + arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    for raw in process.stdout:
        line = raw.decode("utf-8", "replace").rstrip()
        tail = (tail + [line])[-200:]
        if line.lstrip().startswith(("Collecting", "Obtaining")):
            seen += 1
            name = line.split()[1].split("==")[0]
            show("Installing {0}: {1} of at most {2}, {3}".format(what, seen, total, name))
        elif line.startswith("Installing collected"):
            show("Installing {0}: unpacking".format(what))
    if process.wait() != 0:
        explain_failed_install("\n".join(tail))
    show("Installed {0} in {1:.0f} s.".format(what, time.time() - begun))
    sys.stderr.write("\n")


def show(progress):
    # type: (str) -> None
    """On standard error, so that the output of a command stays its own."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K" + progress)
    elif progress.startswith("Installed"):
        sys.stderr.write(progress)
    sys.stderr.flush()


def explain_failed_install(output):
    # type: (str) -> None
    words = output.lower()
    sys.stderr.write("\n" + "\n".join(output.splitlines()[-6:]) + "\n")
    if "do not match the hashes" in words:
        fail("A downloaded package is not the one that was locked (its hash differs): nothing was installed.")
    if "no space left" in words:
        fail("The disk is full: free about 1 GB, then start dev.py again.")
    signs = ("connection", "resolution", "timed out", "retrying", "network", "proxy", "from versions: none")
    if any(sign in words for sign in signs):
        fail("The Python package index could not be reached: check the network connection, then start dev.py again.")
    fail("Installing the requirements failed, for the reason above: mend it, then start dev.py again.")


def run(arguments):
    # type: (list) -> int
    """Run a program of the environment in the foreground; Ctrl-C belongs to it."""
    environment = dict(os.environ, PATH=BIN + os.pathsep + os.environ.get("PATH", ""), PYTHONUTF8="1")
    environment.pop("PYTHONHOME", None)
    process = subprocess.Popen([PYTHON] + arguments, cwd=ROOT, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def lint():
    # type: () -> int
    failed = []
    for name, arguments in LINTERS:
        print("== " + name, flush=True)
        if run(arguments) != 0:
            failed.append(name)
    print("Lint failed: " + ", ".join(failed) if failed else "Lint passed.")
    return 1 if failed else 0


MODULES = {"bench": "tests.benchmarks", "audit": "tests.vulnerabilities"}


def lock(arguments):
    # type: (list) -> int
    """Renew both locks; neither names an index or any address."""
    common = ["-m", "uv", "pip", "compile", "pyproject.toml", "--extra", "postgres", "--extra", "build", "--universal"]
    common += ["--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]
    common += arguments
    return run(common + ["-o", RUNTIME]) or run(
        common + ["--extra", "parquet", "--group", "dev", "-c", RUNTIME, "-o", DEVELOPMENT]
    )


def main(arguments):
    # type: (list) -> int
    check_python()
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if verb in ("demo", "run"):
        install(RUNTIME)
        return run(["-m", "coach"] + (["demo"] if verb == "demo" else []) + rest)
    if verb == "bench" and not rest:  # only lists them, which needs no environment
        return subprocess.call([sys.executable, os.path.join(ROOT, "tests", "benchmarks", "__main__.py")])
    if verb in ("test", "lint", "bench", "lock", "audit"):
        install(DEVELOPMENT)
        if verb == "test":
            return run(["-m", "pytest"] + (rest or ["-n", "2", "--dist", "worksteal"]))
        if verb in MODULES:
            return run(["-m", MODULES[verb]] + rest)
        return lock(rest) if verb == "lock" else lint()
    print(__doc__)
    return 0 if verb in ("help", "-h", "--help") else 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

"""Deployment files agree: image, app.json and service files match the Procfile, the lock and the settings."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from gunicorn.config import Config

from coach.config import Settings
from tests.support import DATA_KEY

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs/operations"
MAKES_OTHERS = (".scss", ".sh")  # what styles are compiled from
PROCFILE = dict(re.findall(r"^(\w+): (.+)$", (ROOT / "Procfile").read_text(), re.M))


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's, in order."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_procfile_is_the_contract() -> None:
    assert PROCFILE == {
        "release": "coach db upgrade",
        "web": "gunicorn --no-control-socket 'coach.web.app:create_app()'",
        "worker": "coach worker",
    }


def test_the_image_runs_as_nobody_in_particular_and_starts_what_the_procfile_starts() -> None:
    words = [word for word, _ in instructions()]
    last_stage = len(words) - words[::-1].index("FROM")
    users = [rest for word, rest in instructions()[last_stage:] if word == "USER"]
    assert users == ["coach"]
    [command] = [rest for word, rest in instructions() if word == "CMD"]
    assert json.loads(command) == shlex.split(PROCFILE["web"])
    assert dict(instructions())["STOPSIGNAL"] == "SIGTERM"


def test_the_image_installs_the_same_lock_and_fetches_nothing_else() -> None:
    runs = [rest for word, rest in instructions() if word == "RUN"]
    installs = [run for run in runs if "pip install" in run]
    assert len(installs) == 2
    assert "--require-hashes -r requirements.txt" in installs[0]
    assert "--no-deps" in installs[1]
    assert "--no-build-isolation" in installs[1]
    for run in runs:
        assert not re.search(r"curl|wget|\bapt|https?:|git clone", run), run


def test_gunicorns_settings_are_found_wherever_the_procfile_is_run() -> None:
    """By their name beside the Procfile, where the service file starts as well; the image says where they are."""
    assert Config().settings["config"].default == "./gunicorn.conf.py"
    assert (ROOT / "gunicorn.conf.py").parent == (ROOT / "Procfile").parent
    service = unit("rls-coach-web.service")
    assert service["ExecStart"].startswith(service["WorkingDirectory"] + "/.venv/")
    image = (ROOT / "Dockerfile").read_text()
    assert "COPY gunicorn.conf.py /opt/coach/\n" in image
    assert 'GUNICORN_CMD_ARGS="--config /opt/coach/gunicorn.conf.py"' in image


def test_the_image_gets_only_what_it_copies() -> None:
    copied = {
        name
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for name in rest.split()[:-1]
    }
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)


def test_the_images_install_step_brings_every_file_the_code_reads(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    for room in ("content", "schedules", "coach"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "-w", "out", "."],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=120,
    )
    [wheel] = (tmp_path / "out").glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        packed = set(file.namelist())
    wanted = {
        str(path.relative_to(ROOT))
        for room in ("content", "schedules", "coach")
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in MAKES_OTHERS
    }
    assert wanted <= packed
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / "installed")
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "installed"), "DATA_KEYS": DATA_KEY}
    for command in ("from coach.__main__ import main", "import coach; print(coach.__file__)"):
        told = subprocess.run(
            [sys.executable, "-c", command, "db", "upgrade"],
            env=given | {"DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite3"},
            cwd=tmp_path / "out",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(str(tmp_path / "installed"))


def test_app_json_names_real_settings_and_every_process() -> None:
    told = json.loads((ROOT / "app.json").read_text())
    known = {name.upper() for name in Settings.model_fields} | {"WEB_CONCURRENCY"}
    assert set(told["env"]) <= known
    assert {"SECRET_KEY", "DATA_KEYS", "PUBLIC_URL"} <= set(told["env"])
    assert set(told["formation"]) == {name for name in PROCFILE if name != "release"}


def unit(name: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # as the library documents it
    parser.read(OPERATIONS / name)
    return parser["Service"]


@pytest.mark.parametrize("process", ["web", "worker"])
def test_the_service_files_start_what_the_procfile_starts(process: str) -> None:
    service = unit(f"rls-coach-{process}.service")
    program, *arguments = service["ExecStart"].split()
    assert [Path(program).name, *arguments] == shlex.split(PROCFILE[process])
    assert service["User"] == "coach"
    assert int(service["TimeoutStopSec"]) > 30  # gunicorn's own patience, and a worker's longest request
    if process == "web":
        assert service["ExecStartPre"].endswith(PROCFILE["release"])


def test_the_nightly_copy_is_made_with_sqlites_own_backup() -> None:
    text = (OPERATIONS / "rls-coach-backup.service").read_text()
    assert "instance/coach.sqlite3 \".backup '" in text
    assert (OPERATIONS / "rls-coach-backup.timer").exists()

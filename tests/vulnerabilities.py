"""Compare the locked versions with published vulnerabilities, offline: `python3 dev.py audit FILE`.

FILE has entries in the OSV form: one JSON entry, a list of them, an object with `vulns`, or a zip of such files.
"""

import json
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from tests.licences import canonical

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.txt", "requirements-dev.txt")
HOW = (
    "Give a vulnerability file: download https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip, which OSV "
    "renews daily, and run 'python3 dev.py audit all.zip'."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A locked version with a published vulnerability. `fixed` are the versions that end it, as published."""

    package: str
    version: str
    id: str
    fixed: tuple[str, ...]


class FileError(ValueError):
    """The file cannot be used; the message is one sentence."""


def locked() -> dict[str, set[str]]:
    """Every locked package with its versions: some have one for each version of Python."""
    text = "\n".join((ROOT / name).read_text() for name in LOCKS)
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.M):
        found.setdefault(canonical(name), set()).add(version)
    return found


def entries_of(path: Path) -> Iterator[Mapping[str, Any]]:
    """The entries of a file. Raises FileError."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    yield from _entries(json.loads(packed.read(name)))
        else:
            yield from _entries(json.loads(path.read_bytes()))
    except (OSError, ValueError, zipfile.BadZipFile):
        raise FileError(f"{path} is no file of vulnerabilities in the OSV form. {HOW}") from None


def _entries(value: Any) -> Iterator[Mapping[str, Any]]:
    listed = value if isinstance(value, list) else value.get("vulns", [value]) if isinstance(value, dict) else [value]
    for one in listed:
        if not isinstance(one, dict) or "id" not in one:
            raise ValueError("no entry")
        yield one


def findings(entry: Mapping[str, Any], packages: Mapping[str, set[str]]) -> Iterator[Finding]:
    """What of the locked packages an entry concerns, unless it was withdrawn."""
    for affected in entry.get("affected", ()):
        package = affected.get("package", {})
        name = canonical(str(package.get("name", "")))
        if package.get("ecosystem") != "PyPI" or entry.get("withdrawn"):
            continue
        ranges = affected.get("ranges", ())
        fixed = tuple(event["fixed"] for one in ranges for event in one.get("events", ()) if "fixed" in event)
        for version in sorted(packages.get(name, ())):
            if version in affected.get("versions", ()) or any(_within(one, version) for one in ranges):
                yield Finding(name, version, entry["id"], fixed)


def _within(published: Mapping[str, Any], version: str) -> bool:
    """Whether a version is in a range: the last event up to it decides. Ranges of commits say nothing here."""
    if published.get("type") not in ("ECOSYSTEM", "SEMVER"):
        return False
    inside = False
    events = [(_parsed(at), kind) for event in published.get("events", ()) for kind, at in event.items()]
    for at, kind in sorted(events):
        if kind == "introduced" and at <= Version(version):
            inside = True
        if (kind == "fixed" and at <= Version(version)) or (kind == "last_affected" and at < Version(version)):
            inside = False
    return inside


def _parsed(version: str) -> Version:
    try:
        return Version(version)
    except InvalidVersion:
        return Version("0")


def main(arguments: list[str]) -> int:
    """Print what was found: 0 if nothing, 1 if something, 2 if the file cannot be used."""
    if len(arguments) != 1:
        print(HOW, file=sys.stderr)
        return 2
    packages, found, count, newest = locked(), set(), 0, ""
    try:
        for entry in entries_of(Path(arguments[0])):
            count, newest = count + 1, max(newest, str(entry.get("modified", ""))[:10])
            found |= set(findings(entry, packages))
    except FileError as error:
        print(error, file=sys.stderr)
        return 2
    for one in sorted(found, key=lambda one: (one.package, one.id)):
        print(f"{one.package} {one.version}: {one.id}, fixed in {', '.join(one.fixed) or 'no version yet'}")
    said = f"{len(found)} found" if found else "none of them is locked here"
    print(
        f"{len(packages)} packages compared with {count} entries, the newest of {newest or 'an unknown day'}: {said}."
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

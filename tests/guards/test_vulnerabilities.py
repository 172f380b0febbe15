"""`dev.py audit`: a locked version within a published range is found, one outside it is not, and bad files are told."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.vulnerabilities import HOW, locked, main


def entry(name: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return {"id": "PYSEC-1", "modified": "2026-11-01T00:00:00Z", "affected": [affected | more.pop("also", {})]} | more


def audit(folder: Path, *entries: dict[str, Any]) -> int:
    path = folder / "osv.json"
    path.write_text(json.dumps(list(entries)))
    return main([str(path)])


def test_a_locked_version_within_a_range_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [version] = locked()["flask"]
    assert audit(tmp_path, entry("Flask", {"introduced": "0"}, {"fixed": "99.0"})) == 1
    assert f"flask {version}: PYSEC-1, fixed in 99.0" in capsys.readouterr().out
    for events in ([{"introduced": "0"}, {"last_affected": version}], [{"introduced": version}]):
        assert audit(tmp_path, entry("flask", *events)) == 1
    by_list = entry("flask", also={"versions": [version], "ranges": []})
    assert audit(tmp_path, by_list) == 1
    assert "fixed in no version yet" in capsys.readouterr().out


def test_what_does_not_concern_a_locked_version_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [version] = locked()["flask"]
    other = entry("flask", {"introduced": "0"})
    other["affected"][0]["package"]["ecosystem"] = "npm"
    commits = entry("flask", {"introduced": "0"})
    commits["affected"][0]["ranges"][0]["type"] = "GIT"
    assert (
        audit(
            tmp_path,
            entry("flask", {"introduced": "0"}, {"fixed": version}),
            entry("flask", {"introduced": "99.0"}),
            entry("flask", {"introduced": "0"}, {"last_affected": "0.1"}),
            entry("flask", {"introduced": "0"}, withdrawn="2026-11-02T00:00:00Z"),
            entry("no-such-package-here", {"introduced": "0"}),
            other,
            commits,
        )
        == 0
    )
    assert "with 7 entries, the newest of 2026-11-01: none of them is locked here." in capsys.readouterr().out


def test_a_zip_of_entries_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        packed.writestr("PYSEC-1.json", json.dumps(entry("flask", {"introduced": "0"})))
    assert main([str(tmp_path / "all.zip")]) == 1


def test_without_a_file_one_sentence_says_how_to_get_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err == HOW + "\n"
    (tmp_path / "wrong").write_text("[1]")
    for path in ("wrong", "missing"):
        assert main([str(tmp_path / path)]) == 2
        assert capsys.readouterr().err.endswith(HOW + "\n")

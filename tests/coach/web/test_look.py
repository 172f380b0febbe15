"""What the pages look like is ours, and fits the macros it was compiled for."""

import re
from importlib.metadata import distribution
from pathlib import Path

from flask import Flask

STATIC = Path(__file__).parents[3] / "coach" / "web" / "static"


def test_the_compiled_style_is_of_the_version_that_the_macros_were_written_for() -> None:
    compiled = re.search(r'--govuk-frontend-version: ?"([0-9.]+)"', (STATIC / "govuk.css").read_text())
    macros = re.search(
        r"GOV\.UK%20Frontend-v([0-9.]+)-", distribution("govuk-frontend-jinja").read_text("METADATA") or ""
    )
    assert compiled
    assert macros
    assert compiled[1] == macros[1]


def test_no_style_sheet_brings_a_crest_a_crown_transport_or_anything_from_elsewhere() -> None:
    for sheet in STATIC.glob("*.css"):
        text = sheet.read_text().lower()
        assert not re.search(r"transport|crown|crest|@import|@font-face|url\(", text), sheet.name


def test_every_answer_carries_a_policy_without_anything_unsafe(app: Flask) -> None:
    policy = app.test_client().get("/sign-in").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "data:" not in policy

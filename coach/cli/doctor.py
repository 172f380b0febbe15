"""`coach doctor`: check this installation, and say how to fix what fails."""

import json
import sys
from dataclasses import asdict

import click

from coach.config import load_settings
from coach.operations.diagnose import Finding, diagnose
from coach.operations.examine import examine
from coach.runtime import signature_check_from, utc_now

MARKS = {"ok": "ok    ", "note": "note  ", "failed": "FAILED"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def doctor(as_json: bool) -> None:
    """Check settings, database, Twilio, public address, clocks and mail, and say how to fix each failure."""
    findings = diagnose(examine(load_settings, signature_check_from, utc_now))
    failed = sum(finding.level == "failed" for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": not failed, "findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            click.echo(_line(finding))
        click.echo(f"{failed} of {len(findings)} checks failed." if failed else "All is well.")
    if failed:
        sys.exit(1)


def _line(finding: Finding) -> str:
    return f"{MARKS[finding.level]}  {finding.check:<14}  {finding.says}"

"""`coach doctor`: check this installation. `coach deletions`: what the texting provider must still delete."""

import json
import sys
from dataclasses import asdict

import click

from coach.audit import COMMAND_LINE, record
from coach.config import load_settings
from coach.operations.diagnosis.diagnose import Finding, diagnose
from coach.operations.examine import examine
from coach.runtime import opened_runtime, signature_check_from, utc_now
from schedules.database.engine import read_transaction, write_transaction
from schedules.dispatch.provider_deletion import list_deletions, retry_given_up

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


@click.group()
def deletions() -> None:
    """Show and retry what the texting provider has not deleted yet."""


@deletions.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def deletions_list(as_json: bool) -> None:
    """List what is queued or given up, and the date on which we forget the number ourselves. No numbers."""
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        listed = list_deletions(connection)
    if as_json:
        click.echo(json.dumps(listed))
        return
    for one in listed:
        state = f"given up after {one['attempts']} attempts ({one['reason']})" if one["given_up"] else "queued"
        click.echo(f"{one['id']}: {one['what']}, {state}, kept until {one['last_on'] or 'not yet known'}")


@deletions.command("retry")
def deletions_retry() -> None:
    """Queue again what was given up, for example after the credentials were corrected."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        count = retry_given_up(connection, runtime.now())
        if count:
            record(connection, COMMAND_LINE, "retried", "deletions", runtime.now(), None, {"deletions": count})
    click.echo(f"{count} queued again: a worker asks the provider within minutes.")

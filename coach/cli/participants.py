"""`coach participants` (import, list, show, set, export and stop) and `coach erase`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import select

from coach.accounts.sign_ins import AccountError
from coach.audit import COMMAND_LINE, Entry, access_to, record, record_view
from coach.participants.listing import find_participant, list_participants
from coach.privacy.erase import erase as erase_participant
from coach.privacy.erase import erase_number
from coach.privacy.personal_data import export_number, export_person
from coach.runtime import opened_runtime
from schedules.database.engine import checkpoint, read_transaction, write_transaction
from schedules.database.tables.people import Participant
from schedules.enrolment.policy_choice import POLICY_NAMES

if TYPE_CHECKING:
    from coach.participants.roster import Imported


@click.group()
def participants() -> None:
    """Manage the people who receive texts."""


@participants.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--clinic", help="Name of the clinic; created if it does not exist.")
@click.option("--confirmed", is_flag=True, help="They have already confirmed elsewhere: start without a welcome text.")
@click.option("--dry-run", is_flag=True, help="Check and count, but change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def participants_import(file: Path, clinic: str | None, confirmed: bool, dry_run: bool, as_json: bool) -> None:
    """Enroll people from a CSV file, all or nothing."""
    from coach.cli.roster_commands import import_file  # noqa: PLC0415  (only this command needs the roster's rules)

    with opened_runtime(sends_texts=True) as runtime:  # it queues the welcome
        imported = import_file(runtime, file.read_bytes(), clinic, confirmed=confirmed, dry_run=dry_run)
    _report_import(imported, dry_run=dry_run, as_json=as_json)
    if imported.errors:
        sys.exit(2)


def _report_import(imported: "Imported", *, dry_run: bool, as_json: bool) -> None:
    counts = {what: imported.count(what) for what in ("created", "updated", "ignored")}
    if as_json:
        errors = [{"row": error.row, "column": error.column, "reason": error.reason} for error in imported.errors]
        notes = [{"row": row.row, "id": row.id, "note": row.note} for row in imported.enrolled if row.note]
        click.echo(json.dumps({**counts, "dry_run": dry_run, "errors": errors, "notes": notes}))
        return
    for error in imported.errors:
        click.echo(str(error), err=True)
    if imported.errors:
        click.echo(f"{len(imported.errors)} errors: nothing was changed. Fix the file and import it again.", err=True)
        return
    for row in imported.enrolled:
        if row.note:
            click.echo(f"row {row.row}: {row.what}, {row.note}")
    summary = ", ".join(f"{count} {what}" for what, count in counts.items())
    click.echo(f"{summary}." + (" Nothing was changed: this was a dry run." if dry_run else ""))


@participants.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def participants_list(as_json: bool) -> None:
    """List all participants, ordered by id."""
    with opened_runtime() as runtime:
        with read_transaction(runtime.engine) as connection:
            rows = list_participants(connection)
        record_view(runtime.engine, COMMAND_LINE, "participants", runtime.now())
    if as_json:
        click.echo(json.dumps(rows))
    else:
        _print_table(rows)


@participants.command("show")
@click.argument("id", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def participants_show(id: int, as_json: bool) -> None:
    """Show one participant."""
    with opened_runtime() as runtime:
        with read_transaction(runtime.engine) as connection:
            row = find_participant(connection, id)
        if row is None:
            raise AccountError(f"There is no participant {id}.")
        record_view(runtime.engine, COMMAND_LINE, f"participant {id}", runtime.now())
    if as_json:
        click.echo(json.dumps(row))
        return
    for name, value in row.items():
        click.echo(f"{name}: {'' if value is None else value}")


def _print_table(rows: list[dict[str, object]]) -> None:
    from rich.console import Console  # noqa: PLC0415  (slow to load)
    from rich.table import Table  # noqa: PLC0415  (slow to load)

    if not rows:
        click.echo("Nobody is enrolled yet: 'coach participants import FILE.csv' enrolls people.")
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console().print(table)


@participants.command("set")
@click.argument("id", type=int)
@click.option("--first-name", metavar="NAME", help="Shown on coaches' pages; '' removes it.")
@click.option("--phone", metavar="NUMBER", help="The number they gave a coach; texts go there from now on.")
@click.option("--evening-time", metavar="HH:MM", help="When the evening text comes, in their time zone.")
@click.option("--bedtime", metavar="HH:MM", help="No text is sent after it; 'none' if it is not known.")
@click.option("--time-zone", metavar="ZONE", help="An IANA name, such as America/Chicago.")
@click.option("--language", metavar="CODE", help="The language of their texts.")
@click.option("--coach", metavar="EMAIL", help="A coach of their clinic; 'none' to assign nobody.")
@click.option("--programme", metavar="ID", help="Another program, from now on.")
@click.option("--policy", metavar="|".join(POLICY_NAMES), help="How steps are chosen, from now on.")
@click.option("--randomised-consent", metavar="TEXT", help="Who said that they agree to be randomized.")
@click.option("--tag", multiple=True, help="A tag they have, such as stockings_advised. Repeatable.")
@click.option("--no-tag", multiple=True, help="A tag they no longer have. Repeatable.")
@click.option("--plans", metavar="on|private|off", help="Whether Sunday's text asks for a plan of their own.")
@click.option("--until", metavar="DATE", help="Pause: the evening texts resume on this date, such as 2026-12-24.")
def participants_set(id: int, **given: object) -> None:
    """Change one participant: all that is given, or nothing."""
    from coach.cli.roster_commands import set_participant  # noqa: PLC0415  (only this command needs the roster's rules)

    with opened_runtime(sends_texts=True) as runtime:  # it may queue the welcome again
        notes = set_participant(runtime, id, given)
    for note in notes:
        click.echo(f"Participant {id}: {note}", err=True)
    click.echo(f"Participant {id}: done.")


@participants.command("export")
@click.argument("id", type=int, required=False)
@click.option("--phone", metavar="NUMBER", help="Instead of an id: a number, enrolled or not.")
def participants_export(id: int | None, phone: str | None) -> None:
    """Print everything stored about one participant or number as JSON, to hand over to them."""
    number = _either(id, phone)
    with opened_runtime() as runtime:
        with read_transaction(runtime.engine) as connection:
            stored: dict[str, Any] | None
            if number is not None:
                number_hash = runtime.keys.number_hash(number)
                stored, clinic_id = export_number(connection, number, number_hash), None
                subject = f"number {number_hash[:12]}"
            else:
                stored, subject = export_person(connection, id or 0), f"participant {id}"
                clinic_id = connection.execute(select(Participant.clinic_id).where(Participant.id == id)).scalar()
        if stored is None:
            raise AccountError(_nobody(id))
        with write_transaction(runtime.engine) as connection:
            record(connection, COMMAND_LINE, "exported", subject, runtime.now(), clinic_id)
    click.echo(json.dumps(stored, indent=2, ensure_ascii=False))


@participants.command("access-log")
@click.argument("id", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def participants_access_log(id: int, as_json: bool) -> None:
    """List who looked at one participant or changed something, and when, to hand over to them. Newest first.

    Exports of the whole clinic are listed too. Lists of several people (the home page, the inbox, weekly summaries) are
    recorded as such, not for each person, and are not.
    """
    with opened_runtime() as runtime:
        with read_transaction(runtime.engine) as connection:
            clinic_id = connection.execute(select(Participant.clinic_id).where(Participant.id == id)).scalar()
            if clinic_id is None:
                raise AccountError(f"There is no participant {id}.")
            entries = access_to(connection, id, clinic_id)
        record_view(runtime.engine, COMMAND_LINE, f"access log of participant {id}", runtime.now(), clinic_id)
    if as_json:
        told = [{"at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}", "who": one.actor, "action": _done(one)} for one in entries]
        click.echo(json.dumps(told))
        return
    for one in entries:
        click.echo(f"{one.at:%Y-%m-%d %H:%M} UTC  {_done(one)}  {one.actor}")


def _done(entry: Entry) -> str:
    """Say what was done: with this person, or with the clinic that they are in."""
    if not str(entry.subject).startswith("clinic "):
        return entry.action
    pseudonyms = entry.detail.get("deidentified") is True or entry.detail.get("identified") is False
    return f"{entry.action} with the whole clinic{', de-identified' if pseudonyms else ''}"


def _either(id: int | None, phone: str | None) -> str | None:
    """Return the number that was given instead of an id."""
    from schedules.enrolment.roster_file import read_phone  # noqa: PLC0415  (loads the numbering plans)

    if (id is None) == (phone is None):
        raise click.UsageError("give either an ID or --phone.")
    if phone is None:
        return None

    try:
        return read_phone(phone, "us")
    except ValueError as error:
        raise AccountError(f"--phone: {error}.") from None


def _nobody(id: int | None) -> str:
    return "Nothing is stored about this number." if id is None else f"There is no participant {id}."


@participants.command("stop")
@click.argument("id", type=int)
@click.option("--reason", required=True, metavar="TEXT", help="How they asked, such as 'asked on the phone'.")
def participants_stop(id: int, reason: str) -> None:
    """Stop all texts to a participant who asked for it. Only they can restart, by texting START."""
    from coach.cli.roster_commands import stop_at_their_word  # noqa: PLC0415  (only these commands need the rules)

    with opened_runtime() as runtime:
        new = stop_at_their_word(runtime, id, reason)
    click.echo(f"Participant {id} {'gets no more texts' if new else 'had stopped already'}. Only START resumes them.")


@participants.command("hand-over")
@click.argument("ids", type=int, nargs=-1, required=True)
@click.option("--to", "email", required=True, metavar="EMAIL", help="The colleague who coaches them from now on.")
def participants_hand_over(ids: tuple[int, ...], email: str) -> None:
    """Hand participants over to a colleague: all that are named, or nobody."""
    from coach.cli.roster_commands import hand_over_to  # noqa: PLC0415  (only these commands need the rules)

    with opened_runtime() as runtime:
        moved = hand_over_to(runtime, ids, email)
    click.echo(f"{moved} handed over to {email}." if moved else f"They were {email}'s already.")


@participants.command("choose-step")
@click.argument("id", type=int)
@click.argument("step")
def participants_choose_step(id: int, step: str) -> None:
    """Choose the step of somebody's next evening; 'none' lets it be drawn."""
    from coach.cli.roster_commands import choose_step_of  # noqa: PLC0415  (only these commands need the rules)

    with opened_runtime() as runtime:
        there = choose_step_of(runtime, id, "" if step == "none" else step)
    click.echo(f"{there.on.isoformat()}: {there.words or 'the step is drawn in the evening.'}")


@click.command()
@click.argument("id", type=int, required=False)
@click.option("--phone", metavar="NUMBER", help="Instead of an id: a number, enrolled or not.")
def erase(id: int | None, phone: str | None) -> None:
    """Erase a participant's data. Only a keyed hash of the number stays, so that nobody texts it again."""
    number = _either(id, phone)
    with opened_runtime() as runtime:
        at_provider, now = runtime.settings.sends_for_real, runtime.now()
        with write_transaction(runtime.engine) as connection:
            if number is not None:
                number_hash = runtime.keys.number_hash(number)
                found = erase_number(connection, number, number_hash, now, actor=COMMAND_LINE, at_provider=at_provider)
            else:
                found = erase_participant(connection, id or 0, now, actor=COMMAND_LINE, at_provider=at_provider)
            if not found:
                raise AccountError(_nobody(id))
        checkpoint(runtime.engine)
    more = " Twilio is asked to delete its copies." if at_provider else ""
    who = "The number" if id is None else f"Participant {id}"
    click.echo(f"{who} is erased: only a keyed hash of the number stays, so that it is not texted.{more}")

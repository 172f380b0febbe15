"""`coach clinics`: what each clinic may send, and how long it keeps what it has."""

import json
from collections.abc import Callable
from typing import Any

import click
from sqlalchemy import Connection, select, update

from coach.accounts.clinic_settings import read_contact, read_hours
from coach.accounts.sign_ins import AccountError, find_clinic
from coach.audit import COMMAND_LINE, record
from coach.participants.narrowed_hours import find_outside, move_inside
from coach.runtime import opened_runtime
from content.catalogue import Catalogue
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.timing.quiet_hours import quiet_hours_from

LIMITS = {"texts_a_day": "daily_texts", "keep_texts": "keep_texts_days", "keep_people": "keep_people_days"}


@click.group()
def clinics() -> None:
    """What each clinic may send, and how long it keeps what it has."""


@clinics.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def clinics_list(as_json: bool) -> None:
    """Every clinic with its limits."""
    columns = [getattr(Clinic, column).label(name) for name, column in LIMITS.items()]
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        rows = connection.execute(select(Clinic.name, *columns).order_by(Clinic.name)).mappings().all()
    if as_json:
        click.echo(json.dumps([dict(row) for row in rows]))
        return
    for row in rows:
        limits = ", ".join(f"{name.replace('_', ' ')}: {told(row[name])}" for name in LIMITS)
        click.echo(f"{row['name']}: {limits}")


def told(limit: int | None) -> str:
    """A limit as words."""
    return "none" if limit is None else str(limit)


def limit(least: int) -> Callable[[Any, Any, str | None], int | str | None]:
    """A callback that takes `none` or a number from `least` on."""

    def read(_context: Any, _parameter: Any, given: str | None) -> int | str | None:
        if given is None or given == "none":
            return given
        if not (given.isdecimal() and len(given) < 8 and int(given) >= least):
            raise click.BadParameter(f"'{given}' is not a number from {least} on, nor 'none'")
        return int(given)

    return read


@clinics.command("set")
@click.argument("name")
@click.option("--texts-a-day", callback=limit(0), help="Texts it may send in a day; 'none' for three a person.")
@click.option("--keep-texts", callback=limit(30), help="Days that words are kept; 'none' for ever.")
@click.option("--keep-people", callback=limit(30), help="Days that who has left is kept; 'none' for ever.")
@click.option("--contact", help="How people reach it, as texts name it: 'Harbor Clinic at 555-0100'; 'none' for none.")
@click.option("--hours", help="When texts may arrive, every day, such as 08:00-20:00; 'none' for 08:00-21:00.")
@click.option("--move", is_flag=True, help="With --hours: move people whose time is outside into them.")
def clinics_set(name: str, contact: str | None, hours: str | None, move: bool, **given: int | str | None) -> None:
    """Set what is a clinic's own; what is not given stays."""
    values: dict[str, Any] = {
        LIMITS[option]: None if value == "none" else value for option, value in given.items() if value is not None
    }
    if contact is not None:
        values["contact"] = _read("contact", contact, read_contact)
    if hours is not None:
        values["quiet_hours"] = _read("hours", hours, read_hours)
    if not values:
        raise click.UsageError("Say what to set: --contact, --hours, --texts-a-day, --keep-texts or --keep-people.")
    with opened_runtime() as runtime:
        with write_transaction(runtime.engine) as connection:
            clinic_id = find_clinic(connection, name)
            if clinic_id is None:
                raise AccountError(f"There is no clinic '{name}'.")
            if hours is not None:
                _refuse_if_outside(connection, runtime.catalogue, clinic_id, values["quiet_hours"], move=move)
            connection.execute(update(Clinic).where(Clinic.id == clinic_id).values(values))
            detail = {name: told(value) if name in LIMITS.values() else True for name, value in values.items()}
            record(connection, COMMAND_LINE, "changed", f"clinic {clinic_id}", runtime.now(), clinic_id, detail)
        if hours is not None:
            moved = move_inside(runtime.engine, clinic_id, runtime.catalogue, runtime.now())
            click.echo(f"{moved} moved into the new hours.")
    click.echo(f"{name}: done.")


def _read(option: str, typed: str, read: Callable[[str], Any]) -> Any:
    try:
        return None if typed.strip() == "none" else read(typed)
    except ValueError as error:
        raise click.UsageError(f"--{option}: {error}") from None


def _refuse_if_outside(
    connection: Connection, catalogue: Catalogue, clinic_id: int, table: list[dict[str, Any]] | None, *, move: bool
) -> None:
    """List whose time the hours would change, and go on only if that is wanted and leaves nobody without a time."""
    outside = find_outside(connection, clinic_id, quiet_hours_from(table), catalogue)
    for one in outside:
        click.echo(f"participant {one.participant_id}: {one.evening_at:%H:%M}, from now on {one.words}", err=True)
    if any(one.moves_to is None for one in outside):
        raise click.UsageError("--hours: some have no time left before their bedtime: change that first.")
    if outside and not move:
        raise click.UsageError(f"--hours: {len(outside)} have a time outside; --move moves them. Nothing was changed.")

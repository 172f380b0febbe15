"""`coach clinics`: each clinic's contact, texting hours, limits, program and policy."""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection, select, update

from coach.accounts.clinic_settings import hours_of, read_contact, read_hours
from coach.accounts.joining import set_keyword
from coach.accounts.keyword import read_keyword
from coach.accounts.sign_ins import AccountError, about_new_clinic, find_clinic, no_such_clinic
from coach.audit import COMMAND_LINE, record
from coach.config import Settings
from coach.conversation.joining.public_form import open_form
from coach.participants.narrowed_hours import find_outside, move_inside
from coach.runtime import opened_runtime
from content.catalogue import Catalogue
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.enrolment.policy_choice import POLICY_NAMES, RANDOMISED, WITHOUT_CONSENT
from schedules.timing.quiet_hours import quiet_hours_from

LIMITS = {"texts_a_day": "daily_texts", "keep_texts": "keep_texts_days", "keep_people": "keep_people_days"}
LISTED = {
    **{"contact": "contact", "keyword": "keyword", "hours": "quiet_hours"},
    **LIMITS,
    "form": "public_form",
    "single_sign_on": "single_sign_on",
}
COLUMNS = LIMITS | {"hours": "quiet_hours"}
LOGGED = {*LIMITS.values(), "programme", "policy", "single_sign_on"}  # the audit log names their values
SINGLE_SIGN_ON = {"required": True, "off": False}
FORM = {"open": True, "closed": False}
WORDS = {"single_sign_on": SINGLE_SIGN_ON, "form": FORM}
TYPED: dict[str, Callable[[str], Any]] = {
    "contact": read_contact,
    "hours": read_hours,
    "keyword": read_keyword,
    "form": FORM.__getitem__,
    "single_sign_on": SINGLE_SIGN_ON.__getitem__,
}


@click.group()
def clinics() -> None:
    """Manage clinics: contact, keyword, texting hours, daily limit, retention, program and policy."""


@clinics.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def clinics_list(as_json: bool) -> None:
    """List clinics with their contact, keyword, hours and limits."""
    columns = [getattr(Clinic, column).label(name) for name, column in LISTED.items()]
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        rows = connection.execute(select(Clinic.name, *columns).order_by(Clinic.name)).mappings().all()
    if as_json:
        click.echo(json.dumps([dict(row) for row in rows]))
        return
    for row in rows:
        limits = ", ".join(f"{name.replace('_', ' ')}: {_limit_text(row[name], name)}" for name in LISTED)
        click.echo(f"{row['name']}: {limits}")


def _limit_text(limit: int | str | list[Any] | None, name: str) -> str:
    if isinstance(limit, bool):
        return next(word for word, value in WORDS[name].items() if value == limit)
    if isinstance(limit, list):
        return " or ".join(dict.fromkeys(f"{opens}-{closes}" for _, opens, closes in hours_of(limit)))
    return "none" if limit is None else str(limit)


def limit(least: int) -> Callable[[object, object, str | None], int | str | None]:
    """Return an option callback that accepts `none` or a whole number of at least `least`."""

    def read(_context: object, _parameter: object, given: str | None) -> int | str | None:
        if given is None or given == "none":
            return given
        if not (given.isdecimal() and len(given) < 8 and int(given) >= least):
            raise click.BadParameter(f"'{given}' is neither 'none' nor a whole number of at least {least}")
        return int(given)

    return read


@clinics.command("set")
@click.argument("name")
@click.option("--texts-a-day", callback=limit(0), help="Daily limit of texts; 'none' for three per participant.")
@click.option("--keep-texts", callback=limit(30), help="Days to keep message bodies; 'none' to keep them forever.")
@click.option(
    "--keep-people", callback=limit(30), help="Days to keep participants who have left; 'none' to keep them forever."
)
@click.option("--contact", help="How texts name the clinic's contact: 'Harbor Clinic at 555-0100'; 'none' for none.")
@click.option("--keyword", help="The word by which people join by text: 'JOIN HARBOR' for HARBOR; 'none' for none.")
@click.option("--form", type=click.Choice(tuple(FORM)), help="Whether people may also join by a page: /join/HARBOR.")
@click.option("--hours", help="When texts may arrive, every day, such as 08:00-20:00; 'none' for 08:00-21:00.")
@click.option("--programme", metavar="ID", help="The program of people enrolled from now on; 'none' for the usual one.")
@click.option(
    "--policy",
    metavar="|".join(POLICY_NAMES),
    help="How steps are chosen for people enrolled from now on; 'none' leaves it to the program.",
)
@click.option(
    "--single-sign-on",
    type=click.Choice(tuple(SINGLE_SIGN_ON)),
    help="Whether the clinic's accounts must sign in at the identity provider, without a password here.",
)
@click.option("--move", is_flag=True, help="With --hours: move evening times that fall outside the new hours.")
def clinics_set(name: str, move: bool, **given: int | str | None) -> None:
    """Change a clinic's settings. Options that are not given stay as they are."""
    values = {COLUMNS.get(option, option): _read(option, typed) for option, typed in given.items() if typed is not None}
    if not values:
        raise click.UsageError("Say what to set: see --help.")
    hours = "quiet_hours" in values
    with opened_runtime() as runtime:
        _require_provider(values, runtime.settings)
        _require_known("programme", values, runtime.catalogue.programmes)
        _require_known("policy", values, POLICY_NAMES)
        with write_transaction(runtime.engine) as connection:
            clinic_id = find_clinic(connection, name)
            if clinic_id is None:
                raise AccountError(no_such_clinic(connection, name))
            if hours:
                _refuse_if_outside(connection, runtime.catalogue, clinic_id, values["quiet_hours"], move=move)
            _set_joining(connection, clinic_id, values, runtime.now())
            if values:
                connection.execute(update(Clinic).where(Clinic.id == clinic_id).values(values))
                detail = {
                    column: _limit_text(value, column) if column in LOGGED else True for column, value in values.items()
                }
                record(connection, COMMAND_LINE, "changed", f"clinic {clinic_id}", runtime.now(), clinic_id, detail)
        if hours:
            moved = move_inside(runtime.engine, clinic_id, runtime.catalogue, runtime.now())
            click.echo(f"{moved} moved into the new hours.")
    if values.get("policy") in RANDOMISED:
        click.echo(f"People whose consent to be randomized is not recorded are enrolled on {WITHOUT_CONSENT}.")
    click.echo(f"{name}: done.")


def _set_joining(connection: Connection, clinic_id: int, values: dict[str, Any], now: datetime) -> None:
    """Store what belongs to joining, and take it out of the values."""
    if "keyword" in values:
        set_keyword(connection, COMMAND_LINE, clinic_id, values.pop("keyword"), now)
    if "form" in values:
        open_form(connection, COMMAND_LINE, clinic_id, now, is_open=values.pop("form"))


def _read(option: str, typed: int | str) -> Any:
    if str(typed).strip() == "none":
        return None
    try:
        return TYPED[option](str(typed)) if option in TYPED else typed
    except ValueError as error:
        raise click.UsageError(f"--{option}: {error}") from None


def _require_known(option: str, values: Mapping[str, object], known: Collection[str]) -> None:
    value = values.get(option)
    if value is not None and value not in known:
        raise AccountError(f"--{option}: '{value}' is not a {option}: choose from {', '.join(known)}.")


def _require_provider(values: Mapping[str, object], settings: Settings) -> None:
    if values.get("single_sign_on") and not settings.oidc_issuer:
        raise click.UsageError(
            "--single-sign-on: set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET first. Nothing was changed."
        )


def _refuse_if_outside(
    connection: Connection, catalogue: Catalogue, clinic_id: int, table: list[dict[str, Any]] | None, *, move: bool
) -> None:
    """List participants whose time falls outside the hours; refuse unless `move` is set and all have room to move."""
    outside = find_outside(connection, clinic_id, quiet_hours_from(table), catalogue)
    for one in outside:
        click.echo(f"participant {one.participant_id}: {one.evening_at:%H:%M}, from now on {one.words}", err=True)
    if any(one.moves_to is None for one in outside):
        raise click.UsageError(
            "--hours: some participants would have no time left before their bedtime. Change that first."
        )
    if outside and not move:
        raise click.UsageError(
            f"--hours: {len(outside)} evening times are outside; add --move to move them. Nothing was changed."
        )


def warn_if_new(connection: Connection, name: str) -> None:
    """Say on stderr that a clinic of this name is created, and which other is like it. Raises AccountError."""
    told = about_new_clinic(connection, name)
    if told:
        click.echo(told, err=True)

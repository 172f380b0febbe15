"""Gather facts for `coach doctor`: settings, database, provider, public address, mail. Decides nothing."""

import smtplib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

import tzdata
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from coach.audit import summary_of, verify
from coach.config import SettingError, Settings
from coach.database.schema import head, is_ahead, load_keys, open_database, revision_of
from coach.events.health import describe_failing
from coach.operations.clock_doubts import words_of
from coach.operations.facts import (
    AccountFacts,
    Answer,
    DatabaseFacts,
    Facts,
    Given,
    LineFacts,
    PublicFacts,
    SenderFacts,
)
from coach.operations.measures import WORKING, count_stuck
from schedules.database.encryption import KeysMissingError
from schedules.database.engine import read_transaction
from schedules.database.set_aside import count_set_aside
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Participant
from schedules.database.tables.work import WorkerHeartbeat
from schedules.database.types import UtcInstant
from schedules.dispatch.provider_deletion import count_given_up
from schedules.dispatch.rate_limit import describe_shut
from schedules.dispatch.senders import load_sender
from schedules.outbox.dead_numbers import count_held, dead_pagers

if TYPE_CHECKING:  # what asks the provider is imported only where there is one
    from schedules.gateway.fetch import FetchResult
    from schedules.gateway.twilio import SignatureCheck
    from schedules.gateway.twilio_account import TwilioAccount

MAIL_SECONDS = 10
SignatureCheckOf = Callable[[Settings], "SignatureCheck | None"]


def examine(load: Callable[[], Settings], signature_check: SignatureCheckOf, now: Callable[[], datetime]) -> Facts:
    """Return everything that `coach.operations.diagnosis.diagnose` looks at.

    Posts one delivery receipt that is not stored, and sends no text and no mail.
    """
    try:
        settings = load()
    except SettingError as error:
        return Facts(now(), setting_faults=error.faults)
    given = _given(settings)
    account, sender = _provider(settings, now) if settings.sends_for_real else (None, None)
    return Facts(
        now=now(),
        given=given,
        database=_database(settings, now) if given.has_data_keys else None,
        account=account,
        sender=sender,
        public=_public(settings, signature_check(settings), now) if settings.sends_for_real else None,
        mail_trouble=_mail_trouble(settings) if settings.mail_server else None,
        zone_version=_zone_version(),
    )


def _given(settings: Settings) -> Given:
    return Given(
        public_url=settings.public_url,
        sends_for_real=settings.sends_for_real,
        messaging_service=bool(settings.twilio_messaging_service_sid),
        opt_out_mode=settings.twilio_opt_out_mode,
        signs_sessions=_is_valid(settings.session_secret),
        has_data_keys=_is_valid(settings.fernet_keys),
    )


def _is_valid(read: Callable[[], object]) -> bool:
    try:
        read()
    except SettingError:
        return False
    return True


def _database(settings: Settings, now: Callable[[], datetime]) -> DatabaseFacts:
    try:
        engine = open_database(settings)
    except (SettingError, OSError) as error:
        return DatabaseFacts(trouble=str(error))
    try:
        return _look_into(engine, settings, now)
    except SQLAlchemyError as error:
        return DatabaseFacts(trouble=type(getattr(error, "orig", None) or error).__name__)
    finally:
        engine.dispose()


def _look_into(engine: Engine, settings: Settings, now: Callable[[], datetime]) -> DatabaseFacts:
    with read_transaction(engine) as connection:
        revision, shows = revision_of(connection), now()
        instant = connection.execute(select(func.current_timestamp(type_=UtcInstant()))).scalar_one()
        if revision != head():
            return DatabaseFacts(revision=revision, head=head(), is_ahead=is_ahead(revision))
        # A heartbeat in the future was written by a wrong clock: it does not show that a worker runs.
        beat = select(func.max(WorkerHeartbeat.at)).where(WorkerHeartbeat.at <= shows + WORKING)
        last = connection.execute(beat).scalar()
        contradicted, hanging = _worker_problems(connection, shows)
        bad_zones = _bad_zones(connection)
        names = connection.execute(select(Clinic.name).where(Clinic.contact.is_(None)).order_by(Clinic.name)).scalars()
        without_contact = tuple(names)
        stuck, set_aside = count_stuck(connection, shows), tuple(sorted(count_set_aside(connection, shows).items()))
        line = load_sender(connection, settings.sender)
        given_up = count_given_up(connection)
        failing, endpoints = describe_failing(connection, shows)
        held, pagers = count_held(connection), tuple(dead_pagers(connection))
    return DatabaseFacts(
        revision=revision,
        head=head(),
        keys_trouble=_keys_trouble(engine),
        clock_ahead=(instant - shows).total_seconds(),
        heartbeat_at=last,
        contradicted=contradicted,
        hanging=hanging,
        bad_zones=bad_zones,
        without_contact=without_contact,
        stuck=stuck,
        set_aside=set_aside,
        line=LineFacts(describe_shut(line), line.is_shut(shows)) if line.trips and describe_shut(line) else None,
        dead_numbers=held,
        dead_pagers=pagers,
        audit_trouble=_audit_trouble(engine),
        deletions_given_up=given_up,
        endpoints=endpoints,
        endpoints_failing=failing,
    )


def _worker_problems(connection: Connection, now: datetime) -> tuple[str, str]:
    """Return a description of the first active worker whose clock is in doubt, and the jobs that hang."""
    lately = (WorkerHeartbeat.at >= now - WORKING, WorkerHeartbeat.at <= now + WORKING)
    rows = connection.execute(select(WorkerHeartbeat.__table__).where(*lately)).all()
    off = next((row for row in rows if row.doubted_by), None)
    contradicted = words_of(off.doubted_by, off.seconds_ahead, f"The clock of {off.worker}") if off else ""
    return contradicted, ", ".join(row.hanging for row in rows if row.hanging)


def _keys_trouble(engine: Engine) -> str:
    try:
        load_keys(engine)
    except KeysMissingError as error:
        return f"{error}."
    return ""


def _audit_trouble(engine: Engine) -> str:
    try:
        with read_transaction(engine) as connection:
            found = verify(connection)
    except KeysMissingError:
        return "The audit log cannot be verified without the data keys."
    return "" if found.holds else f"{summary_of(found)} Run 'coach audit verify', and see who had the database."


def _bad_zones(connection: Connection) -> tuple[str, ...]:
    names = connection.execute(select(Participant.time_zone).distinct().order_by(Participant.time_zone)).scalars()
    return tuple(name for name in names if not _loads(name))


def _loads(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _zone_version() -> str:
    """Return the release of the time zone data in use, such as 2026a, or "". The system's takes precedence."""
    if not _loads("America/New_York"):
        return ""
    listed = next((path for folder in TZPATH if (path := Path(folder) / "tzdata.zi").exists()), None)
    if listed:
        with listed.open(encoding="utf-8") as file:
            return file.readline().removeprefix("# version").strip()
    return str(tzdata.IANA_VERSION)


def _answer(fetched: "FetchResult", now: Callable[[], datetime]) -> Answer:
    ahead = (fetched.server_time - now()).total_seconds() if fetched.server_time else None
    return Answer(fetched.status, fetched.trouble, ahead)


def _provider(settings: Settings, now: Callable[[], datetime]) -> tuple[AccountFacts, SenderFacts]:
    from schedules.gateway.twilio_account import TwilioAccount  # noqa: PLC0415  (only where texts are sent for real)

    there = TwilioAccount(settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_api_url)
    account = there.account()
    known = AccountFacts(_answer(account, now), str(account.body.get("status", "")))
    if settings.twilio_messaging_service_sid:
        return known, _service(there, settings.twilio_messaging_service_sid, now)
    found = there.number(settings.twilio_from_number)
    numbers = [one for one in found.body.get("incoming_phone_numbers", []) if one.get("capabilities", {}).get("sms")]
    answer = _answer(found, now)
    if found.status == 200 and not found.body.get("incoming_phone_numbers"):
        answer = Answer(404)
    return known, SenderFacts(answer, len(numbers), tuple(one.get("sms_url") or "" for one in numbers))


def _service(there: "TwilioAccount", sid: str, now: Callable[[], datetime]) -> SenderFacts:
    service, listed = there.service(sid), there.service_numbers(sid)
    numbers = [one["phone_number"] for one in listed.body.get("phone_numbers", []) if "phone_number" in one]
    if not service.body.get("use_inbound_webhook_on_number"):
        return SenderFacts(_answer(service, now), len(numbers), (service.body.get("inbound_request_url") or "",))
    held = [one for number in numbers for one in there.number(number).body.get("incoming_phone_numbers", [])]
    return SenderFacts(_answer(service, now), len(numbers), tuple(one.get("sms_url") or "" for one in held))


def _public(settings: Settings, signature_check: "SignatureCheck | None", now: Callable[[], datetime]) -> PublicFacts:
    from schedules.gateway.fetch import fetch  # noqa: PLC0415  (only where texts are sent for real)
    from schedules.gateway.twilio_account import post_receipt  # noqa: PLC0415  (only where texts are sent for real)

    url = settings.public_url
    signed = post_receipt(signature_check, url)
    return PublicFacts(
        _answer(signed, now), _answer(post_receipt(None, url), now), _answer(fetch("GET", url, "/metrics"), now)
    )


def _mail_trouble(settings: Settings) -> str:
    try:
        with smtplib.SMTP(settings.mail_server, settings.mail_port, timeout=MAIL_SECONDS) as server:
            if settings.mail_use_tls:
                server.starttls()
            if settings.mail_username:
                server.login(settings.mail_username, settings.mail_password)
            server.noop()
    except smtplib.SMTPResponseException as error:
        return f"{type(error).__name__} {error.smtp_code}"
    except (OSError, smtplib.SMTPException) as error:
        return type(error).__name__
    return ""

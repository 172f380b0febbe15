"""`coach doctor` finds each wrong setting and says how to fix it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult
from sqlalchemy import insert, update

from coach.config import Settings, load_settings
from coach.operations.diagnosis.diagnose import Finding, diagnose
from coach.operations.examine import examine
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
from coach.runtime import Runtime, signature_check_from, utc_now
from schedules.database.encryption import Keyring, install_keyring
from schedules.database.engine import write_transaction
from schedules.database.tables.messages import DeliveryReceipt
from schedules.database.tables.people import Participant
from schedules.database.tables.work import WorkerHeartbeat
from tests.commands import environment, run
from tests.served import free_port, served
from tests.support import DATA_KEY, SECRET_KEY, enrol, person, rows
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID, SERVICE_NUMBER, StandIn

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
OTHER_KEY = "b3RoZXIga2V5IGZvciB0ZXN0cywgMzIgYnl0ZXMhISE="
URL = "https://coach.example.org"
WELL = Facts(
    now=NOW,
    given=Given(public_url=URL, sends_for_real=True, messaging_service=True),
    database=DatabaseFacts(revision="7", head="7", clock_ahead=0.2, heartbeat_at=NOW - timedelta(seconds=9)),
    account=AccountFacts(Answer(200, clock_ahead=-1.0), "active"),
    sender=SenderFacts(Answer(200), 1, (f"{URL}/sms/inbound",)),
    public=PublicFacts(Answer(200), Answer(403), Answer(403)),
    mail_trouble="",
    zone_version="2026a",
)


def failures(facts: Facts) -> dict[str, str]:
    return {one.check: one.says for one in diagnose(facts) if one.level == "failed"}


def test_a_whole_installation_is_told_what_was_seen_and_what_cannot_be() -> None:
    findings = diagnose(WELL)
    assert failures(WELL) == {}
    assert [one.check for one in findings if one.level == "note"] == ["opt-out"]
    assert len({one.check for one in findings}) == len(findings)


DATABASE, ACCOUNT, SENDER, PUBLIC, GIVEN = WELL.database, WELL.account, WELL.sender, WELL.public, WELL.given
assert DATABASE
assert ACCOUNT
assert SENDER
assert PUBLIC
assert GIVEN
WRONG: dict[str, tuple[Facts, str, str]] = {
    "no database": (replace(WELL, database=DatabaseFacts(trouble="OperationalError")), "database", "DATABASE_URL"),
    "database behind": (replace(WELL, database=replace(DATABASE, revision="6")), "schema", "coach db upgrade"),
    "database ahead": (
        replace(WELL, database=replace(DATABASE, revision="9", is_ahead=True)),
        "schema",
        "A newer release has migrated the database",
    ),
    "other keys": (replace(WELL, database=replace(DATABASE, keys_trouble="Not these.")), "encryption", "Not these."),
    "our clock late": (replace(WELL, database=replace(DATABASE, clock_ahead=40.0)), "clock", "40 s behind that of the"),
    "our clock early": (
        replace(WELL, account=replace(ACCOUNT, answer=Answer(200, clock_ahead=-90.0))),
        "clock",
        "90 s ahead of that of the texting provider",
    ),
    "line shut": (
        replace(WELL, database=replace(DATABASE, line=LineFacts("The account is suspended.", is_shut=True))),
        "sending",
        "Nothing leaves. The account is suspended.",
    ),
    "pager dead": (
        replace(WELL, database=replace(DATABASE, dead_pagers=("lead@x.example",))),
        "pagers",
        "Pages do not reach the phone of lead@x.example",
    ),
    "no worker": (replace(WELL, database=replace(DATABASE, heartbeat_at=None)), "worker", "coach worker"),
    "late worker": (
        replace(WELL, database=replace(DATABASE, heartbeat_at=NOW - timedelta(hours=2))),
        "worker",
        "120 minutes ago",
    ),
    "unknown zone": (replace(WELL, database=replace(DATABASE, bad_zones=("Mars/Base",))), "time zones", "Mars/Base"),
    "no zone data": (replace(WELL, zone_version=""), "time zones", "install the package tzdata"),
    "old zone data": (replace(WELL, zone_version="2024b"), "time zones", "of 2024b: upgrade"),
    "way out": (replace(WELL, account=AccountFacts(Answer(trouble="gaierror"))), "twilio", "gaierror"),
    "provider down": (replace(WELL, account=AccountFacts(Answer(503))), "twilio", "HTTP 503"),
    "suspended": (replace(WELL, account=replace(ACCOUNT, status="suspended")), "twilio", "suspended"),
    "no numbers": (replace(WELL, sender=replace(SENDER, numbers=0)), "sender", "add one"),
    "webhook elsewhere": (
        replace(WELL, sender=replace(SENDER, inbound_urls=("https://demo.twilio.com/reply",))),
        "sender",
        "go to https://demo.twilio.com/reply: set the incoming webhook to https://coach.example.org/sms/inbound",
    ),
    "sender unsaid": (replace(WELL, sender=SenderFacts(Answer(500))), "sender", "500"),
    "mode without service": (
        replace(WELL, given=replace(GIVEN, opt_out_mode="advanced", messaging_service=False)),
        "opt-out",
        "TWILIO_MESSAGING_SERVICE_SID",
    ),
    "redirect": (replace(WELL, public=replace(PUBLIC, signed=Answer(301))), "public address", "redirects"),
    "another site": (replace(WELL, public=replace(PUBLIC, signed=Answer(404))), "public address", "HTTP 404"),
    "takes anything": (replace(WELL, public=replace(PUBLIC, unsigned=Answer(200))), "signature", "unsigned"),
    "in the clear": (replace(WELL, given=replace(GIVEN, public_url="http://coach.example.org")), "https", "not https"),
    "open metrics": (replace(WELL, public=replace(PUBLIC, metrics=Answer(200))), "metrics", "METRICS_TOKEN"),
    "mail": (replace(WELL, mail_trouble="SMTPAuthenticationError 535"), "mail", "535"),
}


def test_a_clinic_without_a_contact_is_noted() -> None:
    found = diagnose(replace(WELL, database=DatabaseFacts(without_contact=("North Clinic",))))

    assert [(one.level, "North Clinic" in one.says) for one in found if one.check == "contact"] == [("note", True)]


@pytest.mark.parametrize("name", WRONG)
def test_each_fault_fails_its_own_check_with_what_to_do(name: str) -> None:
    facts, check, words = WRONG[name]
    found = failures(facts)
    assert words in found[check]
    assert found[check].endswith(".")


@pytest.fixture
def provider() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


class Password:
    """Accept one password."""

    def __call__(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        return AuthResult(success=data.password == b"right", handled=False)


@pytest.fixture
def mail_port() -> Iterator[int]:
    controller = Controller(
        Sink(), hostname="127.0.0.1", port=free_port(), authenticator=Password(), auth_require_tls=False
    )
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
def right(signed: Runtime, provider: StandIn, mail_port: int) -> Iterator[dict[str, Any]]:
    """Settings with which every check passes: web, provider, mail, and a worker that has just run."""
    enrol(signed, person(1))
    with write_transaction(signed.engine) as connection:
        connection.execute(insert(WorkerHeartbeat).values(worker="w", at=utc_now()))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    provider.inbound_url = f"{url}/sms/inbound"
    given = {
        "database_url": signed.settings.database_url,
        "secret_key": SECRET_KEY,
        "data_keys": DATA_KEY,
        "public_url": url,
        "twilio_account_sid": ACCOUNT_SID,
        "twilio_auth_token": AUTH_TOKEN,
        "twilio_messaging_service_sid": MESSAGING_SERVICE_SID,
        "twilio_api_url": provider.url,
        "mail_server": "127.0.0.1",
        "mail_port": mail_port,
        "mail_use_tls": False,
        "mail_from": "coach@clinic.example",
        "mail_username": "coach",
        "mail_password": "right",
    }
    with served(replace(signed, settings=Settings.model_validate(given)), port=port):
        yield given
    install_keyring(Keyring([DATA_KEY]))


def told(given: dict[str, Any]) -> dict[str, str]:
    return failures(examine(partial(load_settings, _env_file=None, **given), signature_check_from, utc_now))


def test_nothing_fails_where_everything_is_right(right: dict[str, Any], provider: StandIn) -> None:
    assert told(right) == {}
    assert told(right | {"twilio_messaging_service_sid": "", "twilio_from_number": SERVICE_NUMBER}) == {}
    provider.webhook_on_number = True
    assert told(right) == {}
    assert provider.violations == []


WRONG_SETTINGS: dict[str, tuple[dict[str, Any], str, str]] = {
    "DATABASE_URL nowhere": ({"database_url": "postgresql://x@127.0.0.1:9/x"}, "database", "DATABASE_URL"),
    "DATABASE_URL other": ({"database_url": "mysql://x"}, "settings", "DATABASE_URL must start with"),
    "DATABASE_URL nonsense": ({"database_url": "postgres:x"}, "database", "DATABASE_URL is not a database address"),
    "SECRET_KEY": ({"secret_key": "short"}, "session key", "SECRET_KEY must be at least 32"),
    "DATA_KEYS none": ({"data_keys": ""}, "data keys", "DATA_KEYS is not set"),
    "DATA_KEYS nonsense": ({"data_keys": "x"}, "settings", "DATA_KEYS must be Fernet keys"),
    "DATA_KEYS other": ({"data_keys": OTHER_KEY}, "encryption", "DATA_KEYS does not open this database"),
    "PORT": ({"port": "many"}, "settings", "PORT"),
    "TRUSTED_PROXIES": ({"trusted_proxies": -1}, "settings", "TRUSTED_PROXIES"),
    "PUBLIC_URL none": ({"public_url": ""}, "settings", "PUBLIC_URL must be set"),
    "PUBLIC_URL nonsense": ({"public_url": "coach.example.org"}, "settings", "PUBLIC_URL must be a web address"),
    "PUBLIC_URL nobody": ({"public_url": "http://127.0.0.1:9"}, "public address", "cannot be reached (Connection"),
    "PUBLIC_URL unknown": ({"public_url": "http://nowhere.invalid"}, "public address", "cannot be reached (gaierror)"),
    "TWILIO_ACCOUNT_SID": ({"twilio_account_sid": "AC" + "0" * 32}, "twilio", "TWILIO_ACCOUNT_SID"),
    "TWILIO_AUTH_TOKEN": ({"twilio_auth_token": "wrong"}, "twilio", "TWILIO_AUTH_TOKEN"),
    "TWILIO_AUTH_TOKEN web": ({"twilio_auth_token": "wrong"}, "public address", "TWILIO_AUTH_TOKEN is not"),
    "no sender": ({"twilio_messaging_service_sid": ""}, "settings", "TWILIO_MESSAGING_SERVICE_SID"),
    "other service": ({"twilio_messaging_service_sid": "MG" + "9" * 32}, "sender", "TWILIO_MESSAGING_SERVICE_SID"),
    "other number": (
        {"twilio_messaging_service_sid": "", "twilio_from_number": "+15005559999"},
        "sender",
        "TWILIO_FROM_NUMBER",
    ),
    "TWILIO_API_URL": ({"twilio_api_url": "http://127.0.0.1:9"}, "twilio", "TWILIO_API_URL"),
    "TWILIO_OPT_OUT_MODE": ({"twilio_opt_out_mode": "never"}, "settings", "TWILIO_OPT_OUT_MODE"),
    "SMS_CONCURRENCY": ({"sms_concurrency": 0}, "settings", "SMS_CONCURRENCY"),
    "MAIL_SERVER": ({"mail_server": "nowhere.invalid"}, "mail", "MAIL_SERVER"),
    "MAIL_PORT": ({"mail_port": 9}, "mail", "MAIL_PORT"),
    "MAIL_USE_TLS": ({"mail_use_tls": True}, "mail", "MAIL_USE_TLS"),
    "MAIL_PASSWORD": ({"mail_password": "wrong"}, "mail", "535"),
    "MAIL_FROM": ({"mail_from": ""}, "settings", "MAIL_FROM must be set"),
    "LOG_FORMAT": ({"log_format": "xml"}, "settings", "LOG_FORMAT"),
}


@pytest.mark.parametrize("name", WRONG_SETTINGS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_wrong_setting_is_named(name: str, right: dict[str, Any], database_url: str) -> None:
    wrong, check, words = WRONG_SETTINGS[name]
    found = told(right | wrong)
    assert words in found[check]


def test_every_wrong_setting_is_told_at_once(right: dict[str, Any]) -> None:
    load = partial(load_settings, _env_file=None, **right | {"port": 0, "log_format": "xml"})
    says = [one.says for one in diagnose(examine(load, signature_check_from, utc_now))]
    assert [line.split()[0] for line in says] == ["PORT", "LOG_FORMAT"]


def test_what_changes_around_an_installation_is_named(
    right: dict[str, Any], provider: StandIn, signed: Runtime
) -> None:
    provider.account_status = "suspended"
    assert "suspended" in told(right)["twilio"]
    provider.inbound_url = "https://demo.twilio.com/reply"
    assert "demo.twilio.com" in told(right)["sender"]
    provider.now = lambda: utc_now() + timedelta(minutes=3)
    assert "behind that of the texting provider" in told(right)["clock"]
    with write_transaction(signed.engine) as connection:
        connection.execute(update(Participant).values(time_zone="Mars/Base"))
        connection.execute(update(WorkerHeartbeat).values(at=utc_now() - timedelta(hours=1)))
    found = told(right)
    assert ("Mars/Base" in found["time zones"], "60 minutes" in found["worker"]) == (True, True)


def test_the_probe_leaves_nothing_behind(right: dict[str, Any], signed: Runtime) -> None:
    told(right)
    assert rows(signed.engine, DeliveryReceipt) == []


def test_the_command_says_it_all_and_exits_1_on_a_failure(tmp_path: Any) -> None:
    given = environment(f"sqlite:///{tmp_path}/coach.sqlite3")
    told = run(["doctor"], given)
    assert (told.returncode, told.stderr) == (1, "")
    assert "FAILED  schema" in told.stdout
    as_json = run(["doctor", "--json"], given | {"PORT": "many", "DATA_KEYS": "x"})
    answer = json.loads(as_json.stdout)
    assert (as_json.returncode, answer["ok"], len(answer["findings"])) == (1, False, 2)
    assert all(Finding(**one).level == "failed" for one in answer["findings"])

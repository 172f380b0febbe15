"""Find out what is wrong with an installation, and how to fix it, from facts gathered beforehand. Pure.

Each check returns findings: `ok`, `failed`, or `note` for what is not set up or cannot be verified.
"""

from collections.abc import Callable
from datetime import timedelta

from coach.operations.diagnosis.events import check_endpoints
from coach.operations.diagnosis.privacy import check_records
from coach.operations.diagnosis.sending import check_contacts, check_line, check_numbers
from coach.operations.facts import Facts, Finding, Given, PublicFacts

__all__ = ["Finding", "diagnose"]

CLOCKS_MAY_DIFFER = 30.0  # seconds: half of the minute that evening times are rounded to
WORKER_LATE = timedelta(minutes=15)  # longer than the usual interval between two runs from cron
ZONES_OLD_AFTER = 2  # calendar years: time zone rules change a few times a year


def diagnose(facts: Facts) -> list[Finding]:
    """Return all findings, in the order in which to fix them. Invalid settings stop all other checks."""
    if facts.setting_faults:
        return [Finding("settings", "failed", fault) for fault in facts.setting_faults]
    return [finding for check in CHECKS for finding in check(facts)]


def _first_failure(check: str, ok: str, *failures: tuple[bool, str]) -> Finding:
    """Return the first failure whose condition holds, else `ok`."""
    failed = next((says for holds, says in failures if holds), None)
    return Finding(check, "failed" if failed else "ok", failed or ok)


def check_settings(facts: Facts) -> list[Finding]:
    """Check the secrets that processes need to start."""
    given = facts.given or Given()
    return [
        _first_failure(
            "session key",
            "SECRET_KEY is long enough.",
            (not given.signs_sessions, "SECRET_KEY must be at least 32 characters: make one with 'coach keys new'."),
        ),
        _first_failure(
            "data keys",
            "DATA_KEYS is set.",
            (not given.has_data_keys, "DATA_KEYS is not set: make a key with 'coach keys new' and keep it safe."),
        ),
    ]


def check_database(facts: Facts) -> list[Finding]:
    """Check that the database answers, that its schema is current, and that the data keys decrypt it."""
    database = facts.database
    if database is None:
        return []
    silent = f"The database does not answer ({database.trouble}): check DATABASE_URL and that the server is running."
    behind = f"The database is at revision {database.revision}, not {database.head}: run 'coach db upgrade'."
    findings = [_first_failure("database", "The database answers.", (bool(database.trouble), silent))]
    if not database.trouble:
        ok = f"The schema is at {database.head}."
        newer = f"A newer release has migrated the database to revision {database.revision}: run that release."
        findings.append(
            _first_failure("schema", ok, (database.is_ahead, newer), (database.revision != database.head, behind))
        )
    if database.is_ready:
        trouble = database.keys_trouble
        findings.append(_first_failure("encryption", "DATA_KEYS decrypts the database.", (bool(trouble), trouble)))
    return findings


def check_clock(facts: Facts) -> list[Finding]:
    """Compare our clock with the database's and the provider's. A wrong clock texts people at the wrong hour."""
    answers = [part.answer for part in (facts.account, facts.sender) if part]
    others = [("the texting provider", answer.clock_ahead) for answer in answers]
    if facts.database:
        others.append(("the database", facts.database.clock_ahead))
    known = [(name, ahead) for name, ahead in others if ahead is not None]
    contradicted = facts.database.contradicted if facts.database else ""
    failures = [
        (
            abs(ahead) > CLOCKS_MAY_DIFFER,
            f"This machine's clock is {abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} that of {name}: "
            "turn on time synchronization (NTP) on both.",
        )
        for name, ahead in known
    ]
    failures.append((bool(contradicted), contradicted))
    return [_first_failure("clock", "The clocks agree.", *failures)] if known or contradicted else []


def check_zones(facts: Facts) -> list[Finding]:
    """Check that time zone data is installed, recent, and complete for everyone enrolled."""
    bad, version = facts.database.bad_zones if facts.database else (), facts.zone_version
    year = int(version[:4]) if version[:4].isdecimal() else facts.now.year
    return [
        _first_failure(
            "time zones",
            f"The time zone data is release {version}.",
            (not version, "There is no time zone data: install the package tzdata."),
            (bool(bad), f"The time zone data does not know {', '.join(bad)}: upgrade the package tzdata."),
            (
                facts.now.year - year >= ZONES_OLD_AFTER,
                f"The time zone data is of {version}: upgrade the system's package tzdata.",
            ),
        )
    ]


def check_worker(facts: Facts) -> list[Finding]:
    """Check that a worker runs and that none of its jobs hang."""
    if facts.database is None or not facts.database.is_ready:
        return []
    last = facts.database.heartbeat_at
    if last is None:
        return [Finding("worker", "failed", "No worker has run in the last day: start 'coach worker' or 'coach tick'.")]
    age = facts.now - last
    minutes = max(0, int(age.total_seconds() // 60))
    late = f"A worker last finished {minutes} minutes ago: start 'coach worker', or check its log."
    hanging = f"A worker's job hangs ({facts.database.hanging}): save its log and restart it."
    ok = f"A worker finished {minutes} minutes ago."
    return [_first_failure("worker", ok, (age > WORKER_LATE, late), (bool(facts.database.hanging), hanging))]


def check_set_aside(facts: Facts) -> list[Finding]:
    """Check for texts and other rows that failed and were set aside so that the rest could go on."""
    if facts.database is None or not facts.database.is_ready:
        return []
    stuck, rows = facts.database.stuck, facts.database.set_aside
    texts = (
        f"{stuck} texts were set aside in the last day and may or may not have been sent: look for text_set_aside in "
        "the worker's log, fix the cause, and have a coach write again where it matters."
    )
    named = ", ".join(f"{kind} {count}" for kind, count in rows)
    others = f"Set aside and being retried ({named}): look for row_set_aside in the worker's log, and fix the cause."
    return [
        _first_failure("texts set aside", "No text was set aside in the last day.", (stuck > 0, texts)),
        _first_failure("rows set aside", "Nothing else is set aside.", (bool(rows), others)),
    ]


def check_twilio(facts: Facts) -> list[Finding]:
    """Check the credentials and the state of the Twilio account."""
    if facts.account is None:
        says = "Twilio is not set up: texts go to the phone simulator."
        return [Finding("twilio", "note", says)] if facts.given and not facts.given.sends_for_real else []
    answer, status = facts.account.answer, facts.account.status
    return [
        _first_failure(
            "twilio",
            "Twilio accepts the credentials.",
            (
                bool(answer.trouble),
                f"Twilio cannot be reached ({answer.trouble}): check TWILIO_API_URL and this machine's network.",
            ),
            (
                answer.status in (401, 403, 404),
                "Twilio rejects the credentials: copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN from its console again.",
            ),
            (answer.status != 200, f"Twilio answered HTTP {answer.status}: try again, then check its status page."),
            (
                status != "active",
                f"The Twilio account is {status or 'in an unknown state'}: fix that in its console.",
            ),
        )
    ]


def check_sender(facts: Facts) -> list[Finding]:
    """Check the number or messaging service, and where its inbound texts go."""
    sender, given = facts.sender, facts.given
    if sender is None or given is None or (facts.account and facts.account.answer.status != 200):
        return []
    answer, urls = sender.answer, set(sender.inbound_urls)
    name = "TWILIO_MESSAGING_SERVICE_SID" if given.messaging_service else "TWILIO_FROM_NUMBER"
    wanted = f"{given.public_url}/sms/inbound"
    elsewhere = " and ".join(sorted(url or "nowhere" for url in urls - {wanted}))
    return [
        _first_failure(
            "sender",
            f"The sender can send texts, and its inbound texts go to {wanted}.",
            (answer.status == 404, f"Twilio does not know this sender: set {name} to a sender of this account."),
            (
                answer.status != 200,
                f"Twilio did not describe the sender ({answer.trouble or answer.status}): try again.",
            ),
            (sender.numbers == 0, f"No number behind {name} can send texts: add one in Twilio's console."),
            (
                urls != {wanted},
                f"Inbound texts go to {elsewhere or 'nowhere'}: set the incoming webhook to {wanted}, with POST.",
            ),
        )
    ]


def check_opt_out(facts: Facts) -> list[Finding]:
    """Check the opt-out mode against the Twilio settings we can see. Its opt-out handling is not among them."""
    given = facts.given
    if given is None or not given.sends_for_real:
        return []
    if given.opt_out_mode == "advanced" and not given.messaging_service:
        says = "Advanced Opt-Out needs a messaging service: set TWILIO_MESSAGING_SERVICE_SID, or TWILIO_OPT_OUT_MODE."
        return [Finding("opt-out", "failed", says)]
    must = {
        "default": "Twilio must answer STOP, START and HELP itself, without Advanced Opt-Out",
        "advanced": "Advanced Opt-Out must be turned on in the messaging service",
        "self": "Twilio's own STOP handling must be turned off for this sender",
    }[given.opt_out_mode]
    return [Finding("opt-out", "note", f"{must} (TWILIO_OPT_OUT_MODE={given.opt_out_mode}): text STOP to verify it.")]


def check_public_url(facts: Facts) -> list[Finding]:
    """Check what Twilio would reach: this application, over TLS, accepting signed requests and no others."""
    public, given = facts.public, facts.given
    if public is None or given is None:
        return []
    url, signed = given.public_url, public.signed
    found = _first_failure(
        "public address",
        f"{url} accepts requests signed by Twilio.",
        (
            bool(signed.trouble),
            f"PUBLIC_URL cannot be reached ({signed.trouble}): check its name, its certificate and the proxy.",
        ),
        (
            300 <= (signed.status or 0) < 400,
            f"{url} redirects, which loses texts: set PUBLIC_URL to the final address.",
        ),
        (
            signed.status == 403,
            "A signed request is rejected: PUBLIC_URL or TWILIO_AUTH_TOKEN is not the web process's, or a proxy "
            "changes the path.",
        ),
        (
            signed.status != 200,
            f"{url}/sms/status answers HTTP {signed.status}: PUBLIC_URL must lead to this application.",
        ),
    )
    return [found, *(_safety_of(url, public) if found.level == "ok" else [])]


def _safety_of(url: str, public: PublicFacts) -> list[Finding]:
    unsigned = "An unsigned request is accepted: something other than this application answers at PUBLIC_URL."
    plain = "PUBLIC_URL is not https: texts cross the network unencrypted."
    stranger = "Anyone can read PUBLIC_URL/metrics: set METRICS_TOKEN."
    return [
        _first_failure("signature", "An unsigned request is rejected.", (public.unsigned.status != 403, unsigned)),
        _first_failure("https", "PUBLIC_URL uses https.", (not url.startswith("https:") and not _is_local(url), plain)),
        _first_failure(
            "metrics",
            "The metrics are not public.",
            (public.metrics.status == 200 and not _is_local(url), stranger),
        ),
    ]


def _is_local(url: str) -> bool:
    return url.removeprefix("http://").partition(":")[0].partition("/")[0] in ("127.0.0.1", "localhost")


def check_mail(facts: Facts) -> list[Finding]:
    """Check that the mail server accepts our connection and password. Nothing is sent."""
    trouble = facts.mail_trouble
    if trouble is None:
        says = "Mail is not set up: coaches get no digests and no pages by email. Set MAIL_SERVER and MAIL_FROM."
        return [Finding("mail", "note", says)] if facts.given else []
    failed = (
        f"The mail server rejects us ({trouble}): check MAIL_SERVER, MAIL_PORT, MAIL_USE_TLS, MAIL_USERNAME and "
        "MAIL_PASSWORD."
    )
    return [_first_failure("mail", "The mail server accepts us.", (bool(trouble), failed))]


CHECKS: tuple[Callable[[Facts], list[Finding]], ...] = (
    check_settings,
    check_database,
    check_clock,
    check_zones,
    check_worker,
    check_set_aside,
    check_records,
    check_contacts,
    check_twilio,
    check_sender,
    check_line,
    check_numbers,
    check_opt_out,
    check_public_url,
    check_mail,
    check_endpoints,
)

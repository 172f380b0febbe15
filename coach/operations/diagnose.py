"""What is wrong with an installation, and what to do about it, from facts that were gathered before. Pure.

Each check looks at the facts and returns one finding: `ok`, `failed`, or `note` for what is not set up or not sure.
"""

from collections.abc import Callable
from datetime import timedelta

from coach.operations.diagnose_sending import check_line, check_numbers
from coach.operations.facts import Facts, Finding, Given, PublicFacts

__all__ = ["Finding", "diagnose"]

CLOCKS_MAY_DIFFER = 30.0  # seconds; half the minute to which evening times are kept
WORKER_LATE = timedelta(minutes=15)  # longer than the longest usual pause between two runs from cron
ZONES_OLD_AFTER = 2  # calendar years: zones change a few times a year


def diagnose(facts: Facts) -> list[Finding]:
    """Every check's finding, in the order in which to mend them. Nothing else is checked under faulty settings."""
    if facts.setting_faults:
        return [Finding("settings", "failed", fault) for fault in facts.setting_faults]
    return [finding for check in CHECKS for finding in check(facts)]


def _one(check: str, ok: str, *failures: tuple[bool, str]) -> Finding:
    """The first failure that holds, else that all is well."""
    failed = next((says for holds, says in failures if holds), None)
    return Finding(check, "failed" if failed else "ok", failed or ok)


def check_settings(facts: Facts) -> list[Finding]:
    """Secrets that one process or the other would refuse to start without."""
    given = facts.given or Given()
    return [
        _one(
            "session key",
            "SECRET_KEY is long enough.",
            (not given.signs_sessions, "SECRET_KEY must be at least 32 characters: make one with 'coach keys new'."),
        ),
        _one(
            "data keys",
            "DATA_KEYS holds keys.",
            (not given.has_data_keys, "DATA_KEYS is not set: make a key with 'coach keys new' and keep it safe."),
        ),
    ]


def check_database(facts: Facts) -> list[Finding]:
    """Whether it answers, its schema, and whether the data keys open it."""
    database = facts.database
    if database is None:
        return []
    silent = f"The database does not answer ({database.trouble}): check DATABASE_URL and that its server runs."
    behind = f"The database is at revision {database.revision}, not {database.head}: run 'coach db upgrade'."
    findings = [_one("database", "The database answers.", (bool(database.trouble), silent))]
    if not database.trouble:
        ok = f"The schema is at {database.head}."
        newer = f"A newer release has migrated the database, to revision {database.revision}: run that one."
        findings.append(_one("schema", ok, (database.is_ahead, newer), (database.revision != database.head, behind)))
    if database.is_ready:
        trouble = database.keys_trouble
        findings.append(_one("encryption", "DATA_KEYS opens the database.", (bool(trouble), trouble)))
    return findings


def check_clock(facts: Facts) -> list[Finding]:
    """Our clock against the database's and the provider's: a wrong one texts people at the wrong hour."""
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
            "turn on time synchronisation (NTP) on both.",
        )
        for name, ahead in known
    ]
    failures.append((bool(contradicted), contradicted))
    return [_one("clock", "The clocks agree.", *failures)] if known or contradicted else []


def check_zones(facts: Facts) -> list[Finding]:
    """Time zone data: there, recent, and complete for everyone enrolled."""
    bad, version = facts.database.bad_zones if facts.database else (), facts.zone_version
    year = int(version[:4]) if version[:4].isdecimal() else facts.now.year
    return [
        _one(
            "time zones",
            f"Time zone data are of {version}.",
            (not version, "There is no time zone data: install the package tzdata."),
            (bool(bad), f"The time zone data do not know {', '.join(bad)}: upgrade the package tzdata."),
            (
                facts.now.year - year >= ZONES_OLD_AFTER,
                f"The time zone data are of {version}: upgrade the system's package tzdata.",
            ),
        )
    ]


def check_worker(facts: Facts) -> list[Finding]:
    """Whether somebody sends."""
    if facts.database is None or not facts.database.is_ready:
        return []
    last = facts.database.heartbeat_at
    if last is None:
        return [Finding("worker", "failed", "No worker has run in the last day: start 'coach worker' or 'coach tick'.")]
    age = facts.now - last
    minutes = max(0, int(age.total_seconds() // 60))
    late = f"The last worker finished {minutes} minutes ago: start 'coach worker', or look at its log."
    hanging = f"A job of a worker hangs ({facts.database.hanging}): keep its log and start it again."
    ok = f"A worker finished {minutes} minutes ago."
    return [_one("worker", ok, (age > WORKER_LATE, late), (bool(facts.database.hanging), hanging))]


def check_set_aside(facts: Facts) -> list[Finding]:
    """Whether anything could not be gone on with, while all else was."""
    if facts.database is None or not facts.database.is_ready:
        return []
    stuck, rows = facts.database.stuck, facts.database.set_aside
    texts = (
        f"{stuck} texts were set aside within a day, and may or may not have left: look for text_set_aside in the "
        "worker's log, mend the cause, and have a coach write again where it matters."
    )
    named = ", ".join(f"{kind} {count}" for kind, count in rows)
    others = f"Set aside and tried again ({named}): look for row_set_aside in the worker's log, and mend the cause."
    return [
        _one("texts set aside", "No text was set aside within a day.", (stuck > 0, texts)),
        _one("rows set aside", "Nothing else is set aside.", (bool(rows), others)),
    ]


def check_contacts(facts: Facts) -> list[Finding]:
    """Whether texts that say "call your clinic" can say how."""
    silent = facts.database.without_contact if facts.database else ()
    if not silent:
        return []
    says = (
        f"No contact is set for {', '.join(silent)}: texts say 'call your clinic' without a number. "
        "Set one with 'coach clinics set NAME --contact'."
    )
    return [Finding("contact", "note", says)]


def check_twilio(facts: Facts) -> list[Finding]:
    """Credentials and the state of the account."""
    if facts.account is None:
        says = "Twilio is not set up: texts go to the phone simulator."
        return [Finding("twilio", "note", says)] if facts.given and not facts.given.sends_for_real else []
    answer, status = facts.account.answer, facts.account.status
    return [
        _one(
            "twilio",
            "Twilio accepts the key.",
            (
                bool(answer.trouble),
                f"Twilio cannot be reached ({answer.trouble}): check TWILIO_API_URL and this machine's way out.",
            ),
            (
                answer.status in (401, 403, 404),
                "Twilio refuses the key: copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN anew from its console.",
            ),
            (answer.status != 200, f"Twilio answered HTTP {answer.status}: try again, then see its status page."),
            (status != "active", f"The Twilio account is {status or 'of unknown state'}: settle that in its console."),
        )
    ]


def check_sender(facts: Facts) -> list[Finding]:
    """The number or messaging service, and where its inbound texts go."""
    sender, given = facts.sender, facts.given
    if sender is None or given is None or (facts.account and facts.account.answer.status != 200):
        return []
    answer, urls = sender.answer, set(sender.inbound_urls)
    name = "TWILIO_MESSAGING_SERVICE_SID" if given.messaging_service else "TWILIO_FROM_NUMBER"
    wanted = f"{given.public_url}/sms/inbound"
    elsewhere = " and ".join(sorted(url or "nowhere" for url in urls - {wanted}))
    return [
        _one(
            "sender",
            f"The sender can text, and its inbound texts go to {wanted}.",
            (answer.status == 404, f"Twilio does not know this sender: set {name} to one of this account."),
            (
                answer.status != 200,
                f"Twilio said nothing about the sender ({answer.trouble or answer.status}): try again.",
            ),
            (sender.numbers == 0, f"No number that can text stands behind {name}: add one in Twilio's console."),
            (
                urls != {wanted},
                f"Inbound texts go to {elsewhere or 'nowhere'}: set the incoming webhook to {wanted}, with POST.",
            ),
        )
    ]


def check_opt_out(facts: Facts) -> list[Finding]:
    """Whether the mode can be what is set up at Twilio, which does not tell."""
    given = facts.given
    if given is None or not given.sends_for_real:
        return []
    if given.opt_out_mode == "advanced" and not given.messaging_service:
        says = "Advanced Opt-Out needs a messaging service: set TWILIO_MESSAGING_SERVICE_SID, or TWILIO_OPT_OUT_MODE."
        return [Finding("opt-out", "failed", says)]
    must = {
        "default": "Twilio must answer STOP, START and HELP itself, without Advanced Opt-Out",
        "advanced": "Advanced Opt-Out must be on in the messaging service",
        "self": "Twilio's own STOP handling must be switched off for this sender",
    }[given.opt_out_mode]
    return [Finding("opt-out", "note", f"{must} (TWILIO_OPT_OUT_MODE={given.opt_out_mode}): text STOP and see.")]


def check_public_url(facts: Facts) -> list[Finding]:
    """What Twilio would meet: the right site, over TLS, that takes what is signed and refuses what is not."""
    public, given = facts.public, facts.given
    if public is None or given is None:
        return []
    url, signed = given.public_url, public.signed
    found = _one(
        "public address",
        f"{url} takes what Twilio signs.",
        (
            bool(signed.trouble),
            f"PUBLIC_URL cannot be reached ({signed.trouble}): check its name, its certificate and the proxy.",
        ),
        (
            300 <= (signed.status or 0) < 400,
            f"{url} redirects, which loses texts: set PUBLIC_URL to the address that answers.",
        ),
        (
            signed.status == 403,
            "A signed request is refused: PUBLIC_URL or TWILIO_AUTH_TOKEN is not the web process's, or a proxy changes "
            "the path.",
        ),
        (
            signed.status != 200,
            f"{url}/sms/status answers HTTP {signed.status}: PUBLIC_URL must lead to this application.",
        ),
    )
    return [found, *(_safety_of(url, public) if found.level == "ok" else [])]


def _safety_of(url: str, public: PublicFacts) -> list[Finding]:
    unsigned = "An unsigned request is taken: something other than this application answers at PUBLIC_URL."
    plain = "PUBLIC_URL is not https: texts cross the network in the clear."
    stranger = "Anyone can read PUBLIC_URL/metrics: set METRICS_TOKEN."
    return [
        _one("signature", "An unsigned request is refused.", (public.unsigned.status != 403, unsigned)),
        _one("https", "PUBLIC_URL is encrypted.", (not url.startswith("https:") and not _is_local(url), plain)),
        _one(
            "metrics",
            "Strangers cannot read the metrics.",
            (public.metrics.status == 200 and not _is_local(url), stranger),
        ),
    ]


def _is_local(url: str) -> bool:
    return url.removeprefix("http://").partition(":")[0].partition("/")[0] in ("127.0.0.1", "localhost")


def check_mail(facts: Facts) -> list[Finding]:
    """The mail server takes our connection and our password; nothing is sent."""
    trouble = facts.mail_trouble
    if trouble is None:
        says = "Mail is not set up: coaches get no digest and no page by mail. Set MAIL_SERVER and MAIL_FROM."
        return [Finding("mail", "note", says)] if facts.given else []
    failed = (
        f"The mail server does not take us ({trouble}): check MAIL_SERVER, MAIL_PORT, MAIL_USE_TLS, MAIL_USERNAME and "
        "MAIL_PASSWORD."
    )
    return [_one("mail", "The mail server takes us.", (bool(trouble), failed))]


CHECKS: tuple[Callable[[Facts], list[Finding]], ...] = (
    check_settings,
    check_database,
    check_clock,
    check_zones,
    check_worker,
    check_set_aside,
    check_contacts,
    check_twilio,
    check_sender,
    check_line,
    check_numbers,
    check_opt_out,
    check_public_url,
    check_mail,
)

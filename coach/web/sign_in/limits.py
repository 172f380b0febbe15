"""How often a secret may be tried before one must wait: Flask-Limiter, counting in our own database.

An attempt counts before its password or code is looked at, so that many at once get no more than one after the other.
Counts in memory would be each process's own, so that every further web process would multiply what a guesser may try.
"""

import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, cast

from flask import Flask, abort, current_app, make_response, render_template, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import current_user
from limits import parse
from limits.storage import Storage
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from coach.accounts.passwords import LONGEST, is_too_long
from coach.audit import record_view
from coach.database.tables import AttemptCount
from coach.web.sign_in.datastore import SessionUser
from coach.web.site import site
from schedules.database.engine import read_transaction, write_transaction

PER_NAME = parse("10 per 15 minutes")  # one account, from wherever
PER_PLACE = parse("60 per 15 minutes")  # one network, whoever
RESETS_PER_NAME = parse("4 per hour")
UNKNOWN_RECORDED, UNKNOWN_ENDS = parse("60 per hour"), parse("1 per hour")  # of the installation
# The steps of the library that check a secret, by kind: each kind has counts of its own.
CHECKED = {
    "login": "password",
    "verify": "password",
    "change_password": "password",
    "two_factor_token_validation": "code",
    "mf_recovery": "code",
    "reset_password": "link",
}
NAMED_BY_FORM = ("security.login", "security.forgot_password")
TOO_LONG = f"A password may have at most {LONGEST} characters."

View = Callable[..., Any]


class CountsInDatabase(Storage):
    """Fixed windows as rows of `attempt_count`. Expired rows of a name are taken over, old ones of others swept."""

    STORAGE_SCHEME = ["coach-database"]  # noqa: RUF012  (the library's own way to name one)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong below."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count up; the first of a window sets when it ends."""
        now = machine_now()
        for _ in range(3):
            try:
                with write_transaction(site().runtime.engine) as connection:
                    connection.execute(delete(AttemptCount).where(AttemptCount.until_at <= now))
                    counted = connection.execute(
                        update(AttemptCount)
                        .where(AttemptCount.name == key)
                        .values(count=AttemptCount.count + amount)
                        .returning(AttemptCount.count)
                    ).scalar()
                    if counted is None:
                        until_at = now + timedelta(seconds=expiry)
                        connection.execute(insert(AttemptCount).values(name=key, count=amount, until_at=until_at))
                    return counted or amount
            except IntegrityError:  # another process counted the first one: count with it
                continue
        return amount

    def give_back(self, key: str) -> None:
        """Count one less."""
        this = AttemptCount.name == key
        with write_transaction(site().runtime.engine) as connection:
            if not connection.execute(delete(AttemptCount).where(this, AttemptCount.count <= 1)).rowcount:
                connection.execute(update(AttemptCount).where(this).values(count=AttemptCount.count - 1))

    def get(self, key: str) -> int:
        """The count of the window that is open."""
        with read_transaction(site().runtime.engine) as connection:
            counted = select(AttemptCount.count).where(AttemptCount.name == key, AttemptCount.until_at > machine_now())
            return connection.execute(counted).scalar() or 0

    def get_expiry(self, key: str) -> float:
        """When it ends, in seconds since 1970."""
        with read_transaction(site().runtime.engine) as connection:
            until_at = connection.execute(select(AttemptCount.until_at).where(AttemptCount.name == key)).scalar()
        return until_at.timestamp() if until_at else time.time()

    def check(self) -> bool:
        """The database is checked by /readyz."""
        return True

    def reset(self) -> int:
        """Forget every count."""
        with write_transaction(site().runtime.engine) as connection:
            return connection.execute(delete(AttemptCount)).rowcount

    def clear(self, key: str) -> None:
        """Forget one."""
        with write_transaction(site().runtime.engine) as connection:
            connection.execute(delete(AttemptCount).where(AttemptCount.name == key))


def machine_now() -> datetime:
    """The clock of limits and sessions is the machine's, also where a demonstration's clock is moved."""
    return datetime.fromtimestamp(time.time(), UTC)


def add_limits(app: Flask) -> None:
    """Limit every step that checks a secret, and every request for a new password."""
    app.extensions["attempts"] = Limiter(
        get_remote_address,
        app=app,
        storage_uri="coach-database://",
        strategy="fixed-window",
        headers_enabled=False,
    )
    for endpoint, secret in CHECKED.items():
        name = f"security.{endpoint}"
        app.view_functions[name] = limited(secret)(app.view_functions[name])


def limited(secret: str) -> Callable[[View], View]:
    """Limit a view whose form checks a secret: each form counts before it is looked at, and one that works no longer.

    Counted are the account that is tried, or the name if there is none, and the network it comes from.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: object, **kwargs: object) -> object:
            return _check_form(secret, view, *args, **kwargs) if request.method == "POST" else view(*args, **kwargs)

        return guarded

    return guard


def _check_form(secret: str, view: View, *args: object, **kwargs: object) -> object:
    if request.is_json:
        abort(400)
    if any(is_too_long(value) for name, value in request.form.items() if "password" in name):
        return render_template("error.html", sentence=TOO_LONG, code=400), 400
    tried = find_tried()
    keys = ((PER_NAME, secret, _key_of(tried)), (PER_PLACE, secret, place()))
    if not count_attempt(*keys):
        abort(429)
    response = make_response(view(*args, **kwargs))
    if response.status_code in (302, 303):  # what works leads elsewhere
        for limit, *names in keys:
            current_app.extensions["attempts"].limiter.storage.give_back(limit.key_for(*names))
    else:
        record_refusal(secret, tried)
    return response


def record_refusal(secret: str, tried: SessionUser | None) -> None:
    """Record a secret that was wrong: of an account, or of an address that has none."""
    runtime = site().runtime
    actor, subject, clinic_id = ("unknown", _unknown(), None)
    if tried:
        actor, subject, clinic_id = tried.email, f"account {tried.id}", tried.clinic_id
    if subject:
        record_view(runtime.engine, actor, subject, runtime.now(), clinic_id, action=f"gave a wrong {secret}")


def _unknown() -> str:
    """Return as what a refusal without an account is recorded; empty if there were too many in this hour.

    The last one says that there are more. Otherwise a guesser could fill the audit log, which is never shortened.
    """
    if count_attempt((UNKNOWN_RECORDED, "unknown", "recorded")):
        return unknown_address(request.form.get("email", ""))
    return "further unknown addresses" if count_attempt((UNKNOWN_ENDS, "unknown", "ended")) else ""


def unknown_address(typed: str) -> str:
    """Return the subject under which failed sign-ins of an address without an account are in the audit log: hashed."""
    plain = unicodedata.normalize("NFKC", typed).strip().casefold()
    return f"unknown address {site().runtime.keys.token('unknown address', plain)[:16]}"


def count_attempt(*keys: tuple[object, str, str]) -> bool:
    """Count an attempt under each key; return whether it is within all limits."""
    limiter = current_app.extensions["attempts"].limiter
    within = [limiter.hit(limit, *names) for limit, *names in keys]
    return all(within)


def may_ask_for_password() -> bool:
    """Whether a new password may be requested: counted alike whether or not there is such an account."""
    return count_attempt((RESETS_PER_NAME, "reset", _key_of(find_tried())), (PER_PLACE, "reset", place()))


def count_wrong_key() -> bool:
    """Count a wrong key of the interface for other systems; return whether more may be tried from there."""
    return count_attempt((PER_PLACE, "key", place()))


def find_tried() -> SessionUser | None:
    """Return the account whose secret this form tries: of its name at the first step, of the session later on."""
    security = current_app.extensions["security"]
    if request.endpoint in NAMED_BY_FORM:
        try:
            email = security._mail_util.normalize(request.form.get("email", "").strip())
        except ValueError:
            return None
        return cast(SessionUser | None, security.datastore.find_user(email=email))
    if "tf_user_id" in session:
        return cast(SessionUser | None, security.datastore.find_user(fs_uniquifier=str(session["tf_user_id"])))
    return current_user._get_current_object() if current_user.is_authenticated else None


def _key_of(tried: SessionUser | None) -> str:
    """Return who is tried, hashed: an address that was mistyped into the form must not be kept."""
    if tried is not None:
        return site().runtime.keys.token("attempts", "account", tried.id)
    typed = unicodedata.normalize("NFKC", request.form.get("email", "")).strip().casefold()
    return site().runtime.keys.token("attempts", typed)


def place() -> str:
    """Return the network a form comes from. Whoever has an address of IPv6 has the 2^64 others of its network."""
    try:
        address = ip_address(get_remote_address())
    except ValueError:
        return "nowhere"
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((int(address) >> 64 << 64, 64)))
    return str(address)

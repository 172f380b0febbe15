"""Our own accounts under the names that Flask-Security knows: found, written back, and their second step."""

import io
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

import qrcode
from flask import current_app
from flask_security import RoleMixin, UserDatastore, UserMixin
from flask_security.totp import Totp
from passlib.exc import UsedTokenError
from qrcode.image.svg import SvgPathImage
from sqlalchemy import Engine, or_, select, update

from coach.accounts.sign_ins import last_link
from coach.web.sign_in.passkeys import Passkeys, StoredPasskey
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount

PRINTED = "PRINTED_ACCOUNTS"  # of a demonstration: they need no second step
LINKED = "."  # between an account's key, which has none, and the number of a link


@dataclass
class Role(RoleMixin):
    """A role by name."""

    name: str
    permissions: list[str] = field(default_factory=list)


@dataclass(eq=False)
class SessionUser(UserMixin):
    """A coach's account. The library calls an account a user."""

    id: int = 0
    email: str = ""
    name: str | None = None
    password: str = ""
    active: bool = False
    fs_uniquifier: str = ""
    clinic_id: int | None = None
    role: str = ""
    time_zone: str | None = None
    language: str | None = None
    tour_closed_at: datetime | None = None
    tf_totp_secret: str | None = None
    totp_counter: int | None = None
    mf_recovery_codes: list[str] | None = None
    tf_phone_number: str | None = None
    tf_primary_method: str | None = None

    def __post_init__(self) -> None:
        """An authenticator app is the only second step there is."""
        self.tf_primary_method = "authenticator" if self.tf_totp_secret else None

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Whether a second step is asked for: of everyone but the accounts that a demonstration prints."""
        if not tf_setup_methods and self.email in current_app.config.get(PRINTED, ()):
            return False, tf_setup_methods
        required: tuple[bool, list[tuple[str, str]]] = super().check_tf_required(tf_setup_methods, tf_fresh)
        return required

    @property
    def webauthn(self) -> list[StoredPasskey]:  # type: ignore[override]  # the library writes it; we never do
        """The account's passkeys."""
        return cast(CoachDatastore, current_app.extensions["security"].datastore).passkeys.of_account(self.id)

    @property
    def fs_webauthn_user_handle(self) -> str:  # type: ignore[override]  # likewise
        """How a passkey names the account."""
        return f"account {self.id}"

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]  # the library writes it; we never do
        """Exactly one."""
        return [Role(self.role)]


class CoachDatastore(UserDatastore):
    """Finds and updates accounts; making them is `coach.accounts.sign_ins`."""

    COLUMNS = {  # noqa: RUF012  (a constant table)
        "id": CoachAccount.id,
        "email": CoachAccount.email,
        "name": CoachAccount.name,
        "password": CoachAccount.password_hash,
        "active": CoachAccount.active,
        "fs_uniquifier": CoachAccount.session_key,
        "clinic_id": CoachAccount.clinic_id,
        "role": CoachAccount.role,
        "time_zone": CoachAccount.time_zone,
        "language": CoachAccount.language,
        "tour_closed_at": CoachAccount.tour_closed_at,
        "tf_totp_secret": CoachAccount.totp_secret,
        "totp_counter": CoachAccount.totp_counter,
        "mf_recovery_codes": CoachAccount.recovery_codes,
    }
    # What signing in, and an account's owner, may change.
    WRITTEN = ("password", "fs_uniquifier", "tf_totp_secret", "mf_recovery_codes")

    def __init__(self, engine: Engine) -> None:
        super().__init__(SessionUser, Role, StoredPasskey)
        self._engine, self.passkeys = engine, Passkeys(engine)

    def find_user(self, case_insensitive: bool = False, **wanted: object) -> SessionUser | None:
        """The account with one given value; e-mail addresses are stored in lower case.

        The library names an account by `fs_uniquifier` in sessions and, as `linked` gives it, in password links.
        """
        name, value = wanted.popitem()
        if name == "fs_uniquifier" and LINKED in str(value):
            return self._of_link(*str(value).split(LINKED, 1))
        if name == "email":
            value = str(value).lower()
        columns = [column.label(label) for label, column in self.COLUMNS.items()]
        with read_transaction(self._engine) as connection:
            row = connection.execute(select(*columns).where(self.COLUMNS[name] == value)).first()
        return SessionUser(**row._mapping) if row else None

    def linked(self, account: SessionUser) -> SessionUser:
        """Return an account as a new password link names it: by its key and the link that was recorded last."""
        with read_transaction(self._engine) as connection:
            last = last_link(connection, account.id)
        return replace(account, fs_uniquifier=f"{account.fs_uniquifier}{LINKED}{last}")

    def _of_link(self, key: str, number: str) -> SessionUser | None:
        """The account of a password link; None if a newer link was made, or the account has no access."""
        account = self.find_user(fs_uniquifier=key)
        if account is None or not account.active or self.linked(account).fs_uniquifier != f"{key}{LINKED}{number}":
            return None
        return account

    def find_role(self, role: str) -> Role:
        """Every account has its role by name."""
        return Role(role)

    def find_webauthn(self, credential_id: bytes) -> StoredPasskey | None:
        """A passkey by the id that its device chose."""
        return self.passkeys.find(credential_id)

    def create_webauthn(self, user: UserMixin, *given: Any, **named: Any) -> None:
        """Store a new passkey."""
        self.passkeys.add(cast(SessionUser, user).id, *given, **named)

    def delete(self, model: Any) -> None:
        """Remove a passkey, the only thing that the library removes."""
        self.passkeys.remove(model)

    def put(self, model: Any) -> Any:
        """Write back what the account's owner, or using a passkey, changed."""
        if isinstance(model, StoredPasskey):
            self.passkeys.save(model)
            return model
        values = {self.COLUMNS[name].key: getattr(model, name) for name in self.WRITTEN}
        with write_transaction(self._engine) as connection:
            connection.execute(update(CoachAccount).where(CoachAccount.id == model.id).values(values))
        return model

    def use_counter(self, account: SessionUser, counter: int) -> bool:
        """Store the counter of a code; False if that code, or a later one, has been used in any process."""
        unused = or_(CoachAccount.totp_counter.is_(None), CoachAccount.totp_counter < counter)
        this = update(CoachAccount).where(CoachAccount.id == account.id, unused)
        with write_transaction(self._engine) as connection:
            return connection.execute(this.values(totp_counter=counter)).rowcount > 0

    def mf_delete_recovery_code(self, user: UserMixin, idx: int) -> bool:
        """Use up a recovery code; False if another process has used it."""
        account = cast(SessionUser, user)
        known = account.mf_recovery_codes or []
        this, code = CoachAccount.id == account.id, known[idx] if idx < len(known) else None
        with write_transaction(self._engine) as connection:
            stored = connection.execute(select(CoachAccount.recovery_codes).where(this).with_for_update()).scalar()
            if code is None or code not in (stored or ()):
                return False
            account.mf_recovery_codes = [one for one in stored or () if one != code]
            connection.execute(update(CoachAccount).where(this).values(recovery_codes=account.mf_recovery_codes))
        return True

    def commit(self) -> None:
        """Every `put` has committed."""


class OnceTotp(Totp):
    """Six digits from an authenticator app, each accepted once."""

    def get_last_counter(self, user: UserMixin) -> int | None:
        """The counter of the last code that was used."""
        return cast(SessionUser, user).totp_counter

    def set_last_counter(self, user: UserMixin, tmatch: Any) -> None:
        """Compare and set in the database: each code works once in the whole installation."""
        if not current_app.extensions["security"].datastore.use_counter(user, tmatch.counter):
            raise UsedTokenError
        cast(SessionUser, user).totp_counter = tmatch.counter

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The code to scan, as SVG to stand in the page: its policy allows no `data:` address."""
        drawn = io.BytesIO()
        qrcode.make(self.get_totp_uri(username, totp), image_factory=SvgPathImage, box_size=8).save(drawn)
        return drawn.getvalue().decode().partition("?>")[2]

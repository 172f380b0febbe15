"""Passkeys: a device that checks its owner signs in, instead of a password and six digits. Flask-Security's WebAuthn.

Only the public key is stored. Every passkey must check its owner (a finger, a face, a PIN), so it is both steps.
"""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from flask_security import (
    UserMixin,
    WebAuthnMixin,
    WebAuthnRegisterForm,
    WebAuthnSigninResponseForm,
    WebauthnUtil,
)
from sqlalchemy import Engine, delete, insert, select, update
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from coach.accounts.single_sign_on import requires_single_sign_on
from coach.database.sign_in_tables import Passkey
from coach.web.site import site
from schedules.database.engine import read_transaction, write_transaction

NOT_HERE = "Your clinic requires single sign-on."
CHANGED = ("sign_count", "backup_state", "device_type", "transports")


@dataclass(eq=False)
class StoredPasskey(WebAuthnMixin):
    """A passkey under the names that the library knows."""

    id: int = 0
    account_id: int = 0
    name: str = ""
    credential_id: bytes = b""
    public_key: bytes = b""
    sign_count: int = 0
    backup_state: bool = False
    device_type: str = ""
    transports: list[str] | None = field(default_factory=list)
    extensions: str | None = None
    usage: str = "first"
    lastuse_datetime: datetime = field(default_factory=lambda: datetime.now(UTC))

    def get_user_mapping(self) -> dict[str, Any]:
        """How its owner is found."""
        return {"id": self.account_id}


class Passkeys:
    """The rows of passkeys."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_account(self, account_id: int) -> list[StoredPasskey]:
        """Those of an account, the oldest first."""
        return self._load(Passkey.account_id == account_id)

    def find(self, credential_id: bytes) -> StoredPasskey | None:
        """The one with an id that its device chose."""
        return next(iter(self._load(Passkey.credential_id == _text(credential_id))), None)

    def add(self, account_id: int, name: str, credential_id: bytes, public_key: bytes, **more: object) -> None:
        """Store a new one."""
        values = {"account_id": account_id, "label": name, "used_at": datetime.now(UTC)}
        values |= {"credential_id": _text(credential_id), "public_key": _text(public_key)}
        values |= {key: more.get(key) for key in CHANGED}
        with write_transaction(self._engine) as connection:
            connection.execute(insert(Passkey).values(values))

    def save(self, one: StoredPasskey) -> None:
        """Write back what using it changed."""
        used_at = one.lastuse_datetime.replace(tzinfo=UTC)
        values = {key: getattr(one, key) for key in CHANGED} | {"used_at": used_at}
        with write_transaction(self._engine) as connection:
            connection.execute(update(Passkey).where(Passkey.id == one.id).values(values))

    def remove(self, one: StoredPasskey) -> None:
        """Remove it."""
        with write_transaction(self._engine) as connection:
            connection.execute(delete(Passkey).where(Passkey.id == one.id))

    def _load(self, which: Any) -> list[StoredPasskey]:
        with read_transaction(self._engine) as connection:
            rows = connection.execute(select(*Passkey.__table__.c).where(which).order_by(Passkey.id)).all()
        return [
            StoredPasskey(
                id=row.id,
                account_id=row.account_id,
                name=row.label,
                credential_id=_bytes(row.credential_id),
                public_key=_bytes(row.public_key),
                lastuse_datetime=row.used_at,
                **{key: getattr(row, key) for key in CHANGED},
            )
            for row in rows
        ]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)


class OwnerChecked(WebauthnUtil):
    """What devices are asked for: to know the account by themselves, and to check their owner."""

    def authenticator_selection(self, user: UserMixin, usage: str) -> AuthenticatorSelectionCriteria:
        """For a new passkey."""
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        )

    def user_verification(self, user: UserMixin | None, usage: list[str]) -> UserVerificationRequirement:
        """For using one."""
        return UserVerificationRequirement.REQUIRED


class AddForm(WebAuthnRegisterForm):
    """A new passkey signs in by itself; none is merely a second step."""

    def validate(self, **kwargs: object) -> bool:
        """Whether it may be added."""
        self.usage.data = "first"
        return bool(super().validate(**kwargs))


class UseForm(WebAuthnSigninResponseForm):
    """A passkey that was used to sign in, or to confirm who sits there."""

    def validate(self, **kwargs: object) -> bool:
        """Whether it opens its account."""
        if not super().validate(**kwargs):
            return False
        account = cast(Any, self.user)
        with read_transaction(site().runtime.engine) as connection:
            elsewhere = requires_single_sign_on(connection, account.clinic_id)
        if elsewhere:
            cast(list[str], self.credential.errors).append(NOT_HERE)
        return bool(account.is_active) and not elsewhere

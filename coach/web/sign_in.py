"""Sign-in by Flask-Security over our own accounts table."""

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask_security import RoleMixin, Security, UserDatastore, UserMixin
from sqlalchemy import Engine, select, update

from schedules.db import reading, writing
from schedules.models import CoachAccount


@dataclass
class Role(RoleMixin):
    """A role by name."""

    name: str
    permissions: list[str] = field(default_factory=list)


@dataclass(eq=False)
class SignedIn(UserMixin):
    """A coach's account under the names that Flask-Security knows."""

    id: int = 0
    email: str = ""
    password: str = ""
    active: bool = False
    fs_uniquifier: str = ""
    clinic_id: int | None = None
    role: str = ""

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]  # the library writes it; we never do
        """Exactly one."""
        return [Role(self.role)]


class CoachDatastore(UserDatastore):
    """Finds and updates accounts; making them is `coach.accounts`."""

    COLUMNS = {  # noqa: RUF012  (a constant table)
        "id": CoachAccount.id,
        "email": CoachAccount.email,
        "password": CoachAccount.password_hash,
        "active": CoachAccount.active,
        "fs_uniquifier": CoachAccount.session_key,
        "clinic_id": CoachAccount.clinic_id,
        "role": CoachAccount.role,
    }

    def __init__(self, engine: Engine) -> None:
        super().__init__(SignedIn, Role)
        self._engine = engine

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> SignedIn | None:
        """The account with one given value; e-mail addresses are stored in lower case."""
        name, value = wanted.popitem()
        if name == "email":
            value = str(value).lower()
        columns = [column.label(label) for label, column in self.COLUMNS.items()]
        with reading(self._engine) as connection:
            row = connection.execute(select(*columns).where(self.COLUMNS[name] == value)).first()
        return SignedIn(**row._mapping) if row else None

    def find_role(self, role: str) -> Role:
        """Every account has its role by name."""
        return Role(role)

    def put(self, model: SignedIn) -> SignedIn:
        """Write back what signing in may change: a rehashed password, a new session key."""
        with writing(self._engine) as connection:
            connection.execute(
                update(CoachAccount)
                .where(CoachAccount.id == model.id)
                .values(password_hash=model.password, session_key=model.fs_uniquifier)
            )
        return model

    def commit(self) -> None:
        """Every `put` has committed."""


def add_sign_in(app: Flask, engine: Engine) -> None:
    """Give the application its sign-in page and session rules."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  (the name of a method)
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_PASSWORD_SALT="unused: argon2 has its own",  # noqa: S106  (no secret)
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/sign-in",
        SECURITY_LOGIN_USER_TEMPLATE="sign-in.html",
        SECURITY_CACHE_CONTROL={"private": None, "no-store": None},
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_DEFAULT_REMEMBER_ME=False,
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
    )
    Security(app, CoachDatastore(engine))

"""Column types (UTC instants, wall times, encrypted values) and the base class of every table."""

import json
from datetime import UTC, datetime, time
from typing import Any, cast

import orjson
from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    MetaData,
    String,
    Table,
    Text,
    type_coerce,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from schedules.database.encryption import KeysMissingError, keyring, unseal

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcInstant(TypeDecorator[datetime]):
    """An aware UTC instant. Naive datetimes are refused, because they are ambiguous."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert an aware datetime of any zone to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: instants are stored in UTC")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class WallTime(TypeDecorator[time]):
    """A local time to the minute, stored as `HH:MM`."""

    impl = String(5)
    cache_ok = True

    def process_bind_param(self, value: time | None, dialect: Dialect) -> str | None:
        """Format the time."""
        return None if value is None else f"{value:%H:%M}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> time | None:
        """Parse the time."""
        return None if value is None else time.fromisoformat(value)


def to_json(value: object) -> str:
    """Serialize a value with orjson: decisions are mostly JSON, and the standard library takes ten times as long."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # lone surrogates and integers beyond 64 bits are valid for the standard library only
        return json.dumps(value)


class EncryptedText(TypeDecorator[str]):
    """Personal data: phone numbers, names, message bodies, notes. The database sees only tokens.

    Empty text stays empty, so that cleared values (see `coach.privacy.retention`) can be recognized without a key.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt the text."""
        return keyring().encrypt(value) if value else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Decrypt the token."""
        return None if value is None else unseal(value)


class EncryptedJson(EncryptedText):
    """Structured personal data, such as how a reply was understood."""

    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Encrypt the value as JSON."""
        return None if value is None else super().process_bind_param(to_json(value), dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Decrypt the token and parse its JSON."""
        text = super().process_result_value(value, dialect)
        return None if text is None else json.loads(text)


class _Readable(TypeDecorator[Any]):
    impl = Text
    cache_ok = True

    def __init__(self, of: EncryptedText, instead: str | None) -> None:
        super().__init__()
        self.of, self.instead = of, instead

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Decrypt the token, or return the replacement."""
        try:
            return self.of.process_result_value(value, dialect)
        except KeysMissingError:
            return self.instead


def readable(column: Any, instead: str | None = None) -> Any:
    """Select an encrypted column so that a value which cannot be decrypted reads as `instead` and fails no query."""
    return type_coerce(column, _Readable(column.type, instead)).label(column.key)


class Base(DeclarativeBase):
    """The single metadata of the installation; each package adds its tables to it.

    No id is given out twice, because mails, logs and open pages name rows that may have been erased. PostgreSQL's
    sequences do so by themselves; on SQLite the revision that makes a table has to say so.
    """

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy's own convention for this class attribute)
        datetime: UtcInstant(),
        time: WallTime(),
        list[Any]: JSON(none_as_null=True),
        dict[str, Any]: JSON(none_as_null=True),
    }

    def __init_subclass__(cls, **given: object) -> None:
        super().__init_subclass__(**given)
        cast(Table, cls.__table__).dialect_options["sqlite"]["autoincrement"] = True

"""Reads TOML tables and reports whatever is wrong in them as a Problem, never as a traceback."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from content.entries import Problem

Place = Traversable | Path
FieldType = TypeVar("FieldType")


def read_toml(directory: Place, name: str, problems: list[Problem]) -> dict[str, object]:
    """Read a TOML file; return an empty dict and add a Problem if it is missing or cannot be read."""
    try:
        return tomllib.loads(directory.joinpath(*name.split("/")).read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(Problem(name, "", "the file is missing"))
    except OSError as error:
        problems.append(Problem(name, "", f"the file cannot be read ({error.strerror})"))
    except UnicodeDecodeError:
        problems.append(Problem(name, "", "the file is not UTF-8 text"))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(name, "", f"not valid TOML: {error}"))
    return {}


def open_fields(directory: Place, name: str, problems: list[Problem]) -> "Fields":
    """Open a TOML file for reading. If the file itself is the Problem, its missing fields are not reported as well."""
    before = len(problems)
    table = read_toml(directory, name, problems)
    return Fields(name, "", table, problems if len(problems) == before else [])


@dataclass
class Fields:
    """A table being read. Each method returns a field, or a harmless placeholder and adds a Problem.

    `finish` then reports the fields that were not read, so that a misspelled one is never silently ignored.
    """

    file: str
    key: str
    table: Mapping[str, object]
    problems: list[Problem]
    asked: set[str] = field(default_factory=set)

    def complain(self, name: str, reason: str) -> None:
        """Add a Problem about a field of this table, or about the whole table when `name` is empty."""
        self.problems.append(Problem(self.file, ".".join(part for part in (self.key, name) if part), reason))

    def take(self, name: str, kind: type[FieldType], wanted: str, default: FieldType | None = None) -> FieldType | None:
        """Return the field if it is of `kind`; without a `default` it is required."""
        self.asked.add(name)
        if name not in self.table:
            if default is None:
                self.complain(name, "the field is missing")
            return default
        value = self.table[name]
        # In Python bool is an int and datetime a date; in this library they never stand for one.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool) or isinstance(value, datetime):
            self.complain(name, f"must be {wanted}")
            return default
        return value

    def words(self, name: str, default: str | None = None) -> str:
        """Take a text that is not empty."""
        value = self.take(name, str, "a text in quotes", default)
        if value is not None and not value.strip() and value != default:
            self.complain(name, "is empty")
        return value or ""

    def whole(self, name: str, default: int | None = None, least: int = 0) -> int:
        """Take a whole number of at least `least`."""
        value = self.take(name, int, "a whole number", default)
        if value is not None and value < least:
            self.complain(name, f"must be at least {least}")
        return least if value is None else value

    def flag(self, name: str, default: bool | None = None) -> bool:
        """Take true or false."""
        return bool(self.take(name, bool, "true or false", default))

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        """Take one of a few words."""
        value = self.words(name)
        if value and value not in choices:
            self.complain(name, f'must be one of {", ".join(choices)}, not "{value}"')
        return value if value in choices else choices[0]

    def names(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Take a list of different words."""
        value = self.take(name, list, "a list of texts", None if default is None else list(default))
        listed = value or []
        if not all(isinstance(item, str) and item.strip() for item in listed):
            self.complain(name, "must be a list of texts")
            return ()
        if len(set(listed)) < len(listed):
            self.complain(name, "names something twice")
        return tuple(listed)

    def day(self, name: str, default: date | None = None) -> date:
        """Take a date written as 2026-11-22 without quotes."""
        return self.take(name, date, "a date such as 2026-11-22, without quotes", default) or date.min

    def clock_time(self, name: str) -> time | None:
        """Take a wall time written as 20:00:00 without quotes, if there is one."""
        return self.take(name, time, "a time such as 20:00:00, without quotes") if name in self.table else None

    def section(self, name: str, default: Mapping[str, object] | None = None) -> "Fields":
        """Take a nested table, to be read with its own `Fields`."""
        value = self.take(name, dict, "a table", None if default is None else dict(default))
        # Fields missing in a missing table are not reported.
        problems = [] if value is None else self.problems
        return Fields(self.file, f"{self.key}.{name}" if self.key else name, value or {}, problems)

    def sections(self) -> tuple[tuple[str, "Fields"], ...]:
        """Take every field of this table as a table of its own."""
        return tuple((name, self.section(name)) for name in self.table)

    def tables(self, name: str) -> tuple["Fields", ...]:
        """Take a list of tables ([[name]] in TOML), each to be read with its own `Fields`."""
        listed = self.take(name, list, "a list of tables") or []
        if not all(isinstance(item, dict) for item in listed):
            self.complain(name, "must be a list of tables")
            return ()
        where = f"{self.key}.{name}" if self.key else name
        return tuple(Fields(self.file, f"{where}.{n}", item, self.problems) for n, item in enumerate(listed, 1))

    def in_each(self, name: str, languages: tuple[str, ...]) -> dict[str, str]:
        """Take a table that has one text for every language."""
        section = self.section(name)
        found = {language: section.words(language) for language in languages}
        section.finish()
        return found

    def finish(self) -> None:
        """Report the fields that were not read."""
        for name in self.table:
            if name not in self.asked:
                self.complain(name, "is not a known field")

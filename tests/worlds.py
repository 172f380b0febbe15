"""A world that many tests begin in: lived through once on each kind of database, and copied for every test after."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, exists, select, text

from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.gateway.protocol import MemoryGateway, ProviderMessage
from tests.databases import filling, held_rows, last_values
from tests.support import TestClock

Story = Callable[[Runtime, TestClock], object]
"""What happens in an empty installation before a test begins."""


@dataclass(frozen=True)
class World:
    """An installation as a story leaves it: the clock, what the provider took, and what puts the database back."""

    shows: datetime
    taken: tuple[ProviderMessage, ...]
    next_sid: int
    put_back: Callable[[Engine], None]


class Worlds:
    """Worlds by story, kind of database, settings and the instant at which they begin."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[tuple[object, ...], World] = {}

    def begin(self, story: Story, runtime: Runtime, clock: TestClock) -> Runtime:
        """Let a story have happened. One that does not begin in an empty installation happens in full."""
        if not _is_empty(runtime.engine):
            story(runtime, clock)
            return runtime
        settings = runtime.settings.model_dump_json(exclude={"database_url"})
        key = (story, runtime.engine.dialect.name, settings, clock.shows)
        gateway = runtime.gateway
        assert isinstance(gateway, MemoryGateway)
        if key in self._kept:
            world = self._kept[key]
            world.put_back(runtime.engine)
            clock.shows, gateway.taken[:] = world.shows, world.taken
        else:
            story(runtime, clock)
            world = World(clock.shows, tuple(gateway.taken), next(gateway._sids), self._keep(runtime.engine))
            self._kept[key] = world
        gateway._sids = count(world.next_sid)
        return runtime

    def _keep(self, engine: Engine) -> Callable[[Engine], None]:
        if engine.dialect.name == "sqlite":
            folder = self._folder / str(len(self._kept))
            engine.dispose()  # the last connection to close writes the whole log back into the file
            shutil.copytree(_folder_of(engine), folder)
            return lambda empty: _put_files(empty, folder)
        with read_transaction(engine) as connection:
            fill = filling(held_rows(connection), last_values(connection))
        return lambda empty: _put_rows(empty, fill)


def _is_empty(engine: Engine) -> bool:
    with read_transaction(engine) as connection:
        return not connection.scalar(select(exists(select(Clinic.id)) | exists(select(CoachAccount.id))))


def _folder_of(engine: Engine) -> Path:
    return Path(str(engine.url.database)).parent


def _put_files(engine: Engine, folder: Path) -> None:
    engine.dispose()
    shutil.rmtree(_folder_of(engine))
    shutil.copytree(folder, _folder_of(engine))


def _put_rows(engine: Engine, fill: str) -> None:
    with write_transaction(engine) as connection:
        connection.execute(text(fill))

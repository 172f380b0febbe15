"""The web application on an empty installation, and one with a story."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine

from coach.database.schema import load_keys
from coach.runtime import Runtime
from coach.web.app import create_app
from content.catalogue import Catalogue
from schedules.gateway.protocol import MemoryGateway
from tests.coach.web.story import Story, app_of, tell
from tests.journeys.conftest import browser_type_launch_args
from tests.served import served
from tests.support import TestClock, settings_for

__all__ = ["browser_type_launch_args"]  # the system's Chromium, for these tests too


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def sqlite_runtime(sqlite_url: str, sqlite_engine: Engine, catalogue: Catalogue, clock: TestClock) -> Runtime:
    """For what does not differ between the databases."""
    settings = settings_for(sqlite_url)
    return Runtime(settings, sqlite_engine, catalogue, load_keys(sqlite_engine), MemoryGateway(clock), clock)


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Twelve made-up people after eight days, on a real port; one for all the tests of a process."""
    runtime, clock = tell(tmp_path_factory.mktemp("story"))
    with runtime.dispatcher() as dispatcher:
        app = app_of(runtime, clock, dispatcher)
        with served(runtime, app) as url:
            yield Story(url, app, runtime)
    runtime.engine.dispose()

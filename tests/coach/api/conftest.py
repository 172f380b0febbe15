"""The web application on an empty installation, and a system with a key of its clinic."""

import pytest
from flask import Flask
from sqlalchemy import Engine

from coach.database.schema import load_keys
from coach.runtime import Runtime
from coach.web.app import create_app
from content.catalogue import Catalogue
from schedules.gateway.protocol import MemoryGateway
from tests.coach.api.calling import System, system
from tests.support import TestClock, settings_for


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def lone(sqlite_url: str, sqlite_engine: Engine, catalogue: Catalogue, clock: TestClock) -> Runtime:
    """For what does not differ between the databases."""
    gateway = MemoryGateway(clock)
    return Runtime(settings_for(sqlite_url), sqlite_engine, catalogue, load_keys(sqlite_engine), gateway, clock)


@pytest.fixture
def lone_caller(lone: Runtime) -> System:
    """As `caller`, there."""
    return system(create_app(lone), lone)


@pytest.fixture
def caller(app: Flask, runtime: Runtime) -> System:
    """May do everything at "Clinic"."""
    return system(app, runtime)

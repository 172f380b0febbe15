"""An installation behind signed webhooks, with a provider in memory."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from coach.database.schema import load_keys
from coach.runtime import Runtime
from coach.web.app import create_app
from content.catalogue import Catalogue
from schedules.gateway.protocol import MemoryGateway
from tests.coach.conversation.posting import TOKEN
from tests.support import TestClock, settings_for


@pytest.fixture
def signed(database_url: str, engine: Engine, catalogue: Catalogue, clock: TestClock) -> Runtime:
    """An installation that checks signatures, with a provider in memory."""
    settings = settings_for(
        database_url,
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=TOKEN,
        twilio_from_number="+15005550006",
        twilio_opt_out_mode="self",
    )
    return Runtime(settings, engine, catalogue, load_keys(engine), MemoryGateway(clock), clock)


@pytest.fixture
def app(signed: Runtime) -> Flask:
    return create_app(signed)


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


@pytest.fixture
def as_json() -> Iterator[None]:
    """Logs as an installation with LOG_FORMAT=json writes them."""
    before = structlog.get_config()
    handlers, level = logging.root.handlers[:], logging.root.level
    logging.root.handlers.clear()
    yield
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)

"""An installation behind signed webhooks, with a provider in memory."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from coach.database import load_keys
from coach.runtime import Runtime
from coach.web.app import create_app
from content.catalogue import Catalogue
from schedules.gateway import MemoryGateway
from tests.coach.posting import TOKEN
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

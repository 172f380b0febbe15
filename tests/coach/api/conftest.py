"""The web application on an empty installation, and a system with a key of its clinic."""

import pytest
from flask import Flask

from coach.runtime import Runtime
from coach.web.app import create_app
from tests.coach.api.calling import System, system


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def caller(app: Flask, runtime: Runtime) -> System:
    """May do everything at "Clinic"."""
    return system(app, runtime)

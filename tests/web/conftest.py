"""The web application on an empty installation."""

import pytest
from flask import Flask

from coach.runtime import Runtime
from coach.web.app import create_app


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)

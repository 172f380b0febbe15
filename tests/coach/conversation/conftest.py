"""What Twilio calls, without the pages: no test opens one, and to put them together takes longer than to answer."""

import pytest
from flask import Flask

from coach.runtime import Runtime, signature_check_from
from coach.web.app import webhook_app
from coach.web.site import Site


@pytest.fixture
def app(signed: Runtime) -> Flask:
    return webhook_app(Site(signed, signature_check_from(signed.settings)))

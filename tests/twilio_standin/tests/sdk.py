"""The untyped libraries that these tests use, in one place: the real Twilio SDK, and jsonschema.

`unused-ignore` keeps mypy content whether or not pyproject.toml declares them as untyped.
"""

from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped,unused-ignore]
from twilio.base.exceptions import (  # type: ignore[import-untyped,unused-ignore]
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped,unused-ignore]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped,unused-ignore]
from twilio.rest import Client  # type: ignore[import-untyped,unused-ignore]


class RedirectedHttpClient(TwilioHttpClient):  # type: ignore[misc,unused-ignore]
    """The SDK's own client, talking to the stand-in instead of api.twilio.com."""

    def __init__(self, url: str) -> None:
        super().__init__(timeout=60)
        self.url = url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self.url), *args, **kwargs)

    def close(self) -> None:
        if self.session:
            self.session.close()


__all__ = [
    "Client",
    "Draft202012Validator",
    "RedirectedHttpClient",
    "RequestValidator",
    "TwilioException",
    "TwilioRestException",
    "TwilioServiceException",
]

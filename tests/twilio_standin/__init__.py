"""A local stand-in for Twilio's Messages API, for tests and development: a real HTTP server on this machine.

    with StandIn(callbacks="immediate", target_url=app_url, public_url=PUBLIC_URL) as standin:
        ...                                   # TWILIO_API_URL=standin.url
        standin.text("+15550001111", "YES", url=PUBLIC_URL + "/sms/inbound")
        assert standin.accepted_to("+15550001111") and not standin.violations

On its own: `python -m tests.twilio_standin --port 8090 --help`.
"""

from .callbacks import Plan, Posted
from .errors import RECEIPTS, REFUSALS
from .inbound import TextAnswer
from .messages import Accepted
from .posting import sign
from .standin import StandIn
from .state import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID, SERVICE_NUMBER

__all__ = [
    "ACCOUNT_SID",
    "AUTH_TOKEN",
    "MESSAGING_SERVICE_SID",
    "RECEIPTS",
    "REFUSALS",
    "SERVICE_NUMBER",
    "Accepted",
    "Plan",
    "Posted",
    "StandIn",
    "TextAnswer",
    "sign",
]

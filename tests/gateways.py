"""The real SDK on the stand-in: the one gateway that tests, worker processes and benchmarks send through."""

from schedules.gateway.twilio import TwilioGateway
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID

STATUS_URL = "https://coach.test/sms/status"


def gateway_to(api_url: str, auth_token: str = AUTH_TOKEN) -> TwilioGateway:
    """A gateway that sends to a stand-in's address with its account."""
    return TwilioGateway(
        account_sid=ACCOUNT_SID,
        auth_token=auth_token,
        messaging_service_sid=MESSAGING_SERVICE_SID,
        from_number=None,
        api_url=api_url,
        status_url=STATUS_URL,
    )

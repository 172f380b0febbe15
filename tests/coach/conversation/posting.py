"""Signed posts, as Twilio makes them."""

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from tests.support import PUBLIC_URL

TOKEN = "12345"
PHONE = "+14155550001"


def post(client: FlaskClient, path: str, form: dict[str, str], *, signature: str | None = None) -> tuple[int, str]:
    signed = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + path, form) if signature is None else signature
    answer = client.post(path, data=form, headers={"X-Twilio-Signature": signed})
    return answer.status_code, answer.get_data(as_text=True)


def text(body: str, sid: str = "SM1", **more: str) -> dict[str, str]:
    return {"MessageSid": sid, "From": PHONE, "To": "+15005550006", "Body": body} | more

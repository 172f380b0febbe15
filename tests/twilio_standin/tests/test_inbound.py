"""Inbound texts: the signed form, the TwiML that comes back, forgeries, repeats and opt-outs."""

import pytest

from tests.twilio_standin import ACCOUNT_SID, MESSAGING_SERVICE_SID, SERVICE_NUMBER, StandIn, sign

from .conftest import PUBLIC_URL, App
from .sdk import Client, RequestValidator, TwilioRestException

PERSON = "+15551230001"


@pytest.mark.parametrize("form", [{}, {"Body": "7 y", "From": PERSON}, {"b": "2", "B": "1", "a": "é😀&=+ %"}])
@pytest.mark.parametrize("url", ["https://coach.example.org/sms?a=%2F&b=1", "http://127.0.0.1:8000/sms"])
def test_the_signature_is_the_one_of_the_sdk(form: dict[str, str], url: str) -> None:
    assert sign("a token", url, form.items()) == RequestValidator("a token").compute_signature(url, form)


def test_the_signature_is_the_one_of_twilios_own_example() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
    signature = sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form.items())
    assert signature == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_text_is_posted_with_twilios_fields_and_its_answer_read(standin: StandIn, app: App) -> None:
    app.body = "<Response><Message>Thanks &amp; good night</Message><Message><Body>2</Body></Message></Response>"
    status, messages = answer = standin.text(PERSON, "7 y", url=app.url + "/sms/inbound", OptOutType="HELP", Extra="1")
    assert (status, messages) == (200, ["Thanks & good night", "2"])
    webhook = app.received[0]
    assert webhook.is_signed_for(app.url)
    expected = {
        "MessageSid": answer.sid,
        "SmsSid": answer.sid,
        "AccountSid": ACCOUNT_SID,
        "MessagingServiceSid": MESSAGING_SERVICE_SID,
        "From": PERSON,
        "To": SERVICE_NUMBER,
        "Body": "7 y",
        "NumMedia": "0",
        "NumSegments": "1",
        "ApiVersion": "2010-04-01",
        "OptOutType": "HELP",
        "Extra": "1",
    }
    assert expected.items() <= webhook.form.items()
    assert standin.violations == []
    assert [one.body for one in standin.replies] == ["Thanks & good night", "2"]
    assert standin.accepted == []


def test_the_public_url_is_signed_and_the_target_is_reached(app: App) -> None:
    inbound_url = PUBLIC_URL + "/sms/inbound"
    with StandIn(public_url=PUBLIC_URL, target_url=app.url, inbound_url=inbound_url) as standin:
        assert standin.text(PERSON, "YES") == (200, [])
    assert app.received[0].is_signed_for(PUBLIC_URL)


def test_a_repeat_has_the_same_sid_and_a_token(standin: StandIn, app: App) -> None:
    first = standin.text(PERSON, "7", url=app.url)
    again = standin.text(PERSON, "7", url=app.url, again=first.sid)
    assert again.sid == first.sid
    assert [one.form["MessageSid"] for one in app.received] == [first.sid] * 2
    assert ["I-Twilio-Idempotency-Token" in one.headers for one in app.received] == [False, True]
    assert len(standin.messages) == 1


def test_the_replies_to_a_repeat_count_when_the_first_post_was_lost(standin: StandIn, app: App) -> None:
    app.body = "<Response><Message>Thanks</Message></Response>"
    sid = standin.text(PERSON, "7", url="http://127.0.0.1:9/").sid
    for _ in range(2):
        assert standin.text(PERSON, "7", url=app.url, again=sid).messages == ["Thanks"]
    assert [one.direction for one in standin.messages.all()] == ["inbound", "outbound-reply"]


def test_every_text_has_a_sid_of_its_own(standin: StandIn, app: App) -> None:
    assert len({standin.text(PERSON, "7", url=app.url).sid for _ in range(5)}) == 5


def test_forged_texts_do_not_validate(standin: StandIn, app: App) -> None:
    standin.text(PERSON, "7", url=app.url, sign=False)
    standin.text(PERSON, "7", url=app.url, tamper=True)
    assert "X-Twilio-Signature" not in app.received[0].headers
    assert "X-Twilio-Signature" in app.received[1].headers
    assert [one.is_signed_for(app.url) for one in app.received] == [False, False]
    assert len(standin.messages) == 0


def test_a_refused_text_has_no_messages(standin: StandIn, app: App) -> None:
    app.status, app.body = 403, "<h1>Forbidden"
    assert standin.text(PERSON, "7", url=app.url) == (403, [])
    assert standin.violations == []


def test_an_app_that_is_away_is_status_0(standin: StandIn) -> None:
    answer = standin.text(PERSON, "7", url="http://127.0.0.1:9/")
    assert answer.status == 0
    assert "refused" in answer.error


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("OK", "not TwiML"),
        ("<html/>", "root"),
        ("<Response>" + "<Message>x</Message>" * 11 + "</Response>", "11 messages"),
        ("<Response><Message>" + "x" * 1601 + "</Message></Response>", "1600"),
    ],
)
def test_twiml_that_twilio_would_refuse_is_a_violation(standin: StandIn, app: App, body: str, complaint: str) -> None:
    app.body = body
    standin.text(PERSON, "7", url=app.url)
    assert len(standin.violations) == 1
    assert complaint in standin.violations[0]


def test_a_text_without_an_address_says_what_is_missing(standin: StandIn) -> None:
    with pytest.raises(ValueError, match="inbound_url"):
        standin.text(PERSON, "7")


def create(client: Client) -> int | None:
    try:
        client.messages.create(to=PERSON, body="x", messaging_service_sid=MESSAGING_SERVICE_SID)
    except TwilioRestException as error:
        return int(error.code)
    return None


def test_stop_blocks_a_number_until_start(standin: StandIn, client: Client, app: App) -> None:
    standin.opt_out = "default"
    codes = []
    for words in ("stop please", " Stop ", "HELP", "yes", "UNSUBSCRIBE", "unstop"):
        standin.text(PERSON, words, url=app.url)
        codes.append(create(client))
    assert codes == [None, 21610, 21610, None, 21610, None]
    assert all("OptOutType" not in one.form for one in app.received)


def test_replies_to_a_number_that_opted_out_are_not_sent(standin: StandIn, app: App) -> None:
    standin.opt_out = "default"
    app.body = "<Response><Message>Bye</Message></Response>"
    assert standin.text(PERSON, "STOP", url=app.url).messages == ["Bye"]
    assert standin.replies == []


def test_advanced_opt_out_says_so_in_the_form(standin: StandIn, app: App) -> None:
    standin.opt_out = "advanced"
    for words in ("STOP", "start", "Info", "7"):
        standin.text(PERSON, words, url=app.url)
    assert [one.form.get("OptOutType") for one in app.received] == ["STOP", "START", "HELP", None]


def test_without_opt_out_twilio_does_nothing_of_its_own(standin: StandIn, client: Client, app: App) -> None:
    standin.text(PERSON, "STOP", url=app.url)
    assert create(client) is None

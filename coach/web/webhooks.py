"""What Twilio calls. Signed, POST only; what is not signed is refused before anything of it is read or stored."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from xml.sax.saxutils import escape

import structlog
from flask import Blueprint, Response, abort, request

from coach.config import Settings
from coach.conversation.receive import InboundText, ReceiveContext
from coach.conversation.unapplied import NotKeptError, receive
from coach.web.monitoring.latency import time_webhooks
from coach.web.site import site
from schedules.database.apart import error_name
from schedules.database.engine import has_single_writer, write_transaction
from schedules.database.turns import is_transient
from schedules.dispatch.receipts import record_receipt
from schedules.dispatch.senders import record_loss
from schedules.gateway.error_codes import failure_of
from schedules.gateway.protocol import OutgoingText

# How many seconds a receipt waits for the write lock of SQLite: replies are answered on the same thread.
RECEIPT_PATIENCE = 1.0

webhooks = Blueprint("webhooks", __name__)
time_webhooks(webhooks)

log = structlog.get_logger(__name__)


@webhooks.before_request
def check_signature() -> None:
    """403 unless Twilio signed this request for the URL it calls. GET and the like are 405 before this."""
    check = site().signature_check
    path, _, query = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "").partition("?")
    path = path or request.path
    query = query or request.query_string.decode("latin-1")
    if check is None or not check.holds(path, query, request.form, request.headers.get("X-Twilio-Signature", "")):
        abort(403)
    if _is_foreign(site().runtime.settings, request.form):
        abort(403)


def _is_foreign(settings: Settings, form: Mapping[str, str]) -> bool:
    """Whether a signed request is about another account, service or number. The token may sign for several accounts."""
    service, number = settings.twilio_messaging_service_sid, settings.twilio_from_number
    pairs = [("AccountSid", settings.twilio_account_sid), ("MessagingServiceSid", service)]
    if request.path == "/sms/inbound" and not service:  # the numbers of a service are known to the provider only
        pairs.append(("To", number))
    given = ((form.get(name), ours) for name, ours in pairs)
    return any(one and ours and one != ours and _bare(one) != _bare(ours) for one, ours in given)


def _bare(sid_or_number: str) -> str:
    return "".join(one for one in sid_or_number if one.isalnum())


@webhooks.post("/sms/inbound")
def inbound() -> Response:
    """A text from a phone: store, understand, answer."""
    form = request.form
    sid = _without_nul(form.get("MessageSid") or form.get("SmsSid"))
    sender = form.get("From")
    if not sid or not sender or len(sid) > 64:
        abort(400)
    runtime = site().runtime
    media = form.get("NumMedia", "")
    count = int(media) if media.isdecimal() and len(media) < 3 else 0
    text = InboundText(sid, sender, form.get("Body", ""), form.get("OptOutType"), count)
    try:
        with _reception() as reception:
            return Response(twiml(receive(reception, text, runtime.now())), mimetype="text/xml")
    except NotKeptError as error:
        if error.lines:  # the provider reads no answer of an error: they go out by themselves, whatever comes after
            runtime.gateway.send(OutgoingText(sender, error.lines, f"lines-{sid}"[:32]))
        return Response(twiml(error.lines), status=503, mimetype="text/xml")


@contextmanager
def _reception() -> Iterator[ReceiveContext]:
    reception = site().runtime.reception
    if has_single_writer(reception.engine):
        yield reception
        return
    with site().row_patience.take() as patience:
        yield replace(reception, patience=patience)


@webhooks.post("/sms/status")
def status() -> Response:
    """A delivery receipt: 200, or 503 if it could not be stored.

    Twilio does not repeat a receipt, so a transient error is retried at once; what is lost all the same is looked up
    later (`schedules.worker.missing_receipts`).
    """
    form = request.form
    sid = _without_nul(form.get("MessageSid") or form.get("SmsSid"))
    said = _without_nul(form.get("MessageStatus") or form.get("SmsStatus"))[:20]
    code, to = form.get("ErrorCode", ""), form.get("To", "")
    number = int(code) if code.isdecimal() and len(code) < 9 else None
    if not sid:
        return Response("", mimetype="text/plain")
    token = _without_nul(request.args.get("token"))
    for last in (False, True):
        try:
            told = _store_receipt(token, sid, said, number, to)
        except Exception as error:
            if is_transient(error) and not last:
                continue
            log.exception("receipt_not_stored", sid=sid, status=said, reason=error_name(error))
            return Response("", status=503, mimetype="text/plain")
        log.info("receipt", sid=sid, status=said, code=code[:8] or None, told=told)
        break
    return Response("", mimetype="text/plain")


def _store_receipt(token: str, sid: str, said: str, code: int | None, to: str) -> str:
    runtime = site().runtime
    to_hash = runtime.keys.number_hash(to) if to else None
    single = has_single_writer(runtime.engine)
    waits = nullcontext(RECEIPT_PATIENCE) if single else site().row_patience.take()
    with waits as patience, write_transaction(runtime.engine, patience) as connection:
        now = runtime.now()
        told = record_receipt(connection, token=token, sid=sid, status=said, code=code, now=now, to_hash=to_hash)
        if told == "moved" and failure_of(code).then == "shut":
            record_loss(connection, runtime.settings.sender, now)
    return told


def _without_nul(given: str | None) -> str:
    """PostgreSQL refuses a text with a NUL in it."""
    return (given or "").replace("\x00", "")


def twiml(answer: str | None) -> str:
    """The answer as TwiML; an empty response says nothing."""
    message = f"<Message>{escape(answer)}</Message>" if answer else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'

"""A person's text: the signed webhook that Twilio posts to the app, and the TwiML replies that come back."""

import random
from urllib.parse import urlsplit

from .messages import API_VERSION, Accepted, count_segments
from .posting import Pairs, read_twiml
from .state import State


class TextAnswer(tuple[int, list[str]]):
    """`(HTTP status, TwiML texts)`, with the MessageSid that was posted; status 0: the app was not reached."""

    sid: str
    error: str

    def __new__(cls, status: int, messages: list[str], sid: str, error: str) -> "TextAnswer":
        answer = super().__new__(cls, (status, messages))
        answer.sid, answer.error = sid, error
        return answer

    @property
    def status(self) -> int:
        return self[0]

    @property
    def messages(self) -> list[str]:
        return self[1]


class Inbound:
    """Posts inbound texts and records them, and the replies to them, as messages of the account."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._random = random.Random(f"inbound {state.seed}")
        self._answered: set[str] = set()

    def text(
        self,
        from_number: str,
        body: str,
        to: str | None,
        url: str | None,
        again: str | None,
        sign: bool,
        tamper: bool,
        extra: dict[str, str],
    ) -> TextAnswer:
        state = self._state
        address = url or state.inbound_url
        if not address or not urlsplit(address).hostname:
            raise ValueError("The stand-in needs the app's inbound address: text(…, url=…) or StandIn(inbound_url=…).")
        to, sid = to or state.service_number, again or extra.get("MessageSid") or state.new_sid()
        kind = None if again or not sign or tamper else state.opt(from_number, body)
        form = self._form(from_number, to, body, sid)
        if kind and state.opt_out == "advanced":
            form.append(("OptOutType", kind))
        form = list((dict(form) | extra).items())
        token = again and f"{self._random.getrandbits(128):032x}"
        answer = state.poster.post(address, form, signed=sign, tampered=tamper, again=token)
        texts, complaints = read_twiml(answer)
        state.violations.extend(complaints)
        if sign and not tamper:
            self._record(from_number, to, body, sid, texts)
        return TextAnswer(answer.status or 0, texts, sid, answer.error)

    def forget(self) -> None:
        self._answered.clear()

    def _form(self, from_number: str, to: str, body: str, sid: str) -> Pairs:
        state = self._state
        return [
            ("ToCountry", "US"),
            ("ToState", ""),
            ("ToCity", ""),
            ("ToZip", ""),
            ("SmsMessageSid", sid),
            ("MessageSid", sid),
            ("SmsSid", sid),
            ("AccountSid", state.account_sid),
            ("MessagingServiceSid", state.messaging_service_sid),
            ("From", from_number),
            ("FromCountry", "US"),
            ("FromState", ""),
            ("FromCity", ""),
            ("FromZip", ""),
            ("To", to),
            ("Body", body),
            ("SmsStatus", "received"),
            ("NumMedia", "0"),
            ("NumSegments", str(count_segments(body))),
            ("ApiVersion", API_VERSION),
        ]

    def _record(self, person: str, ours: str, body: str, sid: str, replies: list[str]) -> None:
        """An inbound text and its replies are messages too: a list of the account shows them."""
        if self._state.messages.get(sid) is None:
            self._add(sid, ours, person, body, "inbound", "received")
        # A repeat of what was answered already sends nothing more; one whose first post was lost does.
        answered_before = sid in self._answered
        if replies:
            self._answered.add(sid)
        if not answered_before and person not in self._state.opted_out:
            for reply in replies:
                self._add(self._state.new_sid(), person, ours, reply, "outbound-reply", "delivered")

    def _add(self, sid: str, to: str, from_: str, body: str, direction: str, status: str) -> None:
        now = self._state.instant()
        self._state.messages.add(
            Accepted(
                sid=sid,
                to=to,
                from_=from_,
                messaging_service_sid=self._state.messaging_service_sid,
                body=body,
                status_callback=None,
                accepted_at=now,
                status=status,
                updated_at=now,
                date_sent=now,
                direction=direction,
            )
        )

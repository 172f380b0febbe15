"""Posts signed webhooks to the app under test, as Twilio does, and reads the TwiML that comes back."""

import base64
import hashlib
import hmac
import http.client
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

CONNECT_SECONDS = 5
READ_SECONDS = 15
MOST_MESSAGES, LONGEST_MESSAGE = 10, 1600

Pairs = list[tuple[str, str]]


def sign(auth_token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """X-Twilio-Signature: the whole URL, then every distinct key and value in order, HMAC-SHA1, base64."""
    signed = url + "".join(key + value for key, value in sorted(set(form)))
    return base64.b64encode(hmac.digest(auth_token.encode(), signed.encode(), hashlib.sha1)).decode()


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What the app answered; `status` is None when it was never reached, and `error` says why."""

    status: int | None
    body: str = ""
    content_type: str = ""
    error: str = ""


@dataclass
class Poster:
    """Signs for the public URL and connects to where the app really listens, on this machine only."""

    auth_token: str
    public_url: str | None = None
    target_url: str | None = None
    retries: int = 0

    def post(
        self, url: str, form: Pairs, *, signed: bool = True, tampered: bool = False, again: str | None = None
    ) -> WebhookAnswer:
        """Post the form; `tampered` changes it after signing; `again` is the idempotency token of a retry."""
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "User-Agent": "TwilioProxy/1.1"}
        if signed:
            headers["X-Twilio-Signature"] = sign(self.auth_token, url, form)
        if again:
            headers["I-Twilio-Idempotency-Token"] = again
        if tampered:
            form = [(key, value + "!" if key == "Body" else value) for key, value in form] + [("Tampered", "1")]
        return self._post_with_retries(url, urlencode(form).encode(), headers)

    def _post_with_retries(self, url: str, body: bytes, headers: dict[str, str]) -> WebhookAnswer:
        answer = self._post_once(url, body, headers)
        for _ in range(self.retries):
            if answer.status is not None:
                break
            token = hashlib.sha256(body).hexdigest()[:32]
            answer = self._post_once(url, body, {"I-Twilio-Idempotency-Token": token} | headers)
        return answer

    def _post_once(self, url: str, body: bytes, headers: dict[str, str]) -> WebhookAnswer:
        try:
            connection, path, host = self._route(url)
        except ValueError as error:
            return WebhookAnswer(None, error=str(error))
        try:
            connection.connect()
            connection.sock.settimeout(READ_SECONDS)
            connection.request("POST", path, body, headers | {"Host": host, "Connection": "close"})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            return WebhookAnswer(answer.status, text, answer.getheader("Content-Type") or "")
        except (OSError, http.client.HTTPException) as error:
            return WebhookAnswer(None, error=f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    def _route(self, url: str) -> tuple[http.client.HTTPConnection, str, str]:
        """A connection to the target, the raw path and query, and the host name the public knows."""
        target = url
        if self.public_url and self.target_url and url.startswith(self.public_url.rstrip("/")):
            target = self.target_url.rstrip("/") + url[len(self.public_url.rstrip("/")) :]
        parts = urlsplit(target)
        if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
            raise ValueError(f"The stand-in posts to http on this machine only, not to {target} (see target_url).")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=CONNECT_SECONDS)
        return connection, path, urlsplit(url).netloc


def read_twiml(answer: WebhookAnswer) -> tuple[list[str], list[str]]:
    """The texts that a TwiML answer sends, and what Twilio would complain of."""
    if answer.status is None or not 200 <= answer.status < 300:
        return [], []
    try:
        root = ElementTree.fromstring(answer.body)
    except ElementTree.ParseError as error:
        return [], [f"the inbound answer is not TwiML ({error}): {answer.body[:80]!r}"]
    texts = [_text_of(message) for message in root.iter("Message")]
    return texts, list(_complaints(root, texts, answer.content_type))


def _text_of(message: ElementTree.Element) -> str:
    body = message.find("Body")
    return "".join((message if body is None else body).itertext())


def _complaints(root: ElementTree.Element, texts: list[str], content_type: str) -> Iterable[str]:
    if root.tag != "Response":
        yield f"the TwiML root is {root.tag!r}, not Response"
    if content_type.partition(";")[0] not in ("text/xml", "application/xml"):
        yield f"the TwiML content type is {content_type!r}"
    if len(texts) > MOST_MESSAGES:
        yield f"the TwiML has {len(texts)} messages, more than {MOST_MESSAGES}"
    if any(len(text) > LONGEST_MESSAGE for text in texts):
        yield f"a TwiML message is longer than {LONGEST_MESSAGE} characters"

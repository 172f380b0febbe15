"""Twilio's side of the REST API: create, fetch, list, redact and delete messages."""

import base64
import json
import re
import traceback
from dataclasses import replace
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from . import contract
from .account import describe
from .connection import Answer, Request
from .errors import MAGIC_FROM, MAGIC_TO, RefusedError, encode_refusal
from .faults import Fault
from .listing import list_messages
from .messages import FINAL, Accepted, show
from .state import State

LONGEST_BODY = 1600
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_COLLECTION = {"POST": "create", "GET": "list"}
_MEMBER = {"POST": "update", "GET": "fetch", "DELETE": "delete"}
_PATH = re.compile(r"/2010-04-01/Accounts/([^/]+)/Messages(?:/([^/]+))?\.json")
Form = dict[str, str]


class Api:
    """Answers one request; draws the fault it meets, and keeps what was wrong with it."""

    def __init__(self, state: State) -> None:
        self._state = state
        credentials = f"{state.account_sid}:{state.auth_token}".encode()
        self._authorization = "Basic " + base64.b64encode(credentials).decode()

    def answer(self, request: Request) -> Answer:
        try:
            answer = self._answer(request)
        except RefusedError as refused:
            answer = self._refusal(refused, request.path)
        except Exception:
            # Tests that assert that there are no violations then see that the stand-in is what broke.
            self._state.violations.append(f"the stand-in itself failed: {traceback.format_exc()}")
            answer = self._refusal(RefusedError(20500), request.path)
        answer.delay += self._state.latency
        return answer

    def _answer(self, request: Request) -> Answer:
        if request.method == "GET" and (described := describe(self._state, request.path, request.query)):
            return self._describe(request, described)
        match = _PATH.fullmatch(request.path)
        account, sid = match.groups() if match else ("", None)
        operation = (_MEMBER if sid else _COLLECTION).get(request.method) if match else None
        if operation is None:
            self._state.violations.append(f"the OpenAPI file has no {request.method} {request.path}")
            raise RefusedError(20404, f"{request.method} {request.path}")
        fault = self._state.faults.draw(operation)
        if fault is None:
            return self._perform(operation, account, sid or "", request)
        return self._perform_badly(fault, operation, account, sid or "", request)

    def _describe(self, request: Request, described: dict[str, Any]) -> Answer:
        """The account, its number or its messaging service, which are not in the Messages file."""
        if request.headers.get("authorization") != self._authorization:
            raise RefusedError(20003)
        date = format_datetime(self._state.instant(), usegmt=True)
        return Answer(200, json.dumps(described).encode(), headers={"Date": date})

    def _perform(self, operation: str, account: str, sid: str, request: Request) -> Answer:
        if request.headers.get("authorization") != self._authorization:
            raise RefusedError(20003)
        if account != self._state.account_sid:
            raise RefusedError(20404, request.path)
        query = parse_qsl(request.query, keep_blank_values=True) if request.query else []
        form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True) if request.body else []
        if self._state.validate:
            self._check(operation, account, sid, query, form, request)
        if operation == "create":
            return self._create(dict(form), [value for key, value in form if key == "MediaUrl"])
        if operation == "list":
            page = list_messages(self._state.messages, dict(query), account, request.path)
            return Answer(200, json.dumps(page).encode())
        return self._touch(operation, sid, dict(form), request.path)

    def _check(
        self, operation: str, account: str, sid: str, query: contract.Pairs, form: contract.Pairs, request: Request
    ) -> None:
        path = [("AccountSid", account)] + ([("Sid", sid)] if sid else [])
        content_type = request.headers.get("content-type", "")
        found = contract.operation(operation).violations(path, query, form, content_type)
        self._state.violations.extend(f"{operation}: {one}" for one in found)

    def _perform_badly(self, fault: Fault, operation: str, account: str, sid: str, request: Request) -> Answer:
        kind = fault.kind
        if kind == "drop_before":
            return Answer(0, dropped=True)
        if kind == "drop_late":
            self._state.later(fault.seconds, lambda: self._surface(operation, account, sid, request))
            return Answer(0, dropped=True)
        if kind in ("error429", "error500", "error503", "auth"):
            code = {"error429": 20429, "error500": 20500, "error503": 20503, "auth": 20003}[kind]
            raise RefusedError(code, retry_after=fault.retry_after if kind == "error429" else None)
        answer = self._perform(operation, account, sid, request)
        if kind == "delay":
            return replace(answer, delay=fault.seconds)
        if kind == "drop_after":
            return replace(answer, dropped=True)
        refusal = self._refusal(RefusedError(20503 if kind == "error503_after" else 20500), request.path)
        return replace(answer, status=refusal.status, body=refusal.body, content_type=refusal.content_type)

    def _surface(self, operation: str, account: str, sid: str, request: Request) -> None:
        """What a request does when nobody waits for its answer any more."""
        try:
            answer = self._perform(operation, account, sid, request)
        except RefusedError:
            return
        if answer.after:
            answer.after()

    def _create(self, form: Form, media: list[str]) -> Answer:
        state = self._state
        self._refuse_wrong(form, media)
        self._refuse_by_rule(form)
        now, sid = state.instant(), state.new_sid()
        service = form.get("MessagingServiceSid") or None
        message = Accepted(
            sid=sid,
            to=form["To"],
            from_=form.get("From") or None,
            messaging_service_sid=service,
            body=form.get("Body", ""),
            status_callback=form.get("StatusCallback") or None,
            accepted_at=now,
            status="accepted" if service else "queued",
            updated_at=now,
            num_media=len(media),
        )
        state.messages.add(message)
        state.write_record(message)
        body = json.dumps(show(message, state.account_sid)).encode()
        early = state.story.begin(sid)
        return Answer(201, body, blocking=early, after=lambda: state.story.answered(sid, state.later))

    def _refuse_wrong(self, form: Form, media: list[str]) -> None:
        if not form.get("To"):
            raise RefusedError(21604)
        if not form.get("From") and not form.get("MessagingServiceSid"):
            raise RefusedError(21603)
        if not form.get("Body") and not media:
            raise RefusedError(21602)
        if not _E164.fullmatch(form["To"]):
            raise RefusedError(21211, form["To"])
        if len(form.get("Body", "")) > LONGEST_BODY:
            raise RefusedError(21617)

    def _refuse_by_rule(self, form: Form) -> None:
        to, sender = form["To"], form.get("From", "")
        if self._state.magic_numbers and (to in MAGIC_TO or sender in MAGIC_FROM):
            raise RefusedError(MAGIC_TO.get(to) or MAGIC_FROM[sender])
        if to in self._state.opted_out:
            raise RefusedError(21610)
        rule = self._state.rules.get(to) or self._state.rules.get("*")
        if rule is None or rule.times == 0:
            return
        if rule.times is not None:
            rule.times -= 1
        raise RefusedError(rule.code, status=rule.status, retry_after=rule.retry_after)

    def _touch(self, operation: str, sid: str, form: Form, path: str) -> Answer:
        state = self._state
        message = state.messages.get(sid)
        if message is None or message.deleted:
            raise RefusedError(20404, path)
        if operation == "delete":
            self._refuse_unfinished(message)
            state.messages.change(sid, deleted=True)
            return Answer(204)
        if operation == "update":
            message = self._redact(message, form)
        return Answer(200, json.dumps(show(message, state.account_sid)).encode())

    def _redact(self, message: Accepted, form: Form) -> Accepted:
        if form.get("Body", "missing") != "":
            raise RefusedError(20001, "only an empty Body is understood: it redacts")
        self._refuse_unfinished(message)
        return self._state.messages.change(message.sid, redacted=True, updated_at=self._state.instant())

    def _refuse_unfinished(self, message: Accepted) -> None:
        if message.status not in FINAL:
            raise RefusedError(20009)

    def _refusal(self, refused: RefusedError, path: str) -> Answer:
        body, content_type = encode_refusal(refused, path, self._state.problem_bodies)
        headers = {} if refused.retry_after is None else {"Retry-After": f"{refused.retry_after:g}"}
        if refused.http_status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        return Answer(refused.http_status, body, content_type, headers)

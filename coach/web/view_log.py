"""Write to the audit log who looked at whom, and who was refused: by endpoint, so that no page is forgotten.

Every page that a signed-in account opens is a view of people unless its endpoint is listed here as showing none.
"""

from datetime import datetime, timedelta

from flask import Flask, Response, g, request
from flask_security import current_user

from coach.accounts.clinics import clinic_of_participant
from coach.audit import record_view
from coach.web.sign_in.access import CARING, signed_in
from coach.web.sign_in.limits import machine_now
from coach.web.site import site
from schedules.database.engine import read_transaction

# Pages that show no participant, by blueprint or by endpoint.
SHOWS_NOBODY = frozenset(
    {"account", "admin", "api_keys", "effects", "emergency", "health", "library", "log", "metrics", "operator"}
    | {"poster", "join_form", "security", "static", "ready_answers", "single_sign_on"}
    | {"own_page"}  # records itself
    | {"enrol.index", "enrol.example", "inbox.waiting", "unsubscribe", "summary.as_file"}  # the last records an export
)
SUBJECTS = {"home": "participants", "inbox": "inbox", "enrol": "roster", "flags": "flags", "kept": "kept words"}
# What an open page asks for by itself is recorded once in this time.
REPEATED_AFTER = timedelta(minutes=10)
MOST_REMEMBERED = 10_000


def add_view_log(app: Flask) -> None:
    """Record views and refusals after each request."""
    recorded: dict[tuple[int, str], datetime] = {}

    @app.after_request
    def note(response: Response) -> Response:
        endpoint = request.endpoint or ""
        blueprint = endpoint.partition(".")[0]
        if blueprint in ("static", "health", "metrics") or not current_user.is_authenticated:
            return response
        if response.status_code == 403 or (response.status_code == 404 and request.view_args):
            _record("was refused", _subject(blueprint))
        elif _shows_people(endpoint, blueprint, response):
            subject, now = _subject(blueprint), machine_now()
            if _is_new(recorded, subject, now):
                _record("viewed", subject)
        return response


def _shows_people(endpoint: str, blueprint: str, response: Response) -> bool:
    if not endpoint or endpoint in SHOWS_NOBODY or blueprint in SHOWS_NOBODY:
        return False
    if endpoint == "home.index" and signed_in().role not in CARING:
        return False
    # A form that was wrong is shown again with its page; one without its token never reached it.
    return response.status_code in (200, 422) or (response.status_code == 400 and g.get("csrf_valid", False))


def _is_new(recorded: dict[tuple[int, str], datetime], subject: str, now: datetime) -> bool:
    by_itself = request.method == "GET" and "HX-Request" in request.headers
    last = recorded.get((current_user.id, subject))
    if by_itself and last is not None and last <= now < last + REPEATED_AFTER:
        return False
    if len(recorded) >= MOST_REMEMBERED:
        recorded.clear()
    recorded[current_user.id, subject] = now
    return True


def _subject(blueprint: str) -> str:
    given = request.view_args or {}
    if "participant_id" in given:
        return f"participant {given['participant_id']}"
    name = SUBJECTS.get(blueprint, blueprint if blueprint in SHOWS_NOBODY else "participants")
    return " ".join([name, *(str(value) for value in given.values() if isinstance(value, int))])[:60]


def _record(action: str, subject: str) -> None:
    runtime, who = site().runtime, signed_in()
    clinic_id = who.clinic_id
    if clinic_id is None and "participant_id" in (request.view_args or {}):
        with read_transaction(runtime.engine) as connection:
            clinic_id = clinic_of_participant(connection, (request.view_args or {})["participant_id"])
    record_view(runtime.engine, who.email, subject, runtime.now(), clinic_id, action=action)

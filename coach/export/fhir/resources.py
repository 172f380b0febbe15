"""Turn the rows of one person into FHIR R4 resources. Pure.

The rows are those of the tables (`coach.export.columns`), as dictionaries: with pseudonyms and shifted dates, unless
the export is identified. An instant that was turned into minutes since the evening is left out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coach.export.decisions_csv import Value
from coach.export.fhir.codes import (
    CATEGORIES,
    LEG_SCORE,
    MODES,
    PARTICIPANTS,
    PSEUDONYMISED,
    QUESTIONNAIRE,
    STEP_DONE,
    Json,
    concept,
    measure,
    step,
)

Row = Mapping[str, Value]
PLAN_STATUS = {"invited": "draft", "active": "active", "stopped": "revoked", "ended": "completed"}
NOT_DONE = ("undelivered", "failed", "expired", "suppressed")
SENT_STATUS = {
    **dict.fromkeys(NOT_DONE, "not-done"),
    **dict.fromkeys(("accepted", "sent", "delivered"), "completed"),
    **dict.fromkeys(("queued", "sending"), "preparation"),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """What only an identified export says of a person."""

    first_name: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class PersonRows:
    """One person's rows by table; `identity` is None in a pseudonymous export."""

    person: Row
    decisions: Sequence[Row]
    check_ins: Sequence[Row]
    messages: Sequence[Row]
    identity: Identity | None = None

    @property
    def id(self) -> str:
        """Return the logical id of the person's Patient."""
        return str(self.person["participant_id"])


def resources_of(rows: PersonRows, titles: Mapping[str, str]) -> dict[str, list[Json]]:
    """Return a person's resources by type."""
    steps = {one["decision_id"]: str(one["action"]) for one in rows.decisions if one["action"] not in (None, "none")}
    answered = [one for one in rows.check_ins if one["score"] is not None or one["habit"] is not None]
    return {
        "Patient": [_patient(rows)],
        "CarePlan": [_care_plan(rows, steps, titles)],
        "Communication": [_communication(rows, one, steps, titles) for one in rows.messages],
        "QuestionnaireResponse": [_response(rows, one) for one in answered],
        "Observation": [_score(rows, one) for one in answered if one["score"] is not None],
    }


def _patient(rows: PersonRows) -> Json:
    language = {"coding": [{"system": "urn:ietf:bcp:47", "code": str(rows.person["language"])}]}
    patient: Json = {
        "resourceType": "Patient",
        "id": rows.id,
        "identifier": [{"system": PARTICIPANTS, "value": rows.id}],
        "active": rows.person["status"] in ("invited", "active"),
        "communication": [{"language": language, "preferred": True}],
    }
    if rows.identity is None:
        return patient | {"meta": {"security": [PSEUDONYMISED]}}
    if rows.identity.first_name:
        patient["name"] = [{"given": [rows.identity.first_name]}]
    if rows.identity.phone:
        patient["telecom"] = [{"system": "phone", "value": rows.identity.phone, "use": "mobile"}]
    return patient


def _care_plan(rows: PersonRows, steps: Mapping[Value, str], titles: Mapping[str, str]) -> Json:
    """Return the plan: its program, since when, and each step that was chosen, with how often it was done."""
    done = Counter(steps[one["decision_id"]] for one in rows.check_ins if one["habit"] and one["decision_id"] in steps)
    chosen = Counter(steps.values())
    plan: Json = {
        "resourceType": "CarePlan",
        "id": f"{rows.id}-plan",
        "status": PLAN_STATUS[str(rows.person["status"])],
        "intent": "plan",
        "title": f"Habit coaching by text: {rows.person['programme']}",
        "subject": _to_patient(rows),
        "period": _period(rows.person["starts_on"], rows.person["ended_at"]),
    }
    if chosen:
        plan["activity"] = [
            {
                "detail": {
                    "code": step(id, titles),
                    "status": "completed",
                    "description": f"Chosen {count} times, done {done[id]} times",
                }
            }
            for id, count in sorted(chosen.items())
        ]
    return plan


def _communication(rows: PersonRows, row: Row, steps: Mapping[Value, str], titles: Mapping[str, str]) -> Json:
    outgoing = row["direction"] == "out"
    text: Json = {
        "resourceType": "Communication",
        "id": _id(rows, row["message_id"]),
        "basedOn": [{"reference": f"CarePlan/{rows.id}-plan"}],
        "status": SENT_STATUS.get(str(row["state"]), "unknown") if outgoing else "completed",
        "category": [{"text": str(row["kind"] or "not read yet")}],
        "medium": [concept(MODES, "SMSWRIT", "SMS message")],
        "subject": _to_patient(rows),
        ("recipient" if outgoing else "sender"): [_to_patient(rows)] if outgoing else _to_patient(rows),
        ("sent" if outgoing else "received"): _moment(row["at"], row["local_date"]),
    }
    if row["decision_id"] in steps:
        text["topic"] = step(steps[row["decision_id"]], titles)
    if row["body"]:
        text["payload"] = [{"contentString": str(row["body"])}]
    return text


def _response(rows: PersonRows, row: Row) -> Json:
    answers = ((LEG_SCORE, "valueInteger", row["score"]), (STEP_DONE, "valueBoolean", row["habit"]))
    whole = row["score"] is not None and (row["habit"] is not None or row["decision_id"] is None)
    return {
        "resourceType": "QuestionnaireResponse",
        "id": _id(rows, row["check_in_id"], "check-in"),
        "basedOn": [{"reference": f"CarePlan/{rows.id}-plan"}],
        "questionnaire": QUESTIONNAIRE,
        "status": "completed" if whole else "in-progress",
        "subject": _to_patient(rows),
        "authored": _moment(row["score_at"] if row["score"] is not None else row["habit_at"], row["asked_on"]),
        "source": _to_patient(rows),
        "item": [{"linkId": id, "answer": [{kind: value}]} for id, kind, value in answers if value is not None],
    }


def _score(rows: PersonRows, row: Row) -> Json:
    """Return the score as an observation of the night before it was asked."""
    asked_on = row["asked_on"]
    if not isinstance(asked_on, date):
        raise TypeError("a check-in has the date it was asked on")
    response = _id(rows, row["check_in_id"], "check-in")
    return {
        "resourceType": "Observation",
        "id": f"{response}-score",
        "status": "final",
        "category": [concept(CATEGORIES, "survey", "Survey")],
        "code": measure(LEG_SCORE),
        "subject": _to_patient(rows),
        "effectiveDateTime": (asked_on - timedelta(days=1)).isoformat(),
        "valueInteger": row["score"],
        "derivedFrom": [{"reference": f"QuestionnaireResponse/{response}"}],
    }


def _id(rows: PersonRows, number: Value, kind: str = "") -> str:
    """Return the id of a record: pseudonymous numbers begin with the person's, others need their kind."""
    return str(number) if rows.identity is None or not kind else f"{kind}-{number}"


def _to_patient(rows: PersonRows) -> Json:
    return {"reference": f"Patient/{rows.id}"}


def _period(starts_on: Value, ended_at: Value) -> Json:
    period = {"start": _moment(starts_on, None), "end": _moment(ended_at, None)}
    return {name: value for name, value in period.items() if value}


def _moment(at: Value, on: Value) -> str | None:
    """Return an instant in UTC or a date; the date alone where the instant is not told."""
    if isinstance(at, datetime):
        return at.isoformat().replace("+00:00", "Z")
    if isinstance(at, date):
        return at.isoformat()
    return on.isoformat() if isinstance(on, date) else None

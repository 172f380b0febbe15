"""`coach decisions`: what was decided for a participant, and why."""

import json
import sys
from typing import Any

import click

from coach.runtime import opened_runtime
from schedules.database.engine import read_transaction
from schedules.decisions.explain import why_not, why_now, why_this
from schedules.decisions.replay import LoggedDecision, ReplayResult, replay
from schedules.planning.decision_log import find_decision


@click.group()
def decisions() -> None:
    """Explain logged decisions."""


@decisions.command("replay")
@click.argument("id", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def decisions_replay(id: int, as_json: bool) -> None:
    """Replay a decision from its row: facts, probabilities, draw, action and the reasons. Exit 1 if it differs."""
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        decision = find_decision(connection, id)
    if decision is None:
        raise click.UsageError(f"There is no decision {id}.")
    participant_id, logged = decision
    try:
        replayed = replay(logged)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    report = report_of(participant_id, logged, replayed)
    click.echo(json.dumps(report) if as_json else as_text(report))
    if not replayed.agrees:
        sys.exit(1)


def report_of(participant_id: int, logged: LoggedDecision, replayed: ReplayResult) -> dict[str, object]:
    """Return everything about a decision and its replay, as JSON."""
    return {
        "id": logged.id,
        "participant_id": participant_id,
        "slot": logged.slot,
        "local_date": logged.local_on.isoformat(),
        "decided_at": logged.decided_at.isoformat().replace("+00:00", "Z"),
        "available": logged.available,
        "unavailable_reason": logged.unavailable_reason,
        "policy": logged.policy,
        "policy_version": logged.policy_version,
        "facts": dict(logged.facts),
        "covariates": dict(logged.covariates),
        "eligible": list(logged.eligible),
        "probabilities": dict(logged.probabilities),
        "draw": logged.draw,
        "action": logged.action,
        "text_id": logged.text_id,
        "text_version": logged.text_version,
        "why_this": why_this(logged),
        "why_now": why_now(logged),
        "why_not": why_not(logged),
        "replayed": {
            "probabilities": replayed.probabilities,
            "action": replayed.action,
            "text_id": replayed.text_id,
            "agrees": replayed.agrees,
            "differences": list(replayed.differences),
        },
    }


def as_text(report: dict[str, Any]) -> str:
    """Return a report as text for a person."""
    lines = [
        f"Decision {report['id']} for participant {report['participant_id']}, policy {report['policy']}/"
        f"{report['policy_version']}",
        f"Why this: {report['why_this']}",
        f"Why now:  {report['why_now']}",
        *_section("Why not", report["why_not"]),
        *_section("Chances", {id: f"{chance:.4f}" for id, chance in report["probabilities"].items()}),
        *_section("Known", {**report["covariates"], **{k: v for k, v in report["facts"].items() if k != "refused"}}),
    ]
    if report["text_id"]:
        lines.append(f"Text: {report['text_id']}, version {report['text_version']}")
    replayed = report["replayed"]
    lines.append(
        "Computed again from this row: the same."
        if replayed["agrees"]
        else f"Computed again from this row: {'; '.join(replayed['differences'])}."
    )
    return "\n".join(lines)


def _section(title: str, facts: dict[str, object]) -> list[str]:
    if not facts:
        return []
    return [f"{title}:", *(f"  {name}: {'' if value is None else _plain(value)}" for name, value in facts.items())]


def _plain(value: object) -> str:
    """Format a logged value without brackets and quotes."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(item)}" for name, item in value.items()) or "nothing"
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "nothing"
    return str(value)

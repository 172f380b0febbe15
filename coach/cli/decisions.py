"""`coach decisions`: what was decided, and why."""

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
    """The logged decisions."""


@decisions.command("replay")
@click.argument("id", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def decisions_replay(id: int, as_json: bool) -> None:
    """Compute a decision again from its row: the facts, the vector, the draw, the action, and why."""
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        found = find_decision(connection, id)
    if found is None:
        raise click.UsageError(f"There is no decision {id}.")
    participant_id, logged = found
    try:
        again = replay(logged)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    told = as_told(participant_id, logged, again)
    click.echo(json.dumps(told) if as_json else in_lines(told))
    if not again.agrees:
        sys.exit(1)


def as_told(participant_id: int, logged: LoggedDecision, again: ReplayResult) -> dict[str, Any]:
    """All there is to say of a decision, as JSON."""
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
            "probabilities": again.probabilities,
            "action": again.action,
            "text_id": again.text_id,
            "agrees": again.agrees,
            "differences": list(again.differences),
        },
    }


def in_lines(told: dict[str, Any]) -> str:
    """The same for a reader."""
    lines = [
        f"Decision {told['id']} for participant {told['participant_id']}, policy {told['policy']}/"
        f"{told['policy_version']}",
        f"Why this: {told['why_this']}",
        f"Why now:  {told['why_now']}",
        *_section("Why not", told["why_not"]),
        *_section("Chances", {id: f"{chance:.4f}" for id, chance in told["probabilities"].items()}),
        *_section("Known", {**told["covariates"], **{k: v for k, v in told["facts"].items() if k != "refused"}}),
    ]
    if told["text_id"]:
        lines.append(f"Text: {told['text_id']}, version {told['text_version']}")
    again = told["replayed"]
    lines.append(
        "Computed again from this row: the same."
        if again["agrees"]
        else f"Computed again from this row: {'; '.join(again['differences'])}."
    )
    return "\n".join(lines)


def _section(title: str, facts: dict[str, Any]) -> list[str]:
    if not facts:
        return []
    return [f"{title}:", *(f"  {name}: {'' if value is None else _plain(value)}" for name, value in facts.items())]


def _plain(value: Any) -> str:
    """A logged value without brackets and quotes."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items()) or "nothing"
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "nothing"
    return str(value)

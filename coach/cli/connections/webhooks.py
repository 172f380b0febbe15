"""`coach webhooks`: other systems that are told what happens in a clinic."""

import json
from datetime import UTC, datetime

import click

from coach.accounts.sign_ins import AccountError, ensure_clinic
from coach.audit import COMMAND_LINE
from coach.cli.clinics import warn_if_new
from coach.events.endpoints import EndpointLine, add_endpoint, list_endpoints, read_endpoint, remove_endpoint, replay
from coach.runtime import opened_runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.events.record import TYPES


@click.group()
def webhooks() -> None:
    """Tell other systems what happens in a clinic, by signed web requests."""


@webhooks.command("add")
@click.argument("url")
@click.option("--clinic", required=True, help="Name of the clinic; created if it does not exist.")
@click.option("--type", "types", multiple=True, metavar="TYPE", help=f"Only these: {', '.join(TYPES)}. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def webhooks_add(url: str, clinic: str, types: tuple[str, ...], as_json: bool) -> None:
    """Send events to an address from now on. The secret that signs them is printed once."""
    with opened_runtime() as runtime:
        new = read_endpoint(url, types, in_production=runtime.settings.in_production)
        with write_transaction(runtime.engine) as connection:
            warn_if_new(connection, clinic)
            clinic_id, _ = ensure_clinic(connection, clinic, runtime.now())
            id, secret = add_endpoint(connection, clinic_id, new, COMMAND_LINE, runtime.now())
    if as_json:
        click.echo(json.dumps({"id": id, "secret": secret}))
        return
    click.echo(f"Webhook {id} is added. Keep its secret now: it is not shown again.", err=True)
    click.echo(secret)


@webhooks.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def webhooks_list(as_json: bool) -> None:
    """List the addresses, whether they take their events, and how many wait or were given up."""
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        listed = list_endpoints(connection)
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in listed]))
        return
    for one in listed:
        state = f"failing since {_instant(one.failing_since_at)} ({one.trouble})" if one.failing_since_at else "good"
        click.echo(f"{one.id}: {one.clinic}, {one.url}, {state}, {one.waiting} waiting, {one.failed} given up")


@webhooks.command("remove")
@click.argument("id", type=int)
def webhooks_remove(id: int) -> None:
    """Send nothing to an address any more; what waits for it is deleted."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        if not remove_endpoint(connection, id, COMMAND_LINE, runtime.now()):
            raise AccountError(_no_webhook(id))
    click.echo(f"Webhook {id} is removed.")


@webhooks.command("replay")
@click.argument("id", type=int)
@click.option("--since", metavar="WHEN", help="A date or an instant, such as 2026-11-16: everything since then.")
def webhooks_replay(id: int, since: str | None) -> None:
    """Send again what was given up and what waits for another try; with --since also what was delivered."""
    start = _read_since(since) if since is not None else None
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        count = replay(connection, id, COMMAND_LINE, runtime.now(), since=start)
        if count is None:
            raise AccountError(_no_webhook(id))
    click.echo(f"{count} {'event is' if count == 1 else 'events are'} sent again.")


def _read_since(typed: str) -> datetime:
    try:
        read = datetime.fromisoformat(typed)
    except ValueError:
        raise click.UsageError(
            f"--since: '{typed}' is not a date or an instant, such as 2026-11-16 or 2026-11-16T08:00Z."
        ) from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _no_webhook(id: int) -> str:
    return f"There is no webhook {id}: 'coach webhooks list' lists them."


def _instant(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None


def _as_json(one: EndpointLine) -> dict[str, object]:
    return {
        "id": one.id,
        "clinic": one.clinic,
        "url": one.url,
        "types": list(one.types or TYPES),
        "created_at": _instant(one.created_at),
        "answered_at": _instant(one.answered_at),
        "failing_since": _instant(one.failing_since_at),
        "trouble": one.trouble,
        "waiting": one.waiting,
        "failed": one.failed,
    }

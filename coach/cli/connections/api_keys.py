"""`coach api-keys`: keys with which other systems call /api/v1."""

import json

import click

from coach.accounts.sign_ins import AccountError, ensure_clinic
from coach.api.keys import SCOPES, KeyRefusedError, ListedKey, add_key, list_keys, read_label, read_scopes, revoke_key
from coach.audit import COMMAND_LINE
from coach.cli.clinics import warn_if_new
from coach.runtime import opened_runtime
from schedules.database.engine import read_transaction, write_transaction


@click.group("api-keys")
def api_keys() -> None:
    """Manage the keys with which other systems call /api/v1."""


@api_keys.command("add")
@click.option("--clinic", required=True, help="Name of the clinic; created if it does not exist.")
@click.option("--scope", required=True, metavar=",".join(SCOPES), help="What the key may do, separated by commas.")
@click.option("--label", metavar="TEXT", help="What the key is for, such as 'hospital records'.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def api_keys_add(clinic: str, scope: str, label: str | None, as_json: bool) -> None:
    """Make a key. It is printed once and kept nowhere."""
    try:
        scopes, label = read_scopes(scope), read_label(label)
    except KeyRefusedError as error:
        raise AccountError(str(error)) from None
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        warn_if_new(connection, clinic)
        clinic_id, _ = ensure_clinic(connection, clinic, runtime.now())
        id, key = add_key(connection, runtime.keys, clinic_id, scopes, label, COMMAND_LINE, runtime.now())
    if as_json:
        click.echo(json.dumps({"id": id, "key": key, "clinic": clinic, "scopes": scopes, "label": label}))
        return
    click.echo(f"Key {id} may {', '.join(scopes)} at {clinic}. Keep it now: it is not shown again.", err=True)
    click.echo(key)


@api_keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def api_keys_list(as_json: bool) -> None:
    """List the keys, those that were revoked too."""
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        listed = list_keys(connection)
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in listed]))
        return
    for one in listed:
        used = f"last used on {one.last_used_on}" if one.last_used_on else "never used"
        state = f"revoked on {one.revoked_at:%Y-%m-%d}" if one.revoked_at else used
        click.echo(f"{one.id}: {one.clinic}, {', '.join(one.scopes)}, {one.label or 'no label'}, {state}")


@api_keys.command("revoke")
@click.argument("id", type=int)
def api_keys_revoke(id: int) -> None:
    """Revoke a key, at once and for ever."""
    with opened_runtime() as runtime, write_transaction(runtime.engine) as connection:
        try:
            new = revoke_key(connection, id, COMMAND_LINE, runtime.now())
        except LookupError:
            raise AccountError(f"There is no API key {id}: see 'coach api-keys list'.") from None
    click.echo(f"API key {id} {'is revoked' if new else 'was revoked already'}.")


def _as_json(key: ListedKey) -> dict[str, object]:
    return {
        "id": key.id,
        "clinic": key.clinic,
        "scopes": key.scopes,
        "label": key.label,
        "created_at": f"{key.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "last_used_on": key.last_used_on and key.last_used_on.isoformat(),
        "revoked_at": key.revoked_at and f"{key.revoked_at:%Y-%m-%dT%H:%M:%SZ}",
    }
